#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "warden_tree.h"

/// Walks that look for a process still running before the killing begins all the same: a process
/// in an uninterruptible sleep never stops.
#define STOP_WALKS 8

/// Opens a member for signalling: the pid may have come again since it was noted, the start time
/// says so; and once it is open it can't.
static int open_member(const struct warden_member *member) {
  int fd = pidfd_open(member->pid, 0);
  if (fd < 0) return -1;
  struct warden_process now;
  if (warden_read_process(member->pid, &now) == 0 && now.start == member->start) return fd;
  close(fd);
  return -1;
}

/// Whether a process runs on after a SIGSTOP, and so may fork.
static int is_moving(char state) {
  return !strchr("TtZX", state);
}

/// Adds a child that was listed below `parent`, and signals it. Between the listing and now its
/// pid may have passed to a stranger; so the pid is held open first, and then both are asked:
/// whether its parent is still that one, and whether the parent itself is (unreaped, so that its
/// pid has meant one process all the while).
static int adopt(
    struct warden_tree *tree, pid_t child, pid_t parent, int parent_fd, int signal) {
  int fd = tree->count < WARDEN_TREE_MAX ? pidfd_open(child, 0) : -1;
  if (fd < 0) return 0;
  struct warden_process process;
  int moving = 0;
  if (warden_read_process(child, &process) == 0 && process.parent == parent &&
      pidfd_send_signal(parent_fd, 0, NULL, 0) == 0) {
    tree->members[tree->count++] = (struct warden_member){child, process.start};
    moving = is_moving(process.state);
    pidfd_send_signal(fd, signal, NULL, 0);
  }
  close(fd);
  return moving;
}

/// Goes through the tree from its roots, signals each process as it is found, and returns how many
/// of them had been running.
static size_t walk(struct warden_tree *tree, int signal) {
  size_t moving = 0;
  tree->count = tree->roots;
  warden_take_links(tree);
  for (size_t i = 0; i < tree->count; i++) {
    const struct warden_member *parent = &tree->members[i];
    int fd = open_member(parent);
    if (fd < 0) continue;
    if (i < tree->roots) {
      struct warden_process root;
      if (warden_read_process(parent->pid, &root) == 0) moving += (size_t)is_moving(root.state);
      pidfd_send_signal(fd, signal, NULL, 0);
    }
    // The newest first: they are the ones that are about to fork, the oldest may be zombies.
    for (size_t c = warden_list_children(tree, parent->pid); c > 0; c--)
      moving += (size_t)adopt(tree, tree->children[c - 1], parent->pid, fd, signal);
    close(fd);
  }
  return moving;
}

void warden_tree_note(struct warden_tree *tree, int error) {
  if (error != 0 && error != ENOENT && error != ESRCH) tree->error = error;
}

void warden_tree_clear(struct warden_tree *tree) {
  tree->roots = tree->count = 0;
  tree->error = 0;
}

void warden_tree_add(struct warden_tree *tree, pid_t child, int stop) {
  if (tree->roots == WARDEN_TREE_MAX) return;
  int fd = pidfd_open(child, 0);
  if (fd < 0) {
    warden_tree_note(tree, errno);
    return;
  }
  struct warden_process process;
  if (warden_read_process(child, &process) == 0 && process.parent == getpid()) {
    if (stop) pidfd_send_signal(fd, SIGSTOP, NULL, 0);
    tree->members[tree->roots++] = (struct warden_member){child, process.start};
  }
  close(fd);
}

void warden_tree_signal(struct warden_tree *tree, int signal) {
  if (signal != SIGKILL) {
    walk(tree, signal);
    return;
  }
  // A fork that a SIGSTOP comes too late for leaves a child that runs: so walk again until all
  // stand still. A kill, on the other hand, no fork survives.
  for (int i = 0; i < STOP_WALKS && walk(tree, SIGSTOP) > 0; i++) continue;
  for (size_t i = 0; i < tree->count; i++) {
    int fd = open_member(&tree->members[i]);
    if (fd < 0) continue;
    pidfd_send_signal(fd, SIGKILL, NULL, 0);
    close(fd);
  }
}
