#!/usr/bin/env bash
# Every test, in two runs beside each other: those that kill things mostly wait, the others compute and step back for them.
set -uo pipefail
cd "$(dirname "$0")/.."
said=$(mktemp)
kills=(tests/chaos tests/end_to_end/test_system.py tests/end_to_end/test_operators.py tests/end_to_end/test_ray.py)
others=(tests)
for file in "${kills[@]}"; do others+=("--ignore=$file"); done
nice -n 5 .venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider "${others[@]}" >"$said" 2>&1 &
computing=$!
trap 'kill "$computing" 2>/dev/null; wait; rm -f "$said"' EXIT
trap 'exit 130' INT TERM
echo "${kills[*]}; all other tests run beside these and are told after"
.venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider "${kills[@]}"
waiting=$?
wait "$computing"
computed=$?
cat "$said"
[ "$waiting" -eq 0 ] && [ "$computed" -eq 0 ]
