/**
 * Creates or edits the one comment with the preview of a pull request: comment.md, and cloud.md with the real preview if
 * there is one.
 * The files in DIRECTORY come from the pull request's own code, so they are treated as text and never executed.
 *
 * usage: comment.mjs DIRECTORY    environment: GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPOSITORY; HEAD_OWNER,
 * HEAD_BRANCH and HEAD_SHA of the pull request
 */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MARK = "<!-- changeover-preview -->";
const AUTHOR = "github-actions[bot]";
/** GitHub's limit is 65,536 characters; the difference is for the mark and the last line. */
const LIMIT = 65_000;
/** Limits the memory that a malicious file can use. */
const MAX_FILE_BYTES = 1_000_000;
const PAGE_SIZE = 100;
const MAX_PAGES = 100;
const REQUEST_TIMEOUT_MS = 30_000;

class Failure extends Error {}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Failure(`The environment variable ${name} is missing.`);
  return value;
}

/** Undefined for a missing or too large file, and for a symbolic link, which could point to any file of the runner. */
function readPlainFile(file) {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() && found.size <= MAX_FILE_BYTES ? readFileSync(file, "utf8") : undefined;
}

async function github(method, path, body) {
  const url = `${required("GITHUB_API_URL")}/repos/${required("GITHUB_REPOSITORY")}${path}`;
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${required("GITHUB_TOKEN")}`,
        "x-github-api-version": "2022-11-28",
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      // Redirects are not followed, because their target would receive the token.
      redirect: "manual",
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch (error) {
    throw new Failure(`${method} ${url}: no response (${error.cause?.message ?? error.message}).`);
  }
  const text = await response.text();
  if (!response.ok) throw new Failure(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

async function* listAll(path) {
  for (let page = 1; page <= MAX_PAGES; page++) {
    const items = await github(
      "GET",
      `${path}${path.includes("?") ? "&" : "?"}per_page=${PAGE_SIZE}&page=${page}`,
    );
    yield* items;
    if (items.length < PAGE_SIZE) return;
  }
  throw new Failure(`GET ${path}: more than ${MAX_PAGES} pages.`);
}

/**
 * Finds the open pull request by branch and commit, because the event does not name it for forks. If a branch has several
 * pull requests, the preview's own file may select one of them. Undefined if the branch has a newer commit, which gets a
 * preview of its own.
 */
async function pullRequest(claimed) {
  const head = `${required("HEAD_OWNER")}:${required("HEAD_BRANCH")}`;
  const candidates = [];
  for await (const pull of listAll(`/pulls?state=open&head=${encodeURIComponent(head)}`)) {
    if (pull.head.sha === required("HEAD_SHA")) candidates.push(pull.number);
  }
  const chosen = candidates.find((number) => String(number) === claimed?.trim());
  return chosen ?? (candidates.length === 1 ? candidates[0] : undefined);
}

/** Finds the comment of an earlier run. Checks the author, because any user can write the mark into a comment. */
async function ownComment(number) {
  for await (const { id, user, body } of listAll(`/issues/${number}/comments`)) {
    if (user?.login === AUTHOR && body?.startsWith(MARK)) return id;
  }
  return undefined;
}

function commentOf(text, cloudText) {
  const whole = text.replaceAll(MARK, "").trimEnd();
  const cloud = cloudText?.replaceAll(MARK, "").trimEnd();
  // A part of the real preview could lack the end of its block, so it is shown as a whole or not at all.
  const both = cloud === undefined || whole.length + cloud.length > LIMIT ? whole : `${whole}\n\n${cloud}`;
  // The array has whole code points, so a surrogate pair at the limit is removed completely.
  const cut = both.length > LIMIT ? `${[...both.slice(0, LIMIT)].slice(0, -1).join("")}\n\n…` : both;
  const commit = required("HEAD_SHA").slice(0, 8);
  return `${MARK}\n${cut}\n\n<sub>Commit ${commit}, written by the pull request's own code.</sub>\n`;
}

async function main([directory]) {
  if (directory === undefined) throw new Failure("usage: comment.mjs DIRECTORY");
  const text = readPlainFile(join(directory, "comment.md"));
  if (text === undefined)
    throw new Failure(`There is no preview to post: ${directory}/comment.md is missing.`);
  const number = await pullRequest(readPlainFile(join(directory, "pull-request")));
  if (number === undefined) {
    console.log(`No open pull request has ${required("HEAD_SHA")} as its head; there is nothing to comment.`);
    return;
  }
  const body = commentOf(text, readPlainFile(join(directory, "cloud.md")));
  const comment = await ownComment(number);
  if (comment === undefined) {
    await github("POST", `/issues/${number}/comments`, { body });
    console.log(`Commented on pull request #${number}.`);
  } else {
    await github("PATCH", `/issues/comments/${comment}`, { body });
    console.log(`Edited the comment of pull request #${number}.`);
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = 1;
});
