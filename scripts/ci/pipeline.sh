#!/usr/bin/env bash
# The eight stages in order, up to the first that fails. What fails after something was deployed is rolled back.
#   --strict         what is skipped for want of a tool is a failure
#   --from <stage>   begins there          --to <stage>   ends there
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
read_flags "$@"

STAGES=(quality security test build scan deploy verify integration-test)
from=quality
to=integration-test
while [ "${#REST[@]}" -gt 0 ]; do
  case ${REST[0]} in
    --from) from=${REST[1]:-} ;;
    --to) to=${REST[1]:-} ;;
    *) no_more_flags ;;
  esac
  REST=("${REST[@]:2}")
done
for end in "$from" "$to"; do
  if ! [[ " ${STAGES[*]} " == *" $end "* ]]; then
    say "there is no stage $end; there are: ${STAGES[*]}" >&2
    exit 2
  fi
done

PIPELINE_SKIPS=$(mktemp)
export PIPELINE_STRICT=$STRICT PIPELINE_SKIPS PIPELINE_ROLLS_BACK=yes
trap 'rm -f "$PIPELINE_SKIPS"' EXIT
began=$SECONDS
rows=()
failure=''
aftermath=''

# What came before was all right, or is not wanted.
running=no
for stage in "${STAGES[@]}"; do
  if [ "$stage" = "$from" ]; then running=yes; fi
  if [ "$running" = no ] || [ -n "$failure" ]; then
    rows+=("$(printf '%-18s %-8s' "$stage" 'not run')")
    continue
  fi
  printf '\n== %s\n' "$stage"
  started=$SECONDS
  already=$(wc -l <"$PIPELINE_SKIPS")
  arguments=()
  # The images to deploy are those that were scanned.
  if [ "$stage" = deploy ]; then arguments=(--no-build); fi
  if "scripts/ci/$stage.sh" "${arguments[@]}"; then verdict=passed; else verdict=FAILED failure=$stage; fi
  skips=$(($(wc -l <"$PIPELINE_SKIPS") - already))
  rows+=("$(printf '%-18s %-8s %5d s  %s' "$stage" "$verdict" $((SECONDS - started)) "$([ "$skips" -eq 0 ] || echo "$skips skipped")")")
  if [ "$stage" = "$to" ]; then running=no; fi
done

case $failure in
  build | scan)
    # Nobody should deploy by accident what did not pass.
    source scripts/ci/containers.sh
    if retag_previous 2>/dev/null; then aftermath="$failure failed: the images of before are current again; nothing was deployed"; fi
    ;;
  deploy | verify | integration-test)
    printf '\n== rollback\n'
    if scripts/ci/rollback.sh; then
      aftermath="$failure failed: ROLLED BACK to the previous images"
    else
      aftermath="$failure failed, and so did the rollback: see above"
    fi
    ;;
esac

printf '\n%-18s %-8s %7s\n' stage verdict time
printf '%s\n' "${rows[@]}"
printf '%-18s %-8s %5d s\n' all "$(if [ -n "$failure" ]; then echo FAILED; else echo passed; fi)" $((SECONDS - began))
if [ -s "$PIPELINE_SKIPS" ]; then
  printf '\nskipped:\n'
  sed 's/^/  /' "$PIPELINE_SKIPS"
fi
if [ -n "$aftermath" ]; then printf '\n%s\n' "$aftermath"; fi
[ -z "$failure" ]
