#!/usr/bin/env bash
# Dumps the five databases of docker-compose.split.yml and the settings into a new folder. The services can run.
#   scripts/backup-containers.sh [<folder>]
cd "$(dirname "$0")/.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh

folder=${1:-backups/tocsin-split-$(date -u +%Y-%m-%dT%H-%M-%SZ)}
if [ -e "$folder" ]; then
  say "$folder exists already; a backup is never overwritten." >&2
  exit 1
fi
umask 077
partial=$folder.partial
rm -rf "$partial"
mkdir -p "$partial"
trap 'rm -rf "$partial"' EXIT

# Callers before the modules they call: a command to a lower module is then still a job of the caller or already applied, and
# events that a caller has read exist below. So nothing is lost between two dumps.
for ((i = ${#MODULES[@]} - 1; i >= 0; i--)); do
  module=${MODULES[$i]} database=${DATABASE_OF[${MODULES[$i]}]}
  # shellcheck disable=SC2016 # The administrator of the container.
  compose exec -T "${SERVERS[$module]}" sh -c 'pg_dump -U "$POSTGRES_USER" -Fc "$0"' "$database" >"$partial/$database.dump"
done
cp "$ENV_FILE" "$partial/settings.env"
mv "$partial" "$folder"
say "$folder has five databases and the settings with secrets: keep it private."
