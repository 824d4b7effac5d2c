#!/bin/sh
# Measures the release build beside C programs that do the same: Tests/Benchmarks/bench.py, which
# takes the options. Prints a table and writes .build/bench.json; needs a machine with nothing else
# to do for ten minutes or so. The databases that `size` reads, two gigabytes, stay in .build/bench.
. "$(dirname "$0")/common.sh"
# At a terminal it stays in make's process group, so that ^C reaches it.
foreground=
[ ! -t 0 ] || foreground=--foreground
exec timeout $foreground --kill-after=60 2400 python3 -B Tests/Benchmarks/bench.py "$@"
