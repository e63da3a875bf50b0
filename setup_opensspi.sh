#!/bin/bash
# Puts opensspi's DLLs into a Wine prefix, takes them out again, or says what is there.
#
#   setup_opensspi.sh install [--only ntlm|tls|ntlm,tls] [--prefix DIR]
#   setup_opensspi.sh uninstall|status [--prefix DIR]
#
# The prefix is $WINEPREFIX, or DIR, or ~/.wine. What was there is kept in DIR/.opensspi and comes back on
# uninstall: files, and the values of HKCU\Software\Wine\DllOverrides.
# --only: under Wine's own secur32, ntlm: msv1_0.dll, NTLM and Negotiate without Samba's ntlm_auth; tls: schannel.dll.
# WINE names the wine program if it is not found by itself.
set -euo pipefail
unset CDPATH # cd would print, and go elsewhere

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all="secur32 sspicli msv1_0 schannel credssp"
# What is installed: all, or the part that --only names.
choose() {
  case $1 in
    all) dlls=$all overridden="secur32 sspicli msv1_0 schannel" ;; # credssp has no builtin in Wine, so it needs no override
    ntlm) dlls=msv1_0 overridden=$dlls ;;
    tls) dlls=schannel overridden=$dlls ;;
    ntlm,tls) dlls="msv1_0 schannel" overridden=$dlls ;;
    *) usage ;;
  esac
}
key='HKCU\Software\Wine\DllOverrides'

die() { echo "setup_opensspi.sh: $*" >&2; exit 1; }
usage() { sed -n '4,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

find_wine() {
  local w
  for w in ${WINE:+"$WINE"} wine /usr/lib/wine/wine64 /usr/lib/wine/wine wine64; do
    command -v "$w" >/dev/null 2>&1 && { echo "$w"; return; }
  done
  die "wine is not found: install it, or name it in WINE"
}

# The folder with the built DLLs for x64 or x32: beside this script in a release, in out/ in a checkout.
source_of() {
  local d
  for d in "$here/$1" "$here/out/$1"; do [ -e "$d/msv1_0.dll" ] && { echo "$d"; return; }; done
  return 1
}

# What of the prefix takes which width: "folder width" a line.
folders() {
  if [ -d "$prefix/drive_c/windows/syswow64" ]; then
    echo "system32 x64"
    echo "syswow64 x32"
  else
    echo "system32 x32"
  fi
}

check_prefix() {
  [ -f "$prefix/system.reg" ] && [ -d "$prefix/drive_c/windows/system32" ] ||
    die "$prefix is no Wine prefix (no system.reg and drive_c/windows/system32): make one with wineboot -i"
}

once() { WINEPREFIX=$prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" "$wine" "$@"; }
# What fails is asked for again: Debian's Wine ends a prefix's session with its last program, and cuts off one that starts meanwhile.
run_wine() { once "$@" || once "$@"; }

# The overrides as they are now, for override_of. By a file: Wine's services, which the first program of a prefix starts,
# would hold a pipe open for as long as they live. Where the key is not there reg says so; Wine that has not come as far as
# reg does not, and that must not be taken for "there are none", or uninstall could not bring them back.
read_overrides() {
  LC_ALL=C run_wine reg query "$key" > "$said" 2>&1 && return
  grep -q '^reg: Unable to find' "$said" ||
    die "the present overrides of $prefix cannot be read: does \"$wine reg query '$key'\" work there?"
  : > "$said"
}

# The present override of a DLL; empty if there is none.
override_of() {
  tr -d '\r' < "$said" |
    awk -v name="$1" 'tolower($1) == name && $2 == "REG_SZ" {sub(/^[ \t]*[^ \t]+[ \t]+REG_SZ[ \t]+/, ""); print}'
}

set_override() { # DLL VALUE
  run_wine reg add "$key" /v "$1" /t REG_SZ /d "$2" /f >/dev/null ||
    die "the override of $1 in $prefix cannot be set: does \"$wine reg query '$key'\" work there? Then run this once more"
}

# Replaces or restores whole files by rename, so that a running program keeps the one it has.
put_file() { cp "$1" "$2.opensspi-new" && mv -f "$2.opensspi-new" "$2"; }

# What the present installation consists of; nothing if there is none. The first releases knew only all.
installed_part() {
  [ ! -d "$state" ] || cat "$state/part" 2>/dev/null || echo all
}

install() {
  local folder width from dll target former missing="" there
  there=$(installed_part)
  # From one part to another: by way of what was there before us.
  [ -z "$there" ] || [ "$there" = "$part" ] || uninstall
  read_overrides # before anything is changed
  mkdir -p "$state/former"
  echo "$part" > "$state/part"
  while read -r folder width; do
    from=$(source_of "$width") || { missing="$missing $width"; continue; }
    for dll in $dlls; do
      [ -e "$from/$dll.dll" ] || die "$from/$dll.dll is missing: run make"
      target=$prefix/drive_c/windows/$folder/$dll.dll
      former=$state/former/$folder-$dll.dll
      # Only the first install finds what was there before us.
      if [ ! -e "$state/installed-$folder-$dll" ]; then
        # -P: in Proton's prefixes they are links, and come back as links
        if [ -e "$target" ] || [ -L "$target" ]; then cp -pP "$target" "$former"; fi
        : > "$state/installed-$folder-$dll"
      fi
      put_file "$from/$dll.dll" "$target"
    done
    echo "installed: $dlls ($width) in $folder"
  done < <(folders)
  [ -e "$state/installed-system32-${dlls##* }" ] ||
    die "no DLLs for this prefix's width ($missing ) beside this script or in out/: run make"
  [ -z "$missing" ] || echo "note: no$missing DLLs were built: programs of that width keep Wine's own"
  for dll in $overridden; do
    [ -e "$state/override-$dll" ] || override_of "$dll" > "$state/override-$dll"
    set_override "$dll" native,builtin
  done
  echo "overrides: $overridden = native,builtin"
  # opensspi-passwd's folder: Windows programs cannot keep the Unix group out, a folder of ours can.
  [ -d "$accounts" ] || mkdir -m 700 -p "$accounts"
}

uninstall() {
  [ -d "$state" ] || die "opensspi is not installed in $prefix"
  local folder width dll target former value
  while read -r folder width; do
    for dll in $all; do
      [ -e "$state/installed-$folder-$dll" ] || continue
      target=$prefix/drive_c/windows/$folder/$dll.dll
      former=$state/former/$folder-$dll.dll
      if [ -e "$former" ] || [ -L "$former" ]; then
        cp -pP "$former" "$target.opensspi-new" && mv -f "$target.opensspi-new" "$target"
      else rm -f "$target"; fi
    done
  done < <(folders)
  for dll in $all; do
    [ -e "$state/override-$dll" ] || continue
    value=$(cat "$state/override-$dll")
    if [ -n "$value" ]; then set_override "$dll" "$value"
    else run_wine reg delete "$key" /v "$dll" /f >/dev/null 2>&1 || true; fi
  done
  rmdir "$accounts" 2>/dev/null || true # accounts that were added stay
  rm -rf "$state"
  echo "uninstalled: files and overrides are as they were"
}

# One line a DLL; exit code 0 only if all is in place.
status() {
  local folder width from dll target value good=0
  while read -r folder width; do
    from=$(source_of "$width") || from=
    for dll in $dlls; do
      target=$prefix/drive_c/windows/$folder/$dll.dll
      if [ ! -e "$state/installed-$folder-$dll" ]; then echo "$folder/$dll.dll: not installed"; good=1
      elif [ -n "$from" ] && cmp -s "$from/$dll.dll" "$target"; then echo "$folder/$dll.dll: installed"
      else echo "$folder/$dll.dll: another file than the one built"; good=1; fi
    done
  done < <(folders)
  read_overrides
  for dll in $overridden; do
    value=$(override_of "$dll")
    echo "override $dll: ${value:-none}"
    [ "${value%%,*}" = native ] || good=1
  done
  if [ -d "$accounts" ] && [ "$(stat -c %a "$accounts")" != 700 ]; then
    echo "$accounts: others can enter it: chmod 700"; good=1
  fi
  return $good
}

[ $# -ge 1 ] || usage
verb=$1; shift
prefix=${WINEPREFIX:-$HOME/.wine} part=
while [ $# -gt 0 ]; do
  case $1 in
    --only) [ $# -ge 2 ] && [ "$verb" = install ] || usage; part=$2; shift 2 ;;
    --prefix) [ $# -ge 2 ] || usage; prefix=$2; shift 2 ;;
    *) usage ;;
  esac
done
state= accounts=
case $verb in
  install|uninstall|status) wine=$(find_wine); check_prefix; prefix=$(cd -- "$prefix" && pwd)
    state=$prefix/.opensspi accounts=$prefix/drive_c/ProgramData/opensspi
    said=$(mktemp)
    trap 'rm -f "$said"' EXIT
    [ "$verb" = install ] || part=$(installed_part)
    part=${part:-all}
    choose "$part"
    "$verb" ;;
  *) usage ;;
esac
