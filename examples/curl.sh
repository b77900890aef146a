#!/bin/sh
# Sends a code and checks it. With a test key Roost tells the code on request; in earnest a person reads it and types it.
#   ROOST_ACCESS_KEY=test_… sh examples/curl.sh
set -eu
url=${ROOST_URL:-http://localhost:8080}
authorization="Authorization: AccessKey ${ROOST_ACCESS_KEY:?set it to a test key, which npm start prints}"

# The value of a name in a line of JSON.
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

created=$(curl -sS --fail-with-body "$url/verify" -H "$authorization" -d recipient=+31612345678 -d timeout=300 -d returnToken=true)
id=$(printf '%s' "$created" | sed 's/,.*//' | value id)
code=$(printf '%s' "$created" | value token)
echo "A code was sent for the verification $id."

checked=$(curl -sS --fail-with-body "$url/verify/$id" -H "$authorization" -d "token=$code")
echo "The number is $(printf '%s' "$checked" | value status)."
