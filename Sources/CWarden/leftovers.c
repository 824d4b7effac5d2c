#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "warden_cgroup.h"
#include "warden_tree.h"

int warden_process_start(pid_t pid, uint64_t *ticks) {
  struct warden_process process;
  int result = warden_read_process(pid, &process);
  if (result == 0) *ticks = process.start;
  return result;
}

int warden_boot_id(char *out, size_t size) {
  if (size < 37) return -ERANGE;
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t n = read(fd, out, 36);
  int error = n < 0 ? errno : n < 36 ? EPROTO : 0;
  close(fd);
  if (!error) out[36] = 0;
  return -error;
}

/// The warden's pid that a path's last part names; 0 where the path is none of a warden's folder.
static pid_t named_pid(const char *path) {
  if (path[0] != '/' || strstr(path, "//") || strstr(path, "/./") || strstr(path, "/../")) return 0;
  const char *name = strrchr(path, '/') + 1;
  if (strncmp(name, "chatd-", 6) || !isdigit((unsigned char)name[6]) || name[6] == '0') return 0;
  char *end;
  long pid = strtol(name + 6, &end, 10);
  return *end || pid > 1 << 22 ? 0 : (pid_t)pid;
}

/// Waits for the end of a process if it is a warden, which calls itself chatd-warden.
static int await_warden(pid_t pid, int timeout_ms) {
  struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
  // Another error than ESRCH: what can't be waited for is looked at below.
  if (end.fd < 0 && errno == ESRCH) return 0;
  char path[32], name[32] = {0};
  snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool is_warden = fd >= 0 && read(fd, name, sizeof name - 1) > 0 &&
                   !strcmp(name, "chatd-warden\n");
  if (fd >= 0) close(fd);
  bool ended = !is_warden || (end.fd >= 0 && poll(&end, 1, timeout_ms) > 0);
  if (end.fd >= 0) close(end.fd);
  return ended ? 0 : -EBUSY;
}

/// Whether the calling process is in a group or in one below it.
static bool is_inside(const char *path) {
  char own[4096];
  size_t length = strlen(path);
  return warden_cgroup_home(getpid(), own, sizeof own) == 0 && !strncmp(own, path, length) &&
         (own[length] == '/' || !own[length]);
}

int warden_sweep_cgroup(const char *path, int timeout_ms) {
  int64_t deadline = warden_now_ms() + timeout_ms;
  pid_t warden = named_pid(path);
  if (warden == 0 || !warden_cgroup_is_below_mount(path)) return -EINVAL;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT ? 0 : errno == ENOTDIR || errno == ELOOP ? -EINVAL : -errno;
  // The root group has none: then this is a mount that is named like a warden's folder.
  bool is_group = warden_cgroup_is_group(fd) && faccessat(fd, "cgroup.kill", F_OK, 0) == 0;
  close(fd);
  if (!is_group) return -EINVAL;
  if (is_inside(path)) return -EBUSY;
  int result = await_warden(warden, timeout_ms);
  if (result < 0) return result;
  int64_t left = deadline - warden_now_ms();
  return warden_cgroup_end_path(path, left > 0 ? (int)left : 0);
}
