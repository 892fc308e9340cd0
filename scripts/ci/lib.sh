# shellcheck shell=bash
# What the stages have in common. A stage makes claims: each is checked and printed as `ok`, `not ok` or `skipped`, and a
# claim that was skipped for want of a tool is a failure with --strict. Sourced, never run.
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
# skip <what> <why>: remembered for the summary of the pipeline.
skip() {
  printf 'skipped  %s: %s\n' "$1" "$2"
  skipped=$((skipped + 1))
  if [ -n "${PIPELINE_SKIPS:-}" ]; then printf '%s: %s (%s)\n' "$STAGE" "$1" "$2" >>"$PIPELINE_SKIPS"; fi
}
say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# check <claim> <command…>: the claim holds if the command succeeds. What it printed is shown only where it does not.
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
# The same where further claims do not depend on this one.
claim() { check "$@" || true; }

# eventually <seconds> <command…>: again and again until it succeeds; its last words are printed where it never does.
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

# Reads names of files, each ended by a zero byte, and fails where one of them holds a secret.
secretlint_of_names() { xargs -0 -r node_modules/.bin/secretlint --secretlintrc .secretlintrc.json --secretlintignore /dev/null --no-glob; }

# The verdict of a stage; its last line.
finish() {
  if [ "$STRICT" = yes ] && [ "$skipped" -gt 0 ]; then
    say "--strict: what was skipped counts as failed"
    failed=$((failed + skipped))
  fi
  say "$STAGE: $passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}

# Every stage takes --strict; what else it takes, it looks for itself among what is left in REST.
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
