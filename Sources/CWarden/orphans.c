#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "warden_tree.h"

/// A dying process is looked at again after this long at the latest: its children fall to the
/// caller without a word.
#define LOOK_AGAIN_MS 20

int warden_become_subreaper(void) {
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

/// Reaps a child if it has ended. Never any child: a spared warden is not ours to reap.
static bool reap(pid_t pid) {
  siginfo_t info = {0};
  return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == pid;
}

/// Reaps those of the caller's children that have ended and makes the others the tree's roots.
/// Returns whether there was any of either kind: one that has just ended may have left others that
/// came too late for the list.
static bool find_roots(struct warden_tree *tree, pid_t except) {
  bool any = false;
  warden_tree_clear(tree);
  warden_take_links(tree);
  for (size_t i = warden_list_children(tree, getpid()); i > 0; i--) {
    pid_t child = tree->children[i - 1];
    if (child == except || warden_is_own(child)) continue;
    any = true;
    if (!reap(child)) warden_tree_add(tree, child, 1);
  }
  return any;
}

/// Waits until a root ends, or not for long.
static void await_end(const struct warden_tree *tree) {
  struct pollfd end = {.fd = -1, .events = POLLIN};
  if (tree->roots > 0) end.fd = pidfd_open(tree->members[0].pid, 0);
  poll(&end, 1, LOOK_AGAIN_MS);
  if (end.fd >= 0) close(end.fd);
}

int warden_end_children(struct warden_tree *tree, pid_t except, int timeout_ms) {
  int64_t deadline = warden_now_ms() + timeout_ms;
  // A thread of the caller that ends hands its children to another, and a list may miss them on
  // the way: so only the second empty one in a row counts.
  for (int empty = 0; empty < 2;) {
    bool late = warden_now_ms() >= deadline;
    bool any = find_roots(tree, except);
    if (tree->roots > 0 || tree->error) {
      warden_tree_signal(tree, SIGKILL);
      if (late) return tree->roots > 0 ? (int)tree->roots : -tree->error;
      await_end(tree);
    }
    empty = any || tree->error ? 0 : empty + 1;
  }
  return 0;
}

int warden_end_orphans(pid_t except, int timeout_ms) {
  // Room from the kernel, not malloc: it costs what is touched, and several threads may call.
  struct warden_tree *tree = mmap(
      NULL, sizeof *tree, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (tree == MAP_FAILED) return -errno;
  int left = warden_end_children(tree, except, timeout_ms);
  munmap(tree, sizeof *tree);
  return left;
}
