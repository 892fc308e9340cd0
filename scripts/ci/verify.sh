#!/usr/bin/env bash
# Stage 7: the deployment is healthy, each module reaches only its own database, monitoring works, and alerts are processed.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
source scripts/ci/databases.sh
source scripts/ci/ask.sh
read_flags "$@"
no_more_flags

require_engine 'verifying the deployment'

eleven_are_healthy() {
  local service
  for service in "${DATABASES[@]}" "${APPS[@]}" "${MONITORING[@]}"; do is_healthy "$service" || return 1; done
}
all_targets_are_up() {
  get "$(at prometheus 9090 '/api/v1/targets?state=active')" | node -e '
    const targets = JSON.parse(require("fs").readFileSync(0, "utf8")).data.activeTargets;
    const down = targets.filter(({ health }) => health !== "up").map(({ scrapeUrl, lastError }) => scrapeUrl + " " + lastError);
    const jobs = new Set(targets.map(({ labels }) => labels.job));
    console.log([[...jobs].sort().join(" "), ...down].join("\n"));
    process.exit(down.length === 0 && jobs.size === 7 ? 0 : 1);'
}

claim 'all eleven containers are healthy' eventually 30 eleven_are_healthy
for service in "${SERVICES[@]}"; do claim "$service: /health" answers "$service" "${PORTS[$service]}" /health '"status":"ok"'; done
claim 'web-ui: the page' answers web-ui 3000 / '<title>'
claim 'prometheus is ready' answers prometheus 9090 /-/ready Ready
claim 'grafana is ready' answers grafana 3000 /api/health '"database": *"ok"'
claim 'prometheus reaches every target of seven jobs' eventually 60 all_targets_are_up

for database in "${DATABASES[@]}"; do
  claim "$database accepts connections" compose exec -T "$database" pg_isready -q -h 127.0.0.1
done
for module in "${MODULES[@]}"; do
  claim "$module reaches ${DATABASE_OF[$module]}" reaches_its_own "$module"
  claim "$module reaches no other database" reaches_no_other "$module"
done
for service in "${SERVICES[@]}"; do
  claim "$service: /health/ready" answers "$service" "${PORTS[$service]}" /health/ready '"status"'
  claim "$service: /metrics" answers "$service" "${PORTS[$service]}" /metrics '^tocsin_module_up.* 1$'
done

if enter; then
  TEAM=pipeline-smoke
  schedule='{"team": "'$TEAM'", "rotation_type": "weekly", "members": [{"name": "Pipeline", "email": "pipeline@example.com", "role": "primary"}]}'
  alert='{"service": "'$TEAM'", "severity": "low", "message": "The pipeline checks that alerts arrive", "source": "pipeline"}'
  notification='{"incident_id": "'$TEAM'", "channel": "mock", "recipient": "pipeline", "message": "The pipeline checks that notifications are sent"}'
  claim 'through the gateway: a schedule is created' ask 201 POST /api/v1/schedules "$schedule"
  claim 'through the gateway: a person is on call' answer_holds '"name":"Pipeline"' 200 GET "/api/v1/oncall/current?team=$TEAM"
  claim 'through the gateway: an alert opens an incident' answer_holds '"incident_id":"' 201 POST /api/v1/alerts "$alert"
  claim 'through the gateway: the incident is listed' answer_holds "$TEAM" 200 GET "/api/v1/incidents?service=$TEAM"
  claim 'through the gateway: a notification is sent' answer_holds '"status":"sent"' 200 POST /api/v1/notify "$notification"
  claim 'through web-ui: the gateway answers' answers web-ui 3000 /api/services/health '"alert-ingestion":{"status":"up"'
  # Clean up: delete the schedule. Incidents cannot be deleted, so this one is resolved.
  id=$(ask 200 GET "/api/v1/incidents?service=$TEAM&status=open" 2>/dev/null | field '.incidents[0]?.id') || id=''
  if [ -n "$id" ]; then claim 'the incident of this check is resolved' ask 200 PATCH "/api/v1/incidents/$id" '{"status": "resolved"}'; fi
  claim 'the schedule of this check is deleted' ask 200 DELETE "/api/v1/schedules/$TEAM"
else
  bad 'a key or a login is configured'
fi
finish
