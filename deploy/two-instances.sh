#!/usr/bin/env bash
# Two instances, PostgreSQL and a load balancer, on this machine and without containers; then proves that
#   1. a client's signed call is answered by both instances,
#   2. an override given to one is honoured by the other within the stated time,
#   3. with one instance killed the balancer's other one goes on answering,
#   4. the chain of each instance verifies.
# Wants: cargo (or CAVEAT=path of the program), postgresql, haproxy, openssl, curl, python3. Everything it makes is in one folder of its own,
# removed at the end (KEEP=1 keeps it). It listens on the loopback address alone.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '%s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

PATH="$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)"
for program in initdb postgres haproxy openssl curl python3; do
  command -v "$program" >/dev/null || die "\`$program\` is missing (Debian: apt-get install postgresql haproxy openssl curl python3)"
done
if [ -z "${CAVEAT:-}" ]; then
  cargo build --release --locked --bin caveat
  CAVEAT="${CARGO_TARGET_DIR:-target}/release/caveat"
fi
CAVEAT="$(realpath "$CAVEAT")"

WORK="$(mktemp -d /tmp/caveat-two.XXXXXX)"
chmod 755 "$WORK"
PIDS=()
finish() {
  for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] && say "kept: $WORK" || rm -rf "$WORK"
}
trap finish EXIT

port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
ONE=$(port) TWO=$(port) BALANCER=$(port) DATABASE=$(port)
URL="http://127.0.0.1:$BALANCER"

# --- PostgreSQL, which refuses to run as root
mkdir -m 700 "$WORK/pg"
AS=()
if [ "$(id -u)" = 0 ]; then chown postgres "$WORK/pg"; AS=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi
"${AS[@]}" "$(command -v initdb)" -D "$WORK/pg" -U caveat --auth=trust >"$WORK/initdb.log" 2>&1 || die "initdb: $(tail -3 "$WORK/initdb.log")"
"${AS[@]}" "$(command -v postgres)" -D "$WORK/pg" -p "$DATABASE" -c listen_addresses=127.0.0.1 -c unix_socket_directories= >"$WORK/postgres.log" 2>&1 &
PIDS+=($!)
for _ in $(seq 100); do pg_isready -q -h 127.0.0.1 -p "$DATABASE" && break; sleep 0.1; done
pg_isready -q -h 127.0.0.1 -p "$DATABASE" || die "PostgreSQL did not start: $(tail -3 "$WORK/postgres.log")"
createdb -h 127.0.0.1 -p "$DATABASE" -U caveat caveat

# --- a client with a key of its own
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$WORK/client.key" 2>/dev/null
python3 - "$WORK" <<'PY'
import base64, json, re, subprocess, sys
work = sys.argv[1]
text = subprocess.run(["openssl", "rsa", "-in", f"{work}/client.key", "-noout", "-modulus"], capture_output=True, text=True, check=True).stdout
n = bytes.fromhex(re.search(r"Modulus=([0-9A-F]+)", text).group(1))
b64 = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
json.dump({"keys": [{"kty": "RSA", "kid": "one", "alg": "RS384", "use": "sig", "n": b64(n), "e": "AQAB"}]}, open(f"{work}/jwks.json", "w"))
PY
token() { # URL of the endpoint
  python3 - "$WORK" "$1" <<'PY'
import base64, json, subprocess, sys, time, uuid
work, url = sys.argv[1:]
b64 = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
now = int(time.time())
head = {"alg": "RS384", "kid": "one", "typ": "JWT"}
body = {"iss": "https://ehr.example.org", "aud": url, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
signing = b64(json.dumps(head).encode()) + "." + b64(json.dumps(body).encode())
signature = subprocess.run(["openssl", "dgst", "-sha384", "-sign", f"{work}/client.key"], input=signing.encode(), capture_output=True, check=True).stdout
print(signing + "." + b64(signature))
PY
}

# --- two instances
OPERATOR=operator-$(openssl rand -hex 8)
export CAVEAT_OPERATOR_TOKEN="$OPERATOR"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$WORK/pseudonym.key"
config() { # name, port
  mkdir -p "$WORK/$1"
  cat >"$WORK/$1.toml" <<TOML
[server]
listen = "127.0.0.1:$2"
public_url = "$URL"

[recording]
store = "postgres"
connection = "host=127.0.0.1 port=$DATABASE user=caveat dbname=caveat"
folder = "$WORK/$1"
instance = "$1"
pseudonym_key_file = "$WORK/pseudonym.key"

[[client]]
name = "ehr"
iss = "https://ehr.example.org"
jwks_file = "$WORK/jwks.json"

[[grant]]
name = "operator"
roles = ["operator"]
token_env = "CAVEAT_OPERATOR_TOKEN"
TOML
  "$CAVEAT" config check "$WORK/$1.toml"
}
start() { # name
  "$CAVEAT" serve --config "$WORK/$1.toml" >"$WORK/$1.log" 2>&1 &
  PIDS+=($!)
  eval "PID_$1=$!"
}
config one "$ONE"
config two "$TWO"
start one
start two

# --- the balancer
cat >"$WORK/haproxy.cfg" <<CFG
global
    maxconn 2000
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 15s
    option redispatch
    retries 2
frontend calls
    bind 127.0.0.1:$BALANCER
    default_backend instances
backend instances
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
    retry-on conn-failure
    default-server check inter 200ms fall 1 rise 1
    server one 127.0.0.1:$ONE
    server two 127.0.0.1:$TWO
CFG
haproxy -f "$WORK/haproxy.cfg" >"$WORK/haproxy.log" 2>&1 &
PIDS+=($!)
for instance in "$ONE" "$TWO"; do
  for _ in $(seq 100); do curl -sf "http://127.0.0.1:$instance/readyz" >/dev/null && break; sleep 0.1; done
  curl -sf "http://127.0.0.1:$instance/readyz" >/dev/null || die "an instance is not ready: $(tail -5 "$WORK"/one.log "$WORK"/two.log)"
done
sleep 1

SIGN=/cds-services/caveat-order-sign
# The same patient, prescriber and orders each time; another instance of the hook, as an order screen makes for each signing.
call() { # base address, file for the answer
  python3 - >"$WORK/body.json" <<'PY'
import json, uuid
drug = lambda id, status, code: {"resource": {"resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
  "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}]},
  "dosageInstruction": [{"timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{tablet}"}}]}]}}
print(json.dumps({"hook": "order-sign", "hookInstance": str(uuid.uuid4()),
  "context": {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": {"resourceType": "Bundle", "entry": [drug("ibuprofen-1", "draft", "197805")]}},
  "prefetch": {"medications": {"resourceType": "Bundle", "type": "searchset", "entry": [drug("warfarin-1", "active", "855332")]}}}))
PY
  curl -s -o "$2" -w '%{http_code}' -H 'Content-Type: application/json' -H "Authorization: Bearer $(token "$URL$SIGN")" -d @"$WORK/body.json" "$1$SIGN"
}
answered() { # port of an instance: how many calls it answered 200
  curl -s -H "Authorization: Bearer $OPERATOR" "http://127.0.0.1:$1/metrics" | sed -n 's/^caveat_calls_total{hook="order-sign",status="200"} //p'
}

say "1. a signed call, ten times through the balancer"
for n in $(seq 10); do
  status=$(call "$URL" "$WORK/answer.json")
  [ "$status" = 200 ] || die "call $n was answered $status: $(cat "$WORK/answer.json")"
done
say "   answered by instance one: $(answered "$ONE"), by instance two: $(answered "$TWO")"
[ "$(answered "$ONE")" -gt 0 ] && [ "$(answered "$TWO")" -gt 0 ] || die "one instance answered all"
status=$(curl -s -o /dev/null -w '%{http_code}' -d @"$WORK/body.json" "$URL$SIGN")
[ "$status" = 401 ] || die "a call without a token was answered $status"
say "   without a token: 401"

say "2. an override given to instance one"
card() { python3 -c '
import json, sys
for card in json.load(open(sys.argv[1]))["cards"]:
    if card.get("extension", {}).get("org.caveat.finding", {}).get("rule", {}).get("id") == "warfarin-nsaid": print(card["uuid"])' "$1"; }
call "http://127.0.0.1:$ONE" "$WORK/answer.json" >/dev/null
CARD=$(card "$WORK/answer.json")
[ -n "$CARD" ] || die "no card for warfarin and ibuprofen"
call "http://127.0.0.1:$TWO" "$WORK/answer.json" >/dev/null
[ -n "$(card "$WORK/answer.json")" ] || die "instance two showed no card before the override"
FEEDBACK="{\"feedback\":[{\"card\":\"$CARD\",\"outcome\":\"overridden\",\"overrideReason\":{\"reason\":{\"code\":\"will-monitor\",\"system\":\"urn:caveat:override-reason\"}},\"outcomeTimestamp\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}]}"
status=$(curl -s -o "$WORK/feedback.json" -w '%{http_code}' -H 'Content-Type: application/json' -H "Authorization: Bearer $(token "$URL$SIGN/feedback")" -d "$FEEDBACK" "http://127.0.0.1:$ONE$SIGN/feedback")
[ "$status" = 200 ] || die "feedback was answered $status: $(cat "$WORK/feedback.json")"
BEGAN=$(date +%s%N)
for _ in $(seq 100); do
  call "http://127.0.0.1:$TWO" "$WORK/answer.json" >/dev/null
  [ -z "$(card "$WORK/answer.json")" ] && break
  sleep 0.05
done
TOOK=$((($(date +%s%N) - BEGAN) / 1000000))
[ -z "$(card "$WORK/answer.json")" ] || die "instance two still shows the card after $TOOK ms"
say "   honoured by instance two after at most $TOOK ms (bound: 2000 ms beyond the making of the call)"
python3 - "$WORK/answer.json" <<'PY'
import json, sys
found = [f for f in json.load(open(sys.argv[1]))["extension"]["org.caveat.screening"]["findings"] if f["rule"]["id"] == "warfarin-nsaid"]
assert found and "overridden" in found[0], "a quieted finding must stand in the extension, with who overrode it"
print("   and still told in the extension:", json.dumps(found[0]["overridden"]))
PY

say "3. instance one is killed"
{ kill -9 "$PID_one" && wait "$PID_one"; } 2>/dev/null || true
sleep 1
for n in $(seq 5); do
  status=$(call "$URL" "$WORK/answer.json")
  [ "$status" = 200 ] || die "call $n was answered $status"
done
say "   the other answers"

say "4. the chains"
start one
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$ONE/readyz" >/dev/null && break; sleep 0.1; done
sleep 1
"$CAVEAT" audit verify --postgres "host=127.0.0.1 port=$DATABASE user=caveat dbname=caveat" | sed 's/^/   /'
say "all held"
