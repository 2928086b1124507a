#!/bin/sh
# Somebody else's judge of the OpenAPI document: schemathesis makes requests of it, good and bad ones, and reads every answer.
# Optional: it needs the network to install.
#
#   python3 -m venv /tmp/judges && /tmp/judges/bin/pip install schemathesis==4.32.5
#   cargo run --release -- serve --listen 127.0.0.1:8099 --admin-token x &
#   PATH=/tmp/judges/bin:$PATH tests/judges/schemathesis.sh http://127.0.0.1:8099 x
#
# /admin/drain is left out: it works, and nothing would be left to ask.
#
# EXAMPLES bounds the requests made of each operation (default 100); SEED makes a run repeatable.
set -eu
base=${1:-http://127.0.0.1:8099}
token=${2:-x}
# Something to read about the patient of the document's examples.
curl -sf -o /dev/null "$base/screen" -H "Authorization: Bearer $token" -H 'Content-Type: application/fhir+json' -d '
{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p1"}},
 {"resource":{"resourceType":"MedicationRequest","id":"i","status":"draft","intent":"order","medicationCodeableConcept":
  {"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"197805"}]}}},
 {"resource":{"resourceType":"MedicationRequest","id":"w","status":"active","intent":"order","medicationCodeableConcept":
  {"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}]}}}]}'
exec schemathesis run "$base/openapi.json" \
    --url "$base" \
    --header "Authorization: Bearer $token" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
    --max-examples "${EXAMPLES:-100}" \
    --seed "${SEED:-2026}" \
    --exclude-path /admin/drain \
    --generation-database none \
    --workers 1 \
    --no-color
