import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ROOT } from "./consumer";

const read = (file: string) => readFileSync(join(ROOT, "components", file), "utf8");
const manifest = JSON.parse(read("package.json"));

/** Everything that the tarball is made of. */
const CONTENT = ["components", "lambda", "migrations", "traffic"];

describe("version of the component package", () => {
  it("version: is the newest one of the changelog and of the upgrade notes", () => {
    assert.equal(/^## (\S+)$/m.exec(read("CHANGELOG.md"))?.[1], manifest.version);
    const notes = read("UPGRADING.md").split(/^## Notes$/m)[1] ?? "";
    assert.equal(/^### (\S+)$/m.exec(notes)?.[1], manifest.version);
  });

  it("version: is that of the schema and of the commands in the README", () => {
    assert.equal(JSON.parse(read("schema.json")).version, manifest.version);
    const named = [...read("README.md").matchAll(/changeover-(\d+\.\d+\.\d+)\.tgz/g)].map(
      ([, version]) => version,
    );
    assert.deepEqual([...new Set(named)], [manifest.version]);
  });

  it("version: a released one does not change any more (skipped before its tag exists)", function () {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: "pipe" });
    const tag = `v${manifest.version}`;
    let tags: string;
    try {
      tags = git("tag", "--list", tag);
    } catch {
      this.skip(); // Not a checkout.
    }
    if (tags.trim() === "") this.skip();
    const changed = git("diff", "--name-only", tag, "--", ...CONTENT).trim();
    assert.equal(changed, "", `${tag} is released. Give components/package.json the next version.`);
  });

  it("manifest: has what npm shows, and is published with provenance", () => {
    assert.match(manifest.repository.url, /^git\+https:\/\/.*\.git$/);
    assert.equal(manifest.repository.directory, "components");
    for (const url of [manifest.homepage, manifest.bugs.url]) assert.ok(URL.canParse(url), url);
    assert.deepEqual(manifest.publishConfig, { access: "public", provenance: true });
    assert.equal(manifest.private, undefined);
  });

  it("schema: has what registries of Pulumi packages show", () => {
    const { displayName, publisher, homepage, repository, license, keywords, logoUrl } = JSON.parse(
      read("schema.json"),
    );
    assert.deepEqual([displayName, publisher, license], ["Changeover", "changeover", manifest.license]);
    assert.equal(homepage, manifest.homepage);
    assert.equal(`git+${repository}.git`, manifest.repository.url);
    assert.ok(keywords.includes("kind/component"));
    assert.ok(
      logoUrl.endsWith("/docs/logo.svg") &&
        readFileSync(join(ROOT, "docs/logo.svg"), "utf8").includes("<svg"),
    );
  });
});
