import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpdateResult } from "../../engine/deploy/engine";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import { StackState } from "../../engine/state/stack-state";
import { openReleaseBucket } from "../../publishing";
import { createSimulator, type Simulator } from "../../simulator";
import { clientSettings } from "../../test/simulator/stack";
import { changesOf } from "../../test/support/stack";
import { checkOut } from "./support/checkout";

const OBJECT = /s3\/bucketObjectv2:BucketObjectv2/;

describe("checkouts at the tags of two versions", function () {
  this.timeout(300_000);
  let directory: string;
  let simulator: Simulator;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "changeover-checkouts-"));
    simulator = await createSimulator({ directory: join(directory, "simulator"), timeScale: 10 });
  });
  after(async () => {
    await simulator?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("checkouts: a version without sources is flipped, rolled back, warmed, retired and contracted", async () => {
    const state = new StackState();
    const tags = {
      "1.0.0": checkOut({ version: "1.0.0", lastMigration: 1 }, join(directory, "v1.0.0")),
      "1.1.0": checkOut({ version: "1.1.0", lastMigration: 3 }, join(directory, "v1.1.0")),
    };
    const engineAt = (tag: keyof typeof tags) =>
      new InProcessEngine({
        programDirectory: tags[tag],
        stack: "dev",
        provider: simulator.providers,
        state,
      });
    let config: Record<string, string> = { drainSeconds: "1", gateTimeoutSeconds: "60" };
    const up = (tag: keyof typeof tags, changes: Record<string, string>): Promise<UpdateResult> => {
      config = { ...config, ...changes };
      const named = Object.entries(config).map(([key, value]) => [`changeover:${key}`, value]);
      return engineAt(tag).up({ config: Object.fromEntries(named) });
    };
    const manifests = () => {
      const texts = state.outputs.manifests as Record<string, string>;
      return Object.fromEntries(Object.entries(texts).map(([version, text]) => [version, JSON.parse(text)]));
    };
    const versionsRunning = async () => {
      const { release } = (await engineAt("1.1.0").outputs()) as { release: { weights: object } };
      return release.weights;
    };

    await up("1.0.0", { live: "blue", blueVersion: "1.0.0" });
    const { artifacts, store } = manifests()["1.0.0"];
    assert.equal(store, "declared");
    const [, bucketName = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(artifacts.web.url) ?? [];
    const isInBucket = async () => {
      const bucket = openReleaseBucket(bucketName, clientSettings(simulator));
      try {
        return (await bucket.get(key)) !== undefined;
      } finally {
        bucket.close();
      }
    };
    assert.ok(await isInBucket());

    const deployed = await up("1.1.0", { greenVersion: "1.1.0" });
    assert.deepEqual(
      changesOf(deployed).filter((change) => OBJECT.test(change)),
      ["app/1.1.0", "web/1.1.0", "app/1.0.0", "web/1.0.0"].map((name) => {
        const operation = name.endsWith("1.1.0") ? "create" : "delete";
        return `${operation} s3/bucketObjectv2:BucketObjectv2 dev-${name}.js`;
      }),
    );
    assert.equal(manifests()["1.0.0"].store, "retained");
    assert.ok(await isInBucket(), "the program stops declaring the object, and it stays in the bucket");

    const flip = await up("1.1.0", { live: "green" });
    const back = await up("1.1.0", { live: "blue" });
    assert.deepEqual(await versionsRunning(), { blue: 100, green: 0 });
    for (const result of [flip, back, await up("1.1.0", { live: "green" })]) {
      assert.equal(changesOf(result).length, 2, changesOf(result).join("\n"));
    }
    await assert.rejects(
      up("1.0.0", {}),
      /migrations must be a folder with the first script that 1\.1\.0 needs, got a folder without 0002_split_name/,
    );
    const blue = () =>
      simulator.instances().filter(({ group, state }) => group.includes("blue") && state === "running");
    await up("1.1.0", { idle: "off" });
    assert.deepEqual(blue(), []);
    // New instances fetch the object that no resource of the stack declares any more.
    await up("1.1.0", { idle: "warm" });
    assert.equal(blue().length, 4);
    await up("1.1.0", { idle: "off" });
    await up("1.1.0", { contractThrough: "0002_split_name" });
    assert.ok(await isInBucket());
    assert.deepEqual(Object.keys(manifests()).sort(), ["1.0.0", "1.1.0"]);
    assert.deepEqual(manifests()["1.0.0"].artifacts, artifacts);

    await engineAt("1.1.0").destroy();
    await assert.rejects(isInBucket(), /NoSuchBucket/);
  });
});
