#!/bin/bash
# chroot.sh [KIND]        (default: wine)
# Makes a Debian 13 chroot in the cache and prints its path: chroot/KIND-KEY, with chroot/KIND pointing to it. For tests only;
# setup/in-chroot.sh runs commands in it. About 2 minutes.
#   wine      Wine 10.0, 64 and 32 bits: on Debian 12 the way to Wine 10, on both to a 32-bit Wine without touching the
#             machine's own architectures
#   machine   a Debian 13 machine with nothing but what setup/packages.sh installs for ./demo
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

SUITE=trixie
KIND=${1:-wine}
# peers and tools of the tests, the demo's server; libkrb5 and libgssapi: Wine's kerberos.dll loads them; a KDC and its peers
PACKAGES="wine wine64 wine32:i386 python3 python3-venv curl openssl ca-certificates procps
  freerdp3-shadow-x11 freerdp3-x11 winpr3-utils xvfb xauth libgssapi-krb5-2 libkrb5-3
  krb5-kdc krb5-admin-server krb5-user python3-gssapi gss-ntlmssp"
case $KIND in
  wine) needs="amd64 i386" inputs=("$0") ;;
  machine) needs=amd64 inputs=("$0" "$SETUP/packages.sh") ;;
  *) die "unknown kind of chroot: $KIND" "usage: setup/chroot.sh [wine|machine]" ;;
esac

KEY=$(cat "${inputs[@]}" | key)
ROOT=$CACHE/chroot/$KIND-$KEY
finish() {
  point "$CACHE/chroot/$KIND" "$KIND-$KEY"
  echo "$ROOT"
  exit 0
}
[ ! -d "$ROOT" ] || finish
[ "$(id -u)" = 0 ] || die "making a chroot needs root" "run as root"
need debootstrap check
need curl check
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keyring ] || die "$keyring not found" "setup/packages.sh build"
lock "chroot-$KIND"
[ ! -d "$ROOT" ] || finish
scratch chroot
mkdir -p "$CACHE/log" "$CACHE/chroot"
log=$CACHE/log/chroot-$KIND.log
: >"$log"
new=$SCRATCH/root
mirror=$(mirror $SUITE)

# listed NAME ARCH: does the mirror hold the index of ARCH that the Release file of NAME lists? Only a question of where to
# look: debootstrap and apt check every signature and hash themselves.
listed() {
  local hash
  hash=$(curl -gsSfL -m 60 "$mirror/dists/$1/InRelease" | awk -v f="main/binary-$2/Packages.xz" '$3 == f && $1 ~ /^[0-9a-f]+$/ && length($1) == 64 {print $1; exit}')
  [ -n "$hash" ] && curl -gsSfIL -m 60 -o /dev/null "$mirror/dists/$1/main/binary-$2/by-hash/SHA256/$hash"
}

# A mirror in the middle of a point release may list an i386 index that it does not have yet, while it still answers to the
# other name of the suite with the whole point release before. All architectures have to come from one of them.
complete() {
  local arch
  for arch in $needs; do listed "$1" "$arch" 2>>"$log" || return; done
}
from=
for name in $SUITE stable; do
  if complete $name; then from=$name; break; fi
  say "$mirror has not all of $name at present"
done
[ -n "$from" ] || die_log "$mirror has no complete index of $SUITE for $needs" "$log" "try again later, or name another mirror in apt's sources"

say "making a Debian 13 chroot: $KIND (log: $log)"
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
install_wine() {
  say "installing Wine 10 (64 and 32 bits) in it"
  inside dpkg --add-architecture i386
  inside apt-get update
  # shellcheck disable=SC2086
  inside apt-get install -y --no-install-recommends $PACKAGES
}
install_machine() {
  say "installing what ./demo needs in it"
  inside "$SETUP/packages.sh" build demo
}
"install_$KIND"
inside apt-get clean

mv -T "$new" "$ROOT"
finish
