#!/usr/bin/env bash
# Restores a backup of backup-containers.sh into the empty databases of docker-compose.split.yml. The services must not run.
#   scripts/restore-containers.sh <folder>
cd "$(dirname "$0")/.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh

folder=${1:-}
refuse() {
  say "$1" >&2
  exit 1
}
[ -d "$folder" ] || refuse 'Which backup? scripts/restore-containers.sh <folder>'
for database in "${DATABASE_OF[@]}"; do
  [ -s "$folder/$database.dump" ] || refuse "$folder has no $database.dump."
done
for service in "${APPS[@]}"; do
  [ -z "$(compose ps -q "$service")" ] || refuse "$service runs; stop the services first: docker compose -f docker-compose.split.yml stop"
done

compose up -d --wait --wait-timeout "$HEALTHY_WITHIN" "${DATABASES[@]}"
# as_administrator <server> <program with variables of the container> <database>
as_administrator() { compose exec -T "$1" sh -c "$2" "$3"; }
# shellcheck disable=SC2016 # The administrator of the container.
for module in "${MODULES[@]}"; do
  database=${DATABASE_OF[$module]}
  tables=$(as_administrator "${SERVERS[$module]}" \
    'psql -qXAt -U "$POSTGRES_USER" -d "$0" -c "select count(*) from pg_tables where schemaname = '"'public'"'"' "$database" </dev/null)
  [ "$tables" = 0 ] || refuse "$database is not empty; restore into new volumes."
done
# shellcheck disable=SC2016
for module in "${MODULES[@]}"; do
  database=${DATABASE_OF[$module]}
  as_administrator "${SERVERS[$module]}" 'pg_restore -U "$POSTGRES_USER" --exit-on-error --single-transaction -d "$0"' "$database" \
    <"$folder/$database.dump"
done
say "Restored five databases from $folder. Start the services: docker compose -f docker-compose.split.yml up -d --wait"
