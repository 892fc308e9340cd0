#!/usr/bin/env bash
# Goes back to the images that ran before the last build. Databases stay as they are: migrations only go forward, and each
# is safe beside the version before it.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"
no_more_flags

if ! engine 'rolling back'; then
  finish
  exit
fi
if ! retag_previous; then
  bad 'there are no previous images to go back to; the containers are left as they are, for their logs'
  finish
  exit 1
fi
ok "$(images | tr '\n' ' ')are the previous images again"
claim 'all eleven containers are healthy with them' bring_up
finish
