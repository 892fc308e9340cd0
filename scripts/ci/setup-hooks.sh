#!/usr/bin/env bash
# Installs a pre-commit hook in this clone: it refuses staged secrets and .env files.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
read_flags "$@"
no_more_flags

hook=$(git rev-parse --git-path hooks)/pre-commit
mark='# put here by scripts/ci/setup-hooks.sh'
if [ -e "$hook" ] && ! grep -qF "$mark" "$hook"; then
  say "$hook exists already; call scripts/ci/staged-secrets.sh from it"
  exit 1
fi
mkdir -p "$(dirname "$hook")"
printf '#!/bin/sh\n%s\nexec scripts/ci/staged-secrets.sh\n' "$mark" >"$hook"
chmod 755 "$hook"
say "$hook searches staged files for secrets"
