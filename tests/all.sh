#!/usr/bin/env bash
# Every test, in two runs beside each other: those that kill things mostly wait, the others compute and step back for them.
set -uo pipefail
cd "$(dirname "$0")/.."
said=$(mktemp)
nice -n 15 .venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider tests/unit tests/model tests/integration >"$said" 2>&1 &
computing=$!
trap 'kill "$computing" 2>/dev/null; wait; rm -f "$said"' EXIT
trap 'exit 130' INT TERM
echo "chaos and end-to-end tests; unit, model and integration tests run beside them and are told after"
.venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider tests/chaos tests/end_to_end
waiting=$?
wait "$computing"
computed=$?
cat "$said"
[ "$waiting" -eq 0 ] && [ "$computed" -eq 0 ]
