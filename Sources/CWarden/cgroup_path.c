#define _GNU_SOURCE
#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "warden_cgroup.h"

/// The list of what is mounted; a test names another, for a machine without cgroup2.
#ifndef WARDEN_MOUNTS_FILE
#define WARDEN_MOUNTS_FILE "/proc/self/mountinfo"
#endif

/// A mounted cgroup2: the group that it shows, as a path from the root group, and where.
struct mount {
  char *group;
  char *folder;
};

/// Puts back the blanks and the like that mountinfo writes as \040 (proc_pid_mountinfo(5)).
static void unescape(char *text) {
  char *to = text;
  for (const char *from = text; *from; to++) {
    if (from[0] == '\\' && from[1] && from[2] && from[3]) {
      *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = 0;
}

/// Reads a line of mountinfo: "36 35 98:0 GROUP FOLDER rw - cgroup2 …". False for other kinds.
static bool read_mount(char *line, struct mount *out) {
  const char *kind = strstr(line, " - ");
  if (!kind || strncmp(kind, " - cgroup2 ", 11)) return false;
  char *rest = line;
  for (int i = 0; i < 3 && rest; i++) strsep(&rest, " ");
  out->group = strsep(&rest, " ");
  out->folder = strsep(&rest, " ");
  if (!rest) return false;
  unescape(out->group);
  unescape(out->folder);
  return true;
}

/// What is left of `path` below `folder`: "" or "/…"; NULL where it is not below.
static const char *rest_below(const char *path, const char *folder) {
  size_t length = strcmp(folder, "/") ? strlen(folder) : 0;
  if (strncmp(path, folder, length)) return NULL;
  const char *rest = path + length;
  return *rest == '/' || !*rest ? rest : NULL;
}

/// Calls `visit` for each mounted cgroup2 until it returns other than -ENODEV, and returns that.
static int each_mount(
    int (*visit)(const struct mount *mount, const char *path, char *out, size_t size),
    const char *path, char *out, size_t size) {
  FILE *file = fopen(WARDEN_MOUNTS_FILE, "re");
  if (!file) return -ENODEV;
  char *line = NULL;
  size_t room = 0;
  int result = -ENODEV;
  struct mount mount;
  while (result == -ENODEV && getline(&line, &room, file) > 0)
    if (read_mount(line, &mount)) result = visit(&mount, path, out, size);
  free(line);
  fclose(file);
  return result;
}

static int join(const struct mount *mount, const char *group, char *out, size_t size) {
  const char *rest = rest_below(group, mount->group);
  if (!rest) return -ENODEV;
  if (!strcmp(rest, "/")) rest = "";
  int n = snprintf(out, size, "%s%s", mount->folder, rest);
  return n < 0 || (size_t)n >= size ? -ERANGE : 0;
}

static int is_below(const struct mount *mount, const char *path, char *out, size_t size) {
  (void)out, (void)size;
  const char *rest = rest_below(path, mount->folder);
  return rest && *rest ? 0 : -ENODEV;
}

int warden_cgroup_home(pid_t pid, char *out, size_t size) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
  FILE *file = fopen(path, "re");
  if (!file) return errno == ENOENT ? -ESRCH : -errno;
  char *line = NULL;
  size_t room = 0;
  int result = -ENODEV;
  while (result == -ENODEV && getline(&line, &room, file) > 0) {
    line[strcspn(line, "\n")] = 0;
    // One outside of our namespace is written with "..".
    if (!strncmp(line, "0::/", 4) && strncmp(line, "0::/..", 6))
      result = each_mount(join, line + 3, out, size);
  }
  free(line);
  fclose(file);
  return result;
}

int warden_cgroup_is_below_mount(const char *path) {
  return each_mount(is_below, path, NULL, 0) == 0;
}

int warden_cgroup_is_group(int folder) {
  struct statfs status;
  return fstatfs(folder, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

int warden_cgroup_path(pid_t warden, char *out, size_t size) {
  int result = warden_cgroup_home(warden, out, size);
  if (result < 0) return result;
  size_t length = strlen(out);
  int n = snprintf(out + length, size - length, "/" WARDEN_CGROUP_NAME, (int)warden);
  if (n < 0 || (size_t)n >= size - length) return -ERANGE;
  return access(out, F_OK) == 0 ? 0 : -ENOENT;
}
