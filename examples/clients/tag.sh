#!/bin/sh
# Tag by curl: a request as JSON on standard input, the answer as JSON on standard output.
#
#   echo '{"text": "John lives in New York."}' | sh tag.sh
#
# ONOMA_URL is the server, ONOMA_TOKEN its token, if it has one. curl waits as long as a busy server says.
set -eu
url="${ONOMA_URL:-http://127.0.0.1:8080}"
options=""
if [ -n "${ONOMA_TOKEN:-}" ]; then
    token=$(printf '%s' "$ONOMA_TOKEN" | sed 's/[\\"]/\\&/g')
    options="header = \"Authorization: Bearer $token\""
fi
# curl empties a file before each further try; on standard output the refusals would stand before the answer.
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
trap 'exit 1' HUP INT TERM
# The token goes by a file of its own, since all processes of a machine can see each other's arguments.
status=0
curl --config /dev/fd/3 --silent --show-error --fail-with-body --retry 5 --max-time 60 --output "$answer" \
    --header 'Content-Type: application/json' --data-binary @- "$url/v1/tag" 3<<END || status=$?
$options
END
cat "$answer"
exit "$status"
