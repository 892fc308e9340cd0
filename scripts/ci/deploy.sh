#!/usr/bin/env bash
# Stage 6: the containers of docker-compose.split.yml. Builds first unless --no-build is given. Services are replaced one
# after the other, each healthy before the next; databases are never replaced. What does not become healthy is rolled back.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"

if ! engine 'deploying'; then
  finish
  exit
fi
case "${REST[*]:-}" in
  '') scripts/ci/build.sh || exit 1 ;;
  --no-build) keep_previous || true ;;
  *) no_more_flags ;;
esac

settings_are_whole() {
  if [ ! -r "$ENV_FILE" ]; then
    echo "$ENV_FILE is missing: cp .env.example .env, and fill it in"
    return 1
  fi
  if grep -nE '^[A-Z_]+=.*<CHANGE_ME' "$ENV_FILE" | sed 's/=.*//'; then
    echo "$ENV_FILE still holds placeholders"
    return 1
  fi
  compose config --quiet
}
images_are_there() {
  local image
  for image in $(images); do docker image inspect -f '{{.Id}}' "$image" || return 1; done
}
# Before anything is touched, so there is nothing to go back from.
check 'settings are whole' settings_are_whole || { finish; exit 1; }
check 'the images are there' images_are_there || { finish; exit 1; }

identities() { for database in "${DATABASES[@]}"; do container_of "$database"; done; }
databases_are_untouched() {
  if [ -z "$before" ] || [ "$before" = "$(identities)" ]; then return; fi
  echo 'a database container was replaced'
  return 1
}

before=$(identities)
if check 'all eleven containers are healthy' bring_up; then
  claim 'databases are untouched' databases_are_untouched
  for database in "${DATABASES[@]}"; do
    running=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$(container_of "$database")")
    if [ "$(compose config --hash "$database" | awk '{ print $2 }')" != "$running" ]; then
      say "         $database runs with older settings; in a quiet hour: docker compose -f docker-compose.split.yml up -d $database"
    fi
  done
elif [ "${PIPELINE_ROLLS_BACK:-no}" = no ]; then
  scripts/ci/rollback.sh || true
fi
finish
