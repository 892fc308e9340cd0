#!/bin/sh
# Becomes the program it is given, unless a secret named in REQUIRED_SECRETS is missing or still the placeholder of
# .env.example. Those images would begin with it, and a password that is in a public file stays in their volume.
set -eu

faults=0
for name in $REQUIRED_SECRETS; do
  eval "value=\${$name:-}"
  # shellcheck disable=SC2154  # eval assigned it.
  case "$value" in
    '') fault='is missing; set it in .env' ;;
    *'<CHANGE_ME'*) fault='still holds the placeholder <CHANGE_ME>; give it a value of your own in .env' ;;
    *) continue ;;
  esac
  echo "tocsin: $name $fault" >&2
  faults=1
done
[ "$faults" -eq 0 ] || exit 1

# A program that reads a secret from a file gets one; without the secret the file is empty.
if [ -n "${SECRET_FILE:-}" ]; then
  eval "value=\${${SECRET_FILE%%=*}:-}"
  (umask 077 && printf '%s' "$value" >"${SECRET_FILE#*=}")
  unset SECRET_FILE
fi

# What was only checked here is no business of the program.
for name in ${FORGET_SECRETS:-}; do unset "$name"; done
exec "$@"
