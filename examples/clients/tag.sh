#!/bin/sh
# Tag by curl: a request as JSON on standard input, the answer as JSON on standard output.
#
#   echo '{"text": "John lives in New York."}' | sh tag.sh
#
# ONOMA_URL is the server, ONOMA_TOKEN its token, if it has one. curl waits as long as a busy server says.
set -eu
url="${ONOMA_URL:-http://127.0.0.1:8080}"
if [ -n "${ONOMA_TOKEN:-}" ]; then
    # By a file, since arguments are seen by all processes of the machine.
    config="header = \"Authorization: Bearer $ONOMA_TOKEN\""
else
    config=""
fi
body="$(cat)"
printf '%s\n' "$config" | curl --config - --silent --show-error --fail-with-body --retry 5 --max-time 60 \
    --header 'Content-Type: application/json' --data-raw "$body" "$url/v1/tag"
