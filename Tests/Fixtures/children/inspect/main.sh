# Python ignores SIGPIPE of its own accord, so the signals are read before it starts; and the shell
# adds PWD to the environment, which chatd did not.
unset PWD
exec python3 -B main.py $(grep -E '^Sig(Blk|Ign):' /proc/self/status)
