import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
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
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly WorkflowStep[];
}
interface Workflow {
  readonly on: Record<string, unknown>;
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
        assert.ok((job["timeout-minutes"] ?? 360) <= 30, name);
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
        assert.deepEqual(installs, ["npm ci --ignore-scripts"], name);
      }
    }
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

describe("GitHub preview script:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("writes the comment and the summary, and fails for a rejected change only", async () => {
    const repository = new Repository(SMALL);
    const needed = [
      "aws",
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
