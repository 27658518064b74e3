#!/usr/bin/env bash
# Makes .env for docker-compose.yml, with strong secrets.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Makes .env for `docker compose`, from .env.example: each secret that is empty there gets a random value of 256 bits.

  scripts/gen-env.sh           keeps what .env says, adds secrets that it lacks, and tells of variables that nothing reads
  scripts/gen-env.sh --force   makes all of it anew. The data of a stack that ran keeps the old passwords of Postgres'
                               administrator, so remove it first: docker compose down --volumes
  --into <folder>              makes it there instead of in the repository

STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are taken from the environment if they are set there. Without them, a local
Stripe is part of the stack: purchases can be tried, no money moves.
TEXT
}

# 64 is EX_USAGE, as of every command: docs/operating.md.
refuse() { printf '%s\nFor help: scripts/gen-env.sh --help\n' "$1" >&2 && exit 64; }

case " $* " in *' --help '* | *' -h '*) usage && exit 0 ;; esac

force=no into=.
while [[ $# -gt 0 ]]; do
  case $1 in
    --force) force=yes ;;
    --into) [[ -n ${2:-} && $2 != -* ]] || refuse '--into needs a value.' && into=$2 && shift ;;
    --into=?*) into=${1#--into=} ;;
    --into=) refuse '--into needs a value.' ;;
    --force=* | --help=*) refuse "${1%%=*} takes no value." ;;
    -*) refuse "There is no option $1." ;;
    *) refuse "Unexpected argument: $1" ;;
  esac
  shift
done
env=$into/.env

# URL-safe, since passwords become part of addresses.
random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

value_of() { sed -n "s/^$1=//p" "$env" | tail -n 1; }

# NAME VALUE: replaces an empty line of that name, or adds one.
fill() {
  local lines
  [[ -z $(value_of "$1") ]] || return 0
  if grep -q "^$1=$" "$env"; then
    lines=$(sed "s|^$1=\$|$1=$2|" "$env") && printf '%s\n' "$lines" > "$env"
  else
    printf '%s=%s\n' "$1" "$2" >> "$env"
  fi
  made+=("$1")
}

made=()
umask 077
mkdir -p "$into"
if [[ $force == yes || ! -e $env ]]; then cp .env.example "$env" && chmod 600 "$env"; fi
for name in POSTGRES_PASSWORD GATEWAY_DB_PASSWORD EVENTS_DB_PASSWORD ORDERS_DB_PASSWORD WORKER_DB_PASSWORD JWT_SECRET; do
  fill "$name" "$(random)"
done

if [[ -n ${STRIPE_SECRET_KEY:-} ]]; then fill STRIPE_SECRET_KEY "$STRIPE_SECRET_KEY"; fi
if [[ -n ${STRIPE_WEBHOOK_SECRET:-} ]]; then fill STRIPE_WEBHOOK_SECRET "$STRIPE_WEBHOOK_SECRET"; fi
if [[ -z $(value_of STRIPE_SECRET_KEY) && -z $(value_of STRIPE_WEBHOOK_SECRET) ]]; then
  fill COMPOSE_PROFILES local-stripe
  fill STRIPE_API_BASE http://local-stripe:12111
  fill STRIPE_SECRET_KEY sk_test_local
  fill STRIPE_WEBHOOK_SECRET "whsec_$(random)"
  echo 'No Stripe keys are given, so a local Stripe is part of the stack: no money moves. To change that, see .env.'
fi

# A misspelled one would just do nothing. COMPOSE_… are docker compose's own.
while read -r name; do
  grep -qE "^(# )?$name=" .env.example || echo "$env: $name is set, which docker-compose.yml does not read."
done < <(sed -nE 's/^([A-Za-z_][A-Za-z0-9_]*)=.*/\1/p' "$env" | grep -v '^COMPOSE_')

if [[ ${#made[@]} -eq 0 ]]; then
  echo "$env has all that it needs; --force makes it anew."
else
  echo "$env: set ${made[*]}."
fi
