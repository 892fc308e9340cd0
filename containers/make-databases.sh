#!/bin/sh
# Runs once, on the empty volume of a Postgres container: makes a role and a database for each pair `module:database` of
# DATABASES. A role gets into its own database and into no other, and the administrator is not reachable by network.
set -eu

as_administrator() { psql -qX -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"; }

access="# type database user address method
local all all trust
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256"

as_administrator -c 'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC'
for pair in $DATABASES; do
  module=${pair%%:*}
  database=${pair#*:}
  role=tocsin_$module
  eval "ROLE_PASSWORD=\$$(echo "$module" | tr '[:lower:]' '[:upper:]')_DB_PASSWORD"
  export ROLE_PASSWORD
  as_administrator -v role="$role" -v database="$database" <<'SQL'
\getenv password ROLE_PASSWORD
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role" TEMPLATE template0 ENCODING 'UTF8';
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
\connect :"database"
CREATE EXTENSION pgcrypto;
SQL
  access="$access
host $database $role all scram-sha-256"
done
echo "$access" >"$PGDATA/pg_hba.conf"
