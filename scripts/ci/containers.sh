# shellcheck shell=bash
# The containers of docker-compose.split.yml: their order, their images, and how to reach them. COMPOSE_PROJECT_NAME and
# ENV_FILE select an installation other than the one of .env. Sourced, never run.
source scripts/ci/services.sh

ENV_FILE=${ENV_FILE:-.env}
# In the order of replacement: lowest module first, one at a time, while the others answer.
APPS=("${SERVICES[@]}" web-ui)
MONITORING=(prometheus grafana)
HEALTHY_WITHIN=${HEALTHY_WITHIN:-180}

compose() { docker compose -f docker-compose.split.yml --env-file "$ENV_FILE" "$@"; }

# Whether a container engine answers. If not, the given work is skipped.
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

# Ends the stage if no container engine answers.
require_engine() {
  if engine "$1"; then return; fi
  finish
  exit
}

# The images that this repository builds, with their tags.
images() { compose config --images | grep '^tocsin-' | sort -u; }
tagged() { printf '%s:%s\n' "${1%:*}" "$2"; }
# Foreign images: base images of the builds, and images that run unchanged.
foreign_images() {
  {
    compose config | sed -n 's/^ *\(NODE\|NGINX\)_IMAGE: *//p'
    compose config --images | grep -v '^tocsin-'
  } | sort -u
}
container_of() { compose ps -aq "$1" 2>/dev/null | head -n 1; }

# Tags the running images as `previous`. Call it before a build, because a build replaces the current tags.
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

# Makes the `previous` images current again; changes no container. Fails if there are none.
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

# Whether every replica of a service is healthy; prints the state if not.
is_healthy() {
  local container state
  if [ -z "$(container_of "$1")" ]; then
    echo "$1 does not exist"
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

# Replaces changed services one after the other; each must be healthy before the next. Starts databases, but replaces none.
bring_up() {
  local service
  compose up -d --no-build --no-recreate --wait --wait-timeout "$HEALTHY_WITHIN" "${DATABASES[@]}" || return 1
  for service in "${APPS[@]}" "${MONITORING[@]}"; do
    # A slow machine can exceed the health check, so the service gets another 30 seconds.
    if ! compose up -d --no-build --no-deps --wait --wait-timeout "$HEALTHY_WITHIN" \
      --scale "$service=$(replicas "$service")" "$service" && ! eventually 30 is_healthy "$service"; then
      say "$service did not become healthy; its last log lines:"
      compose logs --no-log-prefix --tail 8 "$service" 2>&1 | sed 's/^/  /'
      return 1
    fi
  done
  # Prometheus reloads its mounted rules and targets on this signal.
  compose kill -s HUP prometheus >/dev/null
}

# The published address of a service's port as host:port; of the first replica if there are several.
published() {
  local address
  address=$(compose port "$1" "$2")
  printf '%s\n' "${address/0.0.0.0/127.0.0.1}"
}

setting() { compose exec -T "$1" printenv "$2" 2>/dev/null || true; }
