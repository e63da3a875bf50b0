#!/bin/bash
# deps.sh HOST            HOST: x86_64-w64-mingw32 | i686-w64-mingw32
# Cross-builds GMP, Nettle and GnuTLS as static libraries that end up in a self-contained DLL, and prints their prefix:
# deps/HOST-KEY in the cache, with deps/HOST pointing to it. About 4 minutes on two cores; nothing when it is there already.
# The prefix holds lib/, include/, licenses/, and `revisions`: all that went into it.
#
# Needs no autotools: Debian's patches touch their input here and there, but the generated files are what is built.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

HOST=${1-}
case $HOST in
  x86_64-w64-mingw32 | i686-w64-mingw32) ;;
  *) die "unknown host '$HOST'" "usage: setup/deps.sh x86_64-w64-mingw32 | i686-w64-mingw32" ;;
esac
JOBS=${JOBS:-$(nproc)}
# The win32-thread compiler: what the posix one builds imports libwinpthread.
CC=$HOST-gcc-win32
need "$CC" build
# No -mstackrealign for i686: our exports realign the stack (programs call with 4-byte alignment), the compiler keeps it
# 16-byte aligned from there on, and the assembly that needs more aligns for itself.
# What parses peers' bytes has stack protectors; libssp comes statically with whoever links.
CFLAGS='-O2 -ffunction-sections -fdata-sections -fstack-protector-strong'

"$SETUP/sources.sh" deps
SRC=$CACHE/sources/trixie
arch=${HOST%%-*}
arch=${arch/_/-} # in package names
toolchain=$(dpkg-query -W -f '${Package} ${Version}\n' "gcc-mingw-w64-$arch-win32" "binutils-mingw-w64-$arch" "mingw-w64-$arch-dev")
# All that has a say in the result; of this script all but the comments
KEY=$({ cat "$CACHE/sources/revisions"; grep -vE '^ *# ' "$0"; cat "$SETUP"/patches/*/*; echo "$toolchain $CFLAGS"; } | key)
PREFIX=$CACHE/deps/$HOST-$KEY

finish() {
  point "$CACHE/deps/$HOST" "$HOST-$KEY"
  echo "$PREFIX"
  exit 0
}
[ ! -d "$PREFIX" ] || finish

for tool in gcc make m4 pkg-config xz patch; do need "$tool" build; done
lock "deps-$HOST"
[ ! -d "$PREFIX" ] || finish
scratch "deps-$HOST"
STAGE=$SCRATCH/stage
# A made-up prefix, installed below DESTDIR: the cache's path would otherwise be in the DLLs' bytes, and the same source would
# give different DLLs on different machines.
FAKE=/opensspi-deps
ROOT=$STAGE$FAKE
mkdir -p "$ROOT/licenses" "$CACHE/log"

# step NAME COMMAND...: its output in a log that outlives the scratch folder
step() {
  local name=$1 log=$CACHE/log/deps-$HOST-$1.log
  shift
  : >"$log"
  logged "$log" "building $name for $HOST" "$@"
}

# unpack PACKAGE: the one tarball of that package into $SCRATCH/PACKAGE, Debian's changes into $SCRATCH/PACKAGE.debian
unpack() {
  mkdir "$SCRATCH/$1" "$SCRATCH/$1.debian"
  tar -xf "$SRC/$(awk -v p="$1" '$1 == p && $3 ~ /\.orig\./ { print $3 }' "$CACHE/sources/revisions")" -C "$SCRATCH/$1" --strip-components=1
  tar -xf "$SRC/$(awk -v p="$1" '$1 == p && $3 ~ /\.debian\./ { print $3 }' "$CACHE/sources/revisions")" -C "$SCRATCH/$1.debian"
  cd "$SCRATCH/$1"
}

# debian_patches PACKAGE SKIPPED-REGEX: security fixes arrive there
debian_patches() {
  local p d=$SCRATCH/$1.debian/debian/patches log=$CACHE/log/deps-$HOST-patches.log
  : >"$log"
  while read -r p _; do
    case $p in '' | '#'*) continue ;; esac
    [[ $p =~ $2 ]] && continue
    patch -p1 --batch --no-backup-if-mismatch <"$d/$p" >>"$log" 2>&1 || die_log "Debian's patch $p does not apply to $1" "$log"
    echo "$1: Debian's $p" >>"$SCRATCH/applied"
  done <"$d/series"
}

# our_patches PACKAGE: ours, which say at their head what they are for
our_patches() {
  local p log=$CACHE/log/deps-$HOST-patches.log
  for p in "$SETUP/patches/$1"/*.patch; do
    patch -p1 --batch --no-backup-if-mismatch <"$p" >>"$log" 2>&1 || die_log "our patch ${p##*/} does not apply to $1" "$log"
    echo "$1: setup/patches/$1/${p##*/}" >>"$SCRATCH/applied"
  done
}

# must REGEX FILE: a change that silently did not apply is worse than a failed build
must() {
  grep -q -- "$1" "$2" || die "$2 of this revision lacks '$1'" "look at the change in setup/deps.sh: upstream changed what it relies on"
}
must_not() {
  ! grep -q -- "$1" "$2" || die "$2 still has '$1'" "look at the change in setup/deps.sh: upstream changed what it relies on"
}

# The .pc files say where they are by themselves: FAKE does not exist, and the prefix is moved at the end.
relocate() {
  sed -i "s|^prefix=.*|prefix=\${pcfiledir}/../..|; s|$FAKE|\${prefix}|g" "$ROOT"/lib/pkgconfig/*.pc
}

common=(--build="$(gcc -dumpmachine)" --host="$HOST" --prefix="$FAKE" --libdir="$FAKE/lib" --enable-static --disable-shared)
export CC CC_FOR_BUILD=gcc CONFIG_SITE=/dev/null PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR=$ROOT/lib/pkgconfig
unset CPPFLAGS LDFLAGS LIBS CCASFLAGS MAKEFLAGS CXXFLAGS

# --- GMP -------------------------------------------------------------------------------------------------------------
say "$HOST: GMP"
unpack gmp
debian_patches gmp '^Exclude-doc' # concerns only what autoconf reads
# Debian's tarball has no doc/, but configure and make want it
mkdir -p doc
echo 'all install check clean distclean install-data install-exec:' >doc/Makefile.in
# Not --enable-fat: it is slower on CPUs that this GMP does not know. Never Nettle's mini-gmp instead: RSA at 8% of the speed.
step gmp-configure ./configure "${common[@]}" --disable-cxx --with-pic=no CFLAGS="$CFLAGS"
step gmp make -j"$JOBS"
step gmp-install make install DESTDIR="$STAGE"
cp COPYING.LESSERv3 "$ROOT/licenses/gmp-COPYING.LESSERv3"

# --- Nettle ----------------------------------------------------------------------------------------------------------
say "$HOST: Nettle"
unpack nettle
debian_patches nettle '^fPIC'
# GHASH with PCLMULQDQ for 32 bits
our_patches nettle
cp "$SETUP"/patches/nettle/*.c .
# NETTLE_FAT_VERBOSE would print into the streams of the program that loads the DLL. (NETTLE_FAT_OVERRIDE needs secure_getenv,
# which Windows does not have.)
sed -i 's/getenv (ENV_VERBOSE)\( != NULL\)\?/0/' fat-setup.h fat-x86_64.c
must '= 0;' fat-x86_64.c
must_not 'getenv (ENV_VERBOSE)' fat-x86_64.c
must_not 'getenv (ENV_VERBOSE)' fat-setup.h
# only the libraries
sed -i 's/^SUBDIRS = .*/SUBDIRS =/' Makefile.in
must '^SUBDIRS =$' Makefile.in
step nettle-configure ./configure "${common[@]}" --disable-openssl --disable-documentation --enable-fat \
  --with-include-path="$ROOT/include" --with-lib-path="$ROOT/lib" CFLAGS="$CFLAGS"
must '^#define WITH_HOGWEED 1' config.h
case $HOST in i686-*) must '^#define HAVE_NATIVE_ghash_update 1' config.h ;; esac
step nettle make -j"$JOBS"
step nettle-install make install DESTDIR="$STAGE"
relocate
cp COPYING.LESSERv3 "$ROOT/licenses/nettle-COPYING.LESSERv3"

# --- GnuTLS ----------------------------------------------------------------------------------------------------------
say "$HOST: GnuTLS"
unpack gnutls28
debian_patches gnutls28 '^(14_version_gettextcat|40_srptest|41_run_cligen)' # translations, a test, a build tool: not built here

# What was a session's is wiped when it is freed
our_patches gnutls28

# 1. No constructor: it would run in DllMain, under the loader lock (1,350 allocations, a stat), in every program that lists
#    the packages. gnutls_global_init is called at first use instead. Windows builds have no other switch for it.
sed -i '/^inline static int _gnutls_global_init_skip(void)/,/^}/s/return 0;/return 1;/' lib/global.c
[ "$(sed -n '/^inline static int _gnutls_global_init_skip(void)/,/^}/p' lib/global.c | grep -c 'return 1;')" = 1 ] ||
  die "GnuTLS's constructor is not where it was" "look at lib/global.c and at change 1 in setup/deps.sh"

# 2. No environment: GNUTLS_SYSTEM_PRIORITY_FILE, GNUTLS_DEBUG_LEVEL, GNUTLS_CPUID_OVERRIDE, GNUTLS_NO_IMPLICIT_INIT and
#    SSLKEYLOGFILE (which writes TLS secrets) would reach into every Windows program from the Unix shell that starts it. All are
#    read through secure_getenv, and gnulib's is the only one on Windows. (Secrets can still be logged where our own setting
#    asks for it: gnutls_session_set_keylog_function.)
cat >gl/secure_getenv.c <<'C'
#include <config.h>
#include <stdlib.h>
char *secure_getenv(char const *name) { (void)name; return NULL; }
C

# 3. Self-contained: bcrypt, crypt32 and ncrypt load user32 and gdi32 and, through Wine's bcrypt, the host's libgnutls.
#    Keys and trusted certificates come from the caller; the system key store stays empty.
must gnutls_system_key_iter_get_info lib/system/keys-dummy.c
cp lib/system/keys-dummy.c lib/system/keys-win.c
#    Seeds come from RtlGenRandom, which needs no handle and loads nothing.
must _rnd_system_entropy_init lib/nettle/sysrng-bcrypt.c
cat >lib/nettle/sysrng-bcrypt.c <<'C'
#include "gnutls_int.h"
#include "errors.h"
#include "rnd-common.h"
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); /* RtlGenRandom */
get_entropy_func _rnd_get_system_entropy = NULL;
static int get(void *rnd, size_t size)
{
	if (size > ULONG_MAX || !SystemFunction036(rnd, (ULONG)size))
		return gnutls_assert_val(GNUTLS_E_RANDOM_DEVICE_ERROR);
	return 0;
}
int _rnd_system_entropy_init(void) { _rnd_get_system_entropy = get; return 0; }
void _rnd_system_entropy_deinit(void) { }
C

# Off: what no caller of SSPI can ask for. SSL 2 and 3 are off for good. On: DTLS, DTLS-SRTP, OCSP, ALPN, PSK (TLS 1.3 resumes with it).
# Trust store "nul" keeps crypt32 out. get_cpuid_count: newer versions of configure miss it and switch SHA-NI off (SHA-256 at a quarter of
# the speed). atomic_load_4: keeps libatomic out.
step gnutls-configure ./configure "${common[@]}" --enable-threads=windows \
  --with-included-libtasn1 --with-included-unistring --without-p11-kit --without-idn --without-zlib --without-brotli \
  --without-zstd --without-tpm --without-tpm2 --without-libiconv-prefix --without-libintl-prefix \
  --with-system-priority-file= --with-default-trust-store-file=nul \
  --disable-libdane --disable-cxx --disable-tools --disable-doc --disable-tests --disable-nls --disable-guile --disable-rpath \
  --disable-openssl-compatibility --disable-valgrind-tests --disable-full-test-suite --disable-maintainer-mode \
  --disable-dependency-tracking --disable-gcc-warnings \
  --disable-ssl2-support --disable-ssl3-support --disable-srp-authentication --disable-anon-authentication \
  --disable-heartbeat-support --disable-gost --disable-padlock \
  --enable-dtls-srtp-support --enable-ocsp --enable-alpn-support --enable-psk-authentication --enable-sha1-support \
  CFLAGS="$CFLAGS" CCASFLAGS= CPPFLAGS="-I$ROOT/include" LDFLAGS="-L$ROOT/lib" \
  ac_cv_search___atomic_load_4='none required' ac_cv_have___get_cpuid_count=yes
for have in HAVE_GET_CPUID_COUNT ENABLE_OCSP ENABLE_ALPN ENABLE_DTLS_SRTP ENABLE_PSK; do must "^#define $have 1" config.h; done
for lack in ENABLE_SSL3 ENABLE_SSL2 ENABLE_ANON ENABLE_HEARTBEAT; do must_not "^#define $lack 1" config.h; done
step gnutls-gl make -j"$JOBS" -C gl
step gnutls make -j"$JOBS" -C lib
step gnutls-install make -C lib install DESTDIR="$STAGE"
cp COPYING.LESSERv2 "$ROOT/licenses/gnutls-COPYING.LESSERv2"
relocate
# configure cannot know what change 3 took away
sed -i 's/^Libs.private:.*/Libs.private: -lgmp -lws2_32 -ladvapi32/' "$ROOT/lib/pkgconfig/gnutls.pc"
must '^Libs.private: -lgmp -lws2_32' "$ROOT/lib/pkgconfig/gnutls.pc"

# 4. gnutls.h takes a Windows program for a user of the DLL and marks data as dllimport; a static link then lacks __imp_gnutls_free.
sed -i 's/^\(# *define _SYM_EXPORT\) *__declspec(dllimport)/\1/' "$ROOT/include/gnutls/gnutls.h"
must '_SYM_EXPORT' "$ROOT/include/gnutls/gnutls.h"
must_not 'dllimport' "$ROOT/include/gnutls/gnutls.h"

# --- what was built ----------------------------------------------------------------------------------------------------
rm -rf "$ROOT"/lib/*.la "${ROOT:?}/bin" "$ROOT/share"
"$HOST-strip" -g "$ROOT"/lib/*.a # Nettle adds -ggdb3 by itself: 5 times the size
if grep -l -a -F -e "$CACHE" -e "$SCRATCH" "$ROOT"/lib/*.a >&2; then die "a library holds a path of this machine" "look at how setup/deps.sh configures it"; fi
# getenv: GnuTLS's search for a home folder, for a certificate store that we never open, is the one that is left
env_users=$("$HOST-nm" -A "$ROOT"/lib/lib{gnutls,nettle,hogweed,gmp}.a 2>/dev/null | grep -E ' U _?getenv$' | sed 's/^[^:]*://; s/:.*//' | sort -u | tr '\n' ' ')
[ "$env_users" = 'certs.o ' ] || [ -z "$env_users" ] || die "these objects read the environment: $env_users" "mend change 2 in setup/deps.sh"

cat >"$SCRATCH/probe.c" <<'C'
#include <gnutls/gnutls.h>
#include <gnutls/crypto.h>
#include <nettle/version.h>
#include <gmp.h>
#include <stdio.h>
int main(void)
{
	gnutls_certificate_credentials_t cred;
	gnutls_priority_t prio;
	unsigned char seed[32];

	if (gnutls_global_init() || gnutls_rnd(GNUTLS_RND_KEY, seed, sizeof(seed)) || gnutls_certificate_allocate_credentials(&cred) ||
	    gnutls_priority_init(&prio, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-DTLS1.2", NULL))
		return 1;
	gnutls_certificate_free_credentials(cred);
	printf("GnuTLS %s, Nettle %d.%d, GMP %s\n", gnutls_check_version(NULL), NETTLE_VERSION_MAJOR, NETTLE_VERSION_MINOR, gmp_version);
	return 0;
}
C
step link "$CC" -O2 -static-libgcc -Wl,--gc-sections -I"$ROOT/include" -o "$SCRATCH/probe.exe" "$SCRATCH/probe.c" "$SETUP/../dlls/guard.c" \
  -L"$ROOT/lib" -lgnutls -lhogweed -lnettle -lgmp -lws2_32 -ladvapi32 -l:libssp.a
imports=$("$HOST-objdump" -p "$SCRATCH/probe.exe" | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort | tr '\n' ' ')
for dll in $imports; do
  case $dll in
    advapi32.dll | kernel32.dll | msvcrt.dll | ws2_32.dll) ;;
    *) die "a program with GnuTLS imports $dll (all: $imports)" "see change 3 in setup/deps.sh" ;;
  esac
done

# Wine is not needed for building, but where it is, it has the last word: with an environment that must not matter, one line is
# all that may come out. (32-bit programs need a Wine with both widths, which a Debian machine seldom has: setup/in-chroot.sh
# runs the same program there, see setup/chroot.sh.)
if [ "$HOST" = x86_64-w64-mingw32 ] && wine=$(find_wine); then
  "$SETUP/prefix.sh" "$SCRATCH/wine" "$wine" 9>&-
  export WINEPREFIX=$SCRATCH/wine
  got=$(env GNUTLS_DEBUG_LEVEL=9 GNUTLS_NO_EXPLICIT_INIT=1 GNUTLS_SYSTEM_PRIORITY_FILE='c:\no' GNUTLS_SYSTEM_PRIORITY_FAIL_ON_INVALID=1 \
    SSLKEYLOGFILE='c:\keylog' NETTLE_FAT_VERBOSE=1 WINEDEBUG=-all timeout 60 "$wine" "$SCRATCH/probe.exe" 2>&1 9>&- | tr -d '\r') || true
  wine_server "$wine" 30 -w || wine_server "$wine" 30 -k || true
  case $got in
    "GnuTLS "*$'\n'*) die "GnuTLS says more than it should: $got" "it honours the environment: see change 2 in setup/deps.sh" ;;
    "GnuTLS "*) say "$HOST: under Wine: $got" ;;
    *) die "the test program failed under Wine: $got" "run setup/prefix.sh on a folder of your own, to see whether this Wine works" ;;
  esac
fi
mkdir -p "$ROOT/bin"
cp "$SCRATCH/probe.exe" "$ROOT/bin/deps-probe.exe"

{
  echo "Static libraries for $HOST, cross-built by setup/deps.sh"
  echo
  echo "Sources (package, Debian revision, file, SHA-256):"
  cat "$CACHE/sources/revisions"
  echo
  echo "Tools:"
  echo "$toolchain"
  echo
  echo "Flags: $CFLAGS"
  echo
  echo "Changes to the sources, besides the ones below from Debian (setup/deps.sh shows each and says why):"
  echo "gnutls28: lib/global.c: no constructor"
  echo "gnutls28: gl/secure_getenv.c: no environment variables"
  echo "gnutls28: lib/system/keys-win.c, lib/nettle/sysrng-bcrypt.c: no system key store, seeds from RtlGenRandom"
  echo "gnutls28: gnutls.h: no dllimport"
  echo "nettle: fat-setup.h, fat-x86_64.c: no environment variables"
  cat "$SCRATCH/applied"
} >"$ROOT/revisions"

mkdir -p "$CACHE/deps"
mv -T "$ROOT" "$PREFIX"
say "$HOST: done: $PREFIX"
finish
