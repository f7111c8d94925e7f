#!/usr/bin/env bash
# Every test, in three runs beside each other of about the same length: what is killed waits, what computes steps back for it.
set -uo pipefail
cd "$(dirname "$0")/.."
said=$(mktemp -d)
runs=()
trap 'kill "${runs[@]}" 2>/dev/null; wait; rm -rf "$said"' EXIT
trap 'exit 130' INT TERM
pytest=(.venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider)
echo "tests/chaos; all others run beside it and are told after"
"${pytest[@]}" tests/chaos &
runs+=($!)
"${pytest[@]}" tests/end_to_end tests/unit >"$said/first" 2>&1 &
runs+=($!)
nice -n 5 "${pytest[@]}" tests --ignore=tests/chaos --ignore=tests/end_to_end --ignore=tests/unit >"$said/second" 2>&1 &
runs+=($!)
failed=0
for run in "${runs[@]}"; do
  wait "$run" || failed=1
done
runs=()
cat "$said/first" "$said/second"
exit "$failed"
