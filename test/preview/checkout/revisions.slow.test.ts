import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import {
  cleanUpAfterAll,
  command,
  type Ended,
  preview,
  REJECTED,
  Repository,
  SMALL,
  type Started,
  temporaryFolder,
} from "../support";

const HANGING = { ...SMALL, "index.ts": "setInterval(() => undefined, 1_000);\n" };

describe("preview worktrees:", function () {
  this.timeout(100_000);
  cleanUpAfterAll();

  const folders = (parent: string) => readdirSync(parent).filter((name) => /^changeover-preview-/.test(name));
  const paths = (repository: Repository) => repository.worktrees().map((line) => line.slice(9));
  const base = (parent: string, number: number) => join(parent, `changeover-preview-${number}`, "base");

  /** Starts a preview that does not end; resolves to a function that ends it, once it has checked out. */
  async function hanging(repository: Repository, parent: string, checkedOut: string) {
    let started: Started | undefined;
    const ended = command(
      ["--base", "main"],
      { cwd: repository.folder, env: { ...process.env, TMPDIR: parent } },
      (child) => {
        started = child;
      },
    );
    const isReady = () => {
      const owner = join(checkedOut, "..", "owner");
      if (!existsSync(join(checkedOut, "index.ts")) || !existsSync(owner)) return false;
      return JSON.parse(readFileSync(owner, "utf8")).pid === started?.pid;
    };
    for (let i = 0; i < 300 && !isReady(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(isReady(), "nothing is checked out");
    return (signal: NodeJS.Signals): Promise<Ended> => {
      started?.kill(signal);
      return ended;
    };
  }

  it("those of a killed preview are removed by the next one, those of the user and of a running preview stay", async () => {
    const repository = new Repository(HANGING);
    repository.commit();
    const [parent, unplugged] = [temporaryFolder(), join(temporaryFolder(), "mine")];
    repository.git("worktree", "add", "--quiet", "--detach", unplugged);
    rmSync(unplugged, { recursive: true });
    const foreign = join(parent, "changeover-preview-7");
    mkdirSync(foreign); // No owner file.
    writeFileSync(join(foreign, "file"), "");

    await (await hanging(repository, parent, base(parent, 1)))("SIGKILL");
    writeFileSync(join(repository.folder, ".git/worktrees/base/locked"), "initializing");
    assert.deepEqual(paths(repository).slice(1).sort(), [base(parent, 1), unplugged].sort());
    const stop = await hanging(repository, parent, base(parent, 1));
    try {
      repository.commit({ "index.ts": SMALL["index.ts"] });
      const next = await command(["--base", "main"], {
        cwd: repository.folder,
        env: { ...process.env, TMPDIR: parent },
      });
      assert.deepEqual([next.status, next.stderr], [0, ""]);
      assert.deepEqual(folders(parent), ["changeover-preview-1", "changeover-preview-7"]);
      assert.deepEqual(paths(repository).slice(1).sort(), [base(parent, 1), unplugged].sort());
      assert.ok(existsSync(join(base(parent, 1), "index.ts")), "it lost its files while it ran");
    } finally {
      const { status, stdout, stderr } = await stop("SIGTERM");
      assert.equal(status, 130, stdout + stderr);
    }
    assert.deepEqual(folders(parent), ["changeover-preview-7"]);
    assert.deepEqual(paths(repository).slice(1), [unplugged]);
  });

  it("those of a dead process are found although its pid is in use again", async function () {
    if (!existsSync("/proc/self/stat")) this.skip();
    const repository = new Repository(HANGING);
    repository.commit();
    const parent = temporaryFolder();
    await (await hanging(repository, parent, base(parent, 1)))("SIGKILL");
    const owner = join(parent, "changeover-preview-1", "owner");
    const { started, place } = JSON.parse(readFileSync(owner, "utf8"));
    const ended = async (written: object) => {
      writeFileSync(owner, JSON.stringify(written));
      repository.commit(REJECTED);
      return command(["--base", "main"], { cwd: repository.folder, env: { ...process.env, TMPDIR: parent } });
    };
    // The processes of another machine are not visible.
    assert.equal((await ended({ pid: process.pid, started, place: `not ${place}` })).status, 3);
    assert.deepEqual(folders(parent), ["changeover-preview-1"]);
    assert.equal((await ended({ pid: process.pid, started, place })).status, 3);
    assert.deepEqual(folders(parent), []);
    assert.equal(repository.worktrees().length, 1);
  });

  it("git is retried on a half-written worktree file, a limited number of times", async () => {
    const repository = new Repository(REJECTED);
    repository.commit();
    const [tools, parent] = [temporaryFolder(), temporaryFolder()];
    const tries = join(tools, "tries");
    const real = join(tools, "real-git");
    symlinkSync(execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim(), real);
    const failing = (times: number) => {
      writeFileSync(tries, "");
      const fail = `echo >>${tries}; echo "fatal: failed to read .git/worktrees/base2/commondir: Success" >&2; exit 128`;
      const script = `case "$*" in *"worktree add"*) [ $(wc -l <${tries}) -ge ${times} ] || { ${fail}; };; esac`;
      writeFileSync(join(tools, "git"), `#!/bin/sh\n${script}\nexec ${real} "$@"\n`, { mode: 0o755 });
      return command(["--base", "main"], {
        cwd: repository.folder,
        env: { ...process.env, TMPDIR: parent, PATH: `${tools}:${process.env.PATH}` },
      });
    };
    const twice = await failing(2);
    assert.deepEqual([twice.status, twice.stderr], [3, ""]);
    const always = await failing(1_000);
    assert.equal(always.status, 1);
    assert.match(always.stderr, /^--base: git cannot check out "main": fatal: failed to read/);
    assert.deepEqual(folders(parent), []);
  });

  it("hooks of the repository do not run", async () => {
    const repository = new Repository(REJECTED);
    repository.commit();
    const hook = join(repository.folder, ".git", "hooks", "post-checkout");
    mkdirSync(join(hook, ".."), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\necho >"${hook}.ran"\nexit 1\n`, { mode: 0o755 });
    const { status, stderr } = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([status, stderr, existsSync(`${hook}.ran`)], [3, "", false]);
  });

  it("four previews run at once", async () => {
    const repository = new Repository(REJECTED);
    repository.commit();
    const parent = temporaryFolder();
    const dead = join(parent, "changeover-preview-1");
    mkdirSync(dead);
    const one = () =>
      command(["--base", "main", "--head", "main"], {
        cwd: repository.folder,
        env: { ...process.env, TMPDIR: parent },
      });
    for (const { status, stderr } of await Promise.all([one(), one(), one(), one()]))
      assert.deepEqual([status, stderr], [3, ""]);
    assert.deepEqual(folders(parent), []);
    assert.equal(repository.worktrees().length, 1);
  });
});
