#!/usr/bin/env bash
# Stage 4: builds the images. The running images are tagged as `previous` first.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"
no_more_flags

require_engine 'building the images'

# If no container exists, the current tags are kept.
keep_what_is_tagged() {
  local image kept=no
  for image in $(images); do
    if docker image inspect "$image" >/dev/null 2>&1; then docker tag "$image" "$(tagged "$image" previous)" && kept=yes; fi
  done
  [ "$kept" = yes ]
}
if keep_previous || keep_what_is_tagged; then
  ok 'the current images are kept as :previous'
else
  say '         first build: no images to keep as :previous'
fi

# Prints the digests of foreign images, so that a later build can be pinned to them (NODE_IMAGE=<name>@<digest>).
say_digests() {
  local image digest
  for image in $(foreign_images); do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >/dev/null 2>&1 || true
    digest=$(docker image inspect -f '{{index .RepoDigests 0}}' "$image" 2>/dev/null) || digest='unknown digest'
    say "         $image: $digest"
  done
}
say_digests

if check 'the images are built' compose build --quiet; then
  commit=$(git rev-parse --short=12 HEAD)
  for image in $(images); do
    docker tag "$image" "$(tagged "$image" "$commit")"
    say "         $image, also :$commit, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
  done
fi
finish
