import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { parse } from "yaml";
import {
  cleanUpAfterAll,
  REPOSITORY,
  Repository,
  run,
  SMALL,
  sized,
  temporaryFolder,
} from "../preview/support";

interface WorkflowStep {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}
interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly environment?: string;
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly WorkflowStep[];
}
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly concurrency?: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

const github = join(REPOSITORY, ".github");
const scripts = readdirSync(join(github, "scripts")).map((name) => join(github, "scripts", name));
const texts = readdirSync(join(github, "workflows")).map((name) => ({
  name,
  text: readFileSync(join(github, "workflows", name), "utf8"),
}));
const workflow = (name: string) => {
  const found = texts.find((each) => each.name === name);
  assert.ok(found, `${name} is missing`);
  return parse(found.text) as Workflow;
};

const expression = (name: string) => `$\u007b{ ${name} }}`;

describe("GitHub workflows:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("every action is pinned to a commit, with its version as a comment", () => {
    for (const { name, text } of texts) {
      const used = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
      assert.ok(used.length > 0, name);
      for (const line of used)
        assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
    }
  });

  it("permissions are read-only by default, jobs have a timeout, checkouts keep no credentials", () => {
    for (const { name } of texts) {
      const { permissions, jobs } = workflow(name);
      assert.ok(
        Object.values(permissions).every((access) => access === "read"),
        name,
      );
      for (const job of Object.values(jobs)) {
        assert.ok((job["timeout-minutes"] ?? 360) <= (job.environment === undefined ? 30 : 360), name);
        for (const step of job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")))
          assert.equal(step.with?.["persist-credentials"], false, name);
      }
    }
  });

  it("code of a pull request runs without secrets and write access", () => {
    for (const { name, text } of texts) assert.doesNotMatch(text, /^\s*pull_request_target/m, name);
    const { on, jobs } = workflow("preview.yml");
    assert.deepEqual(on, { pull_request: null, push: { branches: ["main"] } });
    assert.deepEqual(jobs.preview?.permissions, { contents: "read" });
    assert.doesNotMatch(JSON.stringify(jobs.preview), /secrets\./);
    assert.match(
      jobs.cloud?.if ?? "",
      /event_name == 'pull_request' && vars\.PREVIEW_ROLE_ARN != '' && .*head\.repo\.full_name == github\.repository/s,
    );

    const comment = workflow("preview-comment.yml").jobs.comment;
    assert.equal(comment?.permissions?.["pull-requests"], "write");
    const [checkout] = comment?.steps ?? [];
    assert.match(String(checkout?.with?.ref), /github\.event\.repository\.default_branch/);
    // Text of the event, expanded inside a script, could be code.
    for (const { name } of texts) {
      for (const job of Object.values(workflow(name).jobs)) {
        for (const step of job.steps) assert.doesNotMatch(step.run ?? "", /\$\{\{/, name);
      }
    }
  });

  it("only jobs without secrets and with read access restore the cache", () => {
    const uses = texts.flatMap(({ name }) =>
      Object.values(workflow(name).jobs).flatMap((job) =>
        job.steps.filter(({ uses: action }) => action?.startsWith("actions/cache")).map(() => job),
      ),
    );
    assert.equal(uses.length, 1);
    for (const job of uses) {
      assert.deepEqual(job.permissions, { contents: "read" });
      assert.doesNotMatch(JSON.stringify(job), /secrets\.|id-token/);
    }
    // A workflow_run runs on the default branch, so its cache would reach every run.
    assert.deepEqual(Object.keys(workflow("preview-comment.yml").on), ["workflow_run"]);
    assert.doesNotMatch(JSON.stringify(workflow("preview-comment.yml")), /cache|npm/);
  });

  it("no install scripts run in a job with a token for a role", () => {
    for (const { name } of texts) {
      for (const job of Object.values(workflow(name).jobs)) {
        if (job.permissions?.["id-token"] === undefined) continue;
        const installs = job.steps.flatMap(({ run: line }) => (line?.startsWith("npm ci") ? [line] : []));
        for (const line of installs) assert.equal(line, "npm ci --ignore-scripts", name);
      }
    }
  });

  it("a release is started by hand, from the default branch, once at a time, and after a review", () => {
    const { on, concurrency, permissions, jobs } = workflow("release.yml");
    assert.deepEqual([Object.keys(on), permissions], [["workflow_dispatch"], {}]);
    assert.deepEqual(concurrency, {
      group: `release-${expression("inputs.environment")}`,
      "cancel-in-progress": false,
    });
    const { plan, release } = jobs;
    assert.match(
      plan?.if ?? "",
      /^github\.ref == format\('refs\/heads\/\{0\}', github\.event\.repository\.default_branch\)$/,
    );
    assert.deepEqual([release?.needs, release?.environment], ["plan", expression("inputs.environment")]);
    for (const job of [plan, release]) {
      assert.deepEqual(job?.permissions, { contents: "read", "id-token": "write" });
      // Other workflows write the cache of npm.
      const node = job?.steps.find(({ uses }) => uses?.startsWith("actions/setup-node@"));
      assert.deepEqual([node?.with?.cache, node?.with?.["package-manager-cache"]], [undefined, false]);
    }
    const roleOf = (job: Job | undefined) =>
      job?.steps.find(({ uses }) => uses?.startsWith("aws-actions/"))?.with?.["role-to-assume"];
    assert.deepEqual(
      [roleOf(plan), roleOf(release)],
      [expression("vars.PREVIEW_ROLE_ARN"), expression("vars.DEPLOY_ROLE_ARN")],
    );
  });

  it("CI runs on the oldest supported Node and on the current LTS", () => {
    const text = texts.find(({ name }) => name === "ci.yml")?.text ?? "";
    assert.match(text, /node: \["20\.19", "lts\/\*"\]/);
    assert.match(text, /- run: \.ci\/run\n/);
  });

  it("scripts are valid bash and JavaScript, and exist", () => {
    for (const script of scripts) {
      if (script.endsWith(".mjs")) execFileSync(process.execPath, ["--check", script]);
      else execFileSync("bash", ["-n", script]);
    }
    for (const { text } of texts) {
      for (const [path = ""] of text.matchAll(/\.github\/scripts\/[\w.-]+/g))
        assert.ok(existsSync(join(REPOSITORY, path)), path);
    }
  });

  it("actionlint passes", function () {
    try {
      execFileSync("actionlint", ["-version"], { stdio: "ignore" });
    } catch {
      this.skip();
    }
    execFileSync(
      "actionlint",
      texts.map(({ name }) => join(github, "workflows", name)),
    );
  });
});

describe("GitHub action:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  interface Action {
    readonly inputs: Record<string, { readonly description?: string; readonly default?: string }>;
    readonly outputs: Record<string, { readonly value: string }>;
    readonly runs: {
      readonly using: string;
      readonly steps: readonly (WorkflowStep & { readonly shell?: string })[];
    };
  }
  const text = readFileSync(join(REPOSITORY, "action.yml"), "utf8");
  const { inputs, outputs, runs } = parse(text) as Action;

  it("is composite, with pinned actions, described inputs, and no expression in a script", () => {
    assert.equal(runs.using, "composite");
    for (const line of text.split("\n").filter((each) => /^\s*(- )?uses:/.test(each)))
      assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const [name, { description }] of Object.entries(inputs)) assert.ok(description, name);
    for (const { run: line, shell } of runs.steps.filter((step) => step.run !== undefined)) {
      assert.equal(shell, "bash");
      assert.doesNotMatch(line ?? "", /\$\{\{/);
    }
    const used = [...text.matchAll(/inputs\.(\w+)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(inputs).sort());
    assert.deepEqual(Object.keys(outputs), ["outcome", "comment"]);
  });

  it("previews the program of another repository", async () => {
    const repository = new Repository(
      Object.fromEntries(Object.entries(SMALL).map(([file, content]) => [`infra/${file}`, content])),
    );
    symlinkSync(join(REPOSITORY, "node_modules"), join(repository.folder, "node_modules"));
    repository.write({ ".gitignore": "node_modules\n" });
    repository.commit();
    repository.write({ "infra/Pulumi.dev.yaml": sized(2)["Pulumi.dev.yaml"] });
    repository.commit();
    const out = temporaryFolder();
    const output = join(out, "output");
    const values: Record<string, string> = {
      "github.action_path": REPOSITORY,
      "github.event.pull_request.head.sha || github.sha": "abc",
      "github.event.pull_request.number": "7",
      "inputs.base": inputs.base?.default ?? "",
      "inputs.directory": join(out, "preview"),
      "inputs.program": "infra",
      "inputs.stacks": inputs.stacks?.default ?? "",
    };
    const step = runs.steps.find(({ env }) => env?.ACTION !== undefined);
    const env = Object.fromEntries(
      Object.entries(step?.env ?? {}).map(([name, value]) => {
        const [, name_ = ""] = /^\$\{\{ (.*) \}\}$/.exec(value) ?? [];
        assert.ok(name_ in values, name_);
        return [name, values[name_] ?? ""];
      }),
    );
    const ended = await run("bash", ["-c", step?.run ?? "exit 9"], {
      cwd: repository.folder,
      env: { ...process.env, ...env, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: join(out, "summary") },
    });
    assert.equal(ended.status, 0, ended.stderr);
    const comment = join(out, "preview", "comment.md");
    assert.equal(readFileSync(output, "utf8"), `outcome=changes\ncomment=${comment}\n`);
    assert.match(readFileSync(comment, "utf8"), /^### .*Preview of `small\/dev`/);
  });
});

describe("GitHub preview script:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("writes the comment and the summary, and fails for a rejected change only", async () => {
    const repository = new Repository(SMALL);
    const needed = [
      "aws",
      "build",
      "contract",
      "preview",
      "engine",
      "cli",
      "migrations",
      "components",
      "node_modules",
      "tsconfig.json",
    ];
    for (const name of needed) symlinkSync(join(REPOSITORY, name), join(repository.folder, name));
    repository.write({ ".gitignore": [...needed, ""].join("\n") });
    repository.commit();
    const out = temporaryFolder();
    mkdirSync(out, { recursive: true });
    const summary = join(out, "summary.md");
    const script = (base: string) =>
      run("bash", [join(github, "scripts", "preview.sh"), base, join(out, "preview")], {
        cwd: repository.folder,
        env: { ...process.env, GITHUB_STEP_SUMMARY: summary, PULL_REQUEST: "7" },
      });
    const written = (name: string) => readFileSync(join(out, "preview", name), "utf8");
    repository.write(sized(2));
    const changed = await script("main");
    assert.equal(changed.status, 0, changed.stderr);
    assert.match(written("comment.md"), /^### .*Preview of `small\/dev`/);
    assert.equal(readFileSync(summary, "utf8"), written("comment.md"));
    assert.equal(written("pull-request"), "7\n");

    repository.write({ "Pulumi.dev.yaml": "config: {}\n" });
    assert.equal((await script("main")).status, 3);
    assert.match(written("comment.md"), /⛔.*rejected/);
    assert.equal((await script("nowhere")).status, 1);
    assert.match(written("comment.md"), /No preview/);

    repository.commit();
    repository.write(sized(3));
    const repaired = await script("HEAD");
    assert.equal(repaired.status, 0, repaired.stderr);
    assert.match(repaired.stdout, /^::warning title=Preview::/);
    assert.match(written("comment.md"), /NOT COMPARED/);
  });
});

describe("GitHub release script:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("passes the inputs as they are, and keeps the outputs and the stack's file", async () => {
    const folder = temporaryFolder();
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    const program = (name: string, body: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    program("node", `printf '<%s>' "$@"; exit $RELEASE_STATUS`);
    program("pulumi", `echo '{"control":{}}'`);
    writeFileSync(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
    const summary = join(folder, "summary.md");
    const release = (mode: string, env: Record<string, string>) =>
      run("bash", [join(github, "scripts", "release.sh"), mode], {
        cwd: folder,
        env: {
          ...{ PATH: `${bin}:${process.env.PATH}`, RUNNER_TEMP: folder, GITHUB_STEP_SUMMARY: summary },
          ...{ STACK: "acme/shop/prod", VERSION: "1.1.0", RELEASE_STATUS: "0", ...env },
        },
      });
    const planned = await release("plan", {});
    assert.equal(
      planned.stdout,
      "<cli/changeover.js><release><--stack=acme/shop/prod><--dry-run><--><1.1.0>",
    );
    assert.equal(existsSync(join(folder, "release")), false);

    const hostile = `x"; touch ${join(folder, "owned")}; $(touch ${join(folder, "owned")})`;
    const failed = await release("release", {
      ...{ STEPS: "5,25", BAKE: "10m", RETIRE: "true", CONTRACT: "false", REASON: hostile },
      RELEASE_STATUS: "3",
    });
    assert.equal(failed.status, 3);
    assert.ok(failed.stdout.includes(`<--steps=5,25><--bake=10m><--reason=${hostile}><--retire><--yes>`));
    assert.equal(existsSync(join(folder, "owned")), false);
    assert.deepEqual(readdirSync(join(folder, "release")).sort(), ["Pulumi.prod.yaml", "outputs.json"]);
    assert.match(readFileSync(summary, "utf8"), /### Release release: ended with status 3/);
    assert.equal((await release("destroy", {})).status, 2);
  });
});
