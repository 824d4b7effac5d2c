#!/bin/sh
# The fast gate: everything that can be said without running a test. Each check prints what is wrong
# as FILE:LINE, all of them run, and the last lines name those that failed.
. "$(dirname "$0")/common.sh"
exec 2>&1

failed=

check() { # NAME COMMAND...
  name=$1
  shift
  printf '== %s\n' "$name"
  "$@" || failed="$failed $name"
}

format() {
  # Tests/.swift-format is found by itself; it allows in tests what Sources may not do.
  swift format lint --strict --parallel --recursive Package.swift Sources Tests children
}

# A plain build lets an undeclared import of another target pass; this one shares its products.
layering() {
  swift build --build-tests --explicit-target-dependency-import-check error
}

# assets/ and *.mjs are modules, which node takes for such only from its standard input.
javascript() {
  status=0
  for file in $(git ls-files --cached --others --exclude-standard -- '*.js' '*.mjs'); do
    case "$file" in
      assets/* | *.mjs) mode=--input-type=module ;;
      *) mode=--input-type=commonjs ;;
    esac
    node "$mode" --check <"$file" 2>&1 | sed "s|^\[stdin\]:|$file:|; /^    at /d; /^Node.js/d" |
      grep . && status=1
  done
  return $status
}

shell() {
  status=0
  for file in .ci/run $(git ls-files --cached --others --exclude-standard -- '*.sh'); do
    case "$(head -n 1 "$file")" in
      *bash*) bash -n "$file" || status=1 ;;
      *) sh -n "$file" || status=1 ;;
    esac
  done
  return $status
}

scripts/setup.sh
use_swift
check format format
check rules python3 scripts/rules.py
check sizes python3 scripts/sizes.py
check javascript javascript
check shell shell
check layering layering
[ -z "$failed" ] || die "failed:$failed"
