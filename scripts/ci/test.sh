#!/usr/bin/env bash
# Stage 3: all tests, with the minimum coverage of scripts/test.ts.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
read_flags "$@"
no_more_flags

output=$(mktemp)
trap 'rm -f "$output"' EXIT
if node_modules/.bin/tsx scripts/test.ts >"$output" 2>&1; then
  ok "tests and coverage: $(tail -n 1 "$output")"
  sed -n '/^module .* branches$/,$p' "$output"
else
  bad "tests and coverage: $(tail -n 1 "$output")"
  grep -E '●|✕|^FAIL|covered .* wanted' "$output" | sort -u | head -n 40 || true
  tail -n 30 "$output"
fi
finish
