/// The deltas that are streamed through the benchmarks: the text of each is when it was sent, so
/// that whoever reads it can tell how long it took.
#pragma once
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"

/// Nanoseconds of the monotonic clock, as wide as they can be, and a blank.
#define DELTA_FORMAT "%019lld "
#define DELTA_BYTES 20

/// What has come of those that are awaited.
struct deltas {
  size_t count, wanted;
  int64_t first_sent_ns, last_came_ns;
  /// What each took, in the order in which they came.
  int64_t *delays_ns;
};

static inline void await_deltas(struct deltas *d, size_t wanted) {
  *d = (struct deltas){.wanted = wanted, .first_sent_ns = INT64_MAX};
  d->delays_ns = calloc(wanted, sizeof *d->delays_ns);
  if (d->delays_ns) return;
  perror("deltas");
  exit(1);
}

/// Takes a text that came at `now`: whole deltas, or it is not what was sent.
static inline void take_deltas(struct deltas *d, const char *text, size_t length, int64_t now) {
  size_t count = length / DELTA_BYTES;
  if (length % DELTA_BYTES != 0 || d->count + count > d->wanted) {
    fprintf(stderr, "not the deltas that were sent: %.*s\n", (int)length, text);
    exit(1);
  }
  for (size_t i = 0; i < count; i++) {
    int64_t sent = strtoll(text + i * DELTA_BYTES, NULL, 10);
    if (sent < d->first_sent_ns) d->first_sent_ns = sent;
    d->delays_ns[d->count++] = now - sent;
  }
  d->last_came_ns = now;
}

static inline bool have_come(const struct deltas *d) { return d->count == d->wanted; }

/// Says that all have come, at once: whoever measures waits for that.
static inline void tell_that_all_came(void) {
  printf("came\n");
  fflush(stdout);
}

/// Prints, in microseconds, how long it was from the first one sent to the last one that came, and
/// what each took.
static inline void print_deltas(struct deltas *d) {
  printf("%.1f", (double)(d->last_came_ns - d->first_sent_ns) / 1000);
  for (size_t i = 0; i < d->count; i++) printf(" %.1f", (double)d->delays_ns[i] / 1000);
  printf("\n");
  free(d->delays_ns);
}
