import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "mocha";
import { cleanUpAfterAll, REPOSITORY, run, temporaryFolder } from "../preview/support";
import { type Comment, GitHubApi, type PullRequest } from "./github-api";

const SCRIPT = join(REPOSITORY, ".github", "scripts", "comment.mjs");
const MARK = "<!-- changeover-preview -->";
const BOT = "github-actions[bot]";
const SHA = "a".repeat(40);
const BRANCH = "a$(touch nowhere)`b`&state=closed#x";
const PULL: PullRequest = { number: 7, head: `fork:${BRANCH}`, sha: SHA };

describe("preview comment:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  const open: GitHubApi[] = [];
  afterEach(async () => {
    for (const api of open.splice(0)) await api.close();
  });

  /** Runs the script against an API with these pull requests, and these comments on number 7. */
  async function github(pulls: readonly PullRequest[], comments: readonly Comment[] = []) {
    const api = new GitHubApi(pulls);
    api.comments.set(7, [...comments]);
    open.push(api);
    const url = await api.listen();
    const folder = temporaryFolder();
    const put = (text: string, claimed?: string) => {
      writeFileSync(join(folder, "comment.md"), text);
      if (claimed !== undefined) writeFileSync(join(folder, "pull-request"), claimed);
    };
    const comment = (env: Record<string, string> = {}) =>
      run(process.execPath, [SCRIPT, folder], {
        env: {
          ...{ PATH: process.env.PATH, GITHUB_API_URL: url, GITHUB_REPOSITORY: "o/r" },
          ...{ GITHUB_TOKEN: "the-token", HEAD_OWNER: "fork", HEAD_BRANCH: BRANCH, HEAD_SHA: SHA },
          ...env,
        },
      });
    return { api, url, folder, put, comment, commentsOn: (number: number) => api.comments.get(number) ?? [] };
  }

  it("has the real preview below, unless both are too long for one comment", async () => {
    const { folder, put, comment, commentsOn } = await github([PULL]);
    put("findings\n");
    writeFileSync(join(folder, "cloud.md"), "<details>real</details>\n");
    assert.equal((await comment()).status, 0);
    assert.match(commentsOn(7)[0]?.body ?? "", /\nfindings\n\n<details>real<\/details>\n\n<sub>/);
    put("x".repeat(64_990));
    assert.equal((await comment()).status, 0);
    assert.doesNotMatch(commentsOn(7)[0]?.body ?? "", /real/);
  });

  it("is created once and then edited, also for forks and any branch name", async () => {
    const { api, put, comment, commentsOn } = await github([PULL]);
    put("hello `code` $(x)\n");
    const made = await comment();
    assert.deepEqual([made.status, made.stdout], [0, "Commented on pull request #7.\n"], made.stderr);
    assert.equal(
      commentsOn(7)[0]?.body,
      `${MARK}\nhello \`code\` $(x)\n\n<sub>Commit aaaaaaaa, written by the pull request's own code.</sub>\n`,
    );
    put("later\n");
    const edited = await comment();
    assert.deepEqual([edited.status, edited.stdout], [0, "Edited the comment of pull request #7.\n"]);
    assert.deepEqual([commentsOn(7).length, commentsOn(7)[0]?.body.split("\n")[1]], [1, "later"]);
    assert.ok(api.requests.every(({ authorization }) => authorization === "Bearer the-token"));
    assert.ok(!`${made.stdout}${made.stderr}`.includes("the-token"));
  });

  it("finds its own comment among hundreds, and ignores the mark in those of other users", async () => {
    const others = Array.from({ length: 250 }, (_, id) => ({ id, login: "someone", body: `${MARK} mine` }));
    const quoted = { id: 400, login: BOT, body: `> ${MARK}\nquoted` };
    const own = { id: 500, login: BOT, body: `${MARK}\nold` };
    const { api, put, comment, commentsOn } = await github([PULL], [...others, quoted, own]);
    put("new");
    assert.equal((await comment()).status, 0);
    assert.match(commentsOn(7).at(-1)?.body ?? "", /\nnew\n/);
    assert.ok(commentsOn(7).every(({ id, body }) => id === 500 || !body.includes("\nnew")));
    assert.equal(commentsOn(7).length, 252);
    assert.equal(api.requests.filter(({ url }) => url.includes("/comments?")).length, 3);
  });

  it("does nothing for an outdated commit or a closed pull request", async () => {
    for (const pull of [
      { ...PULL, sha: "b".repeat(40) },
      { ...PULL, state: "closed" as const },
    ]) {
      const { api, put, comment } = await github([pull]);
      put("late");
      const { status, stdout } = await comment();
      assert.deepEqual([status, api.requests.length], [0, 1]);
      assert.match(stdout, /^No open pull request has a{40} as its head/);
    }
  });

  it("the preview chooses among the pull requests of its branch, and no others", async () => {
    const { put, comment, commentsOn } = await github([PULL, { ...PULL, number: 8 }]);
    put("to the release branch", "8\n");
    assert.equal((await comment()).status, 0);
    assert.deepEqual([commentsOn(7).length, commentsOn(8).length], [0, 1]);
    for (const claimed of ["9", "8 7", "../8", ""]) {
      put("to another pull request", claimed);
      assert.match((await comment()).stdout, /nothing to comment/);
    }
    const alone = await github([PULL]);
    alone.put("x", "12345");
    assert.equal((await alone.comment()).status, 0);
    assert.equal(alone.commentsOn(7).length, 1);
  });

  it("cuts long text between characters", async () => {
    for (const text of ["ä".repeat(100_000), `x${"🛑".repeat(50_000)}`]) {
      const { put, comment, commentsOn } = await github([PULL]);
      put(text);
      const { status, stderr } = await comment();
      assert.equal(status, 0, stderr);
      const body = commentsOn(7)[0]?.body ?? "";
      assert.ok(body.length <= 65_536 && body.length > 60_000, `${body.length}`);
      assert.doesNotMatch(body, /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
    }
  });

  it("contains its mark once", async () => {
    const { put, comment, commentsOn } = await github([PULL]);
    put(`${MARK}${MARK}twice`);
    await comment();
    assert.equal(commentsOn(7)[0]?.body.split(MARK).length, 2);
  });

  it("shows GitHub's error, and does not follow redirects with the token", async () => {
    const rejected = await github([PULL]);
    rejected.put("x");
    rejected.api.failures.set("POST", { status: 403, body: '{"message":"Resource not accessible"}' });
    const { status, stderr } = await rejected.comment();
    assert.equal(status, 1);
    assert.match(stderr, /^POST http:\/\/127.*\/issues\/7\/comments: 403 .*Resource not accessible/);
    assert.doesNotMatch(stderr, /the-token|\n\s+at /);

    const elsewhere = await github([]);
    const moved = await github([PULL]);
    moved.put("x");
    moved.api.failures.set("GET", { status: 301, location: elsewhere.url });
    const redirected = await moved.comment();
    assert.equal(redirected.status, 1);
    assert.match(redirected.stderr, /: 301 /);
    assert.equal(elsewhere.api.requests.length, 0);

    const silent = await github([PULL]);
    silent.put("x");
    const unreachable = await silent.comment({ GITHUB_API_URL: "http://127.0.0.1:1" });
    assert.equal(unreachable.status, 1);
    assert.match(unreachable.stderr, /no response/);
  });

  it("rejects a missing file, a too large file and a link", async () => {
    const { api, put, comment } = await github([PULL]);
    const missing = await comment();
    assert.deepEqual([missing.status, api.requests.length], [1, 0]);
    assert.match(missing.stderr, /^There is no preview to post: .*comment\.md is missing\.\n$/);
    put("x".repeat(1_000_001));
    assert.equal((await comment()).status, 1);
    const linked = await github([PULL]);
    symlinkSync("/etc/hostname", join(linked.folder, "comment.md"));
    assert.equal((await linked.comment()).status, 1);
    assert.deepEqual([api.requests.length, linked.api.requests.length], [0, 0]);
  });
});
