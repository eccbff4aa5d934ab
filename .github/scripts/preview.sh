#!/usr/bin/env bash
# Writes the preview of the checkout against BASE to DIRECTORY/comment.md and to the job's summary.
# Succeeds if there is a preview, even if nothing changes. Fails if the program rejects the change or cannot be evaluated.
# A base that cannot be evaluated is not a failure, because the change may repair it.
# usage: preview.sh BASE DIRECTORY    environment, all optional: STACKS (separated by spaces; default: all), PROGRAM,
# HEAD_SHA (the commit to which the comment links), PULL_REQUEST; GITHUB_* as in a workflow
set -euo pipefail

base=${1:?usage: preview.sh BASE DIRECTORY}
directory=${2:?usage: preview.sh BASE DIRECTORY}
command=$(dirname "${BASH_SOURCE[0]}")/../../cli/changeover.js
mkdir -p "$directory"
comment=$directory/comment.md
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

arguments=("--base=$base")
read -ra stacks <<<"${STACKS:-}"
for stack in ${stacks[@]+"${stacks[@]}"}; do arguments+=("--stack=$stack"); done
[ -z "${PROGRAM:-}" ] || arguments+=("--program=$PROGRAM")
if [ -n "${GITHUB_SERVER_URL:-}" ] && [ -n "${GITHUB_REPOSITORY:-}" ] && [ -n "${HEAD_SHA:-}" ]; then
  arguments+=("--source-url=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/blob/$HEAD_SHA")
fi

# The command does not run through npm, because npm replaces every exit status except 0.
status=0
node "$command" preview "${arguments[@]}" --format=markdown >"$comment" 2>"$errors" || status=$?
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
  0) outcome=same ;;
  2) outcome=changes ;;
  3) outcome=rejected ;;
  4) outcome=uncompared ;;
  *) outcome=failed ;;
esac
if [ -n "${GITHUB_OUTPUT:-}" ]; then printf 'outcome=%s\ncomment=%s\n' "$outcome" "$comment" >>"$GITHUB_OUTPUT"; fi

case $outcome in
  same | changes) exit 0 ;;
  uncompared)
    echo "::warning title=Preview::The base cannot be evaluated, so nothing was compared."
    exit 0
    ;;
  *) exit "$status" ;;
esac
