# shellcheck shell=bash
# Access to the five databases on three servers, from inside their containers. Sourced, never run.

# as_module <module> <server> <database> <command>: runs SQL as the role of the module over the network, like the module does.
as_module() {
  local password=${1^^}_DB_PASSWORD
  compose exec -T -e MODULE="$1" -e SERVER="$2" -e DATABASE="$3" -e COMMAND="$4" "${SERVERS[$1]}" \
    sh -c "PGPASSWORD=\$$password PGCONNECT_TIMEOUT=5 psql -qXAt -h \"\$SERVER\" -U \"tocsin_\$MODULE\" -d \"\$DATABASE\" -c \"\$COMMAND\""
}

# Whether a module reads the tables of its own database.
reaches_its_own() {
  local tables
  tables=$(as_module "$1" "${SERVERS[$1]}" "${DATABASE_OF[$1]}" '\dt') || { printf '%s\n' "$tables"; return 1; }
  grep -q '|jobs|' <<<"$tables" || { printf 'no table jobs in: %s\n' "$tables"; return 1; }
}

# Whether all other databases refuse a module. A server that does not answer is a failure.
reaches_no_other() {
  local other output
  for other in "${MODULES[@]}"; do
    if [ "$other" = "$1" ]; then continue; fi
    if output=$(as_module "$1" "${SERVERS[$other]}" "${DATABASE_OF[$other]}" 'select 1' 2>&1); then
      echo "tocsin_$1 can read ${DATABASE_OF[$other]} on ${SERVERS[$other]}"
      return 1
    fi
    grep -qE 'no pg_hba.conf entry|permission denied|authentication failed|does not exist' <<<"$output" || { printf '%s\n' "$output"; return 1; }
  done
}
