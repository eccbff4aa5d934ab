import assert from "node:assert/strict";
import { type Engine, UpdateFailedError, type UpdateOptions } from "../../../engine/deploy/engine";
import { ProgramError } from "../../../engine/program/program-error";
import type { Step } from "../../../engine/state/step";
import { carryOut, currentRelease } from "../../../rehearsal/scenario/procedure";
import {
  canary,
  contract,
  deploy,
  firstRelease,
  retire,
  switchColors,
} from "../../../rehearsal/scenario/steps";
import type { LastRelease } from "../../../stack/plan/release";

const now: LastRelease = { live: "blue", versions: { blue: "1.0.0" }, weights: { blue: 100, green: 0 } };

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

/** Remembers its config, and ends each update as it is told. */
class FakeEngine implements Pick<Engine, "up" | "setConfig" | "outputs"> {
  readonly kept = new Map<string, unknown>();
  seen: UpdateOptions["config"];

  constructor(private readonly failure?: Error) {}

  async up(options: UpdateOptions = {}) {
    this.seen = options.config;
    if (this.failure) throw this.failure;
    const changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
    return { steps: [], changes, outputs: {}, durationMs: 1 };
  }
  async setConfig(key: string, value: unknown) {
    this.kept.set(key, value);
  }
  async outputs() {
    return {};
  }
}

describe("a step of a release", () => {
  const carry = (engine: FakeEngine) =>
    carryOut(engine as unknown as Engine, "changeover", switchColors(now));

  it("runs with what it sets, and keeps it when it succeeds", async () => {
    const engine = new FakeEngine();
    await carry(engine);
    assert.deepEqual(engine.seen, { "changeover:live": "green", "changeover:canaryPercent": "0" });
    assert.deepEqual([...engine.kept], Object.entries(engine.seen ?? {}));
  });

  it("leaves the config as it was when the program refuses it", async () => {
    // The stack itself, and the reference to its own outputs, are there before the program can say no.
    const engine = new FakeEngine(new ProgramError("live: …", [], [step("same", false), step("read", true)]));
    await assert.rejects(carry(engine), ProgramError);
    assert.equal(engine.kept.size, 0);
  });

  it("keeps what was asked for when it failed halfway, so that the next update goes on from there", async () => {
    for (const failure of [
      new ProgramError("broken", [], [step("same", false), step("update", true)]),
      new UpdateFailedError("the gate stays closed", [step("create", true)]),
    ]) {
      const engine = new FakeEngine(failure);
      await assert.rejects(carry(engine), failure);
      assert.equal(engine.kept.get("changeover:live"), "green");
    }
  });

  it("needs a first release to go on from", async () => {
    await assert.rejects(
      currentRelease(new FakeEngine() as unknown as Engine),
      /no release yet: run the first `up`/,
    );
  });
});

describe("the steps of a release", () => {
  it("change just what they are about", () => {
    assert.deepEqual(firstRelease("blue", "1.0.0").config, {
      live: "blue",
      blueVersion: "1.0.0",
      greenVersion: "",
      canaryPercent: "0",
    });
    assert.deepEqual(deploy(now, "1.1.0").config, { greenVersion: "1.1.0", idle: "warm" });
    assert.deepEqual(canary(now, 10).config, { canaryPercent: "10" });
    assert.deepEqual(switchColors({ ...now, live: "green" }).moves, { from: "green", to: "blue" });
    assert.deepEqual(retire(now).config, { idle: "off", canaryPercent: "0" });
    assert.deepEqual(contract("0002_split_name").config, { contractThrough: "0002_split_name" });
  });
});
