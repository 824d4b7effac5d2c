#!/bin/sh
# Tests the warden: `run.sh [BUILD_DIR]`. It compiles what it needs into a folder of its own; with
# BUILD_DIR the warden under test is BUILD_DIR/chatd-warden. TESTS="-k NAME" picks some.
set -eu

[ $# -eq 0 ] || set -- "$(cd "$1" && pwd)"
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
trap 'exit 1' INT TERM
chmod 755 "$room" # Children of another user run the fixture in it.

# compile OUTPUT SOURCE-OR-FLAG...
compile() {
  output=$room/$1
  shift
  # shellcheck disable=SC2086 # Several flags.
  ${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -Werror ${CFLAGS:-} \
    -I"$sources/CWarden/include" -o "$output" "$@"
}

# variant NAME FLAG...: the library and the warden, compiled with a flag.
variant() {
  name=$1
  shift
  compile "$name.so" -fPIC -shared "$@" "$sources"/CWarden/*.c "$here/layout.c"
  compile "$name" "$@" "$sources"/CWarden/*.c "$sources"/chatd-warden/*.c
}

variant warden
variant planted -DWARDEN_PLANTED_BUG
variant scanning '-DWARDEN_CHILDREN_FILE="/nonexistent"'
variant unmounted '-DWARDEN_MOUNTS_FILE="/nonexistent"'
variant merciful '-DWARDEN_KILL_FILE="cgroup.type"'
variant pidless -DWARDEN_WITHOUT_PIDFD
# hugetlb is a controller that more machines leave to cgroup v2 than memory.
variant controlled '-DWARDEN_MEMORY_CONTROLLER="hugetlb"' '-DWARDEN_MEMORY_FILE="hugetlb.2MB.max"' \
  '-DWARDEN_MEMORY_EVENTS="cgroup.events"' '-DWARDEN_MEMORY_KILLS="populated"'
compile fixture "$here/fixture.c"

export WARDEN_FIXTURE="$room/fixture" WARDEN_VARIANTS="$room"
export PYTHONDONTWRITEBYTECODE=1
cd "$here"

# run NAME PROGRAM TEST...
run() {
  echo "== $1"
  export WARDEN_LIBRARY="$room/$1.so" WARDEN_PROGRAM="$2"
  shift 2
  # shellcheck disable=SC2086 # Several words.
  python3 -m unittest ${TESTS:-} "$@"
}

program=$room/warden
[ $# -eq 0 ] || program=$1/chatd-warden
tests="test_words test_spawn test_exit test_tree test_end test_load test_refusals"
# shellcheck disable=SC2086 # Several words.
run warden "$program" $tests test_cgroup test_leftovers test_memory test_secrets
# Most machines' users can make no cgroup: then the walk alone has to do.
export WARDEN_CGROUPS=0
# shellcheck disable=SC2086 # Several words.
run warden "$program" $tests
# Where the kernel has no list of children, all of /proc is searched.
run scanning "$room/scanning" test_tree test_end test_memory
run pidless "$room/pidless" test_leftovers
