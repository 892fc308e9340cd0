# shellcheck shell=bash
# What is known of the containers of docker-compose.split.yml: their order, their images, and how to reach them.
# COMPOSE_PROJECT_NAME and ENV_FILE choose another installation than the one in .env. Sourced, never run.

ENV_FILE=${ENV_FILE:-.env}
DATABASES=(alert-db incident-db notification-db)
# From the ground up: each is there before those that call it, and one is replaced while the others answer.
APPS=(notification-service oncall-service incident-management alert-ingestion api-gateway web-ui)
MONITORING=(prometheus grafana)
HEALTHY_WITHIN=${HEALTHY_WITHIN:-180}

compose() { docker compose -f docker-compose.split.yml --env-file "$ENV_FILE" "$@"; }

# Whether there is an engine to talk to; says what is skipped where there is none.
engine() {
  if ! have docker || ! docker compose version >/dev/null 2>&1; then
    skip "$1" 'docker with compose v2 is not installed'
    return 1
  fi
  if ! docker info >/dev/null 2>&1; then
    skip "$1" 'the docker engine does not answer'
    return 1
  fi
}

# The images that are built here, with their tags.
images() { compose config --images | grep '^tocsin-' | sort -u; }
tagged() { printf '%s:%s\n' "${1%:*}" "$2"; }
# The images that come from elsewhere: bases of the builds, and those that run as they are.
foreign_images() {
  {
    compose config | sed -n 's/^ *\(NODE\|NGINX\)_IMAGE: *//p'
    compose config --images | grep -v '^tocsin-'
  } | sort -u
}
container_of() { compose ps -aq "$1" 2>/dev/null | head -n 1; }

# Tags what runs now as previous. Asked before a build: afterwards the tag may already be what must not be gone back to.
keep_previous() {
  local service container kept=no
  for service in api-gateway web-ui; do
    container=$(container_of "$service")
    if [ -z "$container" ]; then continue; fi
    docker tag "$(docker inspect -f '{{.Image}}' "$container")" \
      "$(tagged "$(docker inspect -f '{{.Config.Image}}' "$container")" previous)"
    kept=yes
  done
  [ "$kept" = yes ]
}

# Makes previous current again, without touching a container. Fails where there is no previous.
retag_previous() {
  local image
  for image in $(images); do
    docker image inspect "$(tagged "$image" previous)" >/dev/null 2>&1 || return 1
  done
  for image in $(images); do docker tag "$(tagged "$image" previous)" "$image"; done
}

replicas() {
  local count
  count=$(compose ps -q "$1" 2>/dev/null | wc -l)
  if [ "$count" -gt 0 ]; then echo "$count"; else echo 1; fi
}

# Whether every replica says that it works; prints which does not.
is_healthy() {
  local container state
  if [ -z "$(container_of "$1")" ]; then
    echo "$1 is not there"
    return 1
  fi
  for container in $(compose ps -aq "$1"); do
    state=$(docker inspect -f '{{.State.Health.Status}}' "$container")
    if [ "$state" != healthy ]; then
      echo "$1 is $state"
      return 1
    fi
  done
}

# Replaces what changed, one service after the other, each healthy before the next. Databases are started, never replaced.
bring_up() {
  local service
  compose up -d --no-build --no-recreate --wait --wait-timeout "$HEALTHY_WITHIN" "${DATABASES[@]}" || return 1
  for service in "${APPS[@]}" "${MONITORING[@]}"; do
    # On a machine that is busy building, one that is only slow passes for unhealthy: it gets another half minute.
    if ! compose up -d --no-build --no-deps --wait --wait-timeout "$HEALTHY_WITHIN" \
      --scale "$service=$(replicas "$service")" "$service" && ! eventually 30 is_healthy "$service"; then
      say "$service did not become healthy; its last words:"
      compose logs --no-log-prefix --tail 8 "$service" 2>&1 | sed 's/^/  /'
      return 1
    fi
  done
  # Its rules and targets are mounted files: new ones are read on this signal.
  compose kill -s HUP prometheus >/dev/null
}

# Where a service's port is published on this machine, as host:port. Of several replicas, the first.
published() {
  local address
  address=$(compose port "$1" "$2")
  printf '%s\n' "${address/0.0.0.0/127.0.0.1}"
}

setting() { compose exec -T "$1" printenv "$2" 2>/dev/null || true; }
