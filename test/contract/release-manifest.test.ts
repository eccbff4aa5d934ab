import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findVersion,
  knownVersions,
  parseReleaseManifest,
  ReleaseManifestError,
  readReleaseManifests,
} from "../../contract";
import { shop } from "../support/application";

const sha256 = "0123456789abcdef".repeat(4);
const manifest = {
  version: "1.1.0",
  commit: "0123456789".repeat(4),
  artifacts: {
    web: { url: "s3://releases/web/1.1.0.js", sha256 },
    app: { url: "s3://releases/app/1.1.0.js", sha256 },
  },
  queries: { findRecord: "select id from records where id = $1" },
  firstMigration: "0002_split_name",
};

const parsed = (content: object, version = "1.1.0") =>
  parseReleaseManifest("releases/1.1.0.json", version, JSON.stringify(content));

function rejected(content: object, version?: string): string {
  try {
    parsed(content, version);
  } catch (error) {
    assert.ok(error instanceof ReleaseManifestError);
    return error.message;
  }
  throw new assert.AssertionError({ message: "the manifest was accepted" });
}

describe("release manifest", () => {
  it("names version, commit, artifacts, queries and the first migration", () => {
    assert.deepEqual(parsed(manifest), manifest);
    const { firstMigration: _, ...withoutMigration } = manifest;
    assert.deepEqual(parsed(withoutMigration), withoutMigration);
    assert.equal(parsed({ ...manifest, version: "1.1.0+2" }, "1.1.0+2").version, "1.1.0+2");
  });

  it("is rejected with every wrong key at once", () => {
    const { web } = manifest.artifacts;
    const message = rejected({
      ...manifest,
      version: "v1.1",
      commit: "main",
      artifacts: { web: { ...web, sha256: "123", url: "https://example.com/web.js" } },
      queries: { findRecord: "" },
      firstMigration: "2",
      builtBy: "hand",
    });
    assert.deepEqual(
      message
        .split("\n")
        .slice(0, -1)
        .map((line) => /json: ([\w.]+)/.exec(line)?.[1])
        .sort(),
      [
        "artifacts.app",
        "artifacts.web.sha256",
        "artifacts.web.url",
        "builtBy",
        "commit",
        "firstMigration",
        "queries.findRecord",
        "version",
      ],
    );
    assert.ok(message.includes('releases/1.1.0.json: commit must be 40 hexadecimal digits, got "main".'));
  });

  it("is rejected together with all other wrong manifests of its folder, each with the remedy", () => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-releases-"));
    try {
      writeFileSync(join(folder, "1.0.0.json"), "{");
      writeFileSync(join(folder, "1.1.0.json"), JSON.stringify(manifest));
      writeFileSync(join(folder, "1.2.0.json"), JSON.stringify({ ...manifest, commit: "main" }));
      writeFileSync(join(folder, "1.3.0.json"), JSON.stringify(manifest));
      assert.throws(
        () => readReleaseManifests(folder),
        ({ message }: Error) => {
          const files = message.split("\n").map((line) => /([\d.]+)\.json/.exec(line)?.[1]);
          assert.deepEqual(files, ["1.0.0", "1.2.0", "1.2.0", "1.3.0"]);
          assert.match(
            message,
            /1\.0\.0\.json must be JSON: .* Restore the file that `changeover publish` wrote/,
          );
          assert.match(message, /1\.2\.0\.json: Restore the file /);
          assert.match(message, /1\.3\.0\.json: version must be "1\.3\.0", got "1\.1\.0"\. Name the file/);
          return true;
        },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is rejected under another version's name", () => {
    assert.match(rejected(manifest, "1.2.0"), /version must be "1\.2\.0", got "1\.1\.0"/);
  });

  it("is rejected when it is no JSON", () => {
    assert.throws(() => parseReleaseManifest("releases/1.1.0.json", "1.1.0", "{"), ReleaseManifestError);
  });
});

describe("known versions", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-releases-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const publish = (version: string) => {
    mkdirSync(join(folder, "releases"), { recursive: true });
    writeFileSync(join(folder, "releases", `${version}.json`), JSON.stringify({ ...manifest, version }));
  };

  it("are those of the sources, where nothing is published", () => {
    assert.deepEqual(readReleaseManifests(join(folder, "releases")), []);
    assert.deepEqual(
      knownVersions(shop, folder).map(({ version }) => version),
      ["1.0.0", "1.1.0", "1.2.0", "1.3.0"],
    );
  });

  it("include published versions without sources, oldest first", () => {
    for (const version of ["1.10.0", "0.9.0", "1.2.0-rc.1"]) publish(version);
    assert.deepEqual(
      knownVersions(shop, folder).map(({ version, file, origin }) => [
        version,
        file,
        Object.keys(origin).join(),
      ]),
      [
        ["0.9.0", "releases/0.9.0.json", "manifest"],
        ["1.0.0", "app/versions/1.0.0.ts", "source"],
        ["1.1.0", "app/versions/1.1.0.ts", "source"],
        ["1.2.0-rc.1", "releases/1.2.0-rc.1.json", "manifest"],
        ["1.2.0", "app/versions/1.2.0.ts", "source"],
        ["1.3.0", "app/versions/1.3.0.ts", "source"],
        ["1.10.0", "releases/1.10.0.json", "manifest"],
      ],
    );
  });

  it("take a published version from its manifest, not from its sources", () => {
    publish("1.1.0");
    const version = knownVersions(shop, folder).find((each) => each.version === "1.1.0");
    assert.equal(version?.file, "releases/1.1.0.json");
    assert.deepEqual(version?.queries, manifest.queries);
  });

  it("take a deployed version from the stack, not from its manifest or sources", () => {
    publish("1.1.0");
    const queries = { ping: "select 2 as answer" };
    const deployed = ["0.8.0", "1.1.0"].map((version) => ({ ...manifest, version, queries }));
    const known = knownVersions(shop, folder, deployed);
    const [oldest] = known;
    assert.deepEqual([oldest?.version, oldest?.file], ["0.8.0", "the stack's output manifests"]);
    const version = findVersion(known, "1.1.0");
    assert.deepEqual(version?.queries, queries);
    assert.deepEqual(Object.keys(version?.origin ?? {}), ["source", "manifest", "deployed"]);
  });

  it("include another deployment of a version, by build metadata", () => {
    const known = knownVersions(shop, folder);
    const again = findVersion(known, "1.1.0+2");
    assert.deepEqual([again?.version, again?.origin.source?.version], ["1.1.0+2", "1.1.0"]);
    assert.equal(findVersion(known, "9.9.9+1"), undefined);
    publish("1.1.0+2");
    assert.equal(findVersion(knownVersions(shop, folder), "1.1.0+2")?.origin.manifest?.version, "1.1.0+2");
  });
});
