import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { CheckedOut } from "../../../preview/checkout/checked-out";
import { Revisions } from "../../../preview/checkout/revisions";
import type { StackReport } from "../../../preview/report/report";
import { cleanUpAfterAll, preview, Repository, SMALL, sized, stackOf } from "../support";

const ALLOW_FILES = ["-c", "protocol.file.allow=always"];

/** Its only resource has the submodule's files as code, and a size from one of them. */
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

describe("preview submodules:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  /** A program with a submodule that has two commits, pinned at the first. */
  function withSubmodule() {
    const lib = new Repository();
    const [first, second] = [lib.commit(library(1, "first")), lib.commit(library(2, "second"))];
    const repository = new Repository(PROGRAM);
    repository.git(...ALLOW_FILES, "submodule", "add", "--quiet", lib.folder, "lib");
    const pin = (commit: string) => repository.git("-C", "lib", "checkout", "--quiet", commit);
    pin(first);
    repository.commit();
    return { lib, repository, first, pin, second };
  }

  /** Checks a commit out, and looks at it and at the working tree before both are removed. */
  async function checkOut<T>(
    { folder }: Repository,
    ref: string,
    inspect: (commit: CheckedOut, workingTree: CheckedOut) => T,
  ): Promise<T> {
    const revisions = Revisions.open(folder, new AbortController().signal, () => undefined);
    try {
      return inspect(await revisions.checkOut("--base", ref), revisions.workingTree());
    } finally {
      await revisions.close();
    }
  }

  const emptyIn = (repository: Repository) =>
    checkOut(repository, "main", (...revisions) => revisions.map(({ emptySubmodules }) => emptySubmodules));

  async function report(repository: Repository): Promise<StackReport & { status: number | null }> {
    const args = ["--base", "main", "--format", "json"];
    const { status, stdout, stderr } = await preview(args, repository.folder);
    assert.notEqual(stdout, "", stderr);
    return { ...stackOf(stdout), status };
  }

  it("each revision has the submodule's files of its own commit", async () => {
    const { repository, second, pin } = withSubmodule();
    pin(second);
    repository.commit();
    repository.write({ "lib/code/handler.js": "edited\n" });
    const filesOf = ({ root, emptySubmodules }: CheckedOut) => [
      ...["lib/size.ts", "lib/code/handler.js"].map((name) => readFileSync(join(root, name), "utf8").trim()),
      ...emptySubmodules,
    ];
    const files = (ref: string) =>
      checkOut(repository, ref, (commit, workingTree) => [filesOf(commit), filesOf(workingTree)]);
    const workingTree = ["export const size = 2;", "edited"];
    assert.deepEqual(await files("HEAD~1"), [["export const size = 1;", "first"], workingTree]);
    assert.deepEqual(await files("HEAD"), [["export const size = 2;", "second"], workingTree]);
    assert.equal(repository.git("-C", "lib", "status", "--porcelain"), "M code/handler.js");
    assert.equal(repository.git("status", "--porcelain"), "M lib");
  });

  it("a pinned commit that changes is a change of the program's inputs", async () => {
    const { repository, second, pin } = withSubmodule();
    const same = await report(repository);
    assert.deepEqual([same.status, same.complete, same.notes], [0, true, []]);
    pin(second);
    const moved = await report(repository);
    assert.deepEqual([moved.status, moved.complete], [2, true]);
    const paths = moved.resources.flatMap(({ changes }) => changes.map(({ path }) => path));
    assert.equal(paths.length, 2, "size and code");
  });

  it("submodules of submodules are filled, too", async () => {
    const { lib, repository, pin } = withSubmodule();
    const inner = new Repository();
    inner.commit({ "inner.ts": "export const size = 7;\n" });
    lib.git(...ALLOW_FILES, "submodule", "add", "--quiet", inner.folder, "code/inner");
    const outer = lib.commit();
    repository.git("-C", "lib", "fetch", "--quiet");
    pin(outer);
    repository.git("-C", "lib", ...ALLOW_FILES, "submodule", "update", "--init", "--quiet");
    repository.commit();
    assert.deepEqual(await emptyIn(repository), [[], []]);
    const isFilled = await checkOut(repository, "main", ({ root }) =>
      existsSync(join(root, "lib/code/inner/inner.ts")),
    );
    assert.ok(isFilled);
    repository.git("-C", "lib", "submodule", "deinit", "--quiet", "--force", "code/inner");
    assert.deepEqual(await emptyIn(repository), [["lib/code/inner"], ["lib/code/inner"]]);
  });

  it("a submodule whose commit is missing stays empty in that revision", async () => {
    const { lib, repository, first } = withSubmodule();
    const third = lib.commit(library(1, "third"));
    repository.git("update-index", "--cacheinfo", `160000,${third},lib`);
    repository.git("commit", "--quiet", "-m", "A commit of the submodule that was never fetched");
    assert.deepEqual(await emptyIn(repository), [["lib"], []]);
    assert.equal(repository.git("-C", "lib", "rev-parse", "HEAD"), first);
  });

  it("a broken submodule, or a file in its place, is empty in the checkout alone", async () => {
    const { repository } = withSubmodule();
    repository.write({ "lib/.git": "gitdir: nowhere\n" });
    assert.deepEqual(await emptyIn(repository), [["lib"], []]);
    rmSync(join(repository.folder, "lib"), { recursive: true });
    repository.write({ lib: "a file\n" });
    assert.deepEqual(await emptyIn(repository), [["lib"], []]);
  });

  it("empty submodules are named in a note, also when the program fails because of them", async () => {
    const { repository } = withSubmodule();
    repository.git("submodule", "deinit", "--quiet", "--force", "lib");
    assert.deepEqual(readdirSync(join(repository.folder, "lib")), []);
    const named = /: lib \(base and head\)\. .*"git submodule update --init --recursive"/;
    const failed = await report(repository);
    assert.deepEqual([failed.status, failed.complete], [1, false]);
    assert.match(failed.error?.message ?? "", /^Cannot find module '\.\/lib\/size'/);
    assert.match(failed.notes[0] ?? "", named);
    repository.commit({ "index.ts": SMALL["index.ts"] });
    const same = await preview(["--base", "main"], repository.folder);
    assert.equal(same.status, 0);
    assert.match(same.stdout, /\nNo changes, as far as a preview without AWS can tell\.\n/);
    assert.match(same.stdout, named);
    rmSync(join(repository.folder, "lib"), { recursive: true });
    mkdirSync(join(repository.folder, "lib"));
    repository.write(sized(2));
    assert.equal((await report(repository)).status, 2);
  });
});
