#!/usr/bin/env bash
# Stage 2: no secret in the tree or its history, no known vulnerability in dependencies, no unsafe container settings.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"
no_more_flags

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

env_is_ignored() { git check-ignore -q .env || { echo '.gitignore does not name .env'; return 1; }; }
env_was_never_tracked() {
  local commits
  commits=$(git log --all --format=%h -- .env .env.local .env.production)
  if [ -z "$commits" ] && [ -z "$(git ls-files .env)" ]; then return; fi
  echo "a .env is or was tracked: ${commits:-staged}; remove it from the history and change its secrets"
  return 1
}

tree_holds_no_secret() {
  git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do if [ -f "$file" ]; then printf '%s\0' "$file"; fi; done |
    secretlint_of_names
}
# Writes all lines that a commit added into one file per commit, so that a finding names the commit.
history_holds_no_secret() {
  git log --all --no-color --unified=0 --format='commit %h' -p -- . ':!package-lock.json' |
    awk -v folder="$folder" '/^commit [0-9a-f]+$/ { close(file); file = folder "/" $2; next } /^\+/ { print substr($0, 2) > file }'
  find "$folder" -type f -print0 | secretlint_of_names
}

audit_report() { { npm audit --omit=dev --json 2>/dev/null || true; } | node_modules/.bin/tsx scripts/ci/audit.ts; }
audit_dependencies() {
  local report status=0
  report=$(audit_report) || status=$?
  case $status in
    0) ok 'no shipped dependency has a known severe vulnerability' ;;
    3) skip 'vulnerabilities of shipped dependencies' "the registry did not answer an audit: ${report:0:200}" ;;
    *) bad "shipped dependencies have severe vulnerabilities: $report" ;;
  esac
}

claim '.env is ignored by git' env_is_ignored
claim '.env was never tracked' env_was_never_tracked
claim 'the tree has no secret' tree_holds_no_secret
if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
  skip 'the history has no secret' 'this clone is shallow; fetch the history'
else
  claim 'the history has no secret' history_holds_no_secret
fi
if have gitleaks; then claim 'gitleaks finds no secret' gitleaks detect --no-banner --redact; fi
audit_dependencies

claim 'the Dockerfile follows the rules' node_modules/.bin/tsx scripts/ci/images.ts Dockerfile
if have hadolint; then
  claim 'hadolint finds no fault' hadolint --failure-threshold warning Dockerfile
else
  skip 'hadolint on the Dockerfile' 'hadolint is not installed'
fi
# Dummy values, because only literal values of the files are checked.
described() {
  local value=dummy
  SECRET_KEY=$value INTERNAL_TOKEN=$value POSTGRES_PASSWORD=$value GRAFANA_ADMIN_PASSWORD=$value \
    docker compose --env-file /dev/null -f "$1" --profile '*' config --no-interpolate --format json
}
for file in docker-compose.yml docker-compose.split.yml; do
  if have docker && docker compose version >/dev/null 2>&1; then
    described "$file" >"$folder/compose.json" || true
    claim "$file follows the rules" node_modules/.bin/tsx scripts/ci/containers.ts "$folder/compose.json"
  else
    skip "$file follows the rules" 'docker with compose v2 is not installed'
  fi
done
finish
