#!/usr/bin/env bash
# Deploys eleven containers from a checkout on this machine, with new secrets in .env.
#   --clean        removes the containers AND THEIR DATA first
#   --skip-build   deploys the existing images
#   --skip-tests   does not verify the deployment
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
source scripts/ci/ask.sh
read_flags "$@"

clean=no build=yes tests=yes
for flag in "${REST[@]}"; do
  case $flag in
    --clean) clean=yes ;;
    --skip-build) build=no ;;
    --skip-tests) tests=no ;;
    *)
      REST=("$flag")
      no_more_flags
      ;;
  esac
done
if ! engine 'deploying'; then
  say "deploy-local: docker is required"
  exit 1
fi

# Replaces each placeholder by a random secret of letters and digits, which is valid in a URL.
write_settings() {
  local line
  umask 077
  while IFS= read -r line; do
    if [[ $line =~ ^[A-Z_]+=.*'<CHANGE_ME>' ]]; then line=${line//<CHANGE_ME>/$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')}; fi
    printf '%s\n' "$line"
  done <.env.example >"$ENV_FILE"
}
if [ ! -e "$ENV_FILE" ]; then
  write_settings
  say "wrote $ENV_FILE with new secrets"
fi
if [ "$clean" = yes ]; then
  say 'removing the containers and their data'
  compose down --volumes --remove-orphans --timeout 20
fi
arguments=()
if [ "$build" = no ]; then arguments=(--no-build); fi
scripts/ci/deploy.sh "${arguments[@]}"
if [ "$tests" = yes ] && ! scripts/ci/verify.sh; then
  scripts/ci/rollback.sh || true
  exit 1
fi

enter
cat <<TEXT

Open       http://$(published web-ui 3000)
  user     $(setting api-gateway AUTH_USERS | cut -d, -f1 | cut -d: -f1), password: AUTH_USERS in $ENV_FILE
API        http://$GATEWAY/docs, key: API_KEYS in $ENV_FILE
Prometheus http://$(published prometheus 9090)
Grafana    http://$(published grafana 3000), password: GRAFANA_ADMIN_PASSWORD in $ENV_FILE
TEXT
