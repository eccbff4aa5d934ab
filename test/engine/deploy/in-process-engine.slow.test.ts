import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { UpdateFailedError } from "../../../engine/deploy/engine";
import { EngineInputError, ProgramError } from "../../../engine/program/program-error";
import { Secret } from "../../../engine/values/values";
import { ops } from "../deploy-resources";
import { checkOutputsOfFailedUpdates } from "../failed-updates";
import { cleanUpAfterEach, fixture, inParallel, temporaryFolder, testStack } from "../support";

describe("in-process engine", () => {
  cleanUpAfterEach();

  it("previews, creates, and changes nothing in a second update", async () => {
    const { engine, provider, events, state, onEvent } = testStack("basic");
    const preview = await engine.preview({ onEvent });
    assert.deepEqual(provider.calls, []);
    assert.equal(preview.changes.create, 3);
    assert.equal(String(preview.outputs.arn), "[unknown]");
    assert.equal(state.resources.size, 0);
    assert.ok(events.some((event) => event.type === "log" && event.message === "declared"));

    const first = await engine.up();
    assert.deepEqual(first.changes, { create: 3, update: 0, replace: 0, delete: 0, same: 0 });
    assert.equal(first.outputs.arn, "arn:second-2");
    const recorded = JSON.stringify([...state.resources.values()]);

    const second = await engine.up();
    assert.deepEqual(second.changes, { create: 0, update: 0, replace: 0, delete: 0, same: 3 });
    assert.deepEqual(provider.calls, ["create first", "create second"]);
    assert.equal(JSON.stringify([...state.resources.values()]), recorded);
  });

  it("overrides config of setConfig by that of a call", async () => {
    const { engine } = testStack("basic");
    await engine.up();
    await engine.setConfig("basic:size", 2);
    const [changed, same] = await Promise.all([
      engine.preview(),
      engine.preview({ config: { "basic:size": 1 } }),
    ]);
    assert.deepEqual([changed.changes.update, same.changes.update], [1, 0]);
  });

  it("masks secrets in the state, the outputs and the events", async () => {
    const { engine, events, state, onEvent } = testStack("basic");
    await engine.setConfig("basic:password", new Secret("swordfish-7"));
    const result = await engine.up({ onEvent });
    const shown = JSON.stringify([result, events, state.all(), state.outputs]);
    assert.ok(!shown.includes("swordfish"));
    assert.equal((await engine.outputs()).password, "[secret]");
    assert.equal((await engine.outputs({ showSecrets: true })).password, "swordfish-7");
  });

  it("keeps the order of dependsOn, promises and components included, and runs other steps in parallel", async () => {
    const { engine, provider } = testStack("order");
    let started = 0;
    let release = () => {};
    const bothStarted = new Promise<void>((resolve) => {
      release = resolve;
    });
    provider.before = (call) => {
      if (!call.startsWith("create group-")) return;
      started += 1;
      if (started === 2) release();
      return bothStarted;
    };
    const { steps } = await engine.up();
    const at = (name: string) => provider.calls.indexOf(`create ${name}`);
    assert.ok(at("migration") < Math.min(at("group-one"), at("group-two")));
    assert.ok(Math.max(at("group-one"), at("group-two")) < at("gate"));
    assert.ok(at("gate") < at("rule"));
    assert.deepEqual(ops(steps), [
      "create order-dev",
      "create independent",
      "create migration",
      "create group",
      "create group-one",
      "create group-two",
      "create gate",
      "create rule",
    ]);
    provider.before = () => {};
    provider.calls.length = 0;
    await engine.destroy();
    const deleted = (name: string) => provider.calls.findIndex((call) => call.startsWith(`delete ${name}`));
    assert.ok(deleted("rule") < deleted("gate"));
    assert.ok(deleted("gate") < deleted("group-one"));
    assert.ok(deleted("group-two") < deleted("migration"));
    assert.deepEqual(await engine.outputs(), {});
  });

  it("runs a program that exports an async function", async () => {
    const { outputs } = await testStack("function").engine.up();
    assert.deepEqual(outputs, {
      stack: "dev",
      organization: "organization",
      preview: false,
      arn: "arn:made-later-1",
    });
  });

  it("runs a program that is an ES module", async () => {
    const { engine } = testStack("esm");
    assert.deepEqual((await engine.up()).outputs, { answer: "dev: esm" });
  });

  it("runs the program with the priority of the options", async () => {
    const { engine } = testStack("priority", { priority: 15 });
    assert.deepEqual((await engine.up()).outputs, { priority: 15 });
  });

  describe("with a failing program", () => {
    const failures = new Map<string, ProgramError>();
    before(async function () {
      this.timeout(60_000);
      const { engine, provider, state } = testStack("broken");
      await engine.up({ config: { how: "not" } });
      await inParallel(
        ["throw", "reject", "apply", "run-error", "exit", "import", "duplicate", "string"],
        3,
        async (how) => {
          const failing = testStack("broken", { state: state.copy(), provider: { memory: provider } });
          const error = await failing.engine.up({ config: { how } }).catch((caught: unknown) => caught);
          assert.ok(error instanceof ProgramError, `${how}: ${error}`);
          failures.set(how, error);
        },
      );
      assert.deepEqual([...provider.objects.keys()], ["first-1"], "nothing may be deleted");
    });
    const failureOf = (how: string) => failures.get(how) ?? assert.fail(how);

    it("reports a thrown error with its place in the program", () => {
      const { message, frames } = failureOf("throw");
      assert.equal(message, "TypeError: no such thing");
      assert.deepEqual(frames.slice(0, 2), ["explode (index.ts:9:9)", "index.ts:14:5"]);
    });

    it("reports an unhandled rejection, and an error inside of apply once", () => {
      assert.equal(failureOf("reject").message, "rejected without a handler");
      assert.equal(failureOf("apply").message, "TypeError: no such thing");
    });

    it("reports a RunError by its message alone", () => {
      const { message, frames } = failureOf("run-error");
      assert.equal(message, "live: got purple, allowed is blue or green");
      assert.deepEqual(frames, []);
    });

    it("reports process.exit before all resources are declared", () => {
      assert.match(failureOf("exit").message, /ended \(exit status \d\) before all of its resources/);
    });

    it("reports a missing module, a duplicate resource and a thrown text", () => {
      assert.equal(failureOf("import").message, "Cannot find module 'no-such-package'");
      assert.match(failureOf("duplicate").message, /Duplicate resource URN '.*Thing::first'/);
      assert.match(failureOf("string").message, /threw just text, which is not an Error/);
    });

    it("stops a program that does not end", async () => {
      await inParallel(["loop", "wait"], 2, async (how) => {
        const { engine } = testStack("broken", { timeoutSeconds: 2 });
        await assert.rejects(
          engine.preview({ config: { how } }),
          (error) => error instanceof ProgramError && error.timedOut,
        );
      });
    });
  });

  it("reports the failed step of an update, and continues from there in the next one", async () => {
    const { engine, provider } = testStack("order");
    provider.before = (call) => {
      if (call === "create gate") throw new Error("web: 1 of 2 targets healthy");
    };
    const error = await engine.up().catch((caught: unknown) => caught);
    assert.ok(error instanceof UpdateFailedError);
    assert.equal(error.message, 'create of memory:index:Thing "gate" failed: web: 1 of 2 targets healthy');
    assert.equal(error.failed?.name, "gate");
    assert.ok(!provider.calls.includes("create rule"));
    provider.before = () => {};
    const { changes } = await engine.up();
    assert.deepEqual(changes, { create: 2, update: 0, replace: 0, delete: 0, same: 6 });
  });

  it("applies transforms of a resource, its parents and the stack, and keeps secrets", async () => {
    const { engine, provider, state } = testStack("transforms");
    await engine.up();
    assert.deepEqual(provider.objects.get("group-child-1"), {
      size: 5,
      password: "swordfish-7",
      tags: { stack: "dev" },
      arn: "arn:group-child-1",
    });
    assert.ok(!JSON.stringify(state.all()).includes("swordfish"));
    await assert.rejects(engine.destroy(), /Nothing was deleted: .*group-child is protected/);
    assert.equal(provider.objects.size, 1);
  });

  it("gives a program its own last outputs through a StackReference", async () => {
    const { engine, state } = testStack("reference");
    const up = (version: string) => engine.up({ config: { version } });
    assert.equal((await up("1")).outputs.before, undefined);
    const second = await up("2");
    assert.equal(second.outputs.before, "1");
    assert.ok(second.outputs.tokenBefore instanceof Secret);
    assert.ok(!JSON.stringify([state.all(), state.outputs]).includes("token of"));
  });

  it("keeps the outputs of a failed update, and takes over those registered before the failure", async () => {
    const { engine, provider } = testStack("reference");
    await checkOutputsOfFailedUpdates(engine, provider);
  }).timeout(60_000);

  it("handles assets, data sources and resource references", async () => {
    const { engine, provider } = testStack("values");
    const file = join(temporaryFolder(), "code.js");
    writeFileSync(file, "first");
    const up = () => engine.up({ config: { file, declares: "managed" } });
    await up();
    const objectWith = (key: string) =>
      [...provider.objects.values()].find((each) => key in each) ?? assert.fail(key);
    assert.equal((objectWith("code").code as { path: string }).path, file);
    assert.equal(objectWith("found").found, 42);
    assert.equal(objectWith("found").maker, "maker-1");
    assert.equal((await up()).changes.update, 0);
    writeFileSync(file, "second");
    const { steps, changes } = await up();
    assert.equal(changes.update, 1);
    const maker = steps.find((step) => step.name === "maker");
    assert.deepEqual(
      maker?.changes.map(({ path }) => path),
      ["code"],
    );
  });

  it("rejects Resource.get, which needs the Pulumi CLI", async () => {
    const file = join(temporaryFolder(), "code.js");
    writeFileSync(file, "first");
    await assert.rejects(
      testStack("values").engine.up({ config: { file } }),
      /reading an existing resource is not supported by the in-process engine/,
    );
  });

  it("refreshes the state from the provider", async () => {
    const { engine, provider } = testStack("basic");
    await engine.up();
    provider.objects.set("first-1", { ...provider.objects.get("first-1"), value: 9 });
    provider.objects.delete("second-2");
    const [unrefreshed, { steps, changes }] = await Promise.all([
      engine.preview(),
      engine.preview({ refresh: true }),
    ]);
    assert.equal(unrefreshed.changes.same, 3);
    assert.deepEqual(changes, { create: 1, update: 1, replace: 0, delete: 0, same: 1 });
    assert.deepEqual(steps.find((step) => step.op === "refresh")?.changes[0]?.path, "value");
    await engine.up({ refresh: true });
    assert.deepEqual([...provider.objects.values()].map(({ value }) => value).sort(), [1, "arn:first-1"]);
  });

  it("rejects an update while another one runs", async () => {
    const { engine, provider } = testStack("basic");
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    provider.before = () => blocked;
    const first = engine.up();
    await assert.rejects(engine.up(), EngineInputError);
    await assert.rejects(engine.destroy(), EngineInputError);
    release();
    await first;
  });

  it("stops at an abort, and continues from there in the next update", async () => {
    const { engine, provider } = testStack("order");
    const abort = new AbortController();
    provider.before = (call) => {
      if (call === "create migration") abort.abort();
    };
    const error = await engine.up({ signal: abort.signal }).catch((caught: unknown) => caught);
    assert.ok(error instanceof UpdateFailedError);
    assert.match(error.message, /aborted/);
    assert.ok(!provider.calls.includes("create gate"));
    provider.before = () => {};
    await engine.up();
    assert.equal(new Set(provider.calls).size, provider.calls.length, "a resource was created twice");
  });

  it("rejects folders without a project, and invalid stack names", () => {
    assert.throws(() => testStack("basic", { programDirectory: fixture("..") }), EngineInputError);
    assert.throws(() => testStack("basic", { stack: "a b" }), EngineInputError);
    assert.throws(() => testStack("basic", { stack: "a".repeat(101) }), EngineInputError);
    testStack("basic", { stack: "a".repeat(100) });
  });
});
