#!/usr/bin/env bash
# Returns to the images before the last build. Databases are not changed: migrations only go forward, and each is safe with
# the previous version.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"
no_more_flags

require_engine 'rolling back'
if ! retag_previous; then
  bad 'there are no previous images; the containers are left unchanged, for their logs'
  finish
  exit 1
fi
ok "the previous images are current again: $(images | tr '\n' ' ')"
claim 'all eleven containers are healthy with the previous images' bring_up
finish
