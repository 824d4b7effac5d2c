/// floor CHILD FOLDER COUNT: starts COUNT children, says `ready` and when that was, keeps them
/// alive, and does what it is told line by line on standard input, until that ends:
///
///     rollup COUNT PAUSE_US CONTENT_BYTES
///     durable COUNT PAUSE_US CONTENT_BYTES PATH
///     ping INTERVAL_MS
///
/// floor commits FILE WRITERS RECORD_BYTES DURATION_MS: see measure_commits.
/// floor reads DATABASE: see measure_reads.
/// floor messages: see serve_messages.
/// floor deltas PORT, floor passed-on PORT: see read_deltas.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "floor.h"

_Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static void begin_pings(struct parent *p, int64_t interval_ms) {
  int64_t now = now_ns();
  p->ping_interval_ns = interval_ms * 1000000;
  // Spread evenly, as they are where each child has its own timer.
  for (int i = 0; i < p->count; i++)
    p->children[i].ping_at_ns = now + p->ping_interval_ns * (i + 1) / p->count;
}

/// Serves one line; false at the end of the input.
static bool serve_command(struct parent *p) {
  char line[512], path[256];
  int count, bytes;
  long long number;
  if (!fgets(line, sizeof line, stdin)) return false;
  if (sscanf(line, "rollup %d %lld %d", &count, &number, &bytes) == 3)
    measure_rollups(p, count, number, bytes, NULL);
  else if (sscanf(line, "durable %d %lld %d %255s", &count, &number, &bytes, path) == 4)
    measure_rollups(p, count, number, bytes, path);
  else if (sscanf(line, "ping %lld", &number) == 1)
    begin_pings(p, number);
  else
    exit(64);
  printf("done\n");
  fflush(stdout);
  return true;
}

static void run(struct parent *p) {
  bool is_told = false;
  for (;;) {
    struct epoll_event events[64];
    int n = epoll_wait(p->epoll, events, 64, ping_timeout_ms(p));
    if (n < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < n; i++) {
      int kind = (int)(events[i].data.u64 >> 32), index = (int)(uint32_t)events[i].data.u64;
      if (kind != EVENT_COMMAND)
        serve_child(p, kind, index);
      else if (!serve_command(p))
        return;
    }
    if (p->ping_interval_ns > 0) ping_due(p);
    if (p->ready == p->count && !is_told) {
      is_told = true;
      printf("ready %lld\n", (long long)now_ns());
      fflush(stdout);
    }
  }
}

int main(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "commits") == 0)
    return measure_commits(argv[2], atoi(argv[3]), (size_t)atoll(argv[4]), atoll(argv[5]));
  if (argc == 3 && strcmp(argv[1], "reads") == 0) return measure_reads(argv[2]);
  if (argc == 2 && strcmp(argv[1], "messages") == 0) return serve_messages();
  if (argc == 3 && strcmp(argv[1], "deltas") == 0) return read_deltas(atoi(argv[2]), false);
  if (argc == 3 && strcmp(argv[1], "passed-on") == 0) return read_deltas(atoi(argv[2]), true);
  if (argc != 4) return 64;
  struct parent p = {.program = argv[1], .folder = argv[2], .count = atoi(argv[3])};
  // A line at a time: epoll does not see what stdio holds back.
  setvbuf(stdin, NULL, _IONBF, 0);
  p.epoll = epoll_create1(EPOLL_CLOEXEC);
  p.children = calloc((size_t)p.count, sizeof *p.children);
  if (p.epoll < 0 || !p.children) fail("floor");
  struct epoll_event command = {.events = EPOLLIN, .data.u64 = (uint64_t)EVENT_COMMAND << 32};
  epoll_ctl(p.epoll, EPOLL_CTL_ADD, 0, &command);
  for (int i = 0; i < p.count; i++) start_child(&p, i);
  run(&p);
  end_children(&p);
  return 0;
}
