import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Report } from "../../preview/report";
import { cleanUpAfterAll, command, preview, Repository, SMALL, sized, temporaryFolder } from "./support";

describe("preview command", function () {
  this.timeout(100_000);
  cleanUpAfterAll();

  const previewFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("changeover-preview-"));

  it("compares two commits of any program, and takes away what it checked out", async () => {
    const repository = new Repository(SMALL);
    const base = repository.commit();
    repository.commit(sized(2));
    const { status, stdout, stderr } = await command(["--base", base, "--head", "HEAD", "--format", "json"], {
      cwd: repository.folder,
    });
    assert.equal(status, 2, stderr);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual([report.format, report.outcome, report.base.commit], [2, "changes", base]);
    const [thing] = report.resources;
    assert.deepEqual([thing?.op, thing?.name, thing?.mayReplace], ["update", "one", true]);
    assert.deepEqual(
      thing?.changes.map(({ path, old, new: next }) => [path, old, next]),
      [
        ["password", "[secret]", "[secret]"],
        ["size", 1, 2],
      ],
    );
    assert.ok(!stdout.includes("hunter2"), "a secret is shown");
    assert.match(report.notes.join("\n"), /Updates of things:index:Thing may be replacements/);
    assert.equal(repository.worktrees().length, 1);
  });

  it("looks at the working tree, committed or not, and says when nothing changes", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const same = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([same.status, /Nothing changes\./.test(same.stdout)], [0, true], same.stderr);
    repository.write(sized(3));
    const dirty = await preview(["--base", "main"], repository.folder);
    assert.equal(dirty.status, 2, dirty.stderr);
    assert.match(dirty.stdout, /~ update one \(things:index:Thing\), may replace\n/);
    assert.match(dirty.stdout, /~ size: 1 → 3\n/);
    assert.equal(repository.git("status", "--porcelain"), "M Pulumi.dev.yaml");
  });

  const BROKEN = {
    ...SMALL,
    "index.ts": "export {};\nfunction boot() {\n  throw new Error('no boot');\n}\nboot();\n",
  };
  const REFUSING = { "Pulumi.dev.yaml": "config: {}\n" };

  it("shows a refusal as the message alone, and a broken program with its place", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write(REFUSING);
    const refused = await preview(["--base", "main"], repository.folder);
    repository.write(BROKEN);
    const broken = await command(["--base", "main"], { cwd: repository.folder });
    assert.equal(refused.status, 3, refused.stdout + refused.stderr);
    assert.match(refused.stdout, /^Refused: .*\n\n.*size/);
    assert.doesNotMatch(refused.stdout, /\bat |node_modules|changeover-preview-/);
    assert.equal(broken.status, 1, broken.stderr);
    assert.match(
      broken.stdout,
      /^Broken: the program cannot be evaluated\.\n\nno boot\n {2}at boot \(index\.ts:3:9\)/,
    );
    assert.equal(repository.worktrees().length, 1);
  });

  it("judges the head alone when the base cannot be evaluated, and says so first", async () => {
    const repository = new Repository({ ...SMALL, ...REFUSING });
    repository.commit();
    repository.write(SMALL);
    const alone = await preview(["--base", "main"], repository.folder);
    assert.equal(alone.status, 4, alone.stdout + alone.stderr);
    assert.match(
      alone.stdout,
      /^NOT COMPARED: the base revision cannot be evaluated, its program refuses\.\n\nMissing .*size/,
    );
    assert.match(alone.stdout, /\nThe head revision can be evaluated: it declares 1 resource\. /);
    assert.match(alone.stdout, /as if the stack had never been updated/);
    const comment = await preview(["--base", "main", "--format", "markdown"], repository.folder);
    assert.match(comment.stdout, /^### ⚠️ Preview of `small\/dev`: not compared, .*\n\n\*\*NOT COMPARED/);

    repository.commit(BROKEN);
    repository.write({ "index.ts": SMALL["index.ts"], ...REFUSING });
    const both = await preview(["--base", "main", "--format", "json"], repository.folder);
    assert.equal(both.status, 3, both.stdout + both.stderr);
    const { outcome, error, baseError, resources } = JSON.parse(both.stdout) as Report;
    assert.deepEqual([outcome, error?.outcome, baseError?.outcome], ["refused", "refused", "broken"]);
    assert.deepEqual([baseError?.message, baseError?.frames[0]], ["no boot", "boot (index.ts:3:9)"]);
    assert.deepEqual(resources, []);
    assert.equal(repository.worktrees().length, 1);
  });

  it("treats a program that is new as one that makes everything", async () => {
    const repository = new Repository({ "readme.txt": "nothing yet\n" });
    repository.commit();
    repository.write({ "infrastructure/Pulumi.yaml": SMALL["Pulumi.yaml"], ...prefixed("infrastructure") });
    const { status, stdout } = await preview(["--base", "main"], join(repository.folder, "infrastructure"));
    assert.equal(status, 2);
    assert.match(stdout, /1 resource changes: 1 to create; 0 stay as they are\./);
    assert.match(
      stdout,
      /\+ create one .*\n {4}\+ nested\.list\[0\]\.deep: "same"\n {4}\+ password: \[secret\]\n/,
    );
  });

  it("refuses what it cannot do, in one sentence and with status 1", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const { folder } = repository;
    const cases: [args: string[], program: string, says: RegExp][] = [
      [[], folder, /^--base is missing/],
      [["--base", "nowhere"], folder, /^--base: git knows no commit "nowhere"/],
      [["--base", "main", "--head", "--oops"], folder, /--head/],
      [
        ["--base", "main", "--format", "html"],
        folder,
        /^--format: got "html"; allowed are text, markdown, json/,
      ],
      [["--base", "main", "--bass", "x"], folder, /Unknown option '--bass'/],
      [
        ["--base", "main", "--stack", "dve"],
        folder,
        /got "dve", and there is no Pulumi\.dve\.yaml.*allowed is dev/,
      ],
      [["--base", "main"], temporaryFolder(), /is in no git repository/],
      [["--base", "main"], join(folder, "none"), /none does not exist/],
    ];
    for (const [args, program, says] of cases) {
      const { status, stdout, stderr } = await preview(args, program);
      assert.deepEqual([status, stdout], [1, ""], stderr);
      assert.match(stderr, says);
    }
    const { status, stdout, stderr } = await command(["--base", "nowhere"], { cwd: folder });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^--base: git knows no commit "nowhere"/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("installs dependencies only where the lockfile differs, and says so", async () => {
    const repository = new Repository(SMALL);
    const locked = (version: string) => {
      const root = { name: "small", version };
      const lock = { ...root, lockfileVersion: 3, requires: true, packages: { "": root } };
      return { "package.json": JSON.stringify(root), "package-lock.json": JSON.stringify(lock) };
    };
    repository.commit(locked("1.0.0"));
    repository.write(locked("2.0.0"));
    const differs = await preview(["--base", "main"], repository.folder);
    assert.equal(differs.status, 0, differs.stdout + differs.stderr);
    assert.match(differs.stderr, /The lockfile of --base differs: npm ci --ignore-scripts/);

    const foreign = new Repository({
      ...SMALL,
      "package.json": "{}",
      "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    });
    foreign.commit();
    foreign.write({ "pnpm-lock.yaml": "lockfileVersion: '8.0'\n" });
    const refused = await preview(["--base", "main"], foreign.folder);
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(
      refused.stderr,
      /^--base: its dependencies differ from those installed here, and only npm's/,
    );
    assert.equal(repository.worktrees().length, 1);
  });

  it("takes everything away when it is interrupted", async () => {
    const repository = new Repository({
      ...SMALL,
      "index.ts":
        "console.log('started');\nexport = () => new Promise((done) => setTimeout(done, 60_000));\n",
    });
    repository.commit();
    const before = previewFolders();
    const ended = await command(["--base", "main", "--head", "main"], { cwd: repository.folder }, (child) => {
      const look = setInterval(() => {
        if (
          !["base", "head"].every((name) =>
            existsSync(join(repository.folder, ".git/worktrees", name, "index")),
          )
        )
          return;
        clearInterval(look);
        child.kill("SIGINT");
      }, 100);
    });
    assert.equal(ended.status, 130, ended.stderr);
    assert.equal(repository.worktrees().length, 1);
    assert.deepEqual(
      previewFolders().filter((name) => !before.includes(name)),
      [],
    );
  });

  it("says what it can do", async () => {
    const { status, stdout } = await preview(["--help"], temporaryFolder());
    assert.equal(status, 0);
    for (const option of ["--base", "--head", "--stack", "--program", "--format"])
      assert.ok(stdout.includes(option));
    assert.match(stdout, /0 nothing changes, 2 something changes, 3 the program refuses/);
    assert.match(stdout, /4 the base cannot be evaluated but the head can/);
  });

  function prefixed(folder: string): Record<string, string> {
    return Object.fromEntries(Object.entries(SMALL).map(([name, text]) => [`${folder}/${name}`, text]));
  }
});
