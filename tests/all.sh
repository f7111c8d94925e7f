#!/usr/bin/env bash
# Every test, in three runs beside each other: the first two kill and start things and mostly wait, the last computes and steps back.
set -uo pipefail
cd "$(dirname "$0")/.."
said=$(mktemp -d)
runs=()
trap 'kill "${runs[@]}" 2>/dev/null; wait; rm -rf "$said"' EXIT
trap 'exit 130' INT TERM
pytest=(.venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider)
echo "tests/chaos; tests/end_to_end and all others run beside it and are told after"
"${pytest[@]}" tests/chaos &
runs+=($!)
"${pytest[@]}" tests/end_to_end >"$said/end_to_end" 2>&1 &
runs+=($!)
nice -n 5 "${pytest[@]}" tests --ignore=tests/chaos --ignore=tests/end_to_end >"$said/computing" 2>&1 &
runs+=($!)
failed=0
for run in "${runs[@]}"; do
  wait "$run" || failed=1
done
runs=()
cat "$said/end_to_end" "$said/computing"
exit "$failed"
