import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { EXIT_CODES } from "../../cli/exit-codes";
import { toMarkdown } from "../../preview/report/markdown";
import {
  CHANGEOVER,
  cleanUpAfterAll,
  command,
  type Ended,
  preview,
  REJECTED,
  Repository,
  run,
  SMALL,
  sized,
  stackOf,
  temporaryFolder,
} from "./support";

describe("preview command:", function () {
  this.timeout(100_000);
  cleanUpAfterAll();

  const previewFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("changeover-preview-"));

  it("compares two commits of any program and removes its checkouts", async () => {
    const repository = new Repository(SMALL);
    const base = repository.commit();
    repository.commit(sized(2));
    const { status, stdout, stderr } = await command(["--base", base, "--head", "HEAD", "--format", "json"], {
      cwd: repository.folder,
    });
    assert.equal(status, 2, stderr);
    const report = stackOf(stdout);
    assert.deepEqual([report.format, report.outcome, report.whole.base.commit], [4, "changes", base]);
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

  it("uses a stack file that git ignores for both revisions", async () => {
    const repository = new Repository({ ...SMALL, ".gitignore": "Pulumi.*.yaml\n" });
    repository.commit();
    assert.equal(repository.git("ls-files", "Pulumi.dev.yaml"), "");
    const same = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([same.status, /No changes\./.test(same.stdout)], [0, true], same.stdout);
    assert.ok(existsSync(join(repository.folder, "Pulumi.dev.yaml")));
  });

  it("compares the working tree, committed or not", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const same = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([same.status, /No changes\./.test(same.stdout)], [0, true], same.stderr);
    repository.write(sized(3));
    const dirty = await preview(["--base", "main"], repository.folder);
    assert.equal(dirty.status, 2, dirty.stderr);
    assert.match(dirty.stdout, /~ update one \(things:index:Thing\), may replace\n/);
    assert.match(dirty.stdout, /~ size: 1 → 3\n/);
    assert.equal(repository.git("status", "--porcelain"), "M Pulumi.dev.yaml");
  });

  it("finds the children of a component that an alias renames", async () => {
    const shop = (name: string, aliases: string) => ({
      "index.ts": `import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
class Shop extends pulumi.ComponentResource {
  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super("shop:index:Shop", name, {}, options);
    const bucket = new s3.Bucket(name + "-records", {}, { parent: this });
    new s3.BucketVersioning(
      name + "-versions",
      { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
      { parent: this },
    );
  }
}
new Shop("${name}", { aliases: ${aliases} });
`,
    });
    const repository = new Repository({ ...SMALL, ...shop("shop", "[]") });
    repository.commit();
    repository.write(shop("store", '[{ name: "shop" }]'));
    const { status, stdout } = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([status, /No changes\./.test(stdout)], [0, true], stdout);
  });

  const FAILING = {
    ...SMALL,
    "index.ts": "export {};\nfunction boot() {\n  throw new Error('no boot');\n}\nboot();\n",
  };
  const REJECTING = { "Pulumi.dev.yaml": "config: {}\n" };

  it("shows a rejected change as its message alone, and a failed program with its stack frames", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write(REJECTING);
    const rejected = await preview(["--base", "main"], repository.folder);
    repository.write(FAILING);
    const failed = await command(["--base", "main"], { cwd: repository.folder });
    assert.equal(rejected.status, 3, rejected.stdout + rejected.stderr);
    assert.match(rejected.stdout, /^Rejected: .*\n\n.*size/);
    assert.doesNotMatch(rejected.stdout, /\bat |node_modules|changeover-preview-/);
    assert.equal(failed.status, 1, failed.stderr);
    assert.match(
      failed.stdout,
      /^Failed: the program cannot be evaluated\.\n\nno boot\n {2}at boot \(index\.ts:3:9\)/,
    );
    assert.equal(repository.worktrees().length, 1);
  });

  it("shows the file that imports a missing module", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write({
      "index.ts": 'import "./lib/one";\n',
      "lib/one.ts": 'export { two } from "./two";\n',
    });
    const { status, stdout } = await preview(["--base", "main"], repository.folder);
    assert.equal(status, 1);
    assert.match(stdout, /^Failed: .*\n\nCannot find module '\.\/two'\n {2}at lib\/one\.ts:1:21\n\n/);
  });

  it("evaluates the head alone when the base cannot be evaluated", async () => {
    const repository = new Repository({ ...SMALL, ...REJECTING });
    repository.commit();
    repository.write(SMALL);
    const alone = await preview(["--base", "main"], repository.folder);
    assert.equal(alone.status, 4, alone.stdout + alone.stderr);
    assert.match(
      alone.stdout,
      /^NOT COMPARED: the base revision cannot be evaluated, its program rejects it\.\n\n- Missing .*size/,
    );
    assert.match(alone.stdout, /\nThe head revision can be evaluated: it declares 1 resource\. /);
    assert.match(alone.stdout, /as if the stack were new/);

    repository.commit(FAILING);
    repository.write({ "index.ts": SMALL["index.ts"], ...REJECTING });
    const both = await preview(["--base", "main", "--format", "json"], repository.folder);
    assert.equal(both.status, 3, both.stdout + both.stderr);
    const report = stackOf(both.stdout);
    const { outcome, error, baseError, resources } = report;
    assert.deepEqual([outcome, error?.outcome, baseError?.outcome], ["rejected", "rejected", "failed"]);
    assert.deepEqual([baseError?.message, baseError?.frames[0]], ["no boot", "boot (index.ts:3:9)"]);
    assert.deepEqual(resources, []);
    assert.match(toMarkdown(report.whole), /^### ⛔ Preview of `small\/dev`: rejected\n\n\*\*NOT COMPARED/);
    assert.equal(repository.worktrees().length, 1);
  });

  it("creates everything when the base lacks the program", async () => {
    const repository = new Repository({ "readme.txt": "nothing yet\n" });
    repository.commit();
    repository.write({ "infrastructure/Pulumi.yaml": SMALL["Pulumi.yaml"], ...prefixed("infrastructure") });
    const { status, stdout } = await preview(["--base", "main"], join(repository.folder, "infrastructure"));
    assert.equal(status, 2);
    assert.match(stdout, /1 resource changes: 1 to create; 0 unchanged\./);
    assert.match(
      stdout,
      /\+ create one .*\n {4}\+ nested\.list\[0\]\.deep: "same"\n {4}\+ password: \[secret\]\n/,
    );
  });

  it("compares commits of a program that the working tree lacks", async () => {
    const { "Pulumi.yaml": project, "index.ts": program } = SMALL;
    const stack = (size: number) => ({ "sub/infra/Pulumi.dev.yaml": sized(size)["Pulumi.dev.yaml"] });
    const repository = new Repository({ "sub/infra/Pulumi.yaml": project, "sub/infra/index.ts": program });
    repository.write({ ".gitignore": ".changeover\n" });
    const [one, two] = [repository.commit(stack(1)), repository.commit(stack(2))];
    rmSync(join(repository.folder, "sub"), { recursive: true });
    const gone = join(repository.folder, "sub", "infra");
    const commits = await preview(["--base", one, "--head", two], gone);
    assert.deepEqual([commits.status, commits.stderr], [2, ""], commits.stdout);
    assert.match(commits.stdout, /~ size: 1 → 2\n/);
    const removed = await preview(["--base", two], gone);
    assert.deepEqual([removed.status, removed.stderr], [2, ""], removed.stdout);
    assert.match(removed.stdout, /- delete one /);
    assert.ok(!existsSync(join(repository.folder, "sub")));
  });

  it("rejects invalid options and folders with status 1", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const { folder } = repository;
    mkdirSync(join(folder, "empty"));
    const noProgram = (where: string) => new RegExp(`^--program must be .*, got ${where}\\.`);
    const cases: [args: string[], program: string, says: RegExp][] = [
      [[], folder, /^--base must be a branch, a tag or a commit, got nothing\./],
      [["--base", "nowhere"], folder, /^--base must be a commit of this repository, got "nowhere"\./],
      [["--base", "main", "--head", "--oops"], folder, /--head/],
      [
        ["--base", "main", "--format", "html"],
        folder,
        /^--format must be text, markdown, json or sarif, got "html"\./,
      ],
      [["--base", "main", "--timeout", "0"], folder, /^--timeout must be .* from 1 to 3600, got "0"\./],
      [
        ["--base", "main", "--bass", "x"],
        folder,
        /^Unknown option '--bass'\. Did you mean --base\? Run changeover preview --help\.\n$/,
      ],
      [["--base", "main", "--stack", "dve"], folder, /^--stack must be one of dev, got "dve"\./],
      [["--base", "main"], temporaryFolder(), /^--program must be a folder in a git working tree, got /],
      [
        ["--base", "main"],
        join(temporaryFolder(), "none"),
        /^--program must be a folder in a git working tree, got .*none\./,
      ],
      [["--base", "main"], join(folder, "none"), noProgram(join(folder, "none"))],
      [["--base", "main"], join(folder, "empty"), noProgram(join(folder, "empty"))],
    ];
    for (const [args, program, says] of cases) {
      const { status, stdout, stderr } = await preview(args, program);
      assert.deepEqual([status, stdout], [1, ""], stderr);
      assert.match(stderr, says);
    }
    const { status, stdout, stderr } = await command(["--base", "nowhere"], { cwd: folder });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^--base must be a commit of this repository, got "nowhere"\./);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("names a missing commit or checkout, with the remedy", async () => {
    const repository = new Repository(SMALL);
    const empty = await preview(["--base", "HEAD"], repository.folder);
    repository.commit();
    repository.commit(sized(2));
    const [shallow, bare] = [temporaryFolder(), temporaryFolder()];
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.folder}`, shallow);
    repository.git("clone", "--quiet", "--bare", repository.folder, bare);
    repository.git("update-ref", "refs/remotes/origin/release/1", "main");
    const cases: [ended: Ended, says: RegExp][] = [
      [empty, /got "HEAD"\. The repository has no commits yet/],
      [await preview(["--base", "HEAD^1"], shallow), /clone is shallow, .*--unshallow.*fetch-depth: 0, or 2/],
      [await preview(["--base", "release/1"], repository.folder), /Use "origin\/release\/1"/],
      [await preview(["--base", "main"], bare), /got a bare repository .* Start the preview in a checkout/],
    ];
    writeFileSync(join(repository.folder, ".git", "worktrees"), ""); // For root, too, nothing can be made in there.
    cases.push([
      await preview(["--base", "main"], repository.folder),
      /^--base: git cannot check out "main": .*worktrees.* write access to \.git\.\n$/,
    ]);
    for (const [{ status, stdout, stderr }, says] of cases) {
      assert.deepEqual([status, stdout], [1, ""], stderr);
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });

  it("names a missing cache, temporary folder or git", async () => {
    const repository = new Repository({
      ...REJECTED,
      ".gitignore": ".changeover\n",
      ".changeover": "a file",
    });
    repository.commit();
    const { folder } = repository;
    const uncached = await preview(["--base", "main"], folder);
    assert.equal(uncached.status, 3, uncached.stdout + uncached.stderr);
    assert.match(uncached.stderr, /^The preview runs without its cache: EEXIST/);
    const temporary = process.env.TMPDIR;
    process.env.TMPDIR = join(folder, "none");
    try {
      const noFolder = await preview(["--base", "main"], folder);
      assert.deepEqual([noFolder.status, noFolder.stdout], [1, ""]);
      assert.match(noFolder.stderr, /^TMPDIR must be a writable folder, got \S+none \(ENOENT.*TMPDIR/);
    } finally {
      if (temporary === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = temporary;
    }
    const noGit = await command(["--base", "main"], { cwd: folder, env: { ...process.env, PATH: folder } });
    assert.deepEqual([noGit.status, noGit.stdout], [1, ""]);
    assert.match(noGit.stderr, /^git must be on the PATH, [^\n]*\n$/);
  });

  it("reports output that cannot be written, but not a closed pipe", async function () {
    if (!existsSync("/dev/full")) this.skip();
    const repository = new Repository(REJECTED);
    repository.commit();
    const shell = (end: string) =>
      run(
        "bash",
        [
          "-o",
          "pipefail",
          "-c",
          `"$@" ${end}`,
          "-",
          process.execPath,
          CHANGEOVER,
          "preview",
          "--base",
          "main",
        ],
        {
          cwd: repository.folder,
        },
      );
    const full = await shell("> /dev/full");
    assert.equal(full.status, 1);
    assert.match(full.stderr, /^The result cannot be written to the standard output: .*ENOSPC[^\n]*\n$/);
    const closed = await shell("| true");
    assert.deepEqual([closed.status, closed.stderr], [3, ""]);
  });

  it("reports a program that registers nothing, and stops it at the timeout", async () => {
    const waiting = { "index.ts": "setInterval(() => undefined, 1_000);\n" };
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write(waiting);
    const head = await preview(["--base", "main", "--timeout", "4"], repository.folder);
    assert.equal(head.status, 1, head.stderr);
    // On a busy machine the base may be slow, too.
    assert.match(
      head.stderr,
      /^head \(working tree\), stack dev: the program has registered nothing for 2 s; it is stopped after 4 s /m,
    );
    assert.match(head.stdout, /did not end: .*\b4 s .*\nUse --timeout SECONDS/);
    repository.commit(waiting);
    repository.write(SMALL);
    const base = await preview(["--base", "main", "--timeout", "4"], repository.folder);
    assert.equal(base.status, 4, base.stderr);
    assert.match(base.stderr, /^base \(main\), stack dev: the program has registered nothing/m);
    assert.match(
      base.stdout,
      /^NOT COMPARED: the base .*\n\nThe program did not end: .*4 s .*\nUse --timeout/,
    );
  });

  it("exits with 130 when Ctrl-C ends git first", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const tools = temporaryFolder();
    // A terminal sends the signal to every foreground process.
    writeFileSync(join(tools, "git"), "#!/bin/sh\nkill -INT $PPID $$\n", { mode: 0o755 });
    const { status, stdout, stderr } = await command(["--base", "main"], {
      cwd: repository.folder,
      env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
    });
    assert.deepEqual([status, stdout], [130, ""], stderr);
    assert.match(stderr, /^Interrupted\. [^\n]*\n$/);
  });

  it("removes its checkouts when it is interrupted", async () => {
    const repository = new Repository({
      ...SMALL,
      "index.ts":
        "console.log('started');\nexport = () => new Promise((done) => setTimeout(done, 60_000));\n",
    });
    repository.commit();
    const before = previewFolders();
    const ended = await command(["--base", "main", "--head", "main"], { cwd: repository.folder }, (child) => {
      const poll = setInterval(() => {
        if (
          !["base", "head"].every((name) =>
            existsSync(join(repository.folder, ".git/worktrees", name, "index")),
          )
        )
          return;
        clearInterval(poll);
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

  it("lists options and exit codes with --help", async () => {
    const { status, stdout } = await preview(["--help"], temporaryFolder());
    assert.equal(status, 0);
    for (const option of ["--base", "--head", "--stack", "--program", "--format", "--timeout"])
      assert.ok(stdout.includes(option));
    for (const meaning of Object.values(EXIT_CODES.preview.meanings))
      assert.ok(stdout.includes(meaning), meaning);
  });

  function prefixed(folder: string): Record<string, string> {
    return Object.fromEntries(Object.entries(SMALL).map(([name, text]) => [`${folder}/${name}`, text]));
  }
});
