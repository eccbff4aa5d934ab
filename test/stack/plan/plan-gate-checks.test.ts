import assert from "node:assert/strict";
import { planGates } from "../../../stack/plan/plan-gate-checks";
import {
  type GateLook,
  type GateRole,
  type LastRelease,
  type WantedRelease,
  weightsOf,
} from "../../../stack/plan/release-context";
import { WANTED } from "./support";

type Looks = Partial<Record<GateRole, GateLook>>;

const look = (at: string, otherSharePercent = 100): GateLook => ({ at, otherSharePercent });

/** What a successful update left. */
function left(wanted: Partial<WantedRelease>, looks: Looks | undefined): LastRelease {
  const { live, versions, canaryPercent } = { ...WANTED, ...wanted };
  return { live, versions, weights: weightsOf(live, canaryPercent), looks };
}

function looksOf(wanted: Partial<WantedRelease>, last: LastRelease | undefined, at: string): Looks {
  const gates = planGates({ ...WANTED, ...wanted }, last, at);
  return Object.fromEntries(gates.map((gate) => [gate.role, gate.look]));
}

describe("the gate's looks", () => {
  const onBlue = left({}, { live: look("first") });

  it("are the last ones while nobody moves", () => {
    assert.deepEqual(looksOf({}, onBlue, "now"), { live: look("first") });
  });

  it("are new when users move, and new again when that failed: nothing of it is remembered then", () => {
    assert.deepEqual(looksOf({ live: "green" }, onBlue, "now"), { live: look("now") });
    assert.deepEqual(looksOf({ live: "green" }, onBlue, "later"), { live: look("later") });
    assert.deepEqual(looksOf({}, undefined, "now"), { live: look("now") });
  });

  it("are new for a canary that gets more users, and hold nobody up whose users come back", () => {
    const first = looksOf({ canaryPercent: 10 }, onBlue, "now");
    assert.deepEqual(first, { live: look("first"), canary: look("now") });
    const canary = left({ canaryPercent: 10 }, first);
    assert.deepEqual(looksOf({ canaryPercent: 50 }, canary, "later"), {
      live: look("first"),
      canary: look("later", 90),
    });
    assert.deepEqual(looksOf({ canaryPercent: 5 }, canary, "later"), first);
    assert.deepEqual(looksOf({}, canary, "later"), { live: look("first") });
  });

  it("count what the other color carries when a canary becomes live", () => {
    const canary = left({ canaryPercent: 50 }, { live: look("first"), canary: look("second", 90) });
    assert.deepEqual(looksOf({ live: "green" }, canary, "now"), { live: look("now", 50) });
  });

  it("are none for users who came before looks were remembered", () => {
    assert.deepEqual(looksOf({}, left({}, undefined), "now"), { live: undefined });
  });
});
