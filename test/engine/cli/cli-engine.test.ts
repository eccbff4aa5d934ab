import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { isCliAvailable } from "../../../engine/cli/available";
import { CliEngine } from "../../../engine/cli/cli-engine";
import { type Engine, UpdateFailedError } from "../../../engine/deploy/engine";
import { InProcessEngine } from "../../../engine/deploy/in-process-engine";
import { InitializationError, type Providers } from "../../../engine/deploy/provider";
import { ProgramError } from "../../../engine/program/program-error";
import type { Step } from "../../../engine/state/step";
import { Secret } from "../../../engine/values/values";
import { PaperCloud } from "../../support/paper-cloud";
import { ops } from "../deploy-resources";
import { checkOutputsOfFailedUpdates } from "../failed-updates";
import { MemoryProvider } from "../memory-provider";
import { cleanUpAfterEach, fixture, temporaryFolder } from "../support";

const REPOSITORY = join(__dirname, "../../..");
const PASSWORD = "swordfish-7";

interface Both {
  readonly cli: Engine;
  readonly inProcess: Engine;
}

function both(programDirectory: string, provider: () => Providers): Both {
  const folder = temporaryFolder();
  const options = { programDirectory, stack: "dev" };
  return {
    cli: new CliEngine({
      ...options,
      provider: provider(),
      scratch: { directory: join(folder, "cli"), passphrase: "correct horse" },
    }),
    inProcess: new InProcessEngine({ ...options, provider: provider() }),
  };
}

/** Steps without their durations, in one order. */
function comparable(steps: readonly Step[]) {
  const shown = steps.map(({ durationMs: _durationMs, error, ...step }) => ({
    ...step,
    failed: error !== undefined,
  }));
  return shown.sort((a, b) => (`${a.urn} ${a.op}` < `${b.urn} ${b.op}` ? -1 : 1));
}

describe("Pulumi CLI engine (skipped where there is no `pulumi` on the PATH)", function () {
  this.timeout(300_000);
  cleanUpAfterEach();

  before(async function () {
    if (!(await isCliAvailable())) this.skip();
  });

  function testStack(name: string, provider = new MemoryProvider()) {
    const stateDirectory = join(temporaryFolder(), "state");
    const engine = new CliEngine({
      programDirectory: fixture(name),
      stack: "dev",
      provider: { memory: provider },
      scratch: { directory: stateDirectory, passphrase: "correct horse" },
    });
    return { engine, provider, stateDirectory };
  }

  it("reports the same steps as the in-process engine", async () => {
    const { cli, inProcess } = both(fixture("changing"), () => ({ memory: new MemoryProvider() }));
    const password = new Secret(PASSWORD);
    const changes = { password: new Secret("marlin-8000"), tags: { Name: "web", "a.b": "c" }, launch: "2" };
    const sequence = [
      ["up", { password }],
      ["preview", changes],
      ["up", changes],
      ["preview", { ...changes, zone: "b" }],
      ["up", { ...changes, zone: "b", extra: "false" }],
      ["up", { ...changes, zone: "b", extra: "false" }],
    ] as const;
    for (const [run, settings] of sequence) {
      const config = Object.fromEntries(Object.entries(settings).map(([k, v]) => [`changing:${k}`, v]));
      const [expected, actual] = [await inProcess[run]({ config }), await cli[run]({ config })];
      assert.deepEqual(comparable(actual.steps), comparable(expected.steps));
      assert.deepEqual(actual.changes, expected.changes);
      assert.equal(JSON.stringify(actual.outputs), JSON.stringify(expected.outputs));
    }
    assert.deepEqual(await cli.outputs(), await inProcess.outputs());
    const [expected, actual] = [await inProcess.destroy(), await cli.destroy()];
    assert.deepEqual(comparable(actual.steps), comparable(expected.steps));
    assert.deepEqual(await cli.outputs(), {});
  });

  it("reports the same steps as the in-process engine for a flip: gate check and production rule", async function () {
    this.timeout(600_000);
    const { cli, inProcess } = both(REPOSITORY, () => {
      const cloud = new PaperCloud();
      return { aws: cloud, random: cloud };
    });
    const before = { "changeover:blueVersion": "1.0.0", "changeover:greenVersion": "1.1.0" };
    const steps: Record<string, Step[]> = {};
    for (const [name, engine] of Object.entries({ cli, inProcess })) {
      await engine.up({ config: { ...before, "changeover:greenVersion": "" } });
      await engine.up({ config: before });
      const flip = await engine.preview({ config: { ...before, "changeover:live": "green" } });
      steps[name] = [...flip.steps];
      const changed = flip.steps
        .filter(({ op }) => op !== "same")
        .map(({ op, name: each }) => `${op} ${each}`);
      assert.deepEqual(changed.sort(), [
        "delete dev-gate-live",
        "replace dev-gate-live",
        "update dev-edge-production",
      ]);
    }
    // The program names an update by its time, which differs between the engines.
    const timeless = (made: readonly Step[] = []): unknown =>
      JSON.parse(
        JSON.stringify(comparable(made)).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "the update's time"),
      );
    assert.deepEqual(timeless(steps.cli), timeless(steps.inProcess));
  });

  it("writes no file into the program's folder, and no secret anywhere", async () => {
    const { engine, stateDirectory } = testStack("changing");
    const events: unknown[] = [];
    const onEvent = (event: unknown) => events.push(event);
    const listing = () =>
      readdirSync(fixture("changing")).map((name) => [
        name,
        statSync(join(fixture("changing"), name)).mtimeMs,
      ]);
    const untouched = listing();
    await engine.setConfig("changing:password", new Secret(PASSWORD));
    const result = await engine.up({ onEvent });
    assert.deepEqual(listing(), untouched);
    assert.ok(!JSON.stringify([result, events]).includes(PASSWORD));
    const files = readdirSync(stateDirectory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    assert.ok(files.length > 2);
    for (const file of files) {
      const text = readFileSync(join(file.parentPath, file.name), "utf8");
      assert.ok(!text.includes(PASSWORD), `${file.name} holds the secret`);
    }
    assert.deepEqual((await engine.outputs()).access, { user: "admin", password: "[secret]" });
    const { access } = await engine.outputs({ showSecrets: true });
    assert.deepEqual(access, { user: "admin", password: PASSWORD });
  });

  it("reports the failed resource, and continues from there in the next update", async () => {
    const { engine, provider } = testStack("basic");
    provider.before = (call) => {
      if (call === "create second") throw new Error("quota exceeded");
    };
    await assert.rejects(engine.up(), (error) => {
      assert.ok(error instanceof UpdateFailedError);
      assert.match(error.message, /^create of memory:index:Thing "second" failed: .*quota exceeded/s);
      assert.equal(error.failed?.name, "second");
      assert.ok(error.steps.some(({ name, error: failure }) => name === "first" && failure === undefined));
      return true;
    });
    provider.before = () => {};
    const { steps } = await engine.up();
    assert.deepEqual(ops(steps), ["same basic-dev", "same first", "create second"]);
  });

  it("keeps the outputs of a failed update, and takes over those registered before the failure", async () => {
    const { engine, provider } = testStack("reference");
    await checkOutputsOfFailedUpdates(engine, provider);
  });

  it("records a resource that failed to initialize, and rejects an invalid config value", async () => {
    const { engine, provider } = testStack("basic");
    provider.before = (call) => {
      if (call === "create second") throw new InitializationError("second-0", {}, ["not healthy in time"]);
    };
    await assert.rejects(engine.up(), /not healthy in time/);
    provider.before = () => {};
    assert.ok(ops((await engine.up()).steps).includes("update second"));
    await assert.rejects(
      engine.preview({ config: { "basic:size": "invalid" } }),
      /must be of type 'integer'/,
    );
  });

  it("reports a RunError by its message, and an exception with its place in the program", async () => {
    const { engine } = testStack("broken");
    const run = (how: string) => engine.preview({ config: { "broken:how": how } });
    await assert.rejects(run("run-error"), (error) => {
      assert.ok(error instanceof ProgramError);
      assert.equal(error.message, "live: got purple, allowed is blue or green");
      assert.deepEqual(error.frames, []);
      return true;
    });
    await assert.rejects(run("throw"), (error) => {
      assert.ok(error instanceof ProgramError);
      assert.equal(error.message, "TypeError: no such thing");
      assert.match(error.frames[0] ?? "", /^explode \(index\.ts:\d+:\d+\)$/);
      return true;
    });
  });

  it("rejects the deletion of a protected resource before deleting anything", async () => {
    const { engine, provider } = testStack("changing");
    await engine.setConfig("changing:password", new Secret(PASSWORD));
    await engine.up({ config: { "changing:protect": "true" } });
    await assert.rejects(engine.destroy(), /Nothing was deleted.*::kept is protected/s);
    assert.equal(provider.objects.size, 5);
  });

  it("aborts: running calls are signalled, and the next update continues from there", async () => {
    const { engine, provider } = testStack("basic");
    const abort = new AbortController();
    let told = false;
    provider.before = (call, signal) => {
      if (call !== "create second") return;
      abort.abort();
      return new Promise((_resolve, reject) =>
        signal?.addEventListener("abort", () => {
          told = true;
          reject(signal.reason);
        }),
      );
    };
    await assert.rejects(engine.up({ signal: abort.signal }), /was aborted/);
    assert.ok(told);
    provider.before = () => {};
    assert.ok(ops((await engine.up()).steps).includes("create second"));
  });
});
