#!/bin/sh
# Others can reach a container, so there has to be a token. Where none is mounted, one is made for this start.
set -eu
token="${ONOMA_TOKEN_FILE:-/run/secrets/onoma_token}"
if [ ! -e "$token" ]; then
    token="$(mktemp)"
    python3 -c 'import secrets; print(secrets.token_hex(32))' > "$token"
    echo "onoma: no token is at /run/secrets/onoma_token; this one holds until the container ends: $(cat "$token")" >&2
fi
exec onoma serve "$@" --host 0.0.0.0 --port 8080 --token-file "$token"
