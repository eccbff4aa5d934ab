#!/usr/bin/env bash
# Writes the preview of the checkout against BASE to DIRECTORY/comment.md and to the job's summary.
# Succeeds if there is a preview, even if nothing changes. Fails if the program rejects the change or cannot be evaluated.
# A base that cannot be evaluated is not a failure, because the change may repair it.
# usage: preview.sh BASE DIRECTORY    environment: STACK, PULL_REQUEST, GITHUB_STEP_SUMMARY (all optional)
set -euo pipefail

base=${1:?usage: preview.sh BASE DIRECTORY}
directory=${2:?usage: preview.sh BASE DIRECTORY}
mkdir -p "$directory"
comment=$directory/comment.md
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# The command does not run through npm, because npm replaces every exit status except 0.
status=0
node cli/changeover.js preview --base "$base" --stack "${STACK:-dev}" --format markdown \
  >"$comment" 2>"$errors" || status=$?
cat "$errors" >&2

if [ ! -s "$comment" ]; then
  {
    printf '### 💥 No preview\n\nThe preview ended with status %s and without a report. ' "$status"
    printf 'The log of the workflow has the cause.\n'
  } >"$comment"
fi
if [ -n "${PULL_REQUEST:-}" ]; then printf '%s\n' "$PULL_REQUEST" >"$directory/pull-request"; fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$comment" >>"$GITHUB_STEP_SUMMARY"; fi

case $status in
  0 | 2) exit 0 ;;
  4)
    echo "::warning title=Preview::The base cannot be evaluated, so nothing was compared."
    exit 0
    ;;
  *) exit "$status" ;;
esac
