#!/usr/bin/env bash
# Runs the eight stages in order, up to the first that fails. A failure after the deployment is rolled back.
#   --strict         a check that is skipped because its tool is missing is a failure
#   --from <stage>   first stage          --to <stage>   last stage
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

# `yes` from the stage `from` to the stage `to`.
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
  # Deploy the images that were scanned.
  if [ "$stage" = deploy ]; then arguments=(--no-build); fi
  if "scripts/ci/$stage.sh" "${arguments[@]}"; then verdict=passed; else verdict=FAILED failure=$stage; fi
  skips=$(($(wc -l <"$PIPELINE_SKIPS") - already))
  rows+=("$(printf '%-18s %-8s %5d s  %s' "$stage" "$verdict" $((SECONDS - started)) "$([ "$skips" -eq 0 ] || echo "$skips skipped")")")
  if [ "$stage" = "$to" ]; then running=no; fi
done

case $failure in
  build | scan)
    # Images that failed must not be deployed by accident.
    source scripts/ci/containers.sh
    if retag_previous 2>/dev/null; then aftermath="$failure failed: the previous images are current again; nothing was deployed"; fi
    ;;
  deploy | verify | integration-test)
    printf '\n== rollback\n'
    if scripts/ci/rollback.sh; then
      aftermath="$failure failed: ROLLED BACK to the previous images"
    else
      aftermath="$failure failed, and the rollback failed too: see above"
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
