# shellcheck shell=sh
# Sourced by the scripts beside it. Goes to the repository's root, stops at the first error.
set -eu
cd "$(dirname "$0")/.."

# The version in Package.swift's first line.
swift_needed=6.2

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 1
}

# Puts Swift on PATH if it stands in one of its usual places, and checks that it is new enough.
use_swift() {
  for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin "${HOME-}/.local/share/swiftly/bin"
  do
    command -v swift >/dev/null && break
    [ ! -x "$folder/swift" ] || PATH=$PATH:$folder
  done
  export PATH
  command -v swift >/dev/null ||
    die "swift is not on PATH: install Swift $swift_needed or newer (swift.org/install)"
  found=$(swiftc --version 2>&1 | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')
  [ -n "$found" ] || die "$(command -v swiftc) does not run: $(swiftc --version 2>&1 | head -n 1)"
  [ "$(printf '%s\n' "$swift_needed" "$found" | sort -V | head -n 1)" = "$swift_needed" ] ||
    die "Swift $found is too old: install $swift_needed or newer (swift.org/install)"
}
