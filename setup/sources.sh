#!/bin/bash
# sources.sh [--update] [deps] [wine] [programs]
# Fetches into the cache, from Debian's signed source index:
#   deps      sources/trixie/      gmp, nettle, gnutls28: what setup/deps.sh builds
#             sources/revisions    package, Debian revision, file, SHA-256
#   wine      wine/8.0, wine/10.0  headers and the tests of secur32 and schannel, from Debian 12's and 13's wine
#   programs  programs/sources/    curl: what setup/programs.sh builds for Windows
# (default: all). With everything there it asks no network, so that a build works offline; --update looks for newer
# revisions (do it for a release).
#
# Debian 13's sources, on Debian 12 as well: the upstream tarball stays, security fixes arrive as new revisions of the same.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

update=0 want=
for arg; do
  case $arg in
    --update) update=1 ;;
    deps | wine | programs) want="$want $arg" ;;
    *) die "unknown argument $arg" "usage: setup/sources.sh [--update] [deps] [wine] [programs]" ;;
  esac
done
want=${want:-deps wine programs}

S=$CACHE/sources
log=$S/log

missing() { # deps | wine | programs
  [ $update = 1 ] && return
  case $1 in
    deps) [ ! -s "$S/revisions" ] ;;
    wine) [ ! -s "$CACHE/wine/8.0/revisions" ] || [ ! -s "$CACHE/wine/10.0/revisions" ] ;;
    programs) [ ! -s "$CACHE/programs/sources/revisions" ] ;;
  esac
}
work=
for w in $want; do ! missing "$w" || work=1; done
if [ -z "$work" ]; then
  # A cache may live for months, and security fixes do not come by themselves
  [ -z "$(find "$S/revisions" -mtime +14 2>/dev/null)" ] ||
    say "sources are from $(date -r "$S/revisions" +%F): setup/sources.sh --update looks for security fixes"
  exit 0
fi

need apt-get build
need dpkg-source build
lock sources
mkdir -p "$S"
: >"$log"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keyring ] || die "$keyring not found" "setup/packages.sh build (package debian-archive-keyring)"

# apt of our own, SUITE ARGS...: its own lists, so that neither the system's suites nor its pinning matter and nothing of
# the system changes; its proxies and timeouts stay in force.
apt_of() {
  local suite=$1 d=$S/apt-$1
  shift
  apt-get -o "Dir::Etc::SourceList=$d/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
    -o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::lists=$d/lists" -o "Dir::Cache=$d" -o APT::Sandbox::User=root \
    -o APT::Default-Release= -o Acquire::Retries=3 -o Acquire::Languages=none "$@"
}
index() { # SUITE...: the signed index of the sources of a Debian release
  local d=$S/apt-$1 suite
  mkdir -p "$d/lists/partial"
  for suite in "$1" "$1-updates" "$1-security"; do
    echo "deb-src [signed-by=$keyring] $(mirror "$suite") $suite main"
  done >"$d/sources.list"
  say "reading Debian $1's source index"
  # Error-Mode: a suite that cannot be read is an error, not an older index
  apt_of "$1" -o APT::Update::Error-Mode=any update >>"$log" 2>&1 ||
    die_log "apt-get update for $1 failed" "$log" "check the network and the mirror in $d/sources.list; a key error means that debian-archive-keyring is too old"
}

# fetch SUITE FOLDER PACKAGE...: into a new folder, so that what is in it is current. apt checks every file against the index.
# Its exit code alone says too little: some mirrors lack upstream's detached signatures (.asc), which nobody needs here. So
# the .dsc files, which apt has verified, say what must have arrived.
fetch() {
  local suite=$1 dir=$2 p
  shift 2
  mkdir -p "$dir"
  say "fetching $* of Debian $suite"
  (cd "$dir" && apt_of "$suite" source --download-only "$@") >>"$log" 2>&1 || true
  for p; do
    ls "$dir/$p"_*.dsc >>"$log" 2>&1 || die_log "fetching $p of Debian $suite failed" "$log" "check the network; then run setup/sources.sh again"
  done
  record "$dir" >"$dir/revisions"
  (cd "$dir" && awk '{ print $4 "  " $3 }' revisions | sha256sum --check --strict --quiet) >>"$log" 2>&1 ||
    die_log "fetching $* of Debian $suite failed" "$log" "check the network; then run setup/sources.sh again"
}

record() { # FOLDER: package, Debian revision, file, SHA-256
  local dsc f p v sum
  for dsc in "$1"/*.dsc; do
    p=$(sed -n 's/^Source: //p' "$dsc" | head -1)
    v=$(sed -n 's/^Version: //p' "$dsc" | head -1)
    sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ \([0-9a-f]\{64\}\) [0-9]* /\1 /p' "$dsc" | while read -r sum f; do
      case $f in *.asc) continue ;; esac
      printf '%s %s %s %s\n' "$p" "$v" "$f" "$sum"
    done
  done
}

# Wine's tests and headers only: the whole source is 350 MB unpacked
unpack_wine() { # FOLDER-WITH-DSC VERSION
  local src=$1 version=$2 out=$SCRATCH/wine-$2 orig part members=()
  orig=$(ls "$src"/wine_*.orig.tar.xz)
  mkdir "$out"
  for part in include dlls/secur32/tests dlls/schannel/tests COPYING.LIB LICENSE VERSION; do members+=("*/$part"); done
  tar -xf "$orig" -C "$out" --strip-components=1 --wildcards --no-wildcards-match-slash "${members[@]}" >>"$log" 2>&1 ||
    die_log "unpacking $orig failed" "$log"
  if [ ! -e "$out/include/wine/test.h" ] || ! ls "$out"/dlls/{secur32,schannel}/tests/*.c >>"$log"; then
    die "$orig does not hold include/wine/test.h and dlls/secur32/tests" "Debian changed the layout of its wine source: mend setup/sources.sh"
  fi
  # Debian's patches touch none of these; a patch that one day does must not be lost silently
  mkdir "$SCRATCH/wine-debian-$version"
  tar -xf "$src"/wine_*.debian.tar.xz -C "$SCRATCH/wine-debian-$version"
  if grep -rlE '^\+\+\+ .*/dlls/(secur32|schannel)/tests/' "$SCRATCH/wine-debian-$version/debian/patches" >&2; then
    die "Debian patches the tests of Wine $version" "apply these patches in setup/sources.sh"
  fi
}

get_deps() {
  local p v
  index trixie
  fetch trixie "$SCRATCH/trixie" gmp nettle gnutls28
  rm -rf "$S/trixie"
  mv "$SCRATCH/trixie" "$S/trixie"
  cp "$S/trixie/revisions" "$S/revisions.new"
  mv "$S/revisions.new" "$S/revisions" # last: it says that the rest is there
  awk '{ print $1, $2 }' "$S/revisions" | sort -u | while read -r p v; do say "source: $p $v"; done
}

get_wine() { # DEBIAN-SUITE WINE-VERSION
  [ $update = 1 ] || [ ! -s "$CACHE/wine/$2/revisions" ] || return 0
  index "$1"
  fetch "$1" "$SCRATCH/$2" wine
  unpack_wine "$SCRATCH/$2" "$2"
  cp "$SCRATCH/$2/revisions" "$SCRATCH/wine-$2/"
  mkdir -p "$CACHE/wine"
  rm -rf "$CACHE/wine/$2"
  mv "$SCRATCH/wine-$2" "$CACHE/wine/$2"
}

# Upstream's tarball alone, which Debian's changes leave as it is: what is built of it is a peer, not a part of opensspi
get_programs() {
  local p d=$SCRATCH/programs
  index trixie
  mkdir "$d"
  for p in curl; do
    say "fetching $p of Debian trixie"
    (cd "$d" && apt_of trixie source --download-only --tar-only "$p") >>"$log" 2>&1 || true # the mirror may lack the .asc
    ls "$d/$p"_*.orig.tar.* >>"$log" 2>&1 || die_log "fetching $p of Debian trixie failed" "$log" "check the network; then run setup/sources.sh again"
  done
  rm -f "$d"/*.asc
  (cd "$d" && sha256sum -- *.orig.tar.*) >"$SCRATCH/revisions"
  mv "$SCRATCH/revisions" "$d/"
  mkdir -p "$CACHE/programs"
  rm -rf "$CACHE/programs/sources"
  mv "$d" "$CACHE/programs/sources"
}

scratch sources
for w in $want; do
  case $w in
    deps) ! missing deps || get_deps ;;
    programs) ! missing programs || get_programs ;;
    wine)
      get_wine bookworm 8.0
      get_wine trixie 10.0
      ;;
  esac
done
