# Says that its configuration is wrong: there is no use in another try.
echo "[config] token is missing" >&2
exit 78
