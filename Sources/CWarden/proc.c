#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "warden_tree.h"

/// Kernels without CONFIG_PROC_CHILDREN lack this file; a test names another to show the slow way.
#ifndef WARDEN_CHILDREN_FILE
#define WARDEN_CHILDREN_FILE "/proc/thread-self/children"
#endif

int warden_read_process(pid_t pid, struct warden_process *out) {
  char path[32], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? -ESRCH : -errno;
  ssize_t n = read(fd, text, sizeof text - 1);
  int error = n < 0 ? errno : ESRCH;
  close(fd);
  if (n <= 0) return -error;
  text[n] = 0;
  // The name may hold spaces and parentheses: the fields begin after the last one.
  const char *rest = strrchr(text, ')');
  int parent;
  unsigned long long start;
  if (!rest || sscanf(rest + 1, " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                      "%*s %*s %*s %llu", &out->state, &parent, &start) != 3)
    return -EPROTO;
  out->parent = parent;
  out->start = start;
  return 0;
}

/// Adds the numbers of one thread's children file; one may be cut by the end of a read.
static size_t read_children(int fd, pid_t *out, size_t count) {
  char text[4096];
  pid_t pid = 0;
  ssize_t n;
  while (count < WARDEN_TREE_MAX && (n = read(fd, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < n && count < WARDEN_TREE_MAX; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        out[count++] = pid;
        pid = 0;
      }
    }
  }
  return count;
}

/// Calls `visit` for each numbered entry of a folder of /proc, without allocating as opendir would.
static void each_number(
    const char *folder, void (*visit)(struct warden_tree *, int, pid_t), struct warden_tree *tree) {
  int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) {
    warden_tree_note(tree, errno);
    return;
  }
  _Alignas(struct dirent64) char room[4096];
  ssize_t n;
  while ((n = getdents64(dir, room, sizeof room)) > 0) {
    for (ssize_t at = 0; at < n;) {
      struct dirent64 *entry = (struct dirent64 *)(void *)(room + at);
      at += entry->d_reclen;
      pid_t id = atoi(entry->d_name);
      if (id > 0) visit(tree, dir, id);
    }
  }
  close(dir);
}

/// A thread of the parent: what it lists as its children.
static void visit_thread(struct warden_tree *tree, int dir, pid_t thread) {
  char path[32];
  snprintf(path, sizeof path, "%d/children", (int)thread);
  int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    warden_tree_note(tree, errno);
    return;
  }
  tree->child_count = read_children(fd, tree->children, tree->child_count);
  close(fd);
}

/// Any process: whose child it is.
static void visit_process(struct warden_tree *tree, int dir, pid_t pid) {
  (void)dir;
  struct warden_process process;
  int result = warden_read_process(pid, &process);
  if (result != 0)
    warden_tree_note(tree, -result);
  else if (tree->link_count < WARDEN_TREE_MAX)
    tree->links[tree->link_count++] = (struct warden_link){pid, process.parent};
}

void warden_take_links(struct warden_tree *tree) {
  tree->link_count = 0;
  if (access(WARDEN_CHILDREN_FILE, R_OK) != 0) each_number("/proc", visit_process, tree);
}

size_t warden_list_children(struct warden_tree *tree, pid_t parent) {
  tree->child_count = 0;
#ifndef WARDEN_PLANTED_BUG
  // Left out for the tests' positive control: a warden that does not look below its leaders must
  // fail them.
  char folder[32];
  snprintf(folder, sizeof folder, "/proc/%d/task", (int)parent);
  if (tree->link_count == 0) each_number(folder, visit_thread, tree);
  for (size_t i = 0; i < tree->link_count; i++)
    if (tree->links[i].parent == parent) tree->children[tree->child_count++] = tree->links[i].pid;
#else
  (void)parent, (void)visit_thread;
#endif
  return tree->child_count;
}
