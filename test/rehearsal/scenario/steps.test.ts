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

  it("a release is deployed, flipped, rolled back, flipped again and retired", () => {
    const kinds = (contractThrough?: string) =>
      releaseSteps({ version: "1.1.0", contractThrough }).map(
        ({ plan, bakes }) => `${plan(current).kind}${bakes ? ", bake" : ""}`,
      );
    const flips = ["deploy, bake", "flip, bake", "flip, bake", "flip, bake"];
    assert.deepEqual(kinds(), [...flips, "retire, bake"]);
    assert.deepEqual(kinds("0002_split_name"), [...flips, "retire", "contract, bake"]);
  });
});
