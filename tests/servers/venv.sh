#!/usr/bin/env bash
# Builds .venv from the hashed lock file and installs the project into it.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=""
for candidate in python3.11 python3; do
  if command -v "$candidate" >/dev/null && [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = 3.11 ]; then
    python="$candidate"
    break
  fi
done
if [ -z "$python" ] || ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3.11 python3.11-venv >/dev/null
    python=python3.11
  else
    echo "make setup: Python 3.11 with venv is missing; as root: apt-get install python3.11 python3.11-venv" >&2
    exit 1
  fi
fi

echo "building .venv (about a minute)"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
