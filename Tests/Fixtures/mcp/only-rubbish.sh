# Speaks no MCP at all, like a program that was configured by mistake.
while read -r _; do echo "usage: weather [--city NAME]"; done
