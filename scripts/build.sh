#!/bin/sh
# Builds the release binaries: .build/release/chatd, and beside it chatd-warden and the example
# children that are built, keeper and wordcount.
. "$(dirname "$0")/common.sh"
use_swift
[ -e .build/release/chatd ] || say "building everything; the first time takes ten minutes or so"
exec swift build -c release
