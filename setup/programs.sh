#!/bin/bash
# programs.sh HOST            HOST: x86_64-w64-mingw32 | i686-w64-mingw32
# Builds programs that others have written for Windows and that log in by SSPI, for the tests: curl, with Schannel for TLS and SSPI
# for NTLM, Negotiate and Kerberos. Prints the folder with curl.exe: programs/HOST-KEY in the cache. About a minute on two cores;
# nothing when it is there already.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

HOST=${1:?usage: setup/programs.sh x86_64-w64-mingw32 | i686-w64-mingw32}
CC=$HOST-gcc-win32
need "$CC" build
for tool in gcc make pkg-config; do need "$tool" build; done

"$SETUP/sources.sh" programs
SRC=$CACHE/programs/sources
KEY=$({ cat "$SRC/revisions"; grep -vE '^ *# ' "$0"; "$CC" -dumpfullversion; } | key)
DIR=$CACHE/programs/$HOST-$KEY
[ -e "$DIR" ] || lock "programs-$HOST"
if [ -e "$DIR" ]; then
  echo "$DIR"
  exit 0
fi
scratch "programs-$HOST"
log=$CACHE/log/programs-$HOST.log
mkdir -p "$SCRATCH/out" "$CACHE/log"
: >"$log"

# Nothing of a Unix curl: what Windows has is what it is to use. The version of Windows is that of which curl asks TLS 1.3 of Schannel.
say "$HOST: curl"
mkdir "$SCRATCH/curl"
tar -xf "$SRC"/curl_*.orig.tar.* -C "$SCRATCH/curl" --strip-components=1
cd "$SCRATCH/curl"
unset CPPFLAGS LDFLAGS LIBS MAKEFLAGS CXXFLAGS
logged "$log" "configuring curl for $HOST" ./configure CONFIG_SITE=/dev/null PKG_CONFIG=false CC="$CC" CFLAGS=-O2 CPPFLAGS=-D_WIN32_WINNT=0x0a00 \
  --build="$(gcc -dumpmachine)" --host="$HOST" --disable-shared --enable-static --with-schannel --enable-sspi --enable-ntlm \
  --disable-dependency-tracking --disable-manual --disable-docs --disable-libcurl-option --without-libpsl --without-zlib --without-brotli \
  --without-zstd --without-libidn2 --without-nghttp2 --without-libssh2 --without-librtmp
logged "$log" "building curl for $HOST" make -j"${JOBS:-$(nproc)}"
"$HOST-strip" -o "$SCRATCH/out/curl.exe" src/curl.exe
cp COPYING "$SCRATCH/out/COPYING.curl"
mv "$SCRATCH/out" "$DIR"
echo "$DIR"
