#!/usr/bin/env bash
# Stage 8: nineteen checks of what was deployed, and one story from alert to resolution. Everything a person or a machine
# would ask goes through the gateway.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
source scripts/ci/ask.sh
read_flags "$@"
no_more_flags

if ! engine 'the integration test'; then
  finish
  exit
fi


claim ' 1 alert-ingestion is well' answers alert-ingestion 8001 /health '"status":"ok"'
claim ' 2 incident-management is well' answers incident-management 8002 /health '"status":"ok"'
claim ' 3 oncall-service is well' answers oncall-service 8003 /health '"status":"ok"'
claim ' 4 notification-service is well' answers notification-service 8004 /health '"status":"ok"'
claim ' 5 api-gateway is well' answers api-gateway 8080 /health '"status":"ok"'
claim ' 6 oncall-service has figures' answers oncall-service 8003 /metrics '^# HELP oncall_requests_total'
claim ' 7 alert-ingestion has figures' answers alert-ingestion 8001 /metrics '^# HELP alerts_received_total'
claim ' 8 incident-management has figures' answers incident-management 8002 /metrics '^# HELP incidents_total'

if ! enter; then
  bad 'there is a way in'
  finish
  exit 1
fi
# A name of this run alone, so that nothing an earlier run left can pass for what this one did.
RUN=$(date +%s)
TEAM=integration-test-$RUN
schedule='{"team": "'$TEAM'", "rotation_type": "weekly", "members": [
  {"name": "Primary", "email": "primary-'$RUN'@example.com", "role": "primary"},
  {"name": "Secondary", "email": "secondary-'$RUN'@example.com", "role": "secondary"}]}'
override='{"team": "'$TEAM'", "user_name": "Stand-in", "user_email": "stand-in-'$RUN'@example.com", "duration_hours": 1}'
escalation='{"team": "'$TEAM'", "incident_id": "INT-TEST-'$RUN'", "reason": "integration test"}'
claim ' 9 a schedule is made' answer_holds '"rotation_type":"weekly"' 201 POST /api/v1/schedules "$schedule"
claim '10 it is among the schedules' answer_holds "\"team\":\"$TEAM\"" 200 GET /api/v1/schedules
claim '11 its primary is on call' answer_holds '"name":"\(Primary\|Secondary\)"' 200 GET "/api/v1/oncall/current?team=$TEAM"
claim '12 somebody takes the team over' answer_holds '"status":"override_set"' 200 POST /api/v1/oncall/override "$override"
claim '13 an incident of elsewhere is escalated' answer_holds '"status":"escalated"' 200 POST /api/v1/escalate "$escalation"
claim '14 it is among the escalations' answer_holds "INT-TEST-$RUN" 200 GET "/api/v1/escalations?team=$TEAM"
claim '15 the team is among the teams' answer_holds "\"team\":\"$TEAM\"" 200 GET /api/v1/teams

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
  [ "$found" = "$wanted" ] || { echo "there are: $found; wanted: $wanted"; return 1; }
}
claim '16 prometheus sees at least seven targets up' eventually 60 targets_up
claim '17 grafana is well' answers grafana 3000 /api/health '"database": *"ok"'
claim '18 grafana has its one data source' one_datasource
claim '19 grafana has its three dashboards' all_dashboards

# The story. The stand-in has the team, so it is the stand-in who is paged.
alert='{"service": "'$TEAM'", "severity": "critical", "message": "Integration test '$RUN'", "source": "pipeline", "labels": {"run": "'$RUN'"}}'
incident() { ask 200 GET "/api/v1/incidents/$ID"; }
incident_holds() { answer_holds "$1" 200 GET "/api/v1/incidents/$ID"; }
was_paged() {
  local told
  told=$(ask 200 GET "/api/v1/notifications?incident_id=$ID&per_page=100") || { printf '%s\n' "$told"; return 1; }
  # A first delivery by e-mail may still be under way.
  grep -q '"recipient":"Stand-in"[^}]*"status":"\(sent\|queued\)"\|"status":"\(sent\|queued\)"[^}]*"recipient":"Stand-in"' <<<"$told" || {
    printf 'the stand-in was not told: %s\n' "${told:0:800}"
    return 1
  }
}
counted() {
  local now
  now=$(ask 200 GET "/api/v1/incidents/$ID" | field .alert_count)
  [ "$now" = 1 ] || { echo "alert_count is $now"; return 1; }
}
story() {
  local opened
  opened=$(ask 201 POST /api/v1/alerts "$alert") || { bad "the alert is accepted: $opened"; return; }
  ID=$(field .incident_id <<<"$opened")
  if [ -z "$ID" ]; then bad "the alert opened no incident: $opened"; return; fi
  ok "an alert opened incident $ID"
  claim 'the same alert again is the same alert' answer_holds '"deduplicated":true' 201 POST /api/v1/alerts "$alert"
  claim 'and counts no alert more' counted
  claim 'the stand-in was assigned' incident_holds '"assigned_to":"Stand-in"'
  claim 'the stand-in was paged' eventually 15 was_paged
  claim 'the timeline says so' eventually 15 incident_holds '"event_type":"paged"'
  claim 'it is acknowledged' answer_holds '"status":"acknowledged"' 200 PATCH "/api/v1/incidents/$ID" '{"status": "acknowledged"}'
  claim 'it has a time to acknowledge' incident_holds '"mtta_seconds":[0-9]'
  claim 'it is resolved' answer_holds '"status":"resolved"' 200 PATCH "/api/v1/incidents/$ID" '{"status": "resolved"}'
  claim 'it cannot be resolved backwards' ask 409 PATCH "/api/v1/incidents/$ID" '{"status": "acknowledged"}'
  claim 'its timeline holds the whole story' eventually 15 whole_story
}
whole_story() {
  local kinds kind
  kinds=$(incident | field '.timeline.map((it) => it.event_type).join(" ")')
  for kind in created assigned alert_correlated paged acknowledged resolved; do
    grep -qw "$kind" <<<"$kinds" || { echo "no $kind among: $kinds"; return 1; }
  done
}
ID=''
story
claim 'the schedule of this test is deleted' ask 200 DELETE "/api/v1/schedules/$TEAM"
finish
