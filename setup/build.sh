#!/bin/bash
# build.sh [ARCHS]        (default: x86_64,i386)
# From a bare checkout to out/x64 and out/x32: the cross-built libraries, configure, make. Says nothing it need not.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

archs=${1:-x86_64,i386}
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

for arch in ${archs//,/ }; do
  case $arch in
    x86_64) host=x86_64-w64-mingw32 ;;
    i386) host=i686-w64-mingw32 ;;
    *) die "unknown architecture $arch" "x86_64 and i386 are known" ;;
  esac
  setup/deps.sh "$host" > /dev/null
done
mkdir -p build
# A Makefile made for other architectures or another cache is made again.
want="$archs $CACHE"
if [ ! -e Makefile ] || [ Makefile.in -nt Makefile ] || [ configure.ac -nt Makefile ] || [ "$(cat build/configured 2>/dev/null)" != "$want" ]; then
  say "configure ($archs)"
  ./bootstrap > build/configure.log
  ./configure --enable-archs="$archs" --with-deps="$CACHE/deps" --with-wine-sources="$CACHE/wine/8.0" >> build/configure.log 2>&1 ||
    { tail -n 15 build/configure.log >&2; die "configure failed" "see build/configure.log"; }
  echo "$want" > build/configured
fi
say "make ($archs)"
make -j"$(nproc)" > build/make.log 2>&1 || { grep -E -A5 'error|Error' build/make.log | head -n 40 >&2; die "make failed" "see build/make.log"; }
