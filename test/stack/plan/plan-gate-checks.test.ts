import assert from "node:assert/strict";
import type { GateRole, GateTrigger, LastRelease } from "../../../stack/plan/last-release";
import { planGateChecks } from "../../../stack/plan/plan-gate-checks";
import { releaseContext } from "../../../stack/plan/release-context";
import { trafficWeights, type WantedRelease } from "../../../stack/plan/wanted-release";
import { NO_FINDINGS, SCRIPTS, WANTED } from "./support";

type Triggers = Partial<Record<GateRole, GateTrigger>>;

const trigger = (at: string, otherSharePercent = 100): GateTrigger => ({ at, otherSharePercent });

function memoryOf(changes: Partial<WantedRelease>, gateChecks: Triggers | undefined): LastRelease {
  const wanted = { ...WANTED, ...changes };
  return { live: wanted.live, versions: wanted.versions, weights: trafficWeights(wanted), gateChecks };
}

function triggersOf(changes: Partial<WantedRelease>, last: LastRelease | undefined, at: string): Triggers {
  const wanted = { ...WANTED, ...changes };
  const context = releaseContext({ wanted, last, scripts: SCRIPTS, report: NO_FINDINGS, at });
  return Object.fromEntries(planGateChecks(context).map((check) => [check.role, check.trigger]));
}

describe("gate check triggers", () => {
  const onBlue = memoryOf({}, { live: trigger("first") });

  it("stay while no traffic shifts", () => {
    assert.deepEqual(triggersOf({}, onBlue, "now"), { live: trigger("first") });
  });

  it("are new for a flip, and new again for its second attempt after a failure", () => {
    assert.deepEqual(triggersOf({ live: "green" }, onBlue, "now"), { live: trigger("now") });
    assert.deepEqual(triggersOf({ live: "green" }, onBlue, "next"), { live: trigger("next") });
    assert.deepEqual(triggersOf({}, undefined, "now"), { live: trigger("now") });
  });

  it("are new for a canary that receives more traffic, and stay when it receives less", () => {
    const first = triggersOf({ canaryPercent: 10 }, onBlue, "now");
    assert.deepEqual(first, { live: trigger("first"), canary: trigger("now") });
    const canary = memoryOf({ canaryPercent: 10 }, first);
    assert.deepEqual(triggersOf({ canaryPercent: 50 }, canary, "next"), {
      live: trigger("first"),
      canary: trigger("next", 90),
    });
    assert.deepEqual(triggersOf({ canaryPercent: 5 }, canary, "next"), first);
    assert.deepEqual(triggersOf({}, canary, "next"), { live: trigger("first") });
  });

  it("hold the other color's traffic when a canary becomes live", () => {
    const canary = memoryOf({ canaryPercent: 50 }, { live: trigger("first"), canary: trigger("second", 90) });
    assert.deepEqual(triggersOf({ live: "green" }, canary, "now"), { live: trigger("now", 50) });
  });

  it("are undefined for a release from before triggers were remembered", () => {
    assert.deepEqual(triggersOf({}, memoryOf({}, undefined), "now"), { live: undefined });
  });
});
