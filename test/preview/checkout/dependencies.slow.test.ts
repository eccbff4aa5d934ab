import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { relevantLines } from "../../../preview/checkout/dependencies";
import { SharedModules } from "../../../preview/checkout/shared-modules";
import { cleanUpAfterAll, preview, REJECTED, Repository, SMALL, stackOf, temporaryFolder } from "../support";

const locked = (version: string, packages: Readonly<Record<string, object>> = {}) => {
  const dependencies = Object.fromEntries(Object.keys(packages).map((name) => [name.slice(13), "1.0.0"]));
  const root = { name: "small", version, dependencies };
  const lock = { ...root, lockfileVersion: 3, requires: true, packages: { "": root, ...packages } };
  return { "package.json": JSON.stringify(root), "package-lock.json": JSON.stringify(lock) };
};
/** Port 1 refuses connections. */
const AWAY = {
  "node_modules/thing": {
    version: "1.0.0",
    resolved: "http://127.0.0.1:1/thing-1.0.0.tgz",
    integrity: `sha512-${"A".repeat(86)}==`,
  },
};

describe("preview dependencies:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("are installed only when the lockfile differs", async () => {
    const repository = new Repository(REJECTED);
    repository.commit(locked("1.0.0"));
    repository.write(locked("2.0.0"));
    const differs = await preview(["--base", "main"], repository.folder);
    assert.equal(differs.status, 3, differs.stdout + differs.stderr);
    assert.match(differs.stderr, /The lockfile of --base differs: npm ci --ignore-scripts/);
    repository.commit();
    const same = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([same.status, same.stderr], [3, ""], same.stdout);
  });

  it("the head is evaluated alone, with npm's message, when the base's cannot be installed", async () => {
    const repository = new Repository(SMALL);
    repository.commit(locked("1.0.0", AWAY));
    repository.write(locked("2.0.0"));
    const { status, stdout } = await preview(["--base", "main"], repository.folder);
    assert.equal(status, 4, stdout);
    const lines = stdout.split("\n");
    assert.match(lines[0] ?? "", /^NOT COMPARED: the base revision .*, its dependencies are missing\.$/);
    assert.match(
      lines[2] ?? "",
      /^Its dependencies cannot be installed: .*connect ECONNREFUSED 127\.0\.0\.1:1/,
    );
    assert.doesNotMatch(stdout, /complete log|npm error| at /);
    assert.match(stdout, /The head revision can be evaluated: it declares 1 resource\./);
    assert.equal(repository.worktrees().length, 1);
  });

  it("need a lockfile of npm, or the same lockfile as the working tree", async () => {
    const files = { ...REJECTED, "package.json": "{}", "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" };
    const foreign = new Repository(files);
    const base = foreign.commit();
    foreign.write({ "pnpm-lock.yaml": "lockfileVersion: '8.0'\n" });
    const differs = await preview(["--base", "main", "--format", "json"], foreign.folder);
    assert.equal(differs.status, 3, differs.stdout + differs.stderr);
    const { baseError } = stackOf(differs.stdout);
    assert.deepEqual([baseError?.outcome, baseError?.step], ["failed", "install"]);
    assert.match(baseError?.message ?? "", /^Its dependencies differ .* can only install with npm\.$/);
    const head = await preview(["--base", "main", "--head", base], foreign.folder);
    assert.deepEqual([head.status, head.stdout], [1, ""]);
    assert.match(head.stderr, /^--head: Its dependencies differ .*\nCheck the revision out, install/);

    const unlocked = new Repository({ ...REJECTED, "package.json": "{}" });
    unlocked.commit();
    unlocked.write(locked("1.0.0"));
    const none = await preview(["--base", "main"], unlocked.folder);
    assert.equal(none.status, 3, none.stderr);
    assert.match(none.stdout, /It has a package\.json and, unlike the working tree, no lockfile/);
  });

  it("are shared when a commit has no lockfile and the same package.json", async () => {
    const { "package.json": manifest, ...lockfile } = locked("1.0.0");
    const repository = new Repository({
      ...REJECTED,
      "package.json": manifest,
      ".gitignore": "package-lock.json",
    });
    repository.commit();
    repository.write(lockfile);
    const ignored = await preview(["--base", "main"], repository.folder);
    assert.deepEqual([ignored.status, ignored.stderr], [3, ""], ignored.stdout);
  });

  it("have the same path in both revisions", async () => {
    const repository = new Repository({
      ...SMALL,
      ".gitignore": "node_modules\n",
      "node_modules/dep/index.js": "",
      "index.ts": SMALL["index.ts"].replace('config.requireNumber("size")', 'require.resolve("dep")'),
    });
    repository.commit();
    const { status, stdout } = await preview(["--base", "main"], repository.folder);
    assert.equal(status, 0, stdout);
  });

  it("npm's message is shown without stack traces and advice", () => {
    const said = `npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://registry.example/thing failed, reason: connect ECONNREFUSED
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/index.js:130:14)
npm error  {
npm error   code: 'ECONNREFUSED',
npm error }
npm error A complete log of this run can be found in: /home/ci/.npm/_logs/log
`;
    assert.match(relevantLines(said), /^FetchError: request to .* reason: connect ECONNREFUSED(\n.*)?$/);
    const usage = `npm error code EUSAGE
npm error
npm error \`npm ci\` can only install packages when your package.json and package-lock.json are in sync.
npm error
npm error Missing: thing@1.0.0 from lock file
npm error
npm error Clean install a project
npm error
npm error Usage:
npm error npm ci
`;
    assert.match(
      relevantLines(usage),
      /^`npm ci` can only .* in sync\.\nMissing: thing@1\.0\.0 from lock file$/,
    );
    assert.equal(relevantLines("something else\n"), "something else");
  });
});

describe("preview packages of the repository itself:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  const sizes = (size: number) => ({
    "packages/lib/index.ts": `import { factor } from "dep";\nexport const size = ${size} * factor;\n`,
  });
  const WORKSPACES = {
    ".gitignore": "node_modules\n",
    "package.json": '{"private":true,"workspaces":["packages/*"]}',
    "package-lock.json": "{}",
    "packages/lib/package.json": '{"name":"@own/lib","main":"index.ts"}',
    "packages/lib/node_modules/dep/index.js": "exports.factor = 10;\n",
    "node_modules/@own/published/index.js": "exports.published = true;\n",
    "packages/infra/package.json": '{"name":"infra"}',
    "packages/infra/Pulumi.yaml": SMALL["Pulumi.yaml"],
    "packages/infra/Pulumi.dev.yaml": SMALL["Pulumi.dev.yaml"],
    "packages/infra/index.ts": SMALL["index.ts"]
      .replace('config.requireNumber("size")', "size * Number(published)")
      .replace("\n", '\nimport { size } from "@own/lib";\nimport { published } from "@own/published";\n'),
    ...sizes(1),
  };

  function link(from: string, to: string): void {
    mkdirSync(dirname(from), { recursive: true });
    symlinkSync(to, from);
  }

  for (const [manager, where] of [
    ["npm links at the root", "node_modules"],
    ["pnpm links in the program's folder", "packages/infra/node_modules"],
  ] as const) {
    it(`are each revision's own, as ${manager}`, async () => {
      const repository = new Repository(WORKSPACES);
      const { folder } = repository;
      link(join(folder, where, "@own", "lib"), join(folder, "packages", "lib"));
      repository.commit();
      repository.write(sizes(2));
      const program = join(folder, "packages", "infra");
      const { status, stdout, stderr } = await preview(["--base", "main"], program);
      assert.equal(status, 2, stdout + stderr);
      assert.match(stdout, /~ size: 10 → 20\n/);
      assert.equal(stderr, "");
      assert.ok(existsSync(join(folder, "packages/lib/node_modules/dep/index.js")));
      assert.ok(lstatSync(join(folder, where, "@own", "lib")).isSymbolicLink());
    });
  }

  it("need one link each, and one link for all when there are none", () => {
    const [ours, theirs] = [temporaryFolder(), temporaryFolder()];
    for (let i = 0; i < 20; i++) mkdirSync(join(ours, "node_modules", `package-${i}`), { recursive: true });
    mkdirSync(join(ours, "node_modules", "@scope", "package"), { recursive: true });
    mkdirSync(join(ours, "node_modules", ".store", "stored", "node_modules", "stored"), { recursive: true });
    link(join(ours, "node_modules", "stored"), join(ours, "node_modules/.store/stored/node_modules/stored"));
    new SharedModules(ours, theirs).share("");
    assert.equal(readlinkSync(join(theirs, "node_modules")), join(ours, "node_modules"));

    const mixed = temporaryFolder();
    mkdirSync(join(ours, "lib"));
    link(join(ours, "node_modules", "@scope", "lib"), "../../lib");
    link(join(ours, "node_modules", "gone"), "../nowhere");
    new SharedModules(ours, mixed).share("");
    const modules = join(mixed, "node_modules");
    assert.deepEqual(readdirSync(modules).sort(), readdirSync(join(ours, "node_modules")).sort());
    assert.equal(readlinkSync(join(modules, "@scope", "lib")), join(mixed, "lib"));
    assert.equal(readlinkSync(join(modules, "@scope", "package")), join(ours, "node_modules/@scope/package"));
    assert.equal(readlinkSync(join(modules, "package-7")), join(ours, "node_modules", "package-7"));
  });
});
