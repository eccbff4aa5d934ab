#!/usr/bin/env bash
# Writes the preview of the checkout against BASE to DIRECTORY/comment.md and to the job's summary.
# Succeeds when there is a preview, also when nothing changes; fails when the change is rejected or the program is broken.
# A base that cannot be evaluated is no failure, because the change may repair it.
# usage: preview.sh BASE DIRECTORY    environment: STACK, PULL_REQUEST, GITHUB_STEP_SUMMARY (all optional)
set -euo pipefail

base=${1:?usage: preview.sh BASE DIRECTORY}
directory=${2:?usage: preview.sh BASE DIRECTORY}
mkdir -p "$directory"
comment=$directory/comment.md
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# Not through npm, which replaces every status but 0.
status=0
node cli/changeover.js preview --base "$base" --stack "${STACK:-dev}" --format markdown \
  >"$comment" 2>"$errors" || status=$?
cat "$errors" >&2

if [ ! -s "$comment" ]; then
  {
    printf '### 💥 No preview\n\nIt ended with status %s before it could say anything; ' "$status"
    printf 'the log of the workflow says why.\n'
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
