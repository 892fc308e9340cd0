#!/usr/bin/env bash
# Stage 6: deploys the containers of docker-compose.split.yml. Builds first, unless --no-build is given. Services are
# replaced one after the other; each must be healthy before the next. Databases are never replaced. If a service does not
# become healthy, the deployment is rolled back.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"

require_engine 'deploying'
case "${REST[*]:-}" in
  '') scripts/ci/build.sh || exit 1 ;;
  --no-build) keep_previous || true ;;
  *) no_more_flags ;;
esac

settings_are_complete() {
  if [ ! -r "$ENV_FILE" ]; then
    echo "$ENV_FILE is missing: cp .env.example .env, then fill it in"
    return 1
  fi
  if grep -nE '^[A-Z_]+=.*<CHANGE_ME' "$ENV_FILE" | sed 's/=.*//'; then
    echo "$ENV_FILE still has placeholders"
    return 1
  fi
  compose config --quiet
}
images_exist() {
  local image
  for image in $(images); do docker image inspect -f '{{.Id}}' "$image" || return 1; done
}
# These checks come first, so a failure needs no rollback.
check 'the settings are complete' settings_are_complete || { finish; exit 1; }
check 'the images exist' images_exist || { finish; exit 1; }

identities() { for database in "${DATABASES[@]}"; do container_of "$database"; done; }
databases_are_unchanged() {
  if [ -z "$before" ] || [ "$before" = "$(identities)" ]; then return; fi
  echo 'a database container has a new id'
  return 1
}

before=$(identities)
if check 'all eleven containers are healthy' bring_up; then
  claim 'no database container was replaced' databases_are_unchanged
  for database in "${DATABASES[@]}"; do
    running=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$(container_of "$database")")
    if [ "$(compose config --hash "$database" | awk '{ print $2 }')" != "$running" ]; then
      say "         $database has old settings; apply them at a quiet time: docker compose -f docker-compose.split.yml up -d $database"
    fi
  done
elif [ "${PIPELINE_ROLLS_BACK:-no}" = no ]; then
  scripts/ci/rollback.sh || true
fi
finish
