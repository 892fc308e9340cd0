#!/usr/bin/env bash
# Stage 8: nineteen checks of the deployment, and one incident from alert to resolution. Requests of people and tools go
# through the gateway.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
source scripts/ci/ask.sh
read_flags "$@"
no_more_flags

require_engine 'the integration test'

# has <service> <path> <pattern>
has() { answers "$1" "${PORTS[$1]}" "$2" "$3"; }
for i in "${!SERVICES[@]}"; do claim " $((i + 1)) ${SERVICES[$i]} is healthy" has "${SERVICES[$i]}" /health '"status":"ok"'; done
claim ' 6 oncall-service has metrics' has oncall-service /metrics '^# HELP oncall_requests_total'
claim ' 7 alert-ingestion has metrics' has alert-ingestion /metrics '^# HELP alerts_received_total'
claim ' 8 incident-management has metrics' has incident-management /metrics '^# HELP incidents_total'

if ! enter; then
  bad 'a key or a login is configured'
  finish
  exit 1
fi
# A unique name, so that data of earlier runs cannot make a check pass.
RUN=$(date +%s)
TEAM=integration-test-$RUN
schedule='{"team": "'$TEAM'", "rotation_type": "weekly", "members": [
  {"name": "Primary", "email": "primary-'$RUN'@example.com", "role": "primary"},
  {"name": "Secondary", "email": "secondary-'$RUN'@example.com", "role": "secondary"}]}'
override='{"team": "'$TEAM'", "user_name": "Stand-in", "user_email": "stand-in-'$RUN'@example.com", "duration_hours": 1}'
escalation='{"team": "'$TEAM'", "incident_id": "INT-TEST-'$RUN'", "reason": "integration test"}'
claim ' 9 a schedule is created' answer_holds '"rotation_type":"weekly"' 201 POST /api/v1/schedules "$schedule"
claim '10 the schedule is listed' answer_holds "\"team\":\"$TEAM\"" 200 GET /api/v1/schedules
claim '11 its primary is on call' answer_holds '"name":"\(Primary\|Secondary\)"' 200 GET "/api/v1/oncall/current?team=$TEAM"
claim '12 an override is set' answer_holds '"status":"override_set"' 200 POST /api/v1/oncall/override "$override"
claim '13 an external incident is escalated' answer_holds '"status":"escalated"' 200 POST /api/v1/escalate "$escalation"
claim '14 the escalation is listed' answer_holds "INT-TEST-$RUN" 200 GET "/api/v1/escalations?team=$TEAM"
claim '15 the team is listed' answer_holds "\"team\":\"$TEAM\"" 200 GET /api/v1/teams

targets_up() {
  local up
  up=$(get "$(at prometheus 9090 '/api/v1/query?query=count(up%20==%201)')" | field '.data.result[0]?.value[1]')
  [ "${up:-0}" -ge 7 ] || { echo "$up targets are up"; return 1; }
}
grafana_user=$(setting grafana GF_SECURITY_ADMIN_USER)
grafana_password=$(setting grafana GF_SECURITY_ADMIN_PASSWORD)
grafana() {
  curl -sS --fail-with-body --max-time 10 -K <(printf 'user = "%s:%s"\n' "$grafana_user" "$grafana_password") "$(at grafana 3000 "$1")"
}
one_datasource() { [ "$(grafana /api/datasources | tee /dev/stderr | field '.map((it) => it.uid).join()')" = PBFA97CFB590B2093 ]; }
all_dashboards() {
  local found wanted
  found=$(grafana '/api/search?type=dash-db' | field '.map((it) => it.uid).sort().join(" ")')
  wanted='incident-overview sre-performance system-health'
  [ "$found" = "$wanted" ] || { echo "found: $found; expected: $wanted"; return 1; }
}
claim '16 prometheus sees at least seven targets up' eventually 60 targets_up
claim '17 grafana is healthy' answers grafana 3000 /api/health '"database": *"ok"'
claim '18 grafana has its one data source' one_datasource
claim '19 grafana has its three dashboards' all_dashboards

# The incident. The override puts the stand-in on call, so the stand-in is paged.
alert='{"service": "'$TEAM'", "severity": "critical", "message": "Integration test '$RUN'", "source": "pipeline", "labels": {"run": "'$RUN'"}}'
# Without a mail server a page to a person is only recorded, and the timeline has `nobody_reached`.
delivered='sent\|queued' paged=paged
if [ -z "$(setting notification-service SMTP_URL)" ]; then delivered=recorded paged=nobody_reached; fi
incident() { ask 200 GET "/api/v1/incidents/$ID"; }
incident_holds() { answer_holds "$1" 200 GET "/api/v1/incidents/$ID"; }
was_paged() {
  local pages
  pages=$(ask 200 GET "/api/v1/notifications?incident_id=$ID&per_page=100") || { printf '%s\n' "$pages"; return 1; }
  # The first delivery by e-mail can still be in progress.
  grep -q "\"recipient\":\"Stand-in\"[^}]*\"status\":\"\($delivered\)\"\|\"status\":\"\($delivered\)\"[^}]*\"recipient\":\"Stand-in\"" <<<"$pages" || {
    printf 'no page to the stand-in: %s\n' "${pages:0:800}"
    return 1
  }
}
counted() {
  local now
  now=$(ask 200 GET "/api/v1/incidents/$ID" | field .alert_count)
  [ "$now" = 1 ] || { echo "alert_count is $now"; return 1; }
}
run_incident() {
  local opened
  opened=$(ask 201 POST /api/v1/alerts "$alert") || { bad "the alert is accepted: $opened"; return; }
  ID=$(field .incident_id <<<"$opened")
  if [ -z "$ID" ]; then bad "the alert opened no incident: $opened"; return; fi
  ok "an alert opened incident $ID"
  claim 'the same alert again is deduplicated' answer_holds '"deduplicated":true' 201 POST /api/v1/alerts "$alert"
  claim 'the incident still has one alert' counted
  claim 'the stand-in was assigned' incident_holds '"assigned_to":"Stand-in"'
  claim 'the stand-in was paged' eventually 15 was_paged
  claim 'the timeline has the page' eventually 15 incident_holds "\"event_type\":\"$paged\""
  claim 'the incident is acknowledged' answer_holds '"status":"acknowledged"' 200 PATCH "/api/v1/incidents/$ID" '{"status": "acknowledged"}'
  claim 'the incident has a time to acknowledge' incident_holds '"mtta_seconds":[0-9]'
  claim 'the incident is resolved' answer_holds '"status":"resolved"' 200 PATCH "/api/v1/incidents/$ID" '{"status": "resolved"}'
  claim 'a resolved incident cannot be acknowledged' ask 409 PATCH "/api/v1/incidents/$ID" '{"status": "acknowledged"}'
  claim 'the timeline has all entries' eventually 15 all_entries
}
all_entries() {
  local kinds kind
  kinds=$(incident | field '.timeline.map((it) => it.event_type).join(" ")')
  for kind in created assigned alert_correlated "$paged" acknowledged resolved; do
    grep -qw "$kind" <<<"$kinds" || { echo "no $kind in: $kinds"; return 1; }
  done
}
ID=''
run_incident
claim 'the schedule of this test is deleted' ask 200 DELETE "/api/v1/schedules/$TEAM"
finish
