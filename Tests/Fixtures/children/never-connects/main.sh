# Runs, but never connects. It ends by a signal, or by itself once every test must be over.
echo "not connecting" >&2
exec sleep 600
