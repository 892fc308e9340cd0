#!/usr/bin/env bash
# Stage 4: the images. What runs now is remembered as `previous` before anything is built.
cd "$(dirname "$0")/../.." || exit
source scripts/ci/lib.sh
source scripts/ci/containers.sh
read_flags "$@"
no_more_flags

if ! engine 'building the images'; then
  finish
  exit
fi

# Without containers, the tag says what would run.
keep_what_is_tagged() {
  local image kept=no
  for image in $(images); do
    if docker image inspect "$image" >/dev/null 2>&1; then docker tag "$image" "$(tagged "$image" previous)" && kept=yes; fi
  done
  [ "$kept" = yes ]
}
if keep_previous || keep_what_is_tagged; then
  ok 'the images of now are kept as :previous'
else
  say '         first build: there is nothing to keep as :previous'
fi

# What was built from is written down by its bytes, so that a later build can be pinned to it (NODE_IMAGE=<name>@<digest>).
say_digests() {
  local image digest
  for image in $(foreign_images); do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >/dev/null 2>&1 || true
    digest=$(docker image inspect -f '{{index .RepoDigests 0}}' "$image" 2>/dev/null) || digest='digest not known here'
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
