#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "warden_cgroup.h"
#include "warden_tree.h"

/// Groups that a child made below its own are removed down to this depth; deeper ones stay behind
/// as empty folders.
#define DEPTH_MAX 16

/// A killed group is looked at again after this long, should the kernel not say that it is empty.
#define LOOK_AGAIN_MS 5

static int open_file(int parent, const char *name, const char *file, int flags) {
  char path[160];
  int n = snprintf(path, sizeof path, "%s/%s", name, file);
  if (n < 0 || (size_t)n >= sizeof path) return -ENAMETOOLONG;
  int fd = openat(parent, path, flags | O_CLOEXEC | O_NOFOLLOW);
  return fd >= 0 ? fd : -errno;
}

int warden_cgroup_write(int parent, const char *name, const char *file, const char *text) {
  int fd = open_file(parent, name, file, O_WRONLY);
  if (fd < 0) return fd;
  int result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
  close(fd);
  return result;
}

int warden_cgroup_read(
    int parent, const char *name, const char *file, const char *key, uint64_t *out) {
  int fd = open_file(parent, name, file, O_RDONLY);
  if (fd < 0) return fd;
  char text[1024];
  ssize_t n = read(fd, text, sizeof text - 1);
  int error = errno;
  close(fd);
  // ENODEV: the group was removed since the file was opened.
  if (n < 0) return error == ENODEV ? -ENOENT : -error;
  text[n] = 0;
  size_t length = strlen(key);
  for (char *line = text; *line;) {
    char *end = strchrnul(line, '\n');
    if (!strncmp(line, key, length) && line[length] == ' ') {
      *out = strtoull(line + length, NULL, 10);
      return 0;
    }
    line = *end ? end + 1 : end;
  }
  return -ENOENT;
}

int warden_cgroup_is_empty(int parent, const char *name) {
  uint64_t populated = 1;
  int result = warden_cgroup_read(parent, name, "cgroup.events", "populated", &populated);
  if (result == -ENOENT) return 1;
  return result < 0 ? result : populated == 0;
}

static int remove_group(int parent, const char *name, int depth) {
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY || depth == DEPTH_MAX) return -errno;
  int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (dir < 0) return errno == ENOENT ? 0 : -errno;
  _Alignas(struct dirent64) char room[2048];
  ssize_t n;
  int result = 0;
  while (result == 0 && (n = getdents64(dir, room, sizeof room)) > 0) {
    for (ssize_t at = 0; at < n && result == 0;) {
      struct dirent64 *entry = (struct dirent64 *)(void *)(room + at);
      at += entry->d_reclen;
      if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
        result = remove_group(dir, entry->d_name, depth + 1);
    }
  }
  close(dir);
  if (result < 0) return result;
  return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

int warden_cgroup_remove(int parent, const char *name) {
  return remove_group(parent, name, 0);
}

/// Waits until the kernel says that a group has changed, or not for long.
static void await_change(int parent, const char *name) {
  char text[256];
  struct pollfd change = {
      .fd = open_file(parent, name, "cgroup.events", O_RDONLY), .events = POLLPRI};
  // From the reading on changes are told. One that is empty already has no more to come.
  ssize_t n = change.fd < 0 ? -1 : read(change.fd, text, sizeof text - 1);
  if (n >= 0) text[n] = 0;
  bool waits = n > 0 && strstr(text, "populated 1");
  poll(&change, waits ? 1 : 0, LOOK_AGAIN_MS);
  if (change.fd >= 0) close(change.fd);
}

int warden_cgroup_end(int parent, const char *name, int timeout_ms) {
  int64_t deadline = warden_now_ms() + timeout_ms;
  for (;;) {
    warden_cgroup_write(parent, name, WARDEN_KILL_FILE, "1");
    if (warden_cgroup_is_empty(parent, name) == 1 && warden_cgroup_remove(parent, name) == 0)
      return 0;
    if (warden_now_ms() >= deadline) return -ETIMEDOUT;
    await_change(parent, name);
  }
}

int warden_cgroup_end_path(const char *path, int timeout_ms) {
  const char *name = strrchr(path, '/');
  char parent[4096];
  if (!name || (size_t)(name - path) >= sizeof parent) return -EINVAL;
  memcpy(parent, path, (size_t)(name - path));
  parent[name - path] = 0;
  int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : -errno;
  int result = warden_cgroup_is_group(fd) ? warden_cgroup_end(fd, name + 1, timeout_ms) : -EINVAL;
  close(fd);
  return result;
}
