#!/bin/bash
# in-chroot.sh [--bind DIR]... [--root DIR] [--] COMMAND...
# Runs COMMAND as root in the Debian 13 chroot with Wine 10 of both widths (setup/chroot.sh makes it when it is not there).
# This checkout, the cache and each --bind DIR are there at the same path; /tmp is empty and goes away; the network, loopback
# included, is the host's. Everything else that COMMAND sees is the chroot's.
# When COMMAND ends, all that it started is killed: wait for a wineserver (wineserver -w) whose registry is to be kept.
# --root: another chroot.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

binds=("$(dirname "$SETUP")" "$CACHE") root=
while [ $# -gt 0 ]; do
  case $1 in
    --bind)
      [ -d "${2-}" ] || die "no folder '${2-}' to bind"
      binds+=("$(realpath "$2")")
      shift 2
      ;;
    --root)
      root=$2
      shift 2
      ;;
    --)
      shift
      break
      ;;
    -*) die "unknown option $1" "usage: setup/in-chroot.sh [--bind DIR]... COMMAND..." ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || die "no command" "usage: setup/in-chroot.sh [--bind DIR]... COMMAND..."
[ "$(id -u)" = 0 ] || die "a chroot needs root" "run as root"
[ -n "$root" ] || root=$("$SETUP/chroot.sh")

mounts() { # PRIVATE: yes if nobody else sees these mounts
  local d
  put() { # TARGET MOUNT-ARGS...
    local at=$1
    shift
    mount "$@" "$at"
    mounted+=("$at")
  }
  put "$root/proc" -t proc proc
  if [ "$1" = yes ]; then
    put "$root/sys" --rbind /sys
    put "$root/dev" --rbind /dev
  else # without the submounts: they would be hard to take away again
    put "$root/sys" --bind /sys
    put "$root/dev" --bind /dev
    put "$root/dev/pts" --bind /dev/pts
  fi
  put "$root/tmp" -t tmpfs -o mode=1777 tmpfs
  for d in "${binds[@]}"; do
    mkdir -p "$root$d"
    put "$root$d" --bind "$d"
  done
  # the machine's names and, for pip and curl behind its proxy, the authorities that it trusts
  for d in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$d" ] || [ ! -d "$root${d%/*}" ] || { touch "$root$d" && put "$root$d" --bind "$(realpath "$d")"; }
  done
}

run() {
  local dir=/ d
  for d in "${binds[@]}"; do
    case $PWD/ in "$d"/*) dir=$PWD ;; esac
  done
  # shellcheck disable=SC2016
  # The host's display, session and compiler cache are not the chroot's
  env -u DISPLAY -u XAUTHORITY -u WAYLAND_DISPLAY -u XDG_CACHE_HOME -u CCACHE HOME=/root XDG_RUNTIME_DIR=/tmp OPENSSPI_CACHE="$CACHE" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' - "$dir" "$@"
}

mounted=()
if [ "${IN_CHROOT_STAGE-}" = "$$" ]; then
  # We are process 1 of a pid namespace, with mounts of our own, which all vanish with us. Not exec: someone must reap
  # the daemons that COMMAND leaves behind.
  unset IN_CHROOT_STAGE
  mounts yes
  run "$@" || exit
elif unshare --mount --pid --fork true 2>/dev/null; then
  args=(--root "$root")
  for d in "${binds[@]:2}"; do args+=(--bind "$d"); done
  # unshare is deaf to TERM and INT: we listen, and it is killed with us, however we end, and everything inside with it.
  # (default-signal: bash starts what runs in its background with INT ignored, which a test program would inherit.)
  IN_CHROOT_STAGE=1 setpriv --pdeathsig KILL env --default-signal=INT,QUIT \
    unshare --mount --propagation private --pid --fork --kill-child "$SETUP/in-chroot.sh" "${args[@]}" -- "$@" <&0 &
  child=$!
  trap 'kill -KILL $child 2>/dev/null; exit 143' TERM HUP
  trap 'kill -KILL $child 2>/dev/null; exit 130' INT
  wait $child || exit
else
  say "no mount namespaces here: mounting in the machine's own"
  lock in-chroot # two of these would unmount each other's
  unmount() {
    local i
    for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do umount "${mounted[i]}" 2>/dev/null || umount -l "${mounted[i]}"; done
  }
  trap unmount EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mounts no
  run "$@" || exit
fi
