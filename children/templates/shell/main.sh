#!/bin/sh
# {{title}}: a child of chatd. `chatd child exec` speaks the protocol and runs this once for each
# message: the text comes on standard input, and what is printed is the answer, in Markdown.
#
# Print nothing to say nothing. Exit with another code than 0 to fail: people see the last line of
# standard error. Also there: $CHATD_MESSAGE_ID, $CHATD_THREAD, $CHATD_ROLE, $CHATD_DEADLINE_MS.
set -eu

words=$(wc -w)
echo "I heard **$((words))** words"
