#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "warden_tree.h"

/// Processes that one tree is measured by.
#define MEASURED_MAX 4096

/// Reads the resident pages of a process: the second number of its statm. A zombie has none.
static int read_resident(pid_t pid, uint64_t *pages) {
  char text[128];
  int error = warden_read_proc(pid, "statm", text, sizeof text);
  if (error) return error;
  const char *second = strchr(text, ' ');
  if (!second) return -EPROTO;
  *pages = strtoull(second, NULL, 10);
  return 0;
}

int warden_tree_rss(pid_t root, uint64_t *bytes) {
  uint64_t pages = 0, sum = 0;
  // Room from the kernel, not malloc: it costs what is touched, and several threads may call.
  struct warden_tree *tree = mmap(
      NULL, sizeof *tree, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (tree == MAP_FAILED) return -errno;
  tree->members[tree->count++].pid = root;
  warden_take_links(tree);
  int result = 0;
  for (size_t i = 0; i < tree->count && result == 0; i++) {
    int read = read_resident(tree->members[i].pid, &pages);
    // Below the root, one may have ended since it was listed.
    if (read == 0) sum += pages;
    else if (i == 0 || read != -ESRCH) result = read;
    size_t count = result == 0 ? warden_list_children(tree, tree->members[i].pid) : 0;
    for (size_t c = 0; c < count && tree->count < MEASURED_MAX; c++)
      tree->members[tree->count++].pid = tree->children[c];
  }
  if (result == 0 && tree->error) result = -tree->error;
  munmap(tree, sizeof *tree);
  if (result == 0) *bytes = sum * (uint64_t)sysconf(_SC_PAGESIZE);
  return result;
}
