#!/bin/sh
# Builds the documentation into .build/docs. It is articles, so nothing has to be compiled; whatever
# docc warns about, a link that leads nowhere say, is an error.
. "$(dirname "$0")/common.sh"
use_swift
docc=$(command -v docc) || docc=$(dirname "$(readlink -f "$(command -v swiftc)")")/docc
[ -x "$docc" ] || die "docc is not beside swiftc: it comes with Swift's toolchain"
mkdir -p .build
"$docc" convert Sources/ChatCore/ChatCore.docc --output-path .build/docs --warnings-as-errors \
  --fallback-display-name ChatCore --fallback-bundle-identifier chatd
# What an article links to in the repository.
mkdir -p .build/docs/children
cp children/README.md .build/docs/children/
say "to read it: python3 -m http.server --bind 127.0.0.1 --directory .build/docs 8000,"
say "then http://127.0.0.1:8000/documentation/chatcore"
