#!/usr/bin/env bash
# Makes what the container stack needs before its first start: a certificate for localhost, and .env with its secrets if
# there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Makes certs/: a certificate for localhost, 127.0.0.1 and ::1, and the authority that signed it. Then .env, if there is
none (scripts/gen-env.sh).

  scripts/gen-certs.sh           keeps what is there while it is good for another 30 days
  scripts/gen-certs.sh --force   makes it anew; what trusted the old authority has to be told again
  --into <folder>                makes both there instead of in the repository

certs/ca.crt is what clients trust: curl --cacert certs/ca.crt https://localhost/health. The authority's key is thrown
away, so that it signs nothing else. For a real domain, see DOMAIN in docs/operating.md.
TEXT
}

# 64 is EX_USAGE, as of every command: docs/operating.md.
refuse() { printf '%s\nFor help: scripts/gen-certs.sh --help\n' "$1" >&2 && exit 64; }

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
certs=$into/certs

command -v openssl > /dev/null || { echo 'openssl is not installed; it is what makes certificates.' >&2 && exit 1; }

is_good() {
  [[ -s $certs/ca.crt && -s $certs/tls.crt && -s $certs/tls.key ]] &&
    openssl x509 -in "$certs/tls.crt" -noout -checkend $((30 * 24 * 60 * 60)) > /dev/null &&
    openssl verify -CAfile "$certs/ca.crt" "$certs/tls.crt" > /dev/null 2>&1
}

make_certificates() {
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # The folder of now.
  trap "rm -rf '$work'" EXIT
  umask 077
  # 825 days: the most that Apple's clients take from an authority that its user added.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
    -subj '/CN=Ticketing on localhost, authority' -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$work/ca.key" -out "$work/ca.crt" 2> "$work/log"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=localhost' \
    -keyout "$work/tls.key" -out "$work/tls.csr" 2>> "$work/log"
  # `traefik` is its name inside the stack: the local Stripe delivers its webhooks there.
  cat > "$work/extensions" <<'TEXT'
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,DNS:traefik,IP:127.0.0.1,IP:::1
TEXT
  openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 825 \
    -extfile "$work/extensions" -out "$work/tls.crt" 2>> "$work/log"
  mkdir -p "$certs"
  chmod 755 "$certs"
  install -m 644 "$work/ca.crt" "$work/tls.crt" "$certs/"
  install -m 600 "$work/tls.key" "$certs/"
}

if [[ $force == no ]] && is_good; then
  echo "$certs is there and good; --force makes it anew."
else
  make_certificates
  echo "$certs: made a certificate for localhost, 127.0.0.1 and ::1."
fi
[[ -e $into/.env ]] || scripts/gen-env.sh --into "$into"
