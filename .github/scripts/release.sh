#!/usr/bin/env bash
# Runs `changeover release`, and writes its result to the job's summary.
# `plan` lists the steps and previews the next one. `release` makes them, and leaves the stack's outputs and its file in
# $RUNNER_TEMP/release, also after a failure.
# usage: release.sh plan|release    environment: STACK and VERSION; STEPS, BAKE, RETIRE, CONTRACT, RETRY, REASON (optional)
set -euo pipefail

mode=${1:?usage: release.sh plan|release}
: "${STACK:?must be set to the name of the stack}" "${VERSION:?must be set to the version to release}"

# An empty URL would be taken as a backend.
[ -n "${PULUMI_BACKEND_URL:-}" ] || unset PULUMI_BACKEND_URL

arguments=("--stack=$STACK")
[ -z "${STEPS:-}" ] || arguments+=("--steps=$STEPS")
[ -z "${BAKE:-}" ] || arguments+=("--bake=$BAKE")
[ -z "${REASON:-}" ] || arguments+=("--reason=$REASON")
[ "${RETIRE:-}" != true ] || arguments+=(--retire)
[ "${CONTRACT:-}" != true ] || arguments+=(--contract)
[ "${RETRY:-}" != true ] || arguments+=(--retry)
case $mode in
  plan) arguments+=(--dry-run) ;;
  release) arguments+=(--yes) ;;
  *)
    echo "The mode must be plan or release, got $mode." >&2
    exit 2
    ;;
esac

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
node cli/changeover.js release "${arguments[@]}" -- "$VERSION" 2>&1 | tee "$output" || status=$?

if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  {
    printf '### Release %s: %s\n\n' "$mode" "$([ "$status" = 0 ] && echo done || echo "ended with status $status")"
    # Indented text cannot end a fence.
    sed 's/^/    /' "$output"
  } >>"$GITHUB_STEP_SUMMARY"
fi

if [ "$mode" = release ]; then
  kept=${RUNNER_TEMP:-/tmp}/release
  mkdir -p "$kept"
  # Secrets are masked in these outputs.
  pulumi stack output --json --stack "$STACK" >"$kept/outputs.json" || rm -f "$kept/outputs.json"
  file=Pulumi.${STACK##*/}.yaml
  [ ! -f "$file" ] || cp "$file" "$kept/"
fi
exit "$status"
