# shellcheck shell=bash
# A program of ours in the test's own prefix, for tests/setup/passwd and cert; sourced. $wine and $dir.

# tool PROGRAM ARGUMENT...: its words in $dir/out and $dir/err, its exit code. Each of its failures has a sentence: where there is none,
# Wine has ended before the program began, which is rare and seen on busy machines: once more, and at most three times. Whoever calls
# it in a subshell or a pipe has three of his own.
repeats=3
tool() {
  local rc=0
  "$wine" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
  if [ $rc = 1 ] && [ ! -s "$dir/out" ] && [ ! -s "$dir/err" ] && [ $((repeats--)) -gt 0 ]; then
    echo "again: $*: Wine did not start it" >&2
    rc=0
    "$wine" "$@" > "$dir/out" 2> "$dir/err" || rc=$?
  fi
  return $rc
}
