/**
 * Puts the preview of a pull request on it as one comment: the one that is there is edited, else it is made.
 * What is in the folder was written by the pull request's own code, so it is only ever data.
 *
 * usage: comment.mjs DIRECTORY    environment: GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPOSITORY, and of the pull request
 * HEAD_OWNER, HEAD_BRANCH, HEAD_SHA
 */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MARK = "<!-- changeover-preview -->";
const AUTHOR = "github-actions[bot]";
/** GitHub takes 65,536 characters; the mark and the last line need some. */
const LIMIT = 65_000;
/** More than any preview has, so that nobody fills the memory. */
const LARGEST_FILE = 1_000_000;
const PAGE = 100;
const MOST_PAGES = 100;
const REQUEST_MS = 30_000;

class Failure extends Error {}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Failure(`The environment variable ${name} is missing.`);
  return value;
}

/** A file's text; undefined when it is not there, or is no plain file: a link could lead to anything on this machine. */
function textOf(file) {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() && found.size <= LARGEST_FILE ? readFileSync(file, "utf8") : undefined;
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
      // The token goes nowhere else.
      redirect: "manual",
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  } catch (error) {
    throw new Failure(`${method} ${url}: no answer (${error.cause?.message ?? error.message}).`);
  }
  const text = await response.text();
  if (!response.ok) throw new Failure(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** Every item of a list that comes in pages. */
async function* all(path) {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const items = await github(
      "GET",
      `${path}${path.includes("?") ? "&" : "?"}per_page=${PAGE}&page=${page}`,
    );
    yield* items;
    if (items.length < PAGE) return;
  }
  throw new Failure(`GET ${path}: more than ${MOST_PAGES} pages.`);
}

/**
 * The open pull request of this head. The event does not name it for forks, so it is looked up by what the event does
 * name: the branch and its commit. One branch can have several; which of them was previewed, the preview itself says,
 * and may only choose among those. None, when a newer commit has come: its own preview is on its way.
 */
async function pullRequest(claimed) {
  const head = `${required("HEAD_OWNER")}:${required("HEAD_BRANCH")}`;
  const candidates = [];
  for await (const pull of all(`/pulls?state=open&head=${encodeURIComponent(head)}`)) {
    if (pull.head.sha === required("HEAD_SHA")) candidates.push(pull.number);
  }
  const chosen = candidates.find((number) => String(number) === claimed?.trim());
  return chosen ?? (candidates.length === 1 ? candidates[0] : undefined);
}

/** Only our own: anybody can write the mark into a comment. */
async function ownComment(number) {
  for await (const { id, user, body } of all(`/issues/${number}/comments`)) {
    if (user?.login === AUTHOR && body?.startsWith(MARK)) return id;
  }
  return undefined;
}

function commentOf(text) {
  const whole = text.replaceAll(MARK, "").trimEnd();
  // By characters, and not through the middle of one.
  const cut = whole.length > LIMIT ? `${[...whole.slice(0, LIMIT)].slice(0, -1).join("")}\n\n…` : whole;
  const commit = required("HEAD_SHA").slice(0, 8);
  return `${MARK}\n${cut}\n\n<sub>Of commit ${commit}, by the pull request's own code.</sub>\n`;
}

async function main([directory]) {
  if (directory === undefined) throw new Failure("usage: comment.mjs DIRECTORY");
  const text = textOf(join(directory, "comment.md"));
  if (text === undefined)
    throw new Failure(`There is no preview to comment: ${directory}/comment.md is missing.`);
  const number = await pullRequest(textOf(join(directory, "pull-request")));
  if (number === undefined) {
    console.log(`No open pull request has ${required("HEAD_SHA")} as its head; there is nothing to comment.`);
    return;
  }
  const body = commentOf(text);
  const comment = await ownComment(number);
  if (comment === undefined) {
    await github("POST", `/issues/${number}/comments`, { body });
    console.log(`Commented pull request #${number}.`);
  } else {
    await github("PATCH", `/issues/comments/${comment}`, { body });
    console.log(`Edited the comment of pull request #${number}.`);
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = 1;
});
