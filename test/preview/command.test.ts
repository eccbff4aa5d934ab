import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { EXIT_CODES } from "../../cli/exit-codes";
import type { Report } from "../../preview/report/report";
import {
  CHANGEOVER,
  cleanUpAfterAll,
  command,
  type Ended,
  preview,
  Repository,
  run,
  SMALL,
  sized,
  temporaryFolder,
} from "./support";

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

  it("takes a stack's file that git ignores for both revisions, and leaves it where it is", async () => {
    const repository = new Repository({ ...SMALL, ".gitignore": "Pulumi.*.yaml\n" });
    repository.commit();
    assert.equal(repository.git("ls-files", "Pulumi.dev.yaml"), "");
    const same = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([same.status, /Nothing changes\./.test(same.stdout)], [0, true], same.stdout);
    assert.ok(existsSync(join(repository.folder, "Pulumi.dev.yaml")));
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

  it("knows the children of a component that an alias renames", async () => {
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
    assert.deepEqual([status, /Nothing changes\./.test(stdout)], [0, true], stdout);
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

  it("shows which file asks for a module that is missing", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write({
      "index.ts": 'import "./lib/one";\n',
      "lib/one.ts": 'export { two } from "./two";\n',
    });
    const { status, stdout } = await preview(["--base", "main"], repository.folder);
    assert.equal(status, 1);
    assert.match(stdout, /^Broken: .*\n\nCannot find module '\.\/two'\n {2}at lib\/one\.ts\n\n/);
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

  it("refuses what it cannot do, in one sentence and with status 1", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const { folder } = repository;
    mkdirSync(join(folder, "empty"));
    const noProgram = (where: string) =>
      new RegExp(`^In neither revision is there a Pulumi\\.yaml in ${where}\\.`);
    const cases: [args: string[], program: string, says: RegExp][] = [
      [[], folder, /^--base must be a branch, a tag or a commit, got nothing\./],
      [["--base", "nowhere"], folder, /^--base: git knows no commit "nowhere"/],
      [["--base", "main", "--head", "--oops"], folder, /--head/],
      [
        ["--base", "main", "--format", "html"],
        folder,
        /^--format must be text, markdown or json, got "html"\./,
      ],
      [["--base", "main", "--timeout", "0"], folder, /^--timeout must be .* from 1 to 3600, got "0"\./],
      [
        ["--base", "main", "--bass", "x"],
        folder,
        /^Unknown option '--bass'\. Did you mean --base\? Run changeover preview --help\.\n$/,
      ],
      [
        ["--base", "main", "--stack", "dve"],
        folder,
        /got "dve", and there is no Pulumi\.dve\.yaml.*allowed is dev/,
      ],
      [["--base", "main"], temporaryFolder(), /is in no git repository/],
      [["--base", "main"], join(temporaryFolder(), "none"), /none is in no git repository/],
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
    assert.match(stderr, /^--base: git knows no commit "nowhere"/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("says what the repository lacks, and how to get it", async () => {
    const repository = new Repository(SMALL);
    const empty = await preview(["--base", "HEAD"], repository.folder);
    repository.commit();
    repository.commit(sized(2));
    const [shallow, bare] = [temporaryFolder(), temporaryFolder()];
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.folder}`, shallow);
    repository.git("clone", "--quiet", "--bare", repository.folder, bare);
    repository.git("update-ref", "refs/remotes/origin/release/1", "main");
    const cases: [ended: Ended, says: RegExp][] = [
      [empty, /^--base: git knows no commit "HEAD", as the repository has none yet\. Commit what/],
      [await preview(["--base", "HEAD^1"], shallow), /clone is shallow, .*--unshallow.*fetch-depth: 0, or 2/],
      [await preview(["--base", "release/1"], repository.folder), /, but there is "origin\/release\/1"\./],
      [
        await preview(["--base", "main"], bare),
        /is in a bare repository, .* Start the preview in a checkout/,
      ],
    ];
    writeFileSync(join(repository.folder, ".git", "worktrees"), ""); // For root, too, nothing can be made in there.
    cases.push([
      await preview(["--base", "main"], repository.folder),
      /^--base: git cannot check "main" out: .*worktrees.* writes to \.git\.\n$/,
    ]);
    for (const [{ status, stdout, stderr }, says] of cases) {
      assert.deepEqual([status, stdout], [1, ""], stderr);
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });

  it("says what the machine lacks", async () => {
    const repository = new Repository({ ...SMALL, ".gitignore": ".changeover\n", ".changeover": "a file" });
    repository.commit();
    const { folder } = repository;
    const unkept = await preview(["--base", "main"], folder);
    assert.equal(unkept.status, 0, unkept.stdout + unkept.stderr);
    assert.match(unkept.stderr, /^What takes long is found out anew, as it cannot be kept: EEXIST/);
    const temporary = process.env.TMPDIR;
    process.env.TMPDIR = join(folder, "none");
    try {
      const homeless = await preview(["--base", "main"], folder);
      assert.deepEqual([homeless.status, homeless.stdout], [1, ""]);
      assert.match(
        homeless.stderr,
        /^The folder for temporary files, \S+none, cannot be used: ENOENT.*TMPDIR/,
      );
    } finally {
      if (temporary === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = temporary;
    }
    const gitless = await command(["--base", "main"], { cwd: folder, env: { ...process.env, PATH: folder } });
    assert.deepEqual([gitless.status, gitless.stdout], [1, ""]);
    assert.match(gitless.stderr, /^git is not on the PATH; [^\n]*\n$/);
  });

  it("says when it cannot be written, and is silent when nobody reads on", async function () {
    if (!existsSync("/dev/full")) this.skip();
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write(sized(2));
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
    assert.deepEqual([closed.status, closed.stderr], [2, ""]);
  });

  it("says which program does not end, and gives it up at its limit", async () => {
    const waiting = { "index.ts": "setInterval(() => undefined, 1_000);\n" };
    const repository = new Repository(SMALL);
    repository.commit();
    repository.write(waiting);
    const head = await preview(["--base", "main", "--timeout", "4"], repository.folder);
    assert.equal(head.status, 1, head.stderr);
    assert.equal(
      head.stderr,
      "The program of head (working tree) still runs and has asked for nothing for 2 s; " +
        "it is given up after 4 s (--timeout SECONDS changes that).\n",
    );
    assert.match(
      head.stdout,
      /did not end: 4 s without asking for a resource\.\n--timeout SECONDS gives it longer/,
    );
    repository.commit(waiting);
    repository.write(SMALL);
    const base = await preview(["--base", "main", "--timeout", "4"], repository.folder);
    assert.equal(base.status, 4, base.stderr);
    assert.match(base.stderr, /^The program of base \(main\) still runs/);
    assert.match(base.stdout, /^NOT COMPARED: the base .*\n\nThe program did not end: 4 s .*\n--timeout/);
  });

  it("ends quietly when Ctrl-C ends git first", async () => {
    const repository = new Repository(SMALL);
    repository.commit();
    const tools = temporaryFolder();
    // As a terminal does: everybody in the foreground gets the signal.
    writeFileSync(join(tools, "git"), "#!/bin/sh\nkill -INT $PPID $$\n", { mode: 0o755 });
    const { status, stdout, stderr } = await command(["--base", "main"], {
      cwd: repository.folder,
      env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
    });
    assert.deepEqual([status, stdout], [130, ""], stderr);
    assert.match(stderr, /^Interrupted; [^\n]*\n$/);
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
    for (const option of ["--base", "--head", "--stack", "--program", "--format", "--timeout"])
      assert.ok(stdout.includes(option));
    for (const meaning of Object.values(EXIT_CODES.preview.meanings))
      assert.ok(stdout.includes(meaning), meaning);
  });

  function prefixed(folder: string): Record<string, string> {
    return Object.fromEntries(Object.entries(SMALL).map(([name, text]) => [`${folder}/${name}`, text]));
  }
});
