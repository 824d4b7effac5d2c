#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "warden.h"

int warden_harden(void) {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -errno;
}

/// Where the environment lies that the process was started with: the 50th and 51st field of its
/// stat, proc_pid_stat(5). It is there whatever setenv has done to `environ` since.
static int find_block(char **begin, char **end) {
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  char text[1024];
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return -EPROTO;
  text[n] = 0;
  char *rest = strrchr(text, ')');
  // The name is the second field; each strsep takes one more.
  for (int field = 2; field < 50 && rest; field++) strsep(&rest, " ");
  unsigned long long from = 0, to = 0;
  if (!rest || sscanf(rest, "%llu %llu", &from, &to) != 2 || from == 0 || to < from) return -EPROTO;
  *begin = (char *)(uintptr_t)from;
  *end = (char *)(uintptr_t)to;
  return 0;
}

/// Overwrites the value of a string NAME=VALUE if it is of that name.
static bool forget(char *string, size_t length, const char *name) {
  size_t prefix = strlen(name) + 1;
  if (length < prefix || strncmp(string, name, prefix - 1) || string[prefix - 1] != '=')
    return false;
  explicit_bzero(string + prefix, length - prefix);
  return true;
}

int warden_forget_environment(const char *name) {
  if (!*name || strchr(name, '=')) return -EINVAL;
  bool found = false;
  // What setenv copied elsewhere first: a string of the block is then empty, and passed over.
  for (char **entry = environ; entry && *entry; entry++)
    found |= forget(*entry, strlen(*entry), name);
  char *at, *end;
  int result = find_block(&at, &end);
  while (result == 0 && at < end) {
    size_t length = strnlen(at, (size_t)(end - at));
    found |= forget(at, length, name);
    at += length + 1;
  }
  if (unsetenv(name) != 0) return -errno;
  return result < 0 ? result : found ? 0 : -ENOENT;
}
