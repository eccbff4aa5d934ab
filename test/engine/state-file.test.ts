import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { EngineInputError } from "../../engine/program/program-error";
import { lockState } from "../../engine/state/lock";
import { type ResourceState, StackState } from "../../engine/state/stack-state";
import { StateFile } from "../../engine/state/state-file";
import { AssetValue, ResourceReference, Secret, UNKNOWN } from "../../engine/values/values";
import { owner } from "../../preview/checkout/process-owner";
import { cleanUpAfterEach, temporaryFolder } from "./support";

describe("state file", () => {
  cleanUpAfterEach();
  const stack = { project: "shop", stack: "dev", encryptionKey: "correct horse" };
  const resource: ResourceState = {
    urn: "urn:pulumi:dev::shop::a:b:C::x",
    type: "a:b:C",
    custom: true,
    id: "x-1",
    inputs: {
      password: new Secret("swordfish-7"),
      code: new AssetValue(
        "archive",
        { assets: { "a.js": new AssetValue("asset", { text: "1" }, "aa") } },
        "bb",
      ),
      other: new ResourceReference("urn:y", "y-1"),
      odd: { $: "a key that the file uses itself" },
    },
    outputs: { list: [1, null, new Secret({ deep: true })] },
    dependencies: [],
    propertyDependencies: {},
    replacementTrigger: new Secret("t"),
  };
  const saved = async () => {
    const path = join(temporaryFolder(), "deep", "state.json");
    await new StateFile(path, stack).save(
      new StackState({ resources: [resource], outputs: { token: new Secret("tok") } }),
    );
    return path;
  };
  const reveal = (value: unknown) => (value instanceof Secret ? value.reveal() : undefined);

  it("gives back what was saved, with secrets that nobody else can read", async () => {
    const path = await saved();
    const text = readFileSync(path, "utf8");
    assert.ok(!text.includes("swordfish") && !text.includes('"tok"'));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const state = new StateFile(path, stack).load();
    const back = state.resources.get(resource.urn);
    assert.equal(reveal(back?.inputs.password), "swordfish-7");
    assert.deepEqual(back?.inputs.code, resource.inputs.code);
    assert.deepEqual(back?.inputs.other, resource.inputs.other);
    assert.deepEqual(back?.inputs.odd, resource.inputs.odd);
    assert.deepEqual(reveal((back?.outputs.list as unknown[] | undefined)?.[2]), { deep: true });
    assert.equal(reveal(back?.replacementTrigger), "t");
    assert.equal(reveal(state.outputs.token), "tok");
  });

  it("is not there before the first update", () => {
    const path = join(temporaryFolder(), "state.json");
    assert.equal(new StateFile(path, stack).load().resources.size, 0);
    assert.ok(!existsSync(path));
  });

  it("keeps the last of many saves, and leaves no other file behind", async () => {
    const folder = temporaryFolder();
    const file = new StateFile(join(folder, "state.json"), stack);
    const state = new StackState();
    const saves = [1, 2, 3, 4].map((n) => {
      state.outputs = { n };
      return file.save(state);
    });
    await Promise.all(saves);
    assert.deepEqual(new StateFile(join(folder, "state.json"), stack).load().outputs, { n: 4 });
    assert.deepEqual(readdirSync(folder), ["state.json"]);
  });

  it("keeps the old file when a write fails", async () => {
    const path = await saved();
    const before = readFileSync(path, "utf8");
    const file = new StateFile(path, stack);
    const broken = file.load();
    broken.outputs = { never: UNKNOWN };
    await assert.rejects(file.save(broken), /unknown value/);
    assert.equal(readFileSync(path, "utf8"), before);
  });

  it("refuses a wrong key, another stack, a newer version and damage, each in its own words", async () => {
    const path = await saved();
    const refuses = (why: RegExp, other = stack) =>
      assert.throws(
        () => new StateFile(path, other).load(),
        (error) => error instanceof EngineInputError && why.test(error.message),
      );
    refuses(/another encryption key/, { ...stack, encryptionKey: "wrong" });
    refuses(/belongs to stack shop\/dev, not to shop\/prod/, { ...stack, stack: "prod" });
    const content = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...content, version: 99 }));
    refuses(/version 99; this engine reads up to 1/);
    writeFileSync(path, JSON.stringify({ ...content, resources: "none" }));
    refuses(/is damaged .*resources/s);
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 100));
    refuses(/is damaged/);
  });

  it("notices a secret that was tampered with", async () => {
    const path = await saved();
    const content = JSON.parse(readFileSync(path, "utf8"));
    const [kind, cipher] = content.outputs.token.$ as [string, string];
    content.outputs.token.$ = [kind, `${cipher.slice(0, -6)}AAAAA=`];
    writeFileSync(path, JSON.stringify(content));
    assert.throws(() => new StateFile(path, stack).load(), /is damaged/);
  });
});

const DEAD = { ...owner(), pid: 2 ** 22 + 1 };

describe("lock of a state", () => {
  cleanUpAfterEach();

  it("is held by one, released, and taken over from the dead", () => {
    const path = join(temporaryFolder(), "state.json");
    const release = lockState(path);
    assert.throws(() => lockState(path), new RegExp(`process ${process.pid} since`));
    release();
    writeFileSync(`${path}.lock`, JSON.stringify({ ...DEAD, since: "yesterday" }));
    lockState(path)();
    assert.ok(!existsSync(`${path}.lock`));
  });

  it("is taken over from a dead process whose number another one has by now", () => {
    const path = join(temporaryFolder(), "state.json");
    writeFileSync(`${path}.lock`, JSON.stringify({ ...owner(), started: "long ago", since: "yesterday" }));
    lockState(path)();
    assert.ok(!existsSync(`${path}.lock`));
  });

  it("is respected when it comes from another host", () => {
    const path = join(temporaryFolder(), "state.json");
    writeFileSync(`${path}.lock`, JSON.stringify({ ...DEAD, place: "elsewhere", since: "yesterday" }));
    assert.throws(() => lockState(path), /being updated by process \d+ since yesterday/);
  });

  it("is respected when it cannot be read", () => {
    const path = join(temporaryFolder(), "state.json");
    writeFileSync(`${path}.lock`, "");
    assert.throws(() => lockState(path), /by another process.*remove .*state.json.lock/);
  });
});
