#!/bin/sh
# Copies the page's libraries out of their Debian packages into assets/vendor, as assets/vendor.txt
# lists them. Idempotent; copies only what differs. With --packages it prints the packages needed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
list="$root/assets/vendor.txt"
target="$root/assets/vendor"

if [ "${1:-}" = "--packages" ]; then
  awk '!/^#/ && NF { print $1 }' "$list" | sort -u
  exit 0
fi

grep -v -e '^#' -e '^[[:space:]]*$' "$list" | while read -r package source name; do
  if [ ! -f "$source" ]; then
    echo "vendor.sh: $source is missing; it comes with Debian's package $package" >&2
    exit 1
  fi
  if ! cmp -s "$source" "$target/$name"; then
    mkdir -p "$(dirname "$target/$name")"
    # A copy that was cut off must never look finished, so it is renamed into place.
    cp "$source" "$target/$name.partial"
    chmod 644 "$target/$name.partial"
    mv "$target/$name.partial" "$target/$name"
  fi
done
