import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "mocha";
import { cleanUpAfterAll, REPOSITORY, run, temporaryFolder } from "../preview/support";
import { type Comment, GitHubApi, type Pull } from "./github-api";

const SCRIPT = join(REPOSITORY, ".github", "scripts", "comment.mjs");
const MARK = "<!-- changeover-preview -->";
const BOT = "github-actions[bot]";
const SHA = "a".repeat(40);
const BRANCH = "a$(touch nowhere)`b`&state=closed#x";
const PULL: Pull = { number: 7, head: `fork:${BRANCH}`, sha: SHA };

describe("comment on a pull request", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  const open: GitHubApi[] = [];
  afterEach(async () => {
    for (const api of open.splice(0)) await api.close();
  });

  /** Runs the real script against an API that has these pull requests and, on number 7, these comments. */
  async function github(pulls: readonly Pull[], comments: readonly Comment[] = []) {
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
    return { api, url, folder, put, comment, on: (number: number) => api.comments.get(number) ?? [] };
  }

  it("is made once, and edited from then on, also for forks and whatever the branch is called", async () => {
    const { api, put, comment, on } = await github([PULL]);
    put("hello `code` $(x)\n");
    const made = await comment();
    assert.deepEqual([made.status, made.stdout], [0, "Commented pull request #7.\n"], made.stderr);
    assert.equal(
      on(7)[0]?.body,
      `${MARK}\nhello \`code\` $(x)\n\n<sub>Of commit aaaaaaaa, by the pull request's own code.</sub>\n`,
    );
    put("later\n");
    const edited = await comment();
    assert.deepEqual([edited.status, edited.stdout], [0, "Edited the comment of pull request #7.\n"]);
    assert.deepEqual([on(7).length, on(7)[0]?.body.split("\n")[1]], [1, "later"]);
    assert.ok(api.asked.every(({ authorization }) => authorization === "Bearer the-token"));
    assert.ok(!`${made.stdout}${made.stderr}`.includes("the-token"));
  });

  it("finds its own among hundreds, and leaves those of others that wear its mark", async () => {
    const others = Array.from({ length: 250 }, (_, id) => ({ id, login: "someone", body: `${MARK} mine` }));
    const quoted = { id: 400, login: BOT, body: `> ${MARK}\nquoted` };
    const own = { id: 500, login: BOT, body: `${MARK}\nold` };
    const { api, put, comment, on } = await github([PULL], [...others, quoted, own]);
    put("new");
    assert.equal((await comment()).status, 0);
    assert.match(on(7).at(-1)?.body ?? "", /\nnew\n/);
    assert.ok(on(7).every(({ id, body }) => id === 500 || !body.includes("\nnew")));
    assert.equal(on(7).length, 252);
    assert.equal(api.asked.filter(({ url }) => url.includes("/comments?")).length, 3);
  });

  it("does nothing for a commit that is no longer the head, nor for a pull request that is closed", async () => {
    for (const pull of [
      { ...PULL, sha: "b".repeat(40) },
      { ...PULL, state: "closed" as const },
    ]) {
      const { api, put, comment } = await github([pull]);
      put("late");
      const { status, stdout } = await comment();
      assert.deepEqual([status, api.asked.length], [0, 1]);
      assert.match(stdout, /^No open pull request has a{40} as its head/);
    }
  });

  it("lets the preview choose among the pull requests of its branch, and none beside", async () => {
    const { put, comment, on } = await github([PULL, { ...PULL, number: 8 }]);
    put("to the release branch", "8\n");
    assert.equal((await comment()).status, 0);
    assert.deepEqual([on(7).length, on(8).length], [0, 1]);
    for (const claimed of ["9", "8 7", "../8", ""]) {
      put("to somebody else", claimed);
      assert.match((await comment()).stdout, /nothing to comment/);
    }
    const alone = await github([PULL]);
    alone.put("x", "12345");
    assert.equal((await alone.comment()).status, 0);
    assert.equal(alone.on(7).length, 1);
  });

  it("cuts what is too long, and not through the middle of a character", async () => {
    for (const text of ["ä".repeat(100_000), `x${"🛑".repeat(50_000)}`]) {
      const { put, comment, on } = await github([PULL]);
      put(text);
      const { status, stderr } = await comment();
      assert.equal(status, 0, stderr);
      const body = on(7)[0]?.body ?? "";
      assert.ok(body.length <= 65_536 && body.length > 60_000, `${body.length}`);
      assert.doesNotMatch(body, /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
    }
  });

  it("takes its own mark out of the text, so that there is one", async () => {
    const { put, comment, on } = await github([PULL]);
    put(`${MARK}${MARK}twice`);
    await comment();
    assert.equal(on(7)[0]?.body.split(MARK).length, 2);
  });

  it("says what GitHub said when it refuses, and sends the token nowhere else", async () => {
    const refused = await github([PULL]);
    refused.put("x");
    refused.api.failures.set("POST", { status: 403, body: '{"message":"Resource not accessible"}' });
    const { status, stderr } = await refused.comment();
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
    assert.equal(elsewhere.api.asked.length, 0);

    const silent = await github([PULL]);
    silent.put("x");
    const nobody = await silent.comment({ GITHUB_API_URL: "http://127.0.0.1:1" });
    assert.equal(nobody.status, 1);
    assert.match(nobody.stderr, /no answer/);
  });

  it("reads no link, no giant and nothing that is not there", async () => {
    const { api, put, comment } = await github([PULL]);
    const missing = await comment();
    assert.deepEqual([missing.status, api.asked.length], [1, 0]);
    assert.match(missing.stderr, /^There is no preview to comment: .*comment\.md is missing\.\n$/);
    put("x".repeat(1_000_001));
    assert.equal((await comment()).status, 1);
    const linked = await github([PULL]);
    symlinkSync("/etc/hostname", join(linked.folder, "comment.md"));
    assert.equal((await linked.comment()).status, 1);
    assert.deepEqual([api.asked.length, linked.api.asked.length], [0, 0]);
  });
});
