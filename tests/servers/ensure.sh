#!/usr/bin/env bash
# Installs the Debian packages named as arguments that are missing, without starting their services.
set -euo pipefail

declare -A program=([redis-server]=redis-server [mariadb-server]=mariadbd [strace]=strace [wrk]=wrk [openssh-server]=sshd)
missing=()
for package in "$@"; do
  name=${program[$package]:-$package}
  command -v "$name" >/dev/null || [ -x "/usr/sbin/$name" ] || missing+=("$package")
done
[ ${#missing[@]} = 0 ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}; install them as root: apt-get install ${missing[*]}" >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"  # Debian's way to say: install, but start nothing
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
echo "installing ${missing[*]}"
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
