#include <stdio.h>

#include "floor.h"

int ping_timeout_ms(const struct parent *p) {
  if (p->ping_interval_ns == 0) return -1;
  int64_t first = INT64_MAX;
  for (int i = 0; i < p->count; i++)
    if (p->children[i].ping_at_ns < first) first = p->children[i].ping_at_ns;
  int64_t left = first - now_ns();
  // Rounded up, so that it is due then.
  return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

void ping_due(struct parent *p) {
  char frame[FRAME_MAX];
  int64_t now = now_ns();
  for (int i = 0; i < p->count; i++) {
    struct child *c = &p->children[i];
    if (c->ping_at_ns > now || c->socket < 0) continue;
    c->ping_at_ns += p->ping_interval_ns;
    int length = snprintf(
        frame + 4, sizeof frame - 4,
        "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"ping\",\"params\":{}}",
        (long long)++c->last_id);
    write_frame(c->socket, frame, (size_t)length);
  }
}
