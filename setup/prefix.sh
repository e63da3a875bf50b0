#!/bin/bash
# prefix.sh DIR [WINE]
# Makes a Wine prefix in DIR, as a copy of a template in the cache: 1 s instead of 10 or more. A prefix that is there stays as it is.
# WINE: the loader to use (default: the 64-bit one of this machine). The copy has no process running in it.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

DIR=${1-}
[ -n "$DIR" ] || die "no folder given" "usage: setup/prefix.sh DIR [WINE]"
[ ! -e "$DIR/system.reg" ] || exit 0
[ ! -e "$DIR" ] || rmdir "$DIR" 2>/dev/null || die "$DIR exists and is not a Wine prefix" "name another folder"

WINE=${2:-$(find_wine)} || die "Wine not found" "setup/packages.sh check"
version=$("$WINE" --version 2>/dev/null) || die "$WINE does not run" "setup/packages.sh check, or name another Wine"
real=$(readlink -f "$(command -v "$WINE")")
# Packages that differ in revision or width make different prefixes, as do different users
built=$(stat -c '%s %Y' "$real" /usr/lib/*/wine/*-windows/ntdll.dll /opt/wine*/lib*/wine/*-windows/ntdll.dll 2>/dev/null || true)
KEY=$({ cat "$0"; echo "$version $real $built $(id -un)"; } | key)
TEMPLATE=$CACHE/prefix/${version%% *}-$KEY

make_template() {
  lock "prefix-$KEY"
  [ ! -d "$TEMPLATE" ] || return 0
  say "making a template prefix for $version"
  scratch prefix
  local log=$CACHE/log/prefix.log
  mkdir -p "$CACHE/log"
  : >"$log"
  # mscoree, mshtml: no downloads of Mono and Gecko. winemenubuilder: nothing of a test belongs into this user's menus.
  # A crash has to end the program: the dialog would wait for a click for ever.
  (
    export WINEPREFIX=$SCRATCH/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
    unset DISPLAY WAYLAND_DISPLAY WINEARCH
    logged "$log" "wineboot of $version" timeout -k 10 180 "$WINE" wineboot --init
    logged "$log" "writing the registry of the template" \
      timeout -k 10 60 "$WINE" reg add 'HKCU\Software\Wine\WineDbg' /v ShowCrashDialog /t REG_DWORD /d 0 /f
    # The server of this prefix and no other; it writes the registry when its last program is gone
    wine_server "$WINE" 60 -w || {
      say "the template's wineserver does not end by itself: ending it"
      wine_server "$WINE" 20 -k
      wine_server "$WINE" 20 -w
    }
  ) 9>&- # Wine's processes must not hold our lock
  # Folders such as Documents are links to this user's own: a test must not write there
  find "$SCRATCH/prefix/drive_c/users" -type l -exec sh -c 'rm "$1" && mkdir "$1"' - {} \;
  if [ ! -s "$SCRATCH/prefix/system.reg" ] || ! grep -q ShowCrashDialog "$SCRATCH/prefix/user.reg"; then
    die_log "the template of $version is incomplete" "$log"
  fi
  mkdir -p "$CACHE/prefix"
  mv -T "$SCRATCH/prefix" "$TEMPLATE"
}

[ -d "$TEMPLATE" ] || (make_template)
mkdir -p "$(dirname "$DIR")"
# Copied beside and renamed, so that an interrupted copy is never taken for a prefix. Real copies, no hard links: programs write into these files.
part=$DIR.part.$$
trap 'rm -rf "$part"' EXIT
cp -a --reflink=auto "$TEMPLATE" "$part"
mv -T "$part" "$DIR"
