/// The child of the benchmarks, as small as the contract's §6 allows: it knows requests by their
/// first bytes and answers a message with a fixed text, so that what is measured is its parent.
///
/// In the folder BENCH_FOLDER it writes to the pipe `ready` who it is and when it was ready, and
/// counts in `tally`, which all children of one parent share, what it has answered.
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "frames.h"

struct tally {
  _Atomic uint64_t messages, message_bytes, pings;
};

struct ready {
  int64_t pid, main_ns, ready_ns;
};

static struct tally *tally;
static int ready_pipe;
static int64_t main_ns;

/// Together with its envelope some 200 bytes.
static const char REPLY[] =
    ",\"result\":{\"text\":\"The quick brown fox jumps over the lazy dog, and the lazy dog says "
    "that it has seen this before; so the fox goes home and writes a benchmark of it.\"}}";
static const char EMPTY[] = ",\"result\":{}}";

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static void open_reports(void) {
  const char *folder = getenv("BENCH_FOLDER");
  char path[256];
  if (!folder) exit(78);
  snprintf(path, sizeof path, "%s/ready", folder);
  ready_pipe = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  snprintf(path, sizeof path, "%s/tally", folder);
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (ready_pipe < 0 || file < 0) fail(path);
  tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (tally == MAP_FAILED) fail(path);
  close(file);
}

static int connect_to_parent(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("CHATD_SOCKET");
  if (!path || strlen(path) >= sizeof address.sun_path) exit(78);
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail(path);
  return fd;
}

static void answer(int fd, int64_t id, const char *tail, size_t length) {
  char frame[FRAME_MAX];
  size_t head = (size_t)sprintf(frame + 4, "{\"jsonrpc\":\"2.0\",\"id\":%lld", (long long)id);
  memcpy(frame + 4 + head, tail, length);
  if (!write_frame(fd, frame, head + length)) exit(0);
}

static void say_ready(void) {
  struct ready record = {getpid(), main_ns, now_ns()};
  if (write(ready_pipe, &record, sizeof record) != sizeof record) fail("ready");
}

static bool is(const char *rest, size_t left, const char *method) {
  size_t length = strlen(method);
  return left > length && memcmp(rest, method, length) == 0;
}

static void take(int fd, const char *json, size_t length) {
  static const char key[] = ",\"method\":\"";
  size_t at;
  int64_t id = frame_id(json, length, "{\"jsonrpc\":\"2.0\",\"id\":", &at);
  if (id < 0 || !is(json + at, length - at, key)) return;
  at += sizeof key - 1;
  const char *method = json + at;
  size_t left = length - at;
  bool is_message = is(method, left, "message\"");
  answer(fd, id, is_message ? REPLY : EMPTY, (is_message ? sizeof REPLY : sizeof EMPTY) - 1);
  if (is_message) {
    atomic_fetch_add_explicit(&tally->messages, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&tally->message_bytes, length, memory_order_relaxed);
  } else if (is(method, left, "ping\"")) {
    atomic_fetch_add_explicit(&tally->pings, 1, memory_order_relaxed);
  } else if (is(method, left, "initialize\"")) {
    say_ready();
  } else if (is(method, left, "shutdown\"")) {
    exit(0);
  }
}

int main(void) {
  static struct inbox in;
  main_ns = now_ns();
  open_reports();
  int fd = connect_to_parent();
  while (fill(&in, fd) > 0) {
    size_t length;
    char *json;
    while ((json = take_frame(&in, &length))) take(fd, json, length);
  }
  return 0;
}
