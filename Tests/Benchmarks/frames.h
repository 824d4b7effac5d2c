/// Frames as children and chatd exchange them: a 4-byte big-endian length, then that much JSON.
#pragma once
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// The longest frame either side of a benchmark writes.
#define FRAME_MAX 4096

/// What has been read of a stream and not been taken yet.
struct inbox {
  size_t start, end;
  char bytes[4 * FRAME_MAX];
};

static inline int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Reads what there is; what read(2) returned.
static inline ssize_t fill(struct inbox *in, int fd) {
  if (in->start > 0) {
    memmove(in->bytes, in->bytes + in->start, in->end - in->start);
    in->end -= in->start;
    in->start = 0;
  }
  ssize_t count = read(fd, in->bytes + in->end, sizeof in->bytes - in->end);
  if (count > 0) in->end += (size_t)count;
  return count;
}

/// The next whole frame's JSON, which stays valid until the inbox is filled again.
static inline char *take_frame(struct inbox *in, size_t *length) {
  uint32_t head;
  if (in->end - in->start < sizeof head) return NULL;
  memcpy(&head, in->bytes + in->start, sizeof head);
  head = ntohl(head);
  if (head > FRAME_MAX) _exit(1);
  if (in->end - in->start < sizeof head + head) return NULL;
  char *json = in->bytes + in->start + sizeof head;
  in->start += sizeof head + head;
  if (in->start == in->end) in->start = in->end = 0;
  *length = head;
  return json;
}

/// Writes a frame in one write: `frame` has 4 free bytes before its JSON of this length.
static inline bool write_frame(int fd, char *frame, size_t length) {
  uint32_t head = htonl((uint32_t)length);
  memcpy(frame, &head, sizeof head);
  return write(fd, frame, sizeof head + length) == (ssize_t)(sizeof head + length);
}

/// The id after `prefix`, and where it ends; -1 where the frame does not begin so.
static inline int64_t frame_id(const char *json, size_t length, const char *prefix, size_t *end) {
  size_t at = strlen(prefix);
  if (length < at || memcmp(json, prefix, at) != 0) return -1;
  int64_t id = 0;
  size_t first = at;
  for (; at < length && json[at] >= '0' && json[at] <= '9'; at++) id = id * 10 + (json[at] - '0');
  *end = at;
  return at > first ? id : -1;
}
