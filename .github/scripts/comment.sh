#!/usr/bin/env bash
# Puts FILE on the pull request of a branch as one comment: the one that is there is edited, else it is made.
# The file was written by the pull request's own code, so it is only ever data: never run, never expanded.
# usage: comment.sh FILE    environment: GH_TOKEN, GH_REPO, HEAD_OWNER, HEAD_BRANCH, HEAD_SHA
set -euo pipefail

file=${1:?usage: comment.sh FILE}
: "${GH_REPO:?}" "${HEAD_OWNER:?}" "${HEAD_BRANCH:?}" "${HEAD_SHA:?}"
mark='<!-- changeover-preview -->'
author='github-actions[bot]'
# GitHub takes 65,536 characters; the mark needs some.
limit=65000

if [ ! -f "$file" ] || [ -L "$file" ]; then
  echo "There is no preview to comment: $file is missing." >&2
  exit 1
fi

# The event names no pull request when it comes from a fork, so it is looked up by what the event does name. A commit
# that is no longer the head has a newer preview on its way.
number=$(gh api --method GET "repos/$GH_REPO/pulls" -f state=open -f per_page=100 -f head="$HEAD_OWNER:$HEAD_BRANCH" \
  --jq "[.[] | select(.head.sha == \"$HEAD_SHA\")][0].number // empty")
if [ -z "$number" ]; then
  echo "No open pull request has $HEAD_SHA as its head; there is nothing to comment."
  exit 0
fi

body=$(mktemp)
trap 'rm -f "$body"' EXIT
# Characters, not bytes; what a terminal or a shell could make of them does not matter to a file.
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const [mark, from, to, limit] = process.argv.slice(1);
  const text = readFileSync(from, "utf8").replaceAll(mark, "").slice(0, Number(limit));
  writeFileSync(to, JSON.stringify({ body: `${mark}\n${text}` }));
' "$mark" "$file" "$body" "$limit"

# Only our own comment: anybody can write the mark into theirs.
comment=$(gh api --paginate "repos/$GH_REPO/issues/$number/comments?per_page=100" \
  --jq ".[] | select(.user.login == \"$author\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1)
if [ -n "$comment" ]; then
  gh api --method PATCH "repos/$GH_REPO/issues/comments/$comment" --input "$body" --silent
  echo "Edited comment $comment of pull request $number."
else
  gh api --method POST "repos/$GH_REPO/issues/$number/comments" --input "$body" --silent
  echo "Commented pull request $number."
fi
