# Exits before it connects, with a word of explanation.
echo "there is nothing for me to do here" >&2
exit 3
