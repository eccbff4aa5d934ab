import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type KnownVersion, knownVersions, type ReleaseManifest } from "../../contract";
import { artifactFiles, artifactKey, artifactOf, resolveArtifacts } from "../../stack/artifacts";
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
  origin: { kind: "published", manifest: MANIFEST },
};
const known = [published, ...knownVersions(shop)];

describe("artifacts of a release", () => {
  it("have a key of tier and version", () => assert.equal(artifactKey("web", "1.0.0"), "web/1.0.0.js"));

  it("are built from the sources of this checkout", () => {
    const artifacts = resolveArtifacts(known, ["1.0.0"]);
    assert.deepEqual(artifactFiles(artifacts), [
      { key: "web/1.0.0.js", file: "dist/1.0.0/web.js" },
      { key: "app/1.0.0.js", file: "dist/1.0.0/app.js" },
    ]);
    const inStore = pulumi.output("s3://store/web/1.0.0.js");
    assert.deepEqual(artifactOf(artifacts, { "web/1.0.0.js": inStore }, "web", "1.0.0"), {
      url: inStore,
      sha256: "c".repeat(64),
    });
  });

  it("of a published version come from its manifest, without sources", () => {
    const artifacts = resolveArtifacts(known, ["0.9.0", "1.0.0"]);
    assert.deepEqual(
      artifacts.slice(0, 2).map(({ key, sha256 }) => [key, sha256]),
      [
        ["web/0.9.0.js", "a".repeat(64)],
        ["app/0.9.0.js", "b".repeat(64)],
      ],
    );
    assert.equal(artifactFiles(artifacts).length, 2);
    assert.deepEqual(artifactOf(artifacts, {}, "app", "0.9.0"), MANIFEST.artifacts.app);
  });

  it("of an unknown version are rejected, with the known versions", () => {
    const issues = issuesOf(() => resolveArtifacts(known, ["9.9.9", "1.0.0", "../../x"]));
    assert.deepEqual(
      issues.map(({ got }) => got),
      ["9.9.9", "../../x"],
    );
    const versions = known.map(({ version }) => version).join(", ");
    for (const { allowed } of issues) assert.ok(allowed.includes(versions), allowed);
  });
});
