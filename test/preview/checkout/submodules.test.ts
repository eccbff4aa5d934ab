import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Report } from "../../../preview/report/report";
import { cleanUpAfterAll, preview, Repository, SMALL, sized } from "../support";

const OF_FILES = ["-c", "protocol.file.allow=always"];

/** Its one resource has the files of the submodule as code, and a size from there. */
const PROGRAM = {
  ...SMALL,
  "index.ts": `import * as pulumi from "@pulumi/pulumi";
import { size } from "./lib/size";
class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs) {
    super("things:index:Thing", name, inputs);
  }
}
new Thing("one", { size, code: new pulumi.asset.FileArchive("./lib") });
`,
};
const library = (size: number, code: string) => ({
  "size.ts": `export const size = ${size};\n`,
  "code/handler.js": `${code}\n`,
});

describe("submodules", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  /** A program with a submodule of which two commits are known, pinned at the first. */
  function withSubmodule() {
    const lib = new Repository();
    const [first, second] = [lib.commit(library(1, "first")), lib.commit(library(2, "second"))];
    const repository = new Repository(PROGRAM);
    repository.git(...OF_FILES, "submodule", "add", "--quiet", lib.folder, "lib");
    const pin = (commit: string) => repository.git("-C", "lib", "checkout", "--quiet", commit);
    pin(first);
    repository.commit();
    return { lib, repository, first, second, pin };
  }

  async function report(
    repository: Repository,
    ...more: string[]
  ): Promise<Report & { status: number | null }> {
    const { status, stdout, stderr } = await preview(
      ["--base", "main", "--format", "json", ...more],
      repository.folder,
    );
    assert.notEqual(stdout, "", stderr);
    return { ...(JSON.parse(stdout) as Report), status };
  }

  const paths = ({ resources }: Report) =>
    resources.flatMap(({ changes }) => changes.map(({ path }) => path));

  it("are in both revisions as their commits have them, though the working tree has one alone", async () => {
    const { repository, second, pin } = withSubmodule();
    const same = await report(repository);
    assert.deepEqual([same.status, same.complete, same.notes], [0, true, []]);
    pin(second);
    const moved = await report(repository);
    assert.deepEqual([moved.status, moved.complete], [2, true]);
    assert.equal(paths(moved).length, 2, "size and code");
    repository.commit();
    const commits = await report(repository, "--base", "HEAD~1", "--head", "HEAD");
    assert.deepEqual([commits.status, commits.complete, paths(commits)], [2, true, paths(moved)]);
    assert.equal(repository.git("status", "--porcelain"), "");
    assert.equal(repository.git("-C", "lib", "status", "--porcelain"), "");
    repository.write({ "lib/code/handler.js": "edited\n" });
    assert.equal((await report(repository)).status, 2, "what is not committed in it");
  });

  it("of submodules are there, too", async () => {
    const { lib, repository, pin } = withSubmodule();
    const inner = new Repository();
    inner.commit({ "inner.ts": "export const size = 7;\n" });
    lib.git(...OF_FILES, "submodule", "add", "--quiet", inner.folder, "code/inner");
    const outer = lib.commit({ "size.ts": 'export { size } from "./code/inner/inner";\n' });
    repository.git("-C", "lib", "fetch", "--quiet");
    pin(outer);
    repository.git("-C", "lib", ...OF_FILES, "submodule", "update", "--init", "--quiet");
    repository.commit();
    const same = await report(repository);
    assert.deepEqual([same.status, same.complete, same.notes], [0, true, []]);
    repository.git("-C", "lib", "submodule", "deinit", "--quiet", "--force", "code/inner");
    const { notes } = await report(repository);
    assert.match(notes[0] ?? "", /the submodules lib\/code\/inner \(base and head\)\./);
  });

  it("whose commit is not here are named, and nothing is vouched for", async () => {
    const { lib, repository, first } = withSubmodule();
    const third = lib.commit(library(1, "third"));
    repository.commit({ "index.ts": PROGRAM["index.ts"].replace(/import \{ size \}.*/, "const size = 1;") });
    repository.git("update-index", "--cacheinfo", `160000,${third},lib`);
    repository.git("commit", "--quiet", "-m", "A commit of the submodule that was never fetched");
    const { status, complete, notes } = await report(repository);
    assert.deepEqual([status, complete], [2, false]);
    assert.match(notes[0] ?? "", /^Empty, because .*: the submodules lib \(base\)\. .*"git fetch" in it/);
    assert.equal(repository.git("-C", "lib", "rev-parse", "HEAD"), first);
  });

  it("that are broken or replaced by a file end nothing", async () => {
    const { repository } = withSubmodule();
    repository.commit({ "index.ts": SMALL["index.ts"] });
    repository.write({ "lib/.git": "gitdir: nowhere\n" });
    const broken = await report(repository);
    assert.deepEqual([broken.status, broken.complete], [0, false]);
    assert.match(broken.notes[0] ?? "", /the submodules lib \(base\)\./);
    rmSync(join(repository.folder, "lib"), { recursive: true });
    repository.write({ lib: "a file\n" });
    assert.deepEqual((await report(repository)).notes, broken.notes);
  });

  it("that nobody has filled are named, also where the program breaks for it", async () => {
    const { repository } = withSubmodule();
    repository.git("submodule", "deinit", "--quiet", "--force", "lib");
    assert.deepEqual(readdirSync(join(repository.folder, "lib")), []);
    const named = /the submodules lib \(base and head\)\. .*"git submodule update --init --recursive"/;
    const broken = await report(repository);
    assert.deepEqual([broken.status, broken.complete], [1, false]);
    assert.match(broken.error?.message ?? "", /^Cannot find module '\.\/lib\/size'/);
    assert.match(broken.notes[0] ?? "", named);
    repository.commit({ "index.ts": SMALL["index.ts"] });
    const same = await preview(["--base", "main"], repository.folder);
    assert.equal(same.status, 0);
    assert.match(same.stdout, /\nNothing changes, as far as can be told without a cloud\.\n/);
    assert.match(same.stdout, named);
    rmSync(join(repository.folder, "lib"), { recursive: true });
    mkdirSync(join(repository.folder, "lib"));
    repository.write(sized(2));
    assert.equal((await report(repository)).status, 2);
  });
});
