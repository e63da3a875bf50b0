#!/bin/bash
# chroot.sh
# Makes a Debian 13 chroot with Wine 10.0, 64 and 32 bits, in the cache, and prints its path: chroot/trixie-KEY, with
# chroot/trixie pointing to it. For tests only; setup/in-chroot.sh runs commands in it. About 2 minutes.
# On Debian 12 it is the way to Wine 10, on both the way to a 32-bit Wine without touching the machine's own architectures.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

SUITE=trixie
# peers and tools of the tests, the demo's server; libkrb5 and libgssapi: Wine's kerberos.dll loads them
PACKAGES="wine wine64 wine32:i386 python3 python3-venv curl openssl ca-certificates procps
  freerdp3-shadow-x11 winpr3-utils xvfb xauth libgssapi-krb5-2 libkrb5-3"

KEY=$({ cat "$0"; } | key)
ROOT=$CACHE/chroot/$SUITE-$KEY
finish() {
  point "$CACHE/chroot/$SUITE" "$SUITE-$KEY"
  echo "$ROOT"
  exit 0
}
[ ! -d "$ROOT" ] || finish
[ "$(id -u)" = 0 ] || die "making a chroot needs root" "run as root"
need debootstrap check
need curl check
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keyring ] || die "$keyring not found" "setup/packages.sh build"
lock "chroot-$SUITE"
[ ! -d "$ROOT" ] || finish
scratch chroot
mkdir -p "$CACHE/log" "$CACHE/chroot"
log=$CACHE/log/chroot.log
: >"$log"
new=$SCRATCH/root
mirror=$(mirror $SUITE)

# listed NAME ARCH: does the mirror hold the index of ARCH that the Release file of NAME lists? Only a question of where to
# look: debootstrap and apt check every signature and hash themselves.
listed() {
  local hash
  hash=$(curl -sSf -m 60 "$mirror/dists/$1/InRelease" | awk -v f="main/binary-$2/Packages.xz" '$3 == f && length($1) == 64 {print $1; exit}')
  [ -n "$hash" ] && curl -sSfI -m 60 -o /dev/null "$mirror/dists/$1/main/binary-$2/by-hash/SHA256/$hash"
}

# A mirror in the middle of a point release may list an i386 index that it does not have yet, while it still answers to the
# other name of the suite with the whole point release before. Both architectures have to come from one of them.
from=
for name in $SUITE stable; do
  if listed $name amd64 2>>"$log" && listed $name i386 2>>"$log"; then from=$name; break; fi
  say "$mirror has not all of $name at present"
done
[ -n "$from" ] || die_log "$mirror has no complete amd64 and i386 index of $SUITE" "$log" "try again later, or name another mirror in apt's sources"

say "making a Debian 13 chroot (log: $log)"
# In a namespace of its own where possible, since debootstrap mounts /proc in there
private=()
if unshare --mount true 2>/dev/null; then private=(unshare --mount --propagation private); fi
logged "$log" "debootstrap of $from from $mirror" \
  "${private[@]}" debootstrap --variant=minbase --keyring=$keyring --arch=amd64 $from "$new" "$mirror" 9>&-
grep -q "^VERSION_CODENAME=$SUITE\$" "$new/etc/os-release" || die "$mirror's $from is not $SUITE" "name a mirror of Debian 13 in apt's sources"

# Only the main suite: in -security and -updates the two architectures may be at different revisions, and then the 32-bit
# libraries do not install
echo "deb [signed-by=$keyring] $mirror $from main" >"$new/etc/apt/sources.list"
rm -f "$new"/etc/apt/sources.list.d/*
# The machine's proxies and timeouts
apt-config dump | grep -E '^Acquire::(http|https|Retries|Check-)' >"$new/etc/apt/apt.conf.d/90machine" || true
printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
chmod 755 "$new/usr/sbin/policy-rc.d"

inside() { logged "$log" "in the chroot: $*" "$SETUP/in-chroot.sh" --root "$new" -- env DEBIAN_FRONTEND=noninteractive "$@" 9>&-; }
say "installing Wine 10 (64 and 32 bits) in it"
inside dpkg --add-architecture i386
inside apt-get update
# shellcheck disable=SC2086
inside apt-get install -y --no-install-recommends $PACKAGES
inside apt-get clean

mv -T "$new" "$ROOT"
finish
