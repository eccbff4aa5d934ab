import assert from "node:assert/strict";
import type { GateRole, GateTrigger, LastRelease } from "../../../stack/plan/last-release";
import { planGateChecks } from "../../../stack/plan/plan-gate-checks";
import { releaseContext } from "../../../stack/plan/release-context";
import { trafficWeights, type WantedRelease } from "../../../stack/plan/wanted-release";
import { NO_FINDINGS, SCRIPTS, WANTED } from "./support";

type Triggers = Partial<Record<GateRole, GateTrigger>>;

const trigger = (serial: number, otherSharePercent = 100): GateTrigger => ({ serial, otherSharePercent });

function memoryOf(changes: Partial<WantedRelease>, serial: number, gateChecks?: Triggers): LastRelease {
  const wanted = { ...WANTED, ...changes };
  return {
    live: wanted.live,
    versions: wanted.versions,
    weights: trafficWeights(wanted),
    serial,
    gateChecks,
  };
}

function triggersOf(changes: Partial<WantedRelease>, last?: LastRelease, updateId?: string): Triggers {
  const wanted = { ...WANTED, ...changes };
  const request = updateId === undefined ? {} : { updateId };
  const context = releaseContext({
    wanted,
    last,
    scripts: SCRIPTS,
    report: NO_FINDINGS,
    request,
    settings: {},
    defaults: {},
  });
  const triggers = Object.fromEntries(planGateChecks(context).map((check) => [check.role, check.trigger]));
  return JSON.parse(JSON.stringify(triggers));
}

describe("gate check triggers", () => {
  const onBlue = memoryOf({}, 4, { live: trigger(4) });
  const canary = memoryOf({ canaryPercent: 10 }, 5, { live: trigger(4), canary: trigger(5) });

  it("stay while no traffic shifts", () => {
    assert.deepEqual(triggersOf({}, onBlue), { live: trigger(4) });
    assert.deepEqual(triggersOf({}, onBlue, "run-7"), { live: trigger(4) });
  });

  it("are the number of the shift, and the same for its second attempt", () => {
    assert.deepEqual(triggersOf({}), { live: trigger(1) });
    assert.deepEqual(triggersOf({ live: "green" }, onBlue), { live: trigger(5) });
    assert.deepEqual(triggersOf({ live: "green" }, onBlue), { live: trigger(5) });
  });

  it("are new for an attempt with another updateId", () => {
    assert.deepEqual(triggersOf({ live: "green" }, onBlue, "run-7"), {
      live: { ...trigger(5), updateId: "run-7" },
    });
  });

  it("are new for a canary that receives more traffic", () => {
    assert.deepEqual(triggersOf({ canaryPercent: 10 }, onBlue), canary.gateChecks);
    assert.deepEqual(triggersOf({ canaryPercent: 50 }, canary), {
      live: trigger(4),
      canary: trigger(6, 90),
    });
  });

  it("are new for the live color when a canary's traffic returns to it", () => {
    assert.deepEqual(triggersOf({ canaryPercent: 5 }, canary), {
      live: trigger(6, 10),
      canary: trigger(5),
    });
    assert.deepEqual(triggersOf({}, canary), { live: trigger(6, 10) });
  });

  it("have the other color's traffic when a canary becomes live", () => {
    const half = memoryOf({ canaryPercent: 50 }, 6, { live: trigger(4), canary: trigger(6, 90) });
    assert.deepEqual(triggersOf({ live: "green" }, half), { live: trigger(7, 50) });
  });

  it("stay with their color when live and canary swap roles without a shift", () => {
    const half = memoryOf({ canaryPercent: 50 }, 6, { live: trigger(4), canary: trigger(6, 90) });
    assert.deepEqual(triggersOf({ live: "green", canaryPercent: 50 }, half), {
      live: trigger(6, 90),
      canary: trigger(4),
    });
  });
});
