# shellcheck shell=bash
# Common functions of the stages. A stage checks claims and prints each as `ok`, `not ok` or `skipped`. A claim is skipped if
# its tool is missing; with --strict that is a failure. Sourced, never run.
set -euo pipefail

STAGE=$(basename "$0" .sh)
STRICT=${PIPELINE_STRICT:-no}
passed=0
failed=0
skipped=0

ok() {
  passed=$((passed + 1))
  printf 'ok       %s\n' "$*"
}
bad() {
  failed=$((failed + 1))
  printf 'not ok   %s\n' "$*"
}
# skip <what> <why>: also recorded for the summary of the pipeline.
skip() {
  printf 'skipped  %s: %s\n' "$1" "$2"
  skipped=$((skipped + 1))
  if [ -n "${PIPELINE_SKIPS:-}" ]; then printf '%s: %s (%s)\n' "$STAGE" "$1" "$2" >>"$PIPELINE_SKIPS"; fi
}
say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# check <claim> <command…>: the claim holds if the command succeeds. Its output is shown only if it fails.
check() {
  local claim=$1 printed
  shift
  if printed=$("$@" 2>&1); then
    ok "$claim"
  else
    bad "$claim"
    printf '%s\n' "$printed" | tail -n "${SHOW_LINES:-40}" | sed 's/^/         /'
    return 1
  fi
}
# Like check, but a failure does not end the stage.
claim() { check "$@" || true; }

# eventually <seconds> <command…>: repeats a command until it succeeds; prints the last output.
eventually() {
  local until=$((SECONDS + $1)) printed
  shift
  while ! printed=$("$@" 2>&1); do
    if [ "$SECONDS" -ge "$until" ]; then
      printf '%s\n' "$printed"
      return 1
    fi
    sleep 1
  done
  printf '%s\n' "$printed"
}

# Reads file names, separated by zero bytes, and fails if a file has a secret.
secretlint_of_names() { xargs -0 -r node_modules/.bin/secretlint --secretlintrc .secretlintrc.json --secretlintignore /dev/null --no-glob; }

# Prints the result of a stage; fails if a claim failed.
finish() {
  if [ "$STRICT" = yes ] && [ "$skipped" -gt 0 ]; then
    say "--strict: skipped claims count as failed"
    failed=$((failed + skipped))
  fi
  say "$STAGE: $passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}

# Every stage accepts --strict. Other arguments are left in REST for the stage.
REST=()
read_flags() {
  for flag in "$@"; do
    case $flag in
      --strict) STRICT=yes ;;
      *) REST+=("$flag") ;;
    esac
  done
}
no_more_flags() {
  if [ "${#REST[@]}" -eq 0 ]; then return; fi
  printf '%s: unknown argument %s\n' "$STAGE" "${REST[0]}" >&2
  exit 2
}
