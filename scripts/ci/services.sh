# shellcheck shell=bash disable=SC2034
# Written by `npm run docs` from src/kernel/modules.ts and docker-compose.split.yml. Sourced, never run.
# Services and modules are in the order in which they start: each calls only earlier ones.
SERVICES=(notification-service oncall-service incident-management alert-ingestion api-gateway)
DATABASES=(alert-db incident-db notification-db)
MODULES=(notify oncall incidents alerts gateway)
declare -A PORTS=([notification-service]=8004 [oncall-service]=8003 [incident-management]=8002 [alert-ingestion]=8001 [api-gateway]=8080)
# Database server and database of each module.
declare -A SERVERS=([notify]=notification-db [oncall]=notification-db [incidents]=incident-db [alerts]=alert-db [gateway]=alert-db)
declare -A DATABASE_OF=([notify]=notification_db [oncall]=oncall_db [incidents]=incident_db [alerts]=alert_db [gateway]=gateway_db)
