#!/usr/bin/env bash
# Dumps the five databases of docker-compose.split.yml while they are in use, into a new folder, with the settings.
#   scripts/backup-containers.sh [<folder>]
cd "$(dirname "$0")/.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
source scripts/ci/databases.sh

folder=${1:-backups/tocsin-split-$(date -u +%Y-%m-%dT%H-%M-%SZ)}
if [ -e "$folder" ]; then
  say "$folder is there already; a backup is never written over." >&2
  exit 1
fi
umask 077
partial=$folder.partial
rm -rf "$partial"
mkdir -p "$partial"
trap 'rm -rf "$partial"' EXIT

# From the top floor down: what a module has handed down by then is done below or still its job, and what it has read from
# below is written there. In the dumps nothing is lost between two modules.
for module in gateway alerts incidents oncall notify; do
  for home in "${HOMES[@]}"; do
    read -r owner server database <<<"$home"
    if [ "$owner" != "$module" ]; then continue; fi
    # shellcheck disable=SC2016 # The container's own administrator.
    compose exec -T "$server" sh -c 'pg_dump -U "$POSTGRES_USER" -Fc "$0"' "$database" >"$partial/$database.dump"
  done
done
cp "$ENV_FILE" "$partial/settings.env"
mv "$partial" "$folder"
say "$folder holds five databases and the settings, secrets included: keep it where only you can read it."
