import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { cleanUpAfterAll, REPOSITORY, Repository, run, SMALL, sized, temporaryFolder } from "./support";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}
interface Job {
  readonly if?: string;
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
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

describe("workflows", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("pins every action by its commit, with the version in words", () => {
    for (const { name, text } of texts) {
      const used = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
      assert.ok(used.length > 0, name);
      for (const line of used)
        assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
    }
  });

  it("gives nothing by default, ends every job in time, and keeps no credentials in the checkout", () => {
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

  it("runs the code of a pull request only where there is nothing to take", () => {
    for (const { name, text } of texts) assert.doesNotMatch(text, /^\s*pull_request_target/m, name);
    const { on, jobs } = workflow("preview.yml");
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    assert.deepEqual(jobs.preview?.permissions, { contents: "read" });
    assert.doesNotMatch(JSON.stringify(jobs.preview), /secrets\./);
    assert.match(
      jobs.cloud?.if ?? "",
      /vars\.PREVIEW_ROLE_ARN != '' && .*head\.repo\.full_name == github\.repository/s,
    );

    const comment = workflow("preview-comment.yml").jobs.comment;
    assert.equal(comment?.permissions?.["pull-requests"], "write");
    const [checkout] = comment?.steps ?? [];
    assert.match(String(checkout?.with?.ref), /github\.event\.repository\.default_branch/);
    // What comes with the event is text: in a script it could be code.
    for (const { name } of texts) {
      for (const job of Object.values(workflow(name).jobs)) {
        for (const step of job.steps) assert.doesNotMatch(step.run ?? "", /\$\{\{/, name);
      }
    }
  });

  it("tests on the oldest Node that is supported, and on the current LTS", () => {
    const text = texts.find(({ name }) => name === "ci.yml")?.text ?? "";
    assert.match(text, /node: \["20\.19", "lts\/\*"\]/);
    assert.match(text, /- run: \.ci\/run\n/);
  });

  it("has scripts that bash understands", () => {
    for (const script of scripts) execFileSync("bash", ["-n", script]);
  });

  it("passes actionlint", function () {
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

describe("comment script", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  const SHA = "a".repeat(40);

  /** A `gh` that answers from files and writes down what it was asked. */
  function fakeGh(pulls: unknown[], comments: unknown[]) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "pulls.json"), JSON.stringify(pulls));
    writeFileSync(join(folder, "comments.json"), JSON.stringify(comments));
    writeFileSync(
      join(folder, "gh"),
      `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require("node:fs");
const args = process.argv.slice(2);
const of = (flag) => args[args.indexOf(flag) + 1];
const input = args.includes("--input") ? readFileSync(of("--input"), "utf8") : undefined;
appendFileSync(${JSON.stringify(join(folder, "calls"))}, JSON.stringify({ args, input }) + "\\n");
if (args.includes("--jq")) {
  const { pulls, comments } = Object.fromEntries(["pulls", "comments"].map((name) =>
    [name, JSON.parse(readFileSync(${JSON.stringify(folder)} + "/" + name + ".json", "utf8"))]));
  const jq = of("--jq");
  if (jq.includes(".head.sha")) {
    const sha = /head\\.sha == "([^"]*)"/.exec(jq)[1];
    const found = pulls.find((pull) => pull.head.sha === sha);
    console.log(found ? found.number : "");
  } else {
    const [, login, mark] = /login == "([^"]*)" and \\(\\.body \\| startswith\\("([^"]*)"\\)/.exec(jq);
    for (const each of comments) if (each.user.login === login && each.body.startsWith(mark)) console.log(each.id);
  }
}
`,
    );
    chmodSync(join(folder, "gh"), 0o755);
    const calls = () => {
      const lines = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as { args: string[]; input?: string });
    };
    return { folder, calls };
  }

  async function comment(gh: ReturnType<typeof fakeGh>, text: string) {
    const file = join(gh.folder, "comment.md");
    writeFileSync(file, text);
    const env = {
      ...{ PATH: `${gh.folder}:${process.env.PATH}`, GH_TOKEN: "t", GH_REPO: "o/r" },
      ...{ HEAD_OWNER: "fork", HEAD_BRANCH: "a$(touch /nowhere)`b", HEAD_SHA: SHA },
    };
    return run("bash", [join(github, "scripts", "comment.sh"), file], { env });
  }

  const pulls = [{ number: 7, head: { sha: SHA } }];
  const mark = "<!-- changeover-preview -->";

  it("comments once, and edits that comment from then on", async () => {
    const first = fakeGh(pulls, [{ id: 1, user: { login: "stranger" }, body: `${mark}\nmine` }]);
    const made = await comment(first, "hello `code` $(x)\n");
    assert.equal(made.status, 0, made.stderr);
    const post = first.calls().at(-1);
    assert.ok(post !== undefined);
    assert.ok(post.args.includes("POST") && post.args.includes("repos/o/r/issues/7/comments"));
    assert.deepEqual(JSON.parse(post.input ?? ""), { body: `${mark}\nhello \`code\` $(x)\n` });
    assert.ok(first.calls()[0]?.args.includes("head=fork:a$(touch /nowhere)`b"));

    const second = fakeGh(pulls, [{ id: 5, user: { login: "github-actions[bot]" }, body: `${mark}\nold` }]);
    assert.equal((await comment(second, "new")).status, 0);
    const patch = second.calls().at(-1);
    assert.ok(patch?.args.includes("PATCH") && patch.args.includes("repos/o/r/issues/comments/5"));
  });

  it("comments nothing on a pull request that has moved on, and cuts what is too long", async () => {
    const gone = fakeGh([{ number: 7, head: { sha: "b".repeat(40) } }], []);
    const { status, stdout } = await comment(gone, "late");
    assert.deepEqual([status, gone.calls().length], [0, 1]);
    assert.match(stdout, /nothing to comment/);
    const long = fakeGh(pulls, []);
    await comment(long, "ä".repeat(100_000));
    const { body } = JSON.parse(long.calls().at(-1)?.input ?? "") as { body: string };
    assert.ok(body.length <= 65_536 && body.length > 60_000);
  });

  it("refuses a link instead of the file", async () => {
    const gh = fakeGh(pulls, []);
    const link = join(gh.folder, "link.md");
    symlinkSync("/etc/hostname", link);
    const env = {
      PATH: `${gh.folder}:${process.env.PATH}`,
      GH_REPO: "o/r",
      HEAD_OWNER: "x",
      HEAD_BRANCH: "y",
      HEAD_SHA: SHA,
    };
    const { status, stderr } = await run("bash", [join(github, "scripts", "comment.sh"), link], { env });
    assert.equal(status, 1);
    assert.match(stderr, /is missing/);
  });
});

describe("preview script", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  it("writes the comment and the summary, and fails only for what must not be merged", async () => {
    const repository = new Repository(SMALL);
    for (const name of ["preview", "engine", "lambda", "components", "node_modules", "tsconfig.json"])
      symlinkSync(join(REPOSITORY, name), join(repository.folder, name));
    repository.write({
      ".gitignore": ["preview", "engine", "lambda", "components", "node_modules", "tsconfig.json", ""].join(
        "\n",
      ),
    });
    repository.commit();
    const out = temporaryFolder();
    mkdirSync(out, { recursive: true });
    const summary = join(out, "summary.md");
    const script = (base: string) =>
      run("bash", [join(github, "scripts", "preview.sh"), base, join(out, "preview")], {
        cwd: repository.folder,
        env: { ...process.env, GITHUB_STEP_SUMMARY: summary },
      });
    repository.write(sized(2));
    const changed = await script("main");
    assert.equal(changed.status, 0, changed.stderr);
    const comment = () => readFileSync(join(out, "preview", "comment.md"), "utf8");
    assert.match(comment(), /^### .*Preview of `small\/dev`/);
    assert.equal(readFileSync(summary, "utf8"), comment());

    repository.write({ "Pulumi.dev.yaml": "config: {}\n" });
    assert.equal((await script("main")).status, 3);
    assert.match(comment(), /⛔.*refused/);
    assert.equal((await script("nowhere")).status, 1);
    assert.match(comment(), /No preview/);
  });
});
