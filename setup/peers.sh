#!/bin/bash
# peers.sh
# Python peers of the interop tests (pyspnego, impacket, ...) in a virtual environment in the cache; prints its path.
# Versions and hashes are pinned in requirements.txt: what a test says must not depend on the day it runs.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# Debian's own Python: another one first in PATH may lack venv or go away
PYTHON=/usr/bin/python3
[ -x $PYTHON ] || die "$PYTHON not found" "setup/packages.sh check"
version=$($PYTHON -c 'import sys; print("%d.%d" % sys.version_info[:2])')
KEY=$({ cat "$0" "$SETUP/requirements.txt"; echo "$version"; } | key)
VENV=$CACHE/peers/python$version-$KEY

finish() {
  echo "$VENV"
  exit 0
}
[ ! -e "$VENV/complete" ] || finish
lock peers
[ ! -e "$VENV/complete" ] || finish

say "installing the Python peers"
mkdir -p "$CACHE/log"
log=$CACHE/log/peers.log
: >"$log"
# Made in place, since a virtual environment cannot be moved; `complete` comes last
rm -rf "$VENV"
$PYTHON -m venv "$VENV" >>"$log" 2>&1 || die_log "making $VENV failed" "$log" "setup/packages.sh check (package python3-venv)"
# PIP_* and pip.conf of the machine stay in force for its mirror or proxy; --no-deps: requirements.txt is the complete list
"$VENV/bin/pip" install --disable-pip-version-check --no-input --require-hashes --no-deps --only-binary :all: \
  -r "$SETUP/requirements.txt" >>"$log" 2>&1 ||
  die_log "installing setup/requirements.txt failed" "$log" "check that PyPI is reachable; for a Python newer than $version, a newer pin may be needed"
"$VENV/bin/python" -c 'import spnego, cryptography, requests, requests_credssp, pypsrp, impacket, tlslite' >>"$log" 2>&1 ||
  die_log "the Python peers do not load" "$log"
touch "$VENV/complete"
finish
