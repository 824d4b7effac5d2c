# An MCP server that never answers `initialize`.
echo "pid $$" >&2
echo "waiting for a database" >&2
while read -r _; do :; done
