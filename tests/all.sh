#!/usr/bin/env bash
# Every test, in three runs beside each other: the first two kill and start things and mostly wait, the last computes and steps back.
set -uo pipefail
cd "$(dirname "$0")/.."
said=$(mktemp -d)
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$said"' EXIT
trap 'exit 130' INT TERM
run() { # name, then what to run
  "${@:2}" >"$said/$1" 2>&1 &
  pids+=($!)
}
pytest=(.venv/bin/python -m pytest -q --durations=10 -p no:cacheprovider)
run end_to_end "${pytest[@]}" tests/end_to_end
run computing nice -n 5 "${pytest[@]}" tests --ignore=tests/chaos --ignore=tests/end_to_end
echo "tests/chaos; tests/end_to_end and all others run beside it and are told after"
"${pytest[@]}" tests/chaos
failed=$?
for number in "${!pids[@]}"; do
  wait "${pids[$number]}" || failed=1
done
pids=()
cat "$said/end_to_end" "$said/computing"
exit "$failed"
