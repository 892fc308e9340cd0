#!/usr/bin/env bash
# Stage 5: checks the images: size, layers, user, secrets, development files, known vulnerabilities.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"
no_more_flags

require_engine 'scanning the images'

MOST_ABOVE_BASE_MB=100
MOST_LAYERS_ABOVE_BASE=15
folder=$(mktemp -d)
container=''
trap 'rm -rf "$folder"; if [ -n "$container" ]; then docker rm -f "$container" >/dev/null; fi' EXIT

inspect() { docker image inspect -f "$2" "$1"; }
base_of() { awk -v target="$1" 'toupper($1) == "FROM" && $4 == target { print $2 }' Dockerfile; }

small() {
  local image=$1 base=$2 above layers
  above=$((($(inspect "$image" '{{.Size}}') - $(inspect "$base" '{{.Size}}')) / 1000000))
  layers=$(($(inspect "$image" '{{len .RootFS.Layers}}') - $(inspect "$base" '{{len .RootFS.Layers}}')))
  echo "$above MB and $layers layers above $base; at most $MOST_ABOVE_BASE_MB MB and $MOST_LAYERS_ABOVE_BASE layers are allowed"
  [ "$above" -le "$MOST_ABOVE_BASE_MB" ] && [ "$layers" -le "$MOST_LAYERS_ABOVE_BASE" ]
}
not_root() {
  local user
  user=$(inspect "$1" '{{.Config.User}}')
  case ${user%%:*} in '' | root | 0) echo "it runs as ${user:-root}"; return 1 ;; esac
}
has_health_check() { [ "$(inspect "$1" '{{if .Config.Healthcheck}}yes{{end}}')" = yes ]; }
# No secret in the environment or the build history of an image.
metadata_has_no_secret() {
  { inspect "$1" '{{range .Config.Env}}{{println .}}{{end}}'; docker history --no-trunc --format '{{.CreatedBy}}' "$1"; } >"$folder/metadata"
  if grep -nEi '(PASSWORD|SECRET|TOKEN|API_?KEYS?)[A-Z_]*=[^ $]' "$folder/metadata"; then return 1; fi
  printf '%s\0' "$folder/metadata" | secretlint_of_names
}
# unpack <image> <path in it>
unpack() {
  rm -rf "$folder/files"
  mkdir -p "$folder/files"
  container=$(docker create "$1")
  docker cp "$container:$2" - | tar -x -C "$folder/files" --no-same-owner
  docker rm "$container" >/dev/null
  container=''
}
holds_no_secret() {
  if find "$folder/files" \( -name .env -o -name '.env.*' -o -name .git -o -name .npmrc -o -name 'id_rsa*' -o -name secrets.json \) \
    -not -path '*/node_modules/*' | grep .; then return 1; fi
  find "$folder/files" -type f -size -2M -not -path '*/node_modules/*' -print0 | secretlint_of_names
}
holds_no_development() {
  if find "$folder/files" \( -name '*.test.*' -o -name '*.test' \) -not -path '*/node_modules/*' | grep .; then return 1; fi
  local name
  for name in $(node -p 'Object.keys(require("./package.json").devDependencies).join("\n")'); do
    if [ -e "$folder/files/app/node_modules/$name" ] && ! npm ls --omit=dev --parseable "$name" 2>/dev/null | grep -q .; then
      echo "it contains $name, a development dependency"
      return 1
    fi
  done
}

for target in app web; do
  image=$(images | grep "^tocsin-$target:") || image=tocsin-$target:latest
  if ! check "$image exists" docker image inspect -f '{{.Id}}' "$image"; then continue; fi
  base=$(base_of "$target")
  if docker image inspect "$base" >/dev/null 2>&1 || docker pull -q "$base" >/dev/null 2>&1; then
    claim "$image is at most $MOST_ABOVE_BASE_MB MB above $base" small "$image" "$base"
  else
    skip "the size of $image" "its base $base cannot be pulled to compare"
  fi
  claim "$image does not run as root" not_root "$image"
  claim "$image has a health check" has_health_check "$image"
  claim "the metadata of $image has no secret" metadata_has_no_secret "$image"
  if [ "$target" = app ]; then unpack "$image" /app; else unpack "$image" /usr/share/nginx/html; fi
  claim "the files of $image have no secret" holds_no_secret
  claim "$image has no development files" holds_no_development
  if have trivy; then
    claim "$image has no known severe vulnerability" trivy image --quiet --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed "$image"
  elif have grype; then
    claim "$image has no known severe vulnerability" grype -q --fail-on high --only-fixed "$image"
  elif docker scout version >/dev/null 2>&1; then
    claim "$image has no known severe vulnerability" docker scout cves --exit-code --only-severity high,critical --only-fixed "$image"
  else
    skip "$image WAS NOT SCANNED for known vulnerabilities" 'none of trivy, grype and docker scout is installed'
  fi
done
finish
