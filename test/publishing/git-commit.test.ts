import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkedOutCommit } from "../../publishing/git-commit";

describe("commit to publish", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-commit-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null" },
    }).trim();

  const commit = (allowDirty = false) =>
    checkedOutCommit({
      programDirectory: folder,
      releasesDirectory: join(folder, "releases"),
      allowDirty,
    });

  const repository = () => {
    git("init", "--quiet");
    writeFileSync(join(folder, "main.ts"), "one");
    git("add", ".");
    git("commit", "--quiet", "--message", "one");
    return git("rev-parse", "HEAD");
  };

  it("commit: is that of a clean working tree; new manifests do not count", () => {
    const head = repository();
    assert.equal(commit(), head);
    mkdirSync(join(folder, "releases"));
    writeFileSync(join(folder, "releases", "1.0.0.json"), "{}");
    assert.equal(commit(), head);
  });

  it("commit: a dirty working tree is rejected with its files, unless it is allowed", () => {
    const head = repository();
    writeFileSync(join(folder, "main.ts"), "two");
    writeFileSync(join(folder, "new.ts"), "new");
    assert.throws(
      () => commit(),
      ({ message }: Error) =>
        message ===
        `The working tree must be that of commit ${head.slice(0, 12)}, got changes in main.ts, new.ts. ` +
          "Commit or stash them, or use --allow-dirty to publish a version that no commit can build again.",
    );
    assert.equal(commit(true), head);
  });

  it("commit: a folder without a repository or a commit is rejected", () => {
    assert.throws(() => commit(), /must be in a git repository with a commit, got .*not a git repository/);
    git("init", "--quiet");
    assert.throws(() => commit(), /must be in a git repository with a commit.* Publish from a checkout of/);
  });
});
