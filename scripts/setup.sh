#!/bin/sh
# Installs what building and running chatd on Debian 12 takes and is not there yet; with --test,
# what the tests take besides: Chromium, Guile, and Python packages in .venv. Asks nothing, and is
# done in a moment when nothing is missing. Swift itself has to be there.
. "$(dirname "$0")/common.sh"

case "${1-}" in
  "") tests= ;;
  --test) tests=yes ;;
  *) say "usage: scripts/setup.sh [--test]"; exit 64 ;;
esac

requirements=Tests/requirements.txt
stamp=.venv/requirements.sha256
missing=

need_command() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || missing="$missing $2"
}

need_packages() {
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/ installed$//p' | tr '\n' ' ')
  for package in "$@"; do
    case " $installed" in *" $package "*) ;; *) missing="$missing $package" ;; esac
  done
}

venv_is_current() {
  [ -x .venv/bin/python ] && [ -f "$stamp" ] &&
    [ "$(cat "$stamp")" = "$(sha256sum <"$requirements")" ]
}

# Whether one of the page's libraries that come from PyPI is yet to be fetched.
needs_pip() {
  sed -n 's/^pypi:[^ ]* [^ ]* \([^ ]*\).*/\1/p' assets/vendor.txt | while read -r name; do
    [ -f "assets/vendor/$name" ] || echo "$name"
  done | grep -q .
}

# The first Python that can make a virtual environment with pip in it.
python_for_venv() {
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      printf '%s\n' "$python"
      return
    fi
  done
  return 1
}

find_missing() {
  missing=
  need_command git git
  need_command node nodejs
  need_command perl perl
  need_command python3 python3
  # TOMLKit is C++, so the standard library's headers are needed, of whatever version.
  ls /usr/include/c++/*/vector >/dev/null 2>&1 || missing="$missing g++"
  # shellcheck disable=SC2046 # a list of names
  need_packages ca-certificates libarchive-dev libcurl4-openssl-dev libsqlite3-dev zlib1g-dev \
    $(scripts/vendor.sh --packages)
  ! needs_pip || python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
  [ -n "$tests" ] || return 0
  need_command cc gcc
  need_command chromium-headless-shell chromium-headless-shell
  need_command guile guile-3.0
  need_command tsc node-typescript
  venv_is_current || python_for_venv >/dev/null || missing="$missing python3-venv"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@"
}

# The lists have a lock of their own, for which apt does not wait: another's update is over soon.
refresh_lists() {
  for pause in 5 15 30 0; do
    apt update && return
    sleep "$pause"
  done
  say "apt-get update failed: going on with the lists that are here"
}

install_missing() {
  command -v apt-get >/dev/null ||
    die "this is no Debian: install what matches these packages of Debian 12 by hand:$missing"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "neither root nor sudo: have somebody run 'apt-get install$missing' as root"
  say "installing:$missing"
  refresh_lists
  # shellcheck disable=SC2086 # a list of names
  apt install --no-install-recommends $missing ||
    die "apt-get could not install:$missing (its reason stands above)"
  wanted=$missing
  find_missing
  [ -z "$missing" ] || die "apt-get installed$wanted, but these are still missing:$missing"
}

make_venv() {
  say "installing into .venv: $requirements"
  rm -rf .venv
  "$(python_for_venv)" -m venv .venv
  .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
    --requirement "$requirements" || die "pip could not install what $requirements names"
  # Last, so that an interrupted installation is made anew.
  sha256sum <"$requirements" >"$stamp"
}

use_swift
[ -z "$tests" ] || [ -f "$requirements" ] || die "$requirements is missing"
find_missing
[ -z "$missing" ] || install_missing
scripts/vendor.sh
[ -z "$tests" ] || venv_is_current || make_venv
