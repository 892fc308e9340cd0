#!/usr/bin/env bash
# Stage 7: what was deployed is up, reaches its own databases and no others, is watched, and does what it is for.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
source scripts/ci/databases.sh
source scripts/ci/ask.sh
read_flags "$@"
no_more_flags

if ! engine 'verifying the deployment'; then
  finish
  exit
fi

declare -A PORTS=([alert-ingestion]=8001 [incident-management]=8002 [oncall-service]=8003 [notification-service]=8004 [api-gateway]=8080)
SERVICES=(alert-ingestion incident-management oncall-service notification-service api-gateway)

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
for home in "${HOMES[@]}"; do
  read -r module server database <<<"$home"
  claim "$module reaches $database" reaches_its_own "$module" "$server" "$database"
  claim "$module reaches no other database" reaches_no_other "$module" "$server"
done
for service in "${SERVICES[@]}"; do claim "$service: /health/ready" answers "$service" "${PORTS[$service]}" /health/ready '"status"'; done
for service in "${SERVICES[@]}"; do claim "$service: /metrics" answers "$service" "${PORTS[$service]}" /metrics '^tocsin_module_up.* 1$'; done

if enter; then
  TEAM=pipeline-smoke
  schedule='{"team": "'$TEAM'", "rotation_type": "weekly", "members": [{"name": "Pipeline", "email": "pipeline@example.com", "role": "primary"}]}'
  alert='{"service": "'$TEAM'", "severity": "low", "message": "The pipeline looks whether alerts arrive", "source": "pipeline"}'
  notice='{"incident_id": "'$TEAM'", "channel": "mock", "recipient": "pipeline", "message": "The pipeline looks whether notices leave"}'
  claim 'through the gateway: a schedule is made' ask 201 POST /api/v1/schedules "$schedule"
  claim 'through the gateway: somebody is on call' answer_holds '"name":"Pipeline"' 200 GET "/api/v1/oncall/current?team=$TEAM"
  claim 'through the gateway: an alert opens an incident' answer_holds '"incident_id":"' 201 POST /api/v1/alerts "$alert"
  claim 'through the gateway: the incident is listed' answer_holds "$TEAM" 200 GET "/api/v1/incidents?service=$TEAM"
  claim 'through the gateway: a notification is sent' answer_holds '"status":"sent"' 200 POST /api/v1/notify "$notice"
  claim 'through web-ui: the gateway answers' answers web-ui 3000 /api/services/health '"alert-ingestion":{"status":"up"'
  # What was made here goes again, as far as anything goes: the incident is resolved.
  id=$(ask 200 GET "/api/v1/incidents?service=$TEAM&status=open" 2>/dev/null | field '.incidents[0]?.id') || id=''
  if [ -n "$id" ]; then claim 'the incident of this check is resolved' ask 200 PATCH "/api/v1/incidents/$id" '{"status": "resolved"}'; fi
  claim 'the schedule of this check is deleted' ask 200 DELETE "/api/v1/schedules/$TEAM"
else
  bad 'there is a way in'
fi
finish
