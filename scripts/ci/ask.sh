# shellcheck shell=bash
# HTTP requests to the deployed services. Sourced, never run.

# Prints a field of the JSON on stdin, as a JavaScript expression: `field .members.length`.
field() { node -e 'const it = JSON.parse(require("fs").readFileSync(0, "utf8")); console.log(eval("it" + process.argv[1]) ?? "")' "$1"; }

# get <url>: prints the body; fails unless the status is 2xx.
get() { curl -sS --fail-with-body --max-time 10 "$1"; }

# body_holds <url> <pattern>
body_holds() {
  local body
  body=$(get "$1") || { printf '%s\n' "$body"; return 1; }
  grep -q -- "$2" <<<"$body" || { printf 'no %s in: %s\n' "$2" "${body:0:400}"; return 1; }
}

# at <service> <container port> <path>: prints the URL on this machine.
at() {
  local address
  address=$(published "$1" "$2" 2>/dev/null) || address=''
  if [ -z "$address" ]; then
    echo "$1 is not running"
    return 1
  fi
  printf 'http://%s%s\n' "$address" "$3"
}
# answers <service> <its port> <path> <pattern>
answers() {
  local url
  url=$(at "$1" "$2" "$3") || { printf '%s\n' "$url"; return 1; }
  body_holds "$url" "$4"
}

# ask <expected status> <method> <path> [<body>]: sends a request to the gateway as an administrator; prints the body.
ask() {
  local wanted=$1 method=$2 path=$3 answer status
  # The key is in a file, because other users of the machine can see arguments.
  answer=$(curl -sS --max-time 15 -w '\n%{http_code}' -X "$method" "http://$GATEWAY$path" \
    -K <(printf 'header = "X-API-Key: %s"\n' "$KEY") ${4:+-H 'Content-Type: application/json' -d "$4"})
  status=${answer##*$'\n'}
  printf '%s\n' "${answer%$'\n'*}"
  if [ "$status" = "$wanted" ]; then return; fi
  printf '%s %s answered %s, not %s\n' "$method" "$path" "$status" "$wanted" >&2
  return 1
}

# answer_holds <pattern> <ask's arguments…>
answer_holds() {
  local pattern=$1 body
  shift
  body=$(ask "$@") || { printf '%s\n' "$body"; return 1; }
  grep -q -- "$pattern" <<<"$body" || { printf 'no %s in: %s\n' "$pattern" "${body:0:400}"; return 1; }
}

# Sets GATEWAY and KEY: API_KEY if set, else the first of API_KEYS, else a session of the first of AUTH_USERS.
enter() {
  GATEWAY=$(published api-gateway 8080)
  KEY=${API_KEY:-}
  if [ -z "$KEY" ]; then KEY=$(setting api-gateway API_KEYS | cut -d, -f1); fi
  if [ -z "$KEY" ]; then KEY=$(setting api-gateway LOGIN_API_KEY); fi
  if [ -z "$KEY" ]; then KEY=$(log_in "$(setting api-gateway AUTH_USERS | cut -d, -f1)"); fi
  if [ -n "$KEY" ]; then return; fi
  say 'No key: set API_KEY, or set API_KEYS or AUTH_USERS in .env.'
  return 1
}
log_in() {
  if [ -z "$1" ]; then return; fi
  printf '%s' "$1" |
    node -p 'const [username, ...rest] = require("fs").readFileSync(0, "utf8").split(":"); JSON.stringify({ username, password: rest.join(":") })' |
    curl -sS --max-time 10 -X POST "http://$GATEWAY/api/v1/auth/login" -H 'Content-Type: application/json' -d @- |
    field .api_key
}
