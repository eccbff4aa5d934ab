import assert from "node:assert/strict";
import { type Engine, UpdateFailedError, type UpdateOptions } from "../../../engine/deploy/engine";
import { ProgramError } from "../../../engine/program/program-error";
import type { Step } from "../../../engine/state/step";
import { currentRelease, runStep } from "../../../rehearsal/scenario/run-step";
import {
  type CurrentRelease,
  canary,
  contract,
  deploy,
  firstRelease,
  flip,
  type PlannedRelease,
  planRehearsedReleases,
  releaseSteps,
  retire,
} from "../../../rehearsal/scenario/steps";

const current: CurrentRelease = { live: "blue" };

const step = (op: Step["op"], custom: boolean): Step => ({
  op,
  urn: `urn:pulumi:dev::changeover::x::${op}`,
  type: "x",
  name: op,
  custom,
  changes: [],
  replaceReasons: [],
  protect: false,
  durationMs: 0,
});

/** Saves its config, and ends each update with the given failure. */
class FakeEngine implements Pick<Engine, "up" | "setConfig" | "outputs"> {
  readonly saved = new Map<string, unknown>();
  seen: UpdateOptions["config"];

  constructor(private readonly failure?: Error) {}

  async up(options: UpdateOptions = {}) {
    this.seen = options.config;
    if (this.failure) throw this.failure;
    const changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
    return { steps: [], changes, outputs: {}, durationMs: 1 };
  }
  async setConfig(key: string, value: unknown) {
    this.saved.set(key, value);
  }
  async outputs() {
    return {};
  }
}

describe("rehearsal: step", () => {
  const run = (engine: FakeEngine) => runStep(engine as unknown as Engine, "changeover", flip(current));

  it("runs with its config, and saves the config when it succeeds", async () => {
    const engine = new FakeEngine();
    await run(engine);
    assert.deepEqual(engine.seen, { "changeover:live": "green", "changeover:canaryPercent": "0" });
    assert.deepEqual([...engine.saved], Object.entries(engine.seen ?? {}));
  });

  it("leaves the config unchanged when the program rejects it", async () => {
    // The stack itself, and the reference to its own outputs, come before the program can reject its config.
    const engine = new FakeEngine(new ProgramError("live: …", [], [step("same", false), step("read", true)]));
    await assert.rejects(run(engine), ProgramError);
    assert.equal(engine.saved.size, 0);
  });

  it("saves the config when it failed halfway, so that the next update goes on from there", async () => {
    for (const failure of [
      new ProgramError("broken", [], [step("same", false), step("update", true)]),
      new UpdateFailedError("the health gate failed", [step("create", true)]),
    ]) {
      const engine = new FakeEngine(failure);
      await assert.rejects(run(engine), failure);
      assert.equal(engine.saved.get("changeover:live"), "green");
    }
  });

  it("fails before the first release", async () => {
    await assert.rejects(
      currentRelease(new FakeEngine() as unknown as Engine),
      /release\.live must be blue or green after the first update, got nothing\./,
    );
  });
});

describe("rehearsal: scenario", () => {
  it("each step changes only its own settings", () => {
    assert.deepEqual(firstRelease("blue", "1.0.0").config, {
      live: "blue",
      blueVersion: "1.0.0",
      greenVersion: "",
      canaryPercent: "0",
    });
    assert.deepEqual(deploy(current, "1.1.0").config, { greenVersion: "1.1.0", idle: "warm" });
    assert.deepEqual(canary(current, 10).config, { canaryPercent: "10" });
    assert.deepEqual(flip({ live: "green" }).flip, { from: "green", to: "blue" });
    assert.deepEqual(retire(current).config, { idle: "off", canaryPercent: "0" });
    assert.deepEqual(contract("0002_split_name").config, { contractThrough: "0002_split_name" });
  });

  it("a release is deployed, tried on a part of the traffic, flipped, and its predecessor retired", () => {
    const kinds = (release: Partial<PlannedRelease>) =>
      releaseSteps({ version: "1.1.0", canaryPercent: 0, isRolledBack: false, ...release }).map(
        (plan) => plan(current).kind,
      );
    assert.deepEqual(kinds({}), ["deploy", "flip", "retire"]);
    assert.deepEqual(kinds({ canaryPercent: 10, isRolledBack: true, contractThrough: "0002_split_name" }), [
      ...["deploy", "canary", "flip", "rollback", "flip"],
      ...["retire", "contract"],
    ]);
  });

  it("of several releases the second one is rolled back, of one release that one", () => {
    const versions = ["1.1.0", "1.2.0", "1.3.0"].map((version) => ({ version }));
    const rolledBack = (count: number) =>
      planRehearsedReleases(versions.slice(0, count), 10).map(({ isRolledBack }) => isRolledBack);
    assert.deepEqual(rolledBack(3), [false, true, false]);
    assert.deepEqual(rolledBack(1), [true]);
  });

  it("contract scripts run once, in the first release that no longer needs the old schema", () => {
    const versions = [
      { version: "1.1.0", contractThrough: "0002_split_name" },
      { version: "1.1.0+2", contractThrough: "0002_split_name" },
      { version: "1.2.0", contractThrough: "0004_severity" },
    ];
    assert.deepEqual(
      planRehearsedReleases(versions, 0).map(({ contractThrough }) => contractThrough),
      ["0002_split_name", undefined, "0004_severity"],
    );
  });
});
