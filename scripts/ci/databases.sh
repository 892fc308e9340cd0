# shellcheck shell=bash
# The five databases on three servers, asked from inside their containers. Sourced, never run.

# module server database
HOMES=(
  'alerts alert-db alert_db'
  'gateway alert-db gateway_db'
  'incidents incident-db incident_db'
  'notify notification-db notification_db'
  'oncall notification-db oncall_db'
)

# as_module <module> <its server> <server to ask> <database> <command>: over the network, as the module would.
as_module() {
  local password=${1^^}_DB_PASSWORD
  compose exec -T -e MODULE="$1" -e ASKED="$3" -e DATABASE="$4" -e COMMAND="$5" "$2" \
    sh -c "PGPASSWORD=\$$password PGCONNECT_TIMEOUT=5 psql -qXAt -h \"\$ASKED\" -U \"tocsin_\$MODULE\" -d \"\$DATABASE\" -c \"\$COMMAND\""
}

# Its own tables and nothing else: what `\dt` shows there.
reaches_its_own() {
  local tables
  tables=$(as_module "$1" "$2" "$2" "$3" '\dt') || { printf '%s\n' "$tables"; return 1; }
  grep -q '|jobs|' <<<"$tables" || { printf 'there is no table jobs among: %s\n' "$tables"; return 1; }
}

# Refused by every other database; a server that does not answer has refused nothing.
reaches_no_other() {
  local home other server database said
  for home in "${HOMES[@]}"; do
    read -r other server database <<<"$home"
    if [ "$other" = "$1" ]; then continue; fi
    if said=$(as_module "$1" "$2" "$server" "$database" 'select 1' 2>&1); then
      echo "tocsin_$1 got into $database on $server"
      return 1
    fi
    grep -qE 'no pg_hba.conf entry|permission denied|authentication failed|does not exist' <<<"$said" || { printf '%s\n' "$said"; return 1; }
  done
}
