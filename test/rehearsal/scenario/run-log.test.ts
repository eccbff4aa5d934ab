import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { RunLog } from "../../../rehearsal/scenario/run-log";
import type { InstanceReport, Simulator } from "../../../simulator";

type Watched = Pick<Simulator, "events" | "instances">;

const green = (id: string, changes: Partial<InstanceReport> = {}): InstanceReport => ({
  ...{ id, group: "web-green", lifecycle: "InService", state: "running", launchedAt: 0, healthy: false },
  ...{ port: 1, pid: 1, launchTemplate: { id: "lt", version: 1 }, imageId: undefined, logFile: "" },
  tags: { "changeover:tier": "web", "changeover:color": "green", "changeover:version": "1.1.0" },
  ...changes,
});

describe("rehearsal: log of a run", () => {
  const stack = { weights: { blue: 100, green: 0 }, versions: { blue: "1.0.0" } };
  let members: InstanceReport[];
  let simulator: Watched;
  let outputs: object;
  let log: RunLog;

  beforeEach(() => {
    members = [];
    outputs = stack;
    simulator = { events: new EventEmitter() as Watched["events"], instances: () => members };
    log = new RunLog(simulator, { outputs: async () => ({ ...outputs }) }, {});
  });
  afterEach(() => log.stop());

  it("has the traffic before and after each step, and only the functions that ran in it", async () => {
    const bake = { outcome: "baked", startedAt: "2026-11-30T10:00:00Z", finishedAt: "2026-11-30T10:00:05Z" };
    await log.step({ kind: "first", title: "Deploy" }, async () => undefined);
    await log.step({ kind: "flip", title: "Flip" }, async () => {
      simulator.events.emit("invocation", {
        ...{ functionName: "watch", input: {}, startedAt: 0, endedAt: 1 },
        outcome: { result: JSON.stringify(bake) },
      });
      outputs = { weights: { blue: 0, green: 100 }, versions: { green: "1.1.0" } };
      return undefined;
    });
    const [first, flip] = log.recorded().steps;
    assert.deepEqual(
      [first?.trafficBefore, first?.bakeSeconds, flip?.bakeSeconds],
      [undefined, undefined, 5],
    );
    assert.deepEqual(flip?.trafficBefore, [{ color: "blue", version: "1.0.0", percent: 100 }]);
    assert.deepEqual(flip?.trafficAfter, [{ color: "green", version: "1.1.0", percent: 100 }]);
  });

  it("has a failed step with its error", async () => {
    const work = async () => {
      throw new Error("the gate failed");
    };
    await assert.rejects(log.step({ kind: "flip", title: "Flip" }, work), /the gate failed/);
    assert.deepEqual(
      log.recorded().steps.map(({ title, error }) => [title, error]),
      [["Flip", "the gate failed"]],
    );
  });

  it("has when instances became healthy and were terminated, and why", () => {
    members = [green("i-1"), green("i-2"), green("i-3", { tags: {} })];
    assert.deepEqual(
      log.recorded().instances?.map(({ id, healthyAt }) => [id, healthyAt]),
      [
        ["i-1", undefined],
        ["i-2", undefined],
      ],
    );
    members = [green("i-1", { healthy: true })];
    simulator.events.emit("scaling", {
      ...{ at: 0, group: "web-green", description: "Terminating EC2 instance: i-2 (scale in)" },
    });
    const [first, second] = log.recorded().instances ?? [];
    assert.ok(first?.healthyAt !== undefined && first.terminatingAt === undefined);
    assert.ok(second?.terminatingAt !== undefined && second.healthyAt === undefined);
    assert.equal(second.terminationReason, "scale in");
    assert.deepEqual([first.tier, first.color, first.version], ["web", "green", "1.1.0"]);
  });

  it("has the state changes of alarms, with the color in their name", () => {
    const alarm = { kind: "metric", points: [], reason: "5 of 10" } as const;
    simulator.events.emit("alarm", { ...alarm, name: "dev-web-green-errors", state: "ALARM", since: 0 });
    simulator.events.emit("alarm", { ...alarm, name: "dev-web-green-errors", state: "OK", since: 2_000 });
    simulator.events.emit("alarm", { ...alarm, name: "dev-release", state: "OK", since: 0 });
    const [first, release] = log.recorded().alarms ?? [];
    assert.deepEqual(
      [first?.color, first?.states.map(({ at, state }) => `${at} ${state}`)],
      ["green", ["1970-01-01T00:00:00.000Z ALARM", "1970-01-01T00:00:02.000Z OK"]],
    );
    assert.equal(release?.color, undefined);
  });
});
