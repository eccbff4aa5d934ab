#!/usr/bin/env bash
# Runs `pulumi preview` of STACK, and writes its output to DIRECTORY/cloud.md for the comment on the pull request.
# usage: cloud-preview.sh DIRECTORY    environment: STACK; PULUMI_BACKEND_URL (optional)
set -euo pipefail

directory=${1:?usage: cloud-preview.sh DIRECTORY}
: "${STACK:?must be set to the name of the stack}"
# The end of a preview has its summary and its errors.
max_bytes=20000

# An empty URL would be taken as a backend.
[ -n "${PULUMI_BACKEND_URL:-}" ] || unset PULUMI_BACKEND_URL

mkdir -p "$directory"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
pulumi preview --stack "$STACK" --non-interactive --color never --suppress-progress 2>&1 | tee "$output" || status=$?

{
  result=$([ "$status" = 0 ] && echo "with the deployed stack" || echo "failed with status $status")
  printf '<details><summary>Real <code>pulumi preview</code>, %s</summary>\n\n' "$result"
  # Indented text is a code block, and no text in it can end the block.
  if [ "$(wc -c <"$output")" -gt "$max_bytes" ]; then printf '    …\n'; fi
  tail -c "$max_bytes" "$output" | iconv -c -f utf-8 -t utf-8 | sed 's/^/    /'
  printf '\n</details>\n'
} >"$directory/cloud.md"
exit "$status"
