#!/usr/bin/env bash
# Fails if a staged file has a secret or is a .env file. Checks the staged content, not the working tree.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
staged() { git diff --cached --name-only --diff-filter=ACMRT -z; }
if staged | grep -qzE '(^|/)\.env(\..*)?$' && staged | grep -zE '(^|/)\.env(\..*)?$' | grep -vzq '\.env\.example$'; then
  say 'A .env is staged: git rm --cached .env' >&2
  exit 1
fi
staged | git checkout-index -z --stdin --prefix="$folder/"
find "$folder" -type f -print0 | secretlint_of_names || {
  say 'A staged file has a secret. Remove it, and change the secret where it is in use.' >&2
  exit 1
}
