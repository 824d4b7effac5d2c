#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "floor.h"

/// A message's frame after the id of the request, as chatd writes it.
static int write_message(char *text, size_t size, int number, int content_bytes) {
  return snprintf(
      text, size,
      ",\"method\":\"message\",\"params\":{\"message\":{\"type\":\"Message\","
      "\"id\":\"0199a8f0-7c1e-7000-8000-%012d\",\"parent\":\"0199a8f0-7c1e-7000-8000-%012d\","
      "\"thread\":\"main\",\"seq\":%d,\"created_at\":\"2026-11-22T10:00:00.123Z\","
      "\"role\":\"user\",\"content\":\"%0*d\",\"to\":null,\"author\":null,"
      "\"status\":\"complete\",\"error\":null,\"model\":null,\"stop_reason\":null,"
      "\"usage\":null},\"attempt\":1,\"deadline_ms\":5000}}",
      number, number, number, content_bytes, number);
}

static void ask(struct child *c, const char *message, size_t length) {
  char frame[FRAME_MAX];
  int head = sprintf(frame + 4, "{\"jsonrpc\":\"2.0\",\"id\":%lld", (long long)++c->last_id);
  memcpy(frame + 4 + head, message, length);
  if (!write_frame(c->socket, frame, (size_t)head + length)) fail("asking a child");
}

/// Takes what a child says; returns how many answers to what it was asked last were in it.
static int take_answers(struct child *c, char *answers, size_t *used) {
  size_t length, end;
  char *json;
  int count = 0;
  if (fill(&c->in, c->socket) <= 0) fail("hearing a child");
  while ((json = take_frame(&c->in, &length))) {
    if (frame_id(json, length, "{\"jsonrpc\":\"2.0\",\"id\":", &end) != c->last_id) continue;
    count++;
    memcpy(answers + *used, json, length);
    *used += length;
  }
  return count;
}

/// Asks all, waits for all; what they answered is put into `answers`.
static size_t consult(struct parent *p, const char *message, size_t length, char *answers) {
  size_t used = 0;
  for (int i = 0; i < p->count; i++) ask(&p->children[i], message, length);
  for (int left = p->count; left > 0;) {
    struct epoll_event events[64];
    int n = epoll_wait(p->epoll, events, 64, 5000);
    if (n == 0) errno = ETIMEDOUT;
    if (n <= 0) fail("waiting for the children");
    for (int i = 0; i < n; i++) {
      if (events[i].data.u64 >> 32 != EVENT_SPEAKS) fail("a child ended");
      left -= take_answers(&p->children[(uint32_t)events[i].data.u64], answers, &used);
    }
  }
  return used;
}

static void store(int file, const char *bytes, size_t length) {
  if (file < 0) return;
  if (write(file, bytes, length) != (ssize_t)length || fdatasync(file) != 0) fail("storing");
}

void measure_rollups(
    struct parent *p, int count, int64_t pause_us, int content_bytes, const char *path) {
  char message[FRAME_MAX];
  char *answers = malloc((size_t)p->count * FRAME_MAX);
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (!answers || (path && file < 0)) fail(path);
  for (int i = 1; i <= count; i++) {
    struct timespec pause = {pause_us / 1000000, pause_us % 1000000 * 1000};
    if (pause_us > 0) nanosleep(&pause, NULL);
    size_t length = (size_t)write_message(message, sizeof message, i, content_bytes);
    int64_t sent = now_ns();
    store(file, message, length);
    int64_t asked = now_ns();
    size_t used = consult(p, message, length, answers);
    int64_t heard = now_ns();
    store(file, answers, used);
    printf("%.1f ", (double)(heard - asked) / 1000);
    if (!path) continue;
    int64_t end = now_ns();
    printf("%.1f %.1f ", (double)(end - asked) / 1000, (double)(end - sent) / 1000);
  }
  printf("\n");
  if (file >= 0) close(file);
  free(answers);
}
