import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type KnownVersion,
  type ReleaseManifest,
  readReleaseManifests,
  type SourceVersion,
} from "../../../contract";
import { PublishError } from "../../../publishing/publish-error";
import { planReleases, prepareReleases } from "../../../rehearsal/scenario/releases";
import { FakeBucket } from "../../publishing/fake-bucket";
import { shop } from "../../support/application";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const programDirectory = join(__dirname, "../../..");

describe("releases of a rehearsal", () => {
  let folder: string;
  let buckets: Map<string, FakeBucket>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-releases-"));
    buckets = new Map();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const source = (version: string): SourceVersion => ({
    version,
    file: "app/queries.ts",
    queries: { ping: "select 1 as answer" },
    build: (tier) => {
      const file = join(folder, `${tier}.js`);
      writeFileSync(file, `${tier} ${version}`);
      return { file, sha256: sha256(`${tier} ${version}`) };
    },
  });
  const manifest = (version: string): ReleaseManifest => ({
    version,
    commit: "0".repeat(40),
    artifacts: {
      web: { url: `s3://shop-releases/web/${version}.js`, sha256: sha256(`web ${version}`) },
      app: { url: `s3://shop-releases/app/${version}.js`, sha256: sha256(`app ${version}`) },
    },
    queries: { ping: "select 1 as answer" },
  });
  const known = (version: string, origin: KnownVersion["origin"]): KnownVersion => ({
    version,
    file: "app/queries.ts",
    queries: {},
    origin,
  });
  const opened = (name: string) => {
    const bucket = buckets.get(name) ?? new FakeBucket();
    buckets.set(name, bucket);
    return bucket;
  };
  const prepare = (plan: ReturnType<typeof planReleases>, origin = new FakeBucket()) =>
    prepareReleases(plan, {
      application: shop,
      programDirectory,
      releasesDirectory: join(folder, "releases"),
      simulated: opened,
      origin: () => origin,
    });

  it("rehearsed releases: the checkout builds only the newest; older versions are published first", async () => {
    const versions = ["1.0.0", "1.1.0", "1.2.0"].map((version) =>
      known(version, { source: source(version) }),
    );
    const plan = planReleases(versions, ["1.0.0", "1.1.0"]);
    assert.deepEqual(
      plan.built.map(({ version }) => version),
      ["1.0.0"],
    );
    assert.deepEqual(plan.buckets, ["rehearsed-releases"]);
    await prepare(plan);
    const [written, ...more] = readReleaseManifests(join(folder, "releases"));
    assert.deepEqual([written?.version, more], ["1.0.0", []]);
    const key = written?.artifacts.web.url.replace(/^s3:\/\/[^/]+\//, "") ?? "";
    assert.equal(String(opened("rehearsed-releases").objects.get(key)), "web 1.0.0");
  });

  it("rehearsed releases: a published version runs from its artifacts, without its sources", async () => {
    const versions = [
      known("1.0.0", { manifest: manifest("1.0.0") }),
      known("1.1.0", { manifest: manifest("1.1.0"), source: source("1.1.0") }),
    ];
    const plan = planReleases(versions, ["1.0.0", "1.1.0"]);
    assert.deepEqual(plan.built, []);
    assert.deepEqual(plan.buckets, ["shop-releases"]);
    const origin = new FakeBucket();
    for (const version of ["1.0.0", "1.1.0"])
      for (const tier of ["web", "app"])
        origin.objects.set(`${tier}/${version}.js`, Buffer.from(`${tier} ${version}`));
    await prepare(plan, origin);
    assert.deepEqual(opened("shop-releases").objects, origin.objects);
    assert.deepEqual(readReleaseManifests(join(folder, "releases")), plan.published);
  });

  it("rehearsed releases: an artifact that is missing or differs from its manifest is rejected", async () => {
    const plan = planReleases([known("1.0.0", { manifest: manifest("1.0.0") })], ["1.0.0"]);
    const origin = new FakeBucket();
    const rejected = (got: string) =>
      assert.rejects(prepare(plan, origin), (error: Error) => {
        assert.ok(error instanceof PublishError);
        assert.ok(
          error.message.startsWith("s3://shop-releases/web/1.0.0.js must be an object with SHA-256 "),
        );
        assert.ok(error.message.includes(`got ${got}. Restore`), error.message);
        return true;
      });
    await rejected("no object");
    origin.objects.set("web/1.0.0.js", Buffer.from("other"));
    await rejected(sha256("other"));
  });
});
