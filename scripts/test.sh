#!/bin/bash
# Runs every test, part by part, or the parts named: scripts/test.sh [PART]...
# A part fails if a test of it fails, if none of it ran, or if it takes too long; all parts named
# are run whatever becomes of one. The last lines say how many tests each ran, and how long it took.
. "$(dirname "$0")/common.sh"
set -o pipefail

readonly all_parts=(swift warden children support crash browser)
readonly logs=.build/test-logs
# Seconds. Several times what each takes on two cores: only a test that hangs gets there.
readonly build_deadline=2400 swift_deadline=900 part_deadline=900
# At a terminal what runs stays in make's process group, so that ^C reaches it.
foreground=()
[ ! -t 0 ] || foreground=(--foreground)

failed_parts=()
summary=()
passed_count=0 failed_count=0 skipped_count=0

record() { # PART PASSED FAILED SKIPPED SECONDS
  passed_count=$((passed_count + $2))
  failed_count=$((failed_count + $3))
  skipped_count=$((skipped_count + $4))
  [ "$3" = 0 ] || failed_parts+=("$1")
  summary+=("$(printf '%-18s %5d passed %5d failed %5d skipped %5d s' "$@")")
}

with_deadline() { # SECONDS COMMAND...
  timeout "${foreground[@]}" --kill-after=10 "$@"
}

run_part() { # PART PATH SECONDS COMMAND...
  local part=$1 path=$2 deadline=$3 log=$logs/$1.log started=$SECONDS status=0
  local passed=0 failed=0 skipped=0
  shift 3
  printf '\n== %s\n' "$part"
  if [ ! -e "$path" ]; then
    say "$part: $path is missing"
    record "$part" 0 1 0 0
    return
  fi
  with_deadline "$deadline" "$@" </dev/null 2>&1 | tee "$log" || status=$?
  read -r passed failed skipped < <(python3 scripts/count_tests.py "$log")
  if [ "$status" = 0 ] && [ "$passed" = 0 ] && [ "$failed" = 0 ]; then
    say "$part: no test ran"
    failed=1
  elif [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    [ "$status" != 124 ] || say "$part: not done after $deadline s"
    say "$part: ended with status $status, though no test is said to have failed"
    failed=1
  fi
  record "$part" "$passed" "$failed" "$skipped" $((SECONDS - started))
}

# One debug build serves every part: the system and browser tests start its binaries.
build() {
  local started=$SECONDS
  printf '== build\n'
  with_deadline "$build_deadline" swift build --build-tests </dev/null || die "the build failed"
  summary+=("$(printf '%-18s %44d s' build $((SECONDS - started)))")
}

# A module after the other: the tests of one run side by side, and those with real processes and
# deadlines should not have to share two cores with all the others. For the same reason those of
# ChatChildren, which start a few hundred processes, are run one by one.
swift_part() {
  local folder module together
  for folder in Tests/*Tests; do
    module=${folder##*/}
    together=--parallel
    [ "$module" != ChatChildrenTests ] || together=--no-parallel
    run_part "$module" "$folder" "$swift_deadline" \
      swift test --skip-build "$together" --filter "^$module\\."
  done
}

warden_part() {
  run_part warden Tests/Warden/run.sh "$part_deadline" Tests/Warden/run.sh .build/debug
}

# Two at a time: most of their time they wait, for a child's deadline or for the browser.
pytest_part() { # PART FOLDER HOW-THEY-ARE-SHARED
  run_part "$1" "$2" "$part_deadline" \
    .venv/bin/python -m pytest -n 2 --dist "$3" -o verbosity_subtests=0 "$2"
}

# A class's tests stay together: several build a child for all of them.
children_part() { pytest_part children Tests/Children loadscope; }

# The Messages API server and its like: what the tests themselves lean on is tested too.
support_part() {
  run_part support Tests/Support "$part_deadline" \
    .venv/bin/python -m unittest discover --verbose --start-directory Tests/Support
}

# CHATD_CRASH_ROUNDS=100 kills chatd more often than the dozen times that are usual.
crash_part() { pytest_part crash Tests/Crash worksteal; }

browser_part() { pytest_part browser Tests/Browser worksteal; }

finish() {
  printf '\n'
  printf '%s\n' "${summary[@]}"
  [ ${#failed_parts[@]} = 0 ] || printf 'failed: %s\n' "${failed_parts[*]}"
  # The shape that every reader of test output knows.
  printf '%d passed, %d failed, %d skipped\n' "$passed_count" "$failed_count" "$skipped_count"
  [ ${#failed_parts[@]} = 0 ]
}

parts=("$@")
[ $# -gt 0 ] || parts=("${all_parts[@]}")
for part in "${parts[@]}"; do
  case " ${all_parts[*]} " in
    *" $part "*) ;;
    *) say "no part is called '$part'; there are: ${all_parts[*]}"; exit 64 ;;
  esac
done

# Hundreds of children are started as `python3`. Where that is a script that looks for the real
# one, as pyenv's is, it would take several times as long as what it starts.
use_python() {
  local folder
  folder=$(python3 -c 'import os, sys; print(os.path.dirname(os.path.realpath(sys.executable)))')
  case ":$PATH:" in *":$folder:"*) ;; *) PATH=$folder:$PATH ;; esac
}

scripts/setup.sh --test
use_swift
use_python
mkdir -p "$logs"
build
for part in "${parts[@]}"; do "${part}_part"; done
finish
