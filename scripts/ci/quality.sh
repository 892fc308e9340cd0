#!/usr/bin/env bash
# Stage 1: static checks of the code.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
read_flags "$@"
no_more_flags

claim 'types, style, module boundaries, documents, dead code, secrets' node_modules/.bin/tsx scripts/check.ts
claim 'less than 3 % of the code is duplicated' node_modules/.bin/tsx scripts/ci/duplication.ts 3
if have shellcheck; then
  claim 'shell scripts pass shellcheck' shellcheck -x .ci/run scripts/*.sh scripts/ci/*.sh containers/*.sh
else
  skip 'shell scripts pass shellcheck' 'shellcheck is not installed'
fi
finish
