import assert from "node:assert/strict";
import { functionFacts } from "../../../rehearsal/scenario/observed-functions";
import { stackViewOf } from "../../../rehearsal/scenario/stack-view";
import { STRATEGIES, STRATEGY_NAMES } from "../../../rehearsal/scenario/strategies";
import type { FunctionInvocation } from "../../../simulator";

const invocation = (outcome: FunctionInvocation["outcome"], input: unknown = {}): FunctionInvocation => ({
  ...{ functionName: "dev-any", input, outcome, startedAt: 1_000, endedAt: 3_500 },
});
const returned = (value: unknown, input?: unknown) => invocation({ result: JSON.stringify(value) }, input);
const failed = (input: unknown) =>
  invocation({ error: { errorType: "Error", errorMessage: "no", trace: [] } }, input);

describe("rehearsal: functions of a step", () => {
  it("name the scripts with their rows and declared locks", () => {
    const scripts = [
      { script: "0002_split.expand", durationMs: 260, changedRows: 178, longestWaitMs: 48 },
      { script: "0003_valid.expand", durationMs: 20, longestWaitMs: 0 },
    ];
    const locks = { "0002_split.expand": [{ table: "records", mode: "ACCESS EXCLUSIVE" }] } as const;
    assert.deepEqual(functionFacts([returned({ phase: "expand", scripts, applied: [] })], locks), {
      migrations: [
        {
          ...{ script: "0002_split.expand", phase: "expand", seconds: 0.26, rows: 178, longestWaitMs: 48 },
          locks: [{ table: "records", mode: "ACCESS EXCLUSIVE" }],
        },
        { script: "0003_valid.expand", phase: "expand", seconds: 0.02, longestWaitMs: 0 },
      ],
    });
  });

  it("name passed and failed gate checks, and the time of the bake", () => {
    const event = { color: "green", version: "1.1.0", sharePercent: 100 };
    const tiers = [{ tier: "web", healthy: 2, needed: 2 }];
    const bake = {
      outcome: "baked",
      startedAt: "2026-11-30T10:00:00.000Z",
      finishedAt: "2026-11-30T10:00:06.000Z",
    };
    const gate = { color: "green", version: "1.1.0", seconds: 2.5 };
    assert.deepEqual(functionFacts([returned({ ...event, tiers }), returned(bake), failed(event)], {}), {
      gate: [
        { ...gate, passed: true, tiers },
        { ...gate, passed: false, tiers: [] },
      ],
      bakeSeconds: 6,
    });
  });

  it("are left out when they say nothing of it", () => {
    assert.deepEqual(functionFacts([returned(null), returned({ weather: "rain" }), failed({})], {}), {});
  });
});

describe("rehearsal: view of a stack", () => {
  it("has the traffic and the rollback of the outputs", () => {
    const outputs = {
      weights: { blue: 90, green: 10 },
      versions: { blue: "1.0.0", green: "1.1.0" },
      rollback: { open: true, color: "green", reason: "green runs 1.1.0 and is warm", closedBy: [] },
    };
    assert.deepEqual(stackViewOf(outputs), {
      traffic: [
        { color: "blue", version: "1.0.0", percent: 90 },
        { color: "green", version: "1.1.0", percent: 10 },
      ],
      rollback: {
        open: true,
        reason: "green runs 1.1.0 and is warm",
        to: { color: "green", version: "1.1.0" },
      },
    });
  });

  it("is empty for a program with other outputs", () => {
    assert.deepEqual(stackViewOf({ url: "http://127.0.0.1", weights: "all", rollback: 7 }), {});
    assert.deepEqual(stackViewOf({}), {});
  });
});

describe("rehearsal: strategies", () => {
  it("end with the new version under traffic, and have less outage from one to the next", () => {
    const outages = STRATEGY_NAMES.map((name) => {
      const { steps } = STRATEGIES[name];
      assert.ok(
        steps.some(({ actions }) => actions.some((action) => action.do === "flip")),
        name,
      );
      return steps.filter(({ isOutage }) => isOutage).length;
    });
    assert.deepEqual(STRATEGY_NAMES, ["stop", "streamlined", "window", "zero"]);
    assert.deepEqual(outages, [6, 3, 3, 0]);
  });

  it("never stop the serving instances before the outage", () => {
    for (const { name, steps } of Object.values(STRATEGIES)) {
      for (const { isOutage, actions } of steps) {
        const stops = actions.some((action) => action.do === "stop" && action.color === "live");
        assert.ok(!stops || isOutage, name);
      }
    }
  });
});
