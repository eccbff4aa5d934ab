import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReleaseManifestError, readReleaseManifests, type SourceVersion } from "../../contract";
import { PublishError } from "../../publishing/publish-error";
import { type PublishedVersion, publishVersion } from "../../publishing/publish-version";
import { FakeBucket } from "./fake-bucket";

const COMMIT = "0123456789".repeat(4);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("publish", () => {
  let folder: string;
  let bucket: FakeBucket;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-publish-"));
    bucket = new FakeBucket();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const releases = () => join(folder, "releases");

  const sources = (content: string, version = "1.1.0"): SourceVersion => ({
    version,
    file: "app/queries.ts",
    queries: { ping: "select 1 as answer" },
    build: (tier) => {
      const file = join(folder, `${tier}.js`);
      writeFileSync(file, `${tier} ${content}`);
      return { file, sha256: sha256(`${tier} ${content}`) };
    },
  });

  const publish = (source: SourceVersion, changes: { commit?: string; prefix?: string } = {}) =>
    publishVersion({
      ...{ source, bucket, commit: COMMIT, prefix: "", firstMigration: "0002_split_name", ...changes },
      releasesDirectory: releases(),
      log: () => {},
    });

  const failure = async (published: Promise<PublishedVersion>): Promise<string> => {
    const error = await published.then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    assert.ok(error instanceof PublishError || error instanceof ReleaseManifestError, String(error));
    return error.message;
  };

  it("publish: uploads each tier's artifact and writes the manifest", async () => {
    const { outcome, file } = await publish(sources("one"), { prefix: "shop/" });
    const web = `shop/web/1.1.0-${sha256("web one").slice(0, 12)}.js`;
    const app = `shop/app/1.1.0-${sha256("app one").slice(0, 12)}.js`;
    assert.equal(outcome, "published");
    assert.deepEqual([...bucket.objects.keys()].sort(), [app, "shop/releases/1.1.0.json", web]);
    assert.equal(String(bucket.objects.get(web)), "web one");
    assert.deepEqual(readReleaseManifests(releases()), [
      {
        version: "1.1.0",
        commit: COMMIT,
        artifacts: {
          web: { url: `s3://shop-releases/${web}`, sha256: sha256("web one") },
          app: { url: `s3://shop-releases/${app}`, sha256: sha256("app one") },
        },
        queries: { ping: "select 1 as answer" },
        firstMigration: "0002_split_name",
      },
    ]);
    assert.equal(readFileSync(file, "utf8"), String(bucket.objects.get("shop/releases/1.1.0.json")));
  });

  it("publish: the same sources have nothing to do", async () => {
    await publish(sources("one"));
    const written = readFileSync(join(releases(), "1.1.0.json"), "utf8");
    bucket.failing.add(""); // Fails if anything is uploaded.
    assert.equal((await publish(sources("one"), { commit: "f".repeat(40) })).outcome, "unchanged");
    assert.equal(readFileSync(join(releases(), "1.1.0.json"), "utf8"), written);
  });

  it("publish: a published version never changes", async () => {
    await publish(sources("one"));
    const before = new Map(bucket.objects);
    const message = await failure(publish(sources("two")));
    const short = (text: string) => sha256(text).slice(0, 12);
    assert.equal(
      message,
      `A published version never changes: ${join(releases(), "1.1.0.json")} has 1.1.0 of commit 012345678901 with ` +
        `web ${short("web one")}, and this checkout builds ${short("web two")}; app ${short("app one")}, and this ` +
        `checkout builds ${short("app two")}. Publish the change under a new version, or check out 012345678901.`,
    );
    assert.deepEqual(bucket.objects, before);
  });

  it("publish: the bucket decides when another checkout has published the version", async () => {
    await publish(sources("one"));
    rmSync(releases(), { recursive: true });
    assert.match(
      await failure(publish(sources("two"))),
      /^A published version never changes: s3:\/\/shop-releases\/releases\/1\.1\.0\.json has 1\.1\.0 /,
    );
    assert.ok(!existsSync(releases()));
    // The manifest is that of the first publication, with its commit.
    const { manifest } = await publish(sources("one"), { commit: "f".repeat(40) });
    assert.equal(manifest.commit, COMMIT);
    assert.deepEqual(readReleaseManifests(releases()), [manifest]);
  });

  it("publish: the bucket decides between two builds that are published at the same time", async () => {
    const get = bucket.get.bind(bucket);
    let first = true;
    bucket.get = async (key) => {
      const found = await get(key);
      if (first) {
        first = false;
        await publish(sources("other"));
        rmSync(releases(), { recursive: true });
      }
      return found;
    };
    assert.match(await failure(publish(sources("one"))), /^A published version never changes/);
    assert.ok(!existsSync(releases()));
  });

  it("publish: half an upload leaves no manifest, and the next run completes it", async () => {
    bucket.failing.add("app/");
    await assert.rejects(publish(sources("one")), /SlowDown/);
    assert.deepEqual([...bucket.objects.keys()], [`web/1.1.0-${sha256("web one").slice(0, 12)}.js`]);
    assert.ok(!existsSync(releases()));
    bucket.failing.clear();
    assert.equal((await publish(sources("one"))).outcome, "published");
    assert.deepEqual(readdirSync(releases()), ["1.1.0.json"]);
  });

  it("publish: an object of another program under the artifact's key is rejected", async () => {
    bucket.objects.set(`web/1.1.0-${sha256("web one").slice(0, 12)}.js`, Buffer.from("cut of"));
    assert.match(
      await failure(publish(sources("one"))),
      /^s3:\/\/shop-releases\/web\/1\.1\.0-\w+\.js must have SHA-256 \w+, got \w+\. .*another prefix or bucket\.$/,
    );
    assert.ok(!existsSync(releases()));
  });

  it("publish: all wrong manifests of the folder are reported at once, before any upload", async () => {
    await publish(sources("one"));
    writeFileSync(join(releases(), "1.0.0.json"), "{");
    writeFileSync(join(releases(), "1.1.0.json"), "{}");
    const objects = bucket.objects.size;
    const message = await failure(publish(sources("one", "1.2.0")));
    assert.match(message, /1\.0\.0\.json must be JSON/);
    assert.match(message, /1\.1\.0\.json: commit must be 40 hexadecimal digits, got nothing/);
    assert.equal(bucket.objects.size, objects);
  });

  it("publish: a build that returns another digest than that of its file is rejected", async () => {
    const wrong = { ...sources("one"), build: () => ({ file: __filename, sha256: "0".repeat(64) }) };
    assert.match(await failure(publish(wrong)), /^The build of web 1\.1\.0 must return the SHA-256 of /);
  });
});
