import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { UpdateFailedError } from "../../../engine/deploy/engine";
import { EngineInputError, ProgramError } from "../../../engine/program/program-error";
import { Secret } from "../../../engine/values/values";
import { owner } from "../../../preview/checkout/process-owner";
import { ops } from "../deploy-resources";
import { checkOutputsOfFailedUpdates } from "../failed-updates";
import { type Bench, bench, cleanUpAfterEach, fixture, temporaryFolder } from "../support";

describe("in-process engine", () => {
  cleanUpAfterEach();

  it("previews, creates, and then has nothing to do", async () => {
    const { engine, provider, events, stateFile, onEvent } = bench("basic");
    const preview = await engine.preview({ onEvent });
    assert.deepEqual(provider.calls, []);
    assert.equal(preview.changes.create, 3);
    assert.equal(String(preview.outputs.arn), "[unknown]");
    assert.ok(events.some((event) => event.type === "log" && event.message === "declared"));

    const first = await engine.up();
    assert.deepEqual(first.changes, { create: 3, update: 0, replace: 0, delete: 0, same: 0 });
    assert.equal(first.outputs.arn, "arn:second-2");
    const written = readFileSync(stateFile, "utf8");

    const second = await engine.up();
    assert.deepEqual(second.changes, { create: 0, update: 0, replace: 0, delete: 0, same: 3 });
    assert.deepEqual(provider.calls, ["create first", "create second"]);
    assert.equal(withoutCiphers(readFileSync(stateFile, "utf8")), withoutCiphers(written));
  });

  it("takes config of a call over that of setConfig", async () => {
    const { engine } = bench("basic");
    await engine.up();
    await engine.setConfig("basic:size", 2);
    assert.equal((await engine.preview()).changes.update, 1);
    assert.equal((await engine.preview({ config: { "basic:size": 1 } })).changes.update, 0);
  });

  it("keeps secrets out of the state file, the outputs and the events", async () => {
    const { engine, events, stateFile, onEvent } = bench("basic");
    await engine.setConfig("basic:password", new Secret("swordfish-7"));
    const result = await engine.up({ onEvent });
    const everything = JSON.stringify([result, events]) + readFileSync(stateFile, "utf8");
    assert.ok(!everything.includes("swordfish"));
    assert.equal(statSync(stateFile).mode & 0o077, 0);
    assert.equal((await engine.outputs()).password, "[secret]");
    assert.equal((await engine.outputs({ showSecrets: true })).password, "swordfish-7");
  });

  it("keeps the order of dependsOn, promises and components included, and lets the rest run beside it", async () => {
    const { engine, provider } = bench("order");
    const open = new Set<string>();
    let together = 0;
    provider.before = async (call) => {
      open.add(call);
      together = Math.max(together, open.size);
      await new Promise((resolve) => setTimeout(resolve, 30));
      open.delete(call);
    };
    const { steps } = await engine.up();
    const at = (name: string) => provider.calls.indexOf(`create ${name}`);
    assert.ok(at("migration") < Math.min(at("group-one"), at("group-two")));
    assert.ok(Math.max(at("group-one"), at("group-two")) < at("gate"));
    assert.ok(at("gate") < at("rule"));
    assert.ok(together >= 2, "independent resources were made one after the other");
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
    const gone = (name: string) => provider.calls.findIndex((call) => call.startsWith(`delete ${name}`));
    assert.ok(
      gone("rule") < gone("gate") &&
        gone("gate") < gone("group-one") &&
        gone("group-two") < gone("migration"),
    );
    assert.deepEqual(await engine.outputs(), {});
  });

  it("runs a program that exports an async function", async () => {
    const { engine } = bench("function", { organization: "acme" });
    const { outputs } = await engine.up();
    assert.deepEqual(outputs, {
      stack: "dev",
      organization: "acme",
      preview: false,
      arn: "arn:made-later-1",
    });
  });

  it("runs a program that is an ES module", async () => {
    const { engine } = bench("esm");
    assert.deepEqual((await engine.up()).outputs, { answer: "dev: esm" });
  });

  describe("with a program that is broken", () => {
    let shared: Bench;
    before(async () => {
      shared = bench("broken", {
        stateFile: join(mkdtempSync(join(tmpdir(), "changeover-engine-")), "dev.json"),
      });
      await shared.engine.up({ config: { how: "not" } });
    });
    after(() => rmSync(dirname(shared.stateFile), { recursive: true, force: true }));

    const broken = async (how: string) => {
      const error = await shared.engine.up({ config: { how } }).catch((caught: unknown) => caught);
      assert.ok(error instanceof ProgramError, String(error));
      assert.deepEqual([...shared.provider.objects.keys()], ["first-1"], "nothing may be deleted");
      return error;
    };

    it("says what it threw and where", async () => {
      const { message, frames } = await broken("throw");
      assert.equal(message, "TypeError: no such thing");
      assert.deepEqual(frames.slice(0, 2), ["explode (index.ts:9:9)", "index.ts:14:5"]);
    });

    it("notices a rejection that nobody handles, and an error inside of apply, once", async () => {
      assert.equal((await broken("reject")).message, "rejected by nobody's handler");
      assert.equal((await broken("apply")).message, "TypeError: no such thing");
    });

    it("shows a RunError as its message alone", async () => {
      const { message, frames } = await broken("run-error");
      assert.equal(message, "live: got purple, allowed is blue or green");
      assert.deepEqual(frames, []);
    });

    it("ends a program that does not end", async () => {
      const { engine } = bench("broken", { timeoutSeconds: 2 });
      await assert.rejects(engine.preview({ config: { how: "loop" } }), /did not end: 2 s/);
      await assert.rejects(engine.preview({ config: { how: "wait" } }), /did not end: 2 s/);
    });

    it("takes process.exit for the accident that it is", async () => {
      assert.match((await broken("exit")).message, /ended \(exit status \d\) before all of its resources/);
    });

    it("names a missing module, a duplicate and a thrown text", async () => {
      assert.equal((await broken("import")).message, "Cannot find module 'no-such-package'");
      assert.match((await broken("duplicate")).message, /Duplicate resource URN '.*Thing::first'/);
      assert.match((await broken("string")).message, /threw just text, which is no Error/);
    });
  });

  it("fails an update with the step that failed, and goes on from there", async () => {
    const { engine, provider } = bench("order");
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
    const { engine, provider, stateFile } = bench("transforms");
    await engine.up();
    assert.deepEqual(provider.objects.get("group-child-1"), {
      size: 5,
      password: "swordfish-7",
      tags: { stack: "dev" },
      arn: "arn:group-child-1",
    });
    assert.ok(!readFileSync(stateFile, "utf8").includes("swordfish"));
    const refused = await engine.destroy().catch((caught: unknown) => caught);
    assert.match(String(refused), /Nothing was deleted, because .*group-child is protected/);
    assert.equal(provider.objects.size, 1);
  });

  it("calls hooks around a step, and stops at one that throws", async () => {
    const { engine, provider, events, onEvent } = bench("hooks");
    const refused = await engine.up({ config: { refuse: true } }).catch((caught: unknown) => caught);
    assert.match(String(refused), /The hook "refuse" failed: .*not today/);
    assert.deepEqual(provider.calls, []);
    await engine.up({ onEvent });
    const logged = events.flatMap((event) => (event.type === "log" ? [event.message] : []));
    assert.deepEqual(logged, ["before hooked", "after hooked arn:hooked-1"]);
  });

  it("gives a program its own last outputs: none at first", async () => {
    const { engine, stateFile } = bench("reference");
    const up = (version: string) => engine.up({ config: { version } });
    assert.equal((await up("1")).outputs.before, undefined);
    const second = await up("2");
    assert.equal(second.outputs.before, "1");
    assert.ok(second.outputs.tokenBefore instanceof Secret);
    assert.ok(!readFileSync(stateFile, "utf8").includes("token of"));
  });

  it("keeps the outputs of an update that fails, and takes over those that it had registered", async () => {
    const { engine, provider } = bench("reference");
    await checkOutputsOfFailedUpdates(engine, provider);
  });

  it("handles assets, data sources, reads, references and explicit providers", async () => {
    const { engine, provider } = bench("values");
    const file = join(temporaryFolder(), "code.js");
    writeFileSync(file, "first");
    provider.objects.set("existing-1", { arn: "arn:existing-1" });
    const up = () => engine.up({ config: { file } });
    await up();
    const [made] = [...provider.objects.values()].filter((each) => "code" in each) as {
      code: { path: string };
    }[];
    assert.equal(made?.code.path, file);
    assert.deepEqual([...provider.objects.values()].find((each) => "found" in each)?.found, 42);
    assert.equal([...provider.objects.values()].find((each) => "found" in each)?.of, "arn:existing-1");
    assert.equal([...provider.objects.values()].find((each) => "found" in each)?.maker, "maker-1");
    assert.equal((await up()).changes.update, 0);
    writeFileSync(file, "second");
    const { steps, changes } = await up();
    assert.equal(changes.update, 1);
    const maker = steps.find((step) => step.name === "maker");
    assert.deepEqual(
      maker?.changes.map(({ path }) => path),
      ["code"],
    );
    await engine.destroy();
    assert.deepEqual([...provider.objects.keys()], ["existing-1"], "what was only read stays");
  });

  it("refreshes from what really is", async () => {
    const { engine, provider } = bench("basic");
    await engine.up();
    provider.objects.set("first-1", { ...provider.objects.get("first-1"), value: 9 });
    provider.objects.delete("second-2");
    assert.equal((await engine.up()).changes.same, 3, "without a refresh nobody knows");
    const { steps, changes } = await engine.preview({ refresh: true });
    assert.deepEqual(changes, { create: 1, update: 1, replace: 0, delete: 0, same: 1 });
    assert.deepEqual(steps.find((step) => step.op === "refresh")?.changes[0]?.path, "value");
    await engine.up({ refresh: true });
    assert.deepEqual([...provider.objects.values()].map(({ value }) => value).sort(), [1, "arn:first-1"]);
  });

  it("does not let two updates run at once, and takes over from one that died", async () => {
    const { engine, provider, stateFile } = bench("basic");
    let free = () => {};
    const blocked = new Promise<void>((resolve) => {
      free = resolve;
    });
    provider.before = () => blocked;
    const first = engine.up();
    await assert.rejects(engine.up(), /being updated by process \d+ since .* remove .*\.lock/);
    await assert.rejects(engine.destroy(), EngineInputError);
    free();
    await first;
    // No process can have this number: it is over the largest one that Linux gives.
    writeFileSync(`${stateFile}.lock`, JSON.stringify({ ...owner(), pid: 2 ** 22 + 1, since: "yesterday" }));
    await engine.up();
  });

  it("stops at an abort and goes on later", async () => {
    const { engine, provider } = bench("order");
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
    assert.equal(new Set(provider.calls).size, provider.calls.length, "nothing was made twice");
  });

  it("refuses projects and stacks that it cannot run", () => {
    assert.throws(() => bench("basic", { programDirectory: fixture("..") }), /holds no Pulumi.yaml/);
    assert.throws(() => bench("basic", { stack: "a b" }), /"a b" is no stack name/);
    assert.throws(() => bench("basic", { encryptionKey: "" }), /key .* is empty/);
  });
});

/** Each encryption of a value looks different; all else must not. */
function withoutCiphers(state: string): string {
  return state.replaceAll(/"[A-Za-z0-9+/]{30,}=*"/g, "");
}
