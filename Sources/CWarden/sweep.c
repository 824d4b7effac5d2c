#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "warden_tree.h"

/// Rounds that look for a process still running before the killing begins all the same: a process
/// in an uninterruptible sleep never stops.
#define STOP_ROUNDS 8
/// A killed process is looked at again after this long, should nothing say that it has ended.
#define LOOK_AGAIN_MS 20

/// One sweep: whom it is for, and whom the last round found.
struct sweep {
  const char *marker;
  uint64_t not_before;
  struct warden_tree *tree;
  /// How many were seen, those included that got away meanwhile.
  size_t seen;
  size_t moving;
  int ended;
};

/// Opens a process by its pid; -ENOSYS where a sandbox leaves out what Linux has had since 5.3, and
/// in a test of that.
static int open_process(pid_t pid) {
#ifdef WARDEN_WITHOUT_PIDFD
  (void)pid;
  return -ENOSYS;
#else
  int fd = pidfd_open(pid, 0);
  return fd >= 0 ? fd : -errno;
#endif
}

/// Whether a process was started with a variable that begins with the marker. Of an ended one, and
/// of a kernel thread, the environment is empty.
static bool bears(pid_t pid, const char *marker) {
  char path[32], part[4096];
  snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  // The character of the marker that has to come next; NULL until the next variable begins.
  const char *next = marker;
  bool found = false;
  ssize_t n;
  while (!found && (n = read(fd, part, sizeof part)) > 0) {
    for (ssize_t i = 0; i < n && !found; i++) {
      if (part[i] == 0) next = marker;
      else if (next && part[i] == *next) found = !*++next;
      else next = NULL;
    }
  }
  close(fd);
  return found;
}

/// Notes the caller and those that it comes from. Whoever dies of them meanwhile is followed by
/// another of them, so that nobody is added.
static void note_ancestors(struct sweep *s) {
  struct warden_tree *tree = s->tree;
  struct warden_process process;
  tree->child_count = 0;
  for (pid_t at = getpid(); at > 0 && tree->child_count < WARDEN_TREE_MAX; at = process.parent) {
    tree->children[tree->child_count++] = at;
    if (warden_read_process(at, &process) != 0) return;
  }
}

static bool is_ancestor(const struct sweep *s, pid_t pid) {
  for (size_t i = 0; i < s->tree->child_count; i++)
    if (s->tree->children[i] == pid) return true;
  return false;
}

/// Whether a process is one to be ended; says since when it runs, and in which state it is.
static bool is_meant(const struct sweep *s, pid_t pid, struct warden_process *out) {
  return warden_read_process(pid, out) == 0 && !strchr("ZX", out->state) &&
         out->start >= s->not_before && bears(pid, s->marker) && !is_ancestor(s, pid);
}

enum outcome { NOT_MEANT, GOT_AWAY, SIGNALLED };

/// Signals a process if it is to be ended and, where `start` is not 0, began then.
static enum outcome signal_process(
    const struct sweep *s, pid_t pid, uint64_t start, int signal, struct warden_process *out) {
  int fd = open_process(pid);
  if (fd < 0 && fd != -ENOSYS) return NOT_MEANT;
  enum outcome outcome = NOT_MEANT;
  if (is_meant(s, pid, out) && (start == 0 || out->start == start)) {
    // A signal that arrives through the descriptor says that the process is not reaped, so what
    // was read since it was opened was about this one. Without one a second look has to do.
    struct warden_process now;
    bool sent = fd >= 0 ? pidfd_send_signal(fd, signal, NULL, 0) == 0
                        : is_meant(s, pid, &now) && now.start == out->start &&
                              kill(pid, signal) == 0;
    outcome = sent ? SIGNALLED : GOT_AWAY;
  }
  if (fd >= 0) close(fd);
  return outcome;
}

/// Stops a process as it is found, and notes it.
static void visit(void *context, int folder, pid_t pid) {
  (void)folder;
  struct sweep *s = context;
  struct warden_process process;
  enum outcome outcome = signal_process(s, pid, 0, SIGSTOP, &process);
  if (outcome == NOT_MEANT) return;
  s->seen++;
  // One that got away in between was moving too.
  s->moving += !strchr("tT", process.state);
  if (outcome == SIGNALLED && s->tree->count < WARDEN_TREE_MAX)
    s->tree->members[s->tree->count++] = (struct warden_member){pid, process.start};
}

/// Finds and stops, until all that is found stands still.
static int find(struct sweep *s) {
  int result = 0;
  for (int i = 0; i < STOP_ROUNDS && result == 0; i++) {
    s->tree->count = s->seen = s->moving = 0;
    result = warden_each_number("/proc", visit, s);
    if (s->moving == 0) break;
  }
  return result;
}

/// Waits for the end of a process that was killed; then it is counted once alone.
static void await_end(const struct sweep *s, const struct warden_member *member, int64_t deadline) {
  struct warden_process now;
  struct pollfd end = {.fd = open_process(member->pid), .events = POLLIN};
  while (is_meant(s, member->pid, &now) && now.start == member->start &&
         warden_now_ms() < deadline)
    if (poll(&end, 1, LOOK_AGAIN_MS) > 0) break;
  if (end.fd >= 0) close(end.fd);
}

static int sweep(struct sweep *s, int64_t deadline) {
  // One that goes on as its own child may miss the list when pids begin anew: so only the second
  // empty round in a row counts.
  for (int empty = 0; empty < 2;) {
    int result = find(s);
    if (result < 0) return result;
    empty = s->seen > 0 ? 0 : empty + 1;
    bool late = warden_now_ms() >= deadline;
    for (size_t i = 0; i < s->tree->count; i++) {
      const struct warden_member *member = &s->tree->members[i];
      struct warden_process process;
      s->ended += signal_process(s, member->pid, member->start, SIGKILL, &process) == SIGNALLED;
    }
    for (size_t i = 0; i < s->tree->count; i++) await_end(s, &s->tree->members[i], deadline);
    if (late && s->seen > 0) return -ETIMEDOUT;
  }
  return s->ended;
}

int warden_sweep(const char *marker, uint64_t not_before_ticks, int timeout_ms) {
  const char *value = strchr(marker, '=');
  if (!value || value == marker || !value[1]) return -EINVAL;
  // Room from the kernel, not malloc: it costs what is touched, and several threads may call.
  struct warden_tree *tree = mmap(
      NULL, sizeof *tree, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (tree == MAP_FAILED) return -errno;
  struct sweep s = {.marker = marker, .not_before = not_before_ticks, .tree = tree};
  note_ancestors(&s);
  int result = sweep(&s, warden_now_ms() + timeout_ms);
  munmap(tree, sizeof *tree);
  return result;
}
