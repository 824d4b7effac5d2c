#!/bin/sh
# Starts the release build with the example children; what follows goes to `chatd start`.
# Without a Claude key the demo assistant answers, unless somebody has said who shall.
. "$(dirname "$0")/common.sh"

assistant_is_chosen() {
  [ -z "${CHATD_ASSISTANT-}" ] || return 0
  case " $* " in *" --assistant"*) return 0 ;; esac
  grep -qs '^ *assistant *=' chatd.toml
}

has_key() {
  [ -n "${ANTHROPIC_API_KEY-}" ] || grep -qs '[^[:space:]]' assets/api-key.txt
}

assistant_is_chosen "$@" || has_key || set -- --assistant demo "$@"
exec .build/release/chatd start --children children --assets assets "$@"
