import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type KnownVersion, knownVersions, type ReleaseManifest } from "../../contract";
import { artifactFiles, artifactOf, resolveArtifacts } from "../../stack/artifacts";
import { shop } from "../support/application";
import { issuesOf } from "./issues";

const MANIFEST: ReleaseManifest = {
  version: "0.9.0",
  commit: "0".repeat(40),
  artifacts: {
    web: { url: "s3://published/web/0.9.0.js", sha256: "a".repeat(64) },
    app: { url: "s3://published/app/0.9.0.js", sha256: "b".repeat(64) },
  },
  queries: { ping: "select 1 as answer" },
};
const published: KnownVersion = {
  version: "0.9.0",
  file: "releases/0.9.0.json",
  queries: MANIFEST.queries,
  origin: { manifest: MANIFEST },
};
const known = [published, ...knownVersions(shop)];

const SCRIPTS = ["0001_base", "0002_split_name"];
const resolve = (versions: readonly string[], of = known) => resolveArtifacts(of, versions, SCRIPTS);

describe("artifacts of a release", () => {
  const key = `web/1.0.0-${"c".repeat(12)}.js`;

  it("are built from the sources of this checkout", () => {
    const released = resolve(["1.0.0"]);
    assert.deepEqual(artifactFiles(released), [
      { key, file: "dist/1.0.0/web.js" },
      { key: key.replace("web", "app"), file: "dist/1.0.0/app.js" },
    ]);
    const inStore = pulumi.output(`s3://store/${key}`);
    assert.deepEqual(artifactOf(released, { [key]: inStore }, "web", "1.0.0"), {
      url: inStore,
      sha256: "c".repeat(64),
    });
  });

  it("are the same for two deployments of one version", () => {
    const released = resolve(["1.0.0", "1.0.0+2"]);
    assert.equal(artifactFiles(released).length, 2);
    const urls = { [key]: pulumi.output(`s3://store/${key}`) };
    assert.deepEqual(
      artifactOf(released, urls, "web", "1.0.0+2"),
      artifactOf(released, urls, "web", "1.0.0"),
    );
  });

  it("of a published version come from its manifest, without sources", () => {
    const released = resolve(["0.9.0", "1.0.0"]);
    assert.equal(artifactFiles(released).length, 2);
    assert.deepEqual(artifactOf(released, {}, "app", "0.9.0"), MANIFEST.artifacts.app);
  });

  it("of an unknown version are rejected, with the known versions", () => {
    const issues = issuesOf(() => resolve(["9.9.9", "1.0.0", "../../x"]));
    assert.deepEqual(
      issues.map(({ got }) => got),
      ["9.9.9", "../../x"],
    );
    const versions = known.map(({ version }) => version).join(", ");
    for (const { allowed, remedy } of issues) {
      assert.ok(allowed.includes(versions), allowed);
      assert.match(String(remedy), /changeover publish/);
    }
  });

  it("are rejected without the version's first migration", () => {
    const later = { ...published, origin: { manifest: { ...MANIFEST, firstMigration: "0003_later" } } };
    const [issue] = issuesOf(() => resolve(["0.9.0"], [later]));
    assert.equal(issue?.key, "migrations");
    assert.match(String(issue?.remedy), /0003_later/);
  });

  it("of a version that a former program uploaded are rejected without its sources", () => {
    const uploaded = { "web/0.9.0.js": "a".repeat(64) };
    const [issue] = issuesOf(() => resolveArtifacts(known, ["0.9.0"], SCRIPTS, uploaded));
    assert.match(String(issue?.remedy), /^Add the sources of 0\.9\.0 to this checkout for one update\./);
  });
});
