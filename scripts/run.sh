#!/bin/sh
# Starts the release build with the example children; what follows goes to `chatd start`.
# Where Claude has no key and no other server is named, the demo assistant answers, unless somebody
# has said who shall.
. "$(dirname "$0")/common.sh"

assistant_is_chosen() {
  [ -z "${CHATD_ASSISTANT-}" ] || return 0
  case " $* " in *" --assistant"*) return 0 ;; esac
  grep -qs '^ *assistant *=' chatd.toml
}

has_key() {
  [ -n "${ANTHROPIC_API_KEY-}${ANTHROPIC_AUTH_TOKEN-}" ] ||
    grep -qs '[^[:space:]]' assets/api-key.txt
}

# Servers of one's own may need no key.
has_server() {
  case "${ANTHROPIC_BASE_URL-}" in
    '') grep -s '^ *base_url *=' chatd.toml | grep -qv 'anthropic\.com' ;;
    *anthropic.com*) false ;;
  esac
}

assistant_is_chosen "$@" || has_key || has_server || set -- --assistant demo "$@"
exec .build/release/chatd start --children children --assets assets "$@"
