# shellcheck shell=bash
# Windows programs in a test's own prefix, for tests/win/run and tests/wine/run-one; sourced. $wine, and the prefix $dir.

# in_prefix SECONDS PROGRAM...: not for ever; stdout and stderr as one
in_prefix() { tests/bounded --prefix "$dir" "$1" "$wine" "${@:2}" 2>&1; }

# tests_of PROGRAM: the names of its tests, which it lists behind a heading
tests_of() { in_prefix 60 "$1" --list | tr -d '\r' | awk '/^ / {print $1}'; }

# run_test PROGRAM TEST: what it says, in $out. A program of Wine's test framework says something whatever happens to it; where Wine
# ends with its own exit code 1 without a word it has not started it, which is rare and seen on busy machines: once more, and
# at most three times.
repeats=3
run_test() {
  local rc=0
  out=$(in_prefix 120 "$@" | tr -d '\r') || rc=$?
  if [ $rc = 1 ] && [ -z "$out" ] && [ $((repeats--)) -gt 0 ]; then
    echo "again: $*: Wine did not start it"
    out=$(in_prefix 120 "$@" | tr -d '\r')
  fi
}
