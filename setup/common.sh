# shellcheck shell=bash
# What all scripts in setup/ share; sourced, never run.

# shellcheck disable=SC2034  # SETUP and CACHE are for the scripts that source this
SETUP=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
CACHE=${OPENSSPI_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/opensspi}
mkdir -p "$CACHE"
# Absolute, without symbolic links: it ends up in --prefix, bind mounts and #! lines.
CACHE=$(cd "$CACHE" && pwd -P)

# Locale and umask of whoever calls must not change what is built or who can read it.
export LC_ALL=C.UTF-8
unset CDPATH # cd would print, and go elsewhere
unset TMPDIR # Wine 10.0 of Debian 13 ends in a double free where it is set (measured)
umask 022

# Progress goes to stderr: stdout is for the one path that a script answers with.
say() { printf 'setup: %s\n' "$*" >&2; }

# die WHAT [WHAT-TO-DO]
die() {
  printf 'setup: error: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf 'setup: to do: %s\n' "$2" >&2
  exit 1
}

# die_log WHAT LOG [WHAT-TO-DO]: the end of the log is what one needs first
die_log() {
  printf 'setup: error: %s; the end of %s:\n' "$1" "$2" >&2
  tail -n 25 "$2" | sed 's/^/  | /' >&2
  [ -z "${3-}" ] || printf 'setup: to do: %s\n' "$3" >&2
  exit 1
}

# logged LOG WHAT COMMAND...: quiet when it works, the end of the log when it does not
logged() {
  local log=$1 what=$2
  shift 2
  "$@" >>"$log" 2>&1 || die_log "$what failed" "$log"
}

# No script ends without a word: what no message of ours covers
set -E
trap 'printf "setup: error: %s, line %s: %s failed\n" "$0" "$LINENO" "$BASH_COMMAND" >&2' ERR

need() { # need COMMAND GROUP
  command -v "$1" >/dev/null || die "$1 not found" "setup/packages.sh $2"
}

# Key of whatever is on stdin: short enough for a path, long enough not to collide
key() { sha256sum | cut -c1-16; }

# lock NAME: at most one at a time makes NAME in this cache; held until the script ends, however it ends
lock() {
  mkdir -p "$CACHE/lock"
  exec 9>"$CACHE/lock/$1"
  flock -n 9 || { say "waiting for another setup of $1"; flock 9; }
}

# remove DIR: never into something that is mounted there (a chroot's /dev is the machine's)
remove() {
  # mountinfo writes these four in octal
  local as_written=${1//\\/\\134}
  as_written=${as_written// /\\040} as_written=${as_written//$'\t'/\\011} as_written=${as_written//$'\n'/\\012}
  if [ -z "$1" ] || grep -qF " $as_written/" /proc/self/mountinfo; then
    say "$1 is not removed: something is mounted in it"
  else
    rm -rf --one-file-system "$1"
  fi
}

# scratch NAME: a work folder inside the cache (so that the final mv is a rename), gone when the script ends. Sets SCRATCH.
scratch() {
  mkdir -p "$CACHE/tmp"
  local old # of runs that were killed outright
  while read -r old; do remove "$old"; done < <(find "$CACHE/tmp" -mindepth 1 -maxdepth 1 -mmin +1440)
  SCRATCH=$(mktemp -d "$CACHE/tmp/$1.XXXXXX")
  trap 'remove "$SCRATCH"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# point LINK TARGET: LINK switches to TARGET in one step, so that a reader sees the old or the new one and never none
point() {
  [ "$(readlink "$1" || true)" = "$2" ] && return
  ln -sfn "$2" "$1.new.$$"
  mv -T "$1.new.$$" "$1"
}

# mirror MAIN-SUITE: where this machine gets Debian from; a mirror close by or a proxy's name stays in use
mirror() {
  local code
  # shellcheck disable=SC1091
  code=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  case $1 in
    *-security) code=$code-security ;;
  esac
  local uri
  # shellcheck disable=SC2016
  uri=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 2>/dev/null | awk -v c="$code" '$1 == c { print $2; exit }')
  case $uri:$1 in
    ?*:*) echo "${uri%/}" ;;
    :*-security) echo http://deb.debian.org/debian-security ;;
    *) echo http://deb.debian.org/debian ;;
  esac
}

# find_wine: the 64-bit loader. Debian 12 keeps it out of PATH, and its /usr/bin/wine complains about the lack of a 32-bit Wine
find_wine() {
  local w
  for w in wine64 /usr/lib/wine/wine64 wine; do command -v "$w" && return; done
  return 1
}

# wineserver_of WINE: the wineserver that belongs to it
wineserver_of() {
  local s real
  real=$(readlink -f "$(command -v "$1")")
  for s in "$(dirname "$real")"/wineserver{64,,32} wineserver; do
    command -v "$s" && return
  done
  return 1
}

# keep_session WINE: the session of the prefix in WINEPREFIX lives until it is ended (wine_server WINE SECONDS -k). Debian's Wine (8.0 and 10.0) starts
# wineserver with -p0: when the last program ends the session begins to end, and a program that starts within the next two seconds
# is cut off together with it, wherever it is: exit code 1 without a word, "Connection reset by peer", and very likely hangs that were seen. What is just
# ending has ended before, with the registry on the disk.
keep_session() {
  local s
  wine_server "$1" 30 -w || true
  s=$(wineserver_of "$1") && "$s" -p < /dev/null > /dev/null 2>&1 || true
}

# wine_server WINE SECONDS FLAG: tells the wineserver that belongs to WINE, for the prefix in WINEPREFIX and no other
wine_server() {
  local s
  s=$(wineserver_of "$1") && timeout -k 5 "$2" "$s" "$3"
}
