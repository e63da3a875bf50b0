#!/bin/bash
# packages.sh [build] [demo] [check] [bench] [fuzz]        (default: all but fuzz)
# Installs what the groups need from Debian 12 or 13. Asks the network only if something is missing.
# Starts no service and leaves none enabled: tests run their own servers on loopback, with their own configuration.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# a|b: the first that is installed or that this Debian has. Debian 13 comes before Debian 12.
build='autoconf gcc libc6-dev make m4 patch pkg-config xz-utils git
  gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32 mingw-w64-tools
  dpkg-dev debian-archive-keyring ca-certificates'
demo='wine wine64 xvfb xauth openssl freerdp3-shadow-x11|freerdp2-shadow-x11 winpr3-utils|winpr-utils'
# apache2-bin and not apache2: the server without the service. samba-ad-dc and the line it is in: a domain that the tests make and end
check="$demo libgnutls28-dev nettle-dev libgmp-dev ccache valgrind python3 python3-venv curl procps debootstrap
  apache2-bin libapache2-mod-auth-gssapi gss-ntlmssp krb5-kdc krb5-admin-server krb5-user freerdp3-x11|freerdp2-x11
  winbind python3-gssapi libwinpr3-dev|libwinpr2-dev
  samba samba-ad-dc samba-ad-provision smbclient ldap-utils libsasl2-modules-gssapi-mit iproute2
  golang-go golang-github-azure-go-ntlmssp-dev gnutls-bin nginx nginx-common" # winbind: for ntlm_auth; the -dev packages: peers made of libwinpr and go-ntlmssp
fuzz='clang llvm libclang-rt-dev|libclang-rt-14-dev libgnutls28-dev nettle-dev libgmp-dev' # for tests/fuzz/hunt only
bench="wine wine64 libgnutls28-dev nettle-dev libgmp-dev libwinpr3-dev|libwinpr2-dev winbind xvfb freerdp3-x11|freerdp2-x11 python3 python3-venv"
# package/service, of the packages above
services='krb5-kdc/krb5-kdc krb5-admin-server/krb5-admin-server winbind/winbind nginx-common/nginx
  samba/smbd samba/nmbd samba/samba-ad-dc samba-ad-dc/samba-ad-dc'

names=
for group in "${@:-all}"; do
  case $group in
    build | demo | check | bench | fuzz) names="$names ${!group}" ;;
    all) names="$names $build $demo $check $bench" ;;
    *) die "unknown group $group" "usage: setup/packages.sh [build] [demo] [check] [bench] [fuzz]" ;;
  esac
done

# shellcheck disable=SC2086  # lists of words, here and below
installed=" $({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' ${names//|/ } 2>/dev/null || true; } | sed -n 's/^installed //p' | tr '\n' ' ') "
missing=
for choice in $names; do
  for p in ${choice//|/ }; do
    case $installed in *" $p "*) continue 2 ;; esac
  done
  case " $missing " in *" $choice "*) ;; *) missing="$missing $choice" ;; esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
  die "these packages are missing:$missing" "run as root: setup/packages.sh $*"
fi
lock packages
mkdir -p "$CACHE/log"
log=$CACHE/log/packages.log
: >"$log"
export DEBIAN_FRONTEND=noninteractive

say "reading the package lists"
# A foreign repository of this machine may be down; whether the packages are there is what counts
apt-get update >>"$log" 2>&1 || say "apt-get update had errors (see $log); going on with what it could read"

wanted=()
for choice in $missing; do
  for p in ${choice//|/ }; do
    if [ -n "$(apt-cache policy "$p" 2>/dev/null | sed -n 's/^ *Candidate: \(.*[0-9].*\)/\1/p')" ]; then
      wanted+=("$p")
      continue 2
    fi
  done
  die_log "no package $choice in the lists of this machine" "$log" "Debian 12 or 13 with its main archive is needed"
done

# invoke-rc.d asks policy-rc.d whether it may start a service; a policy that is there already comes back afterwards
policy=/usr/sbin/policy-rc.d
kept=$policy.opensspi-kept
restore() {
  rm -f $policy
  [ ! -e $kept ] || mv $kept $policy
}
[ ! -e $kept ] || restore # of a run that was killed
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
[ ! -e $policy ] || mv $policy $kept
printf '#!/bin/sh\nexit 101\n' >$policy
chmod 755 $policy

say "installing: ${wanted[*]}"
apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${wanted[@]}" >>"$log" 2>&1 ||
  die_log "installing packages failed" "$log" "mend what apt-get says; then run setup/packages.sh again"
# Not at the next boot either. (deb-systemd-helper works without systemd as well, but only with a package name that it believes to act for.)
for pair in $services; do
  p=${pair%/*} service=${pair#*/}
  case " ${wanted[*]} " in
    *" $p "*)
      DPKG_MAINTSCRIPT_PACKAGE=$p deb-systemd-helper disable "$service.service" >>"$log" 2>&1 || true
      update-rc.d "$service" disable >>"$log" 2>&1 || true
      ;;
  esac
done
