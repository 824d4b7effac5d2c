#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "warden.h"

const char *warden_stage_name(enum warden_stage stage) {
  static const char *const names[] = {
      [WARDEN_STAGE_NONE] = "none",
      [WARDEN_STAGE_REQUEST] = "request",
      [WARDEN_STAGE_TABLE] = "table of children",
      [WARDEN_STAGE_PIPES] = "pipes",
      [WARDEN_STAGE_FORK] = "fork",
      [WARDEN_STAGE_SESSION] = "session",
      [WARDEN_STAGE_DESCRIPTORS] = "descriptors",
      [WARDEN_STAGE_LIMIT] = "limit",
      [WARDEN_STAGE_USER] = "user",
      [WARDEN_STAGE_PRIVILEGES] = "no new privileges",
      [WARDEN_STAGE_PARENT] = "parent",
      [WARDEN_STAGE_CHDIR] = "chdir",
      [WARDEN_STAGE_EXEC] = "exec",
  };
  size_t i = (size_t)stage;
  return i < sizeof names / sizeof *names ? names[i] : "unknown";
}

const char *warden_unapplied_name(enum warden_unapplied bit) {
  switch (bit) {
    case WARDEN_UNAPPLIED_OOM: return "oom_score_adj";
    case WARDEN_UNAPPLIED_CGROUP: return "cgroup";
    case WARDEN_UNAPPLIED_MEMORY: return "memory limit";
    case WARDEN_UNAPPLIED_PIDS: return "process limit";
  }
  return "unknown";
}

const char *warden_signal_name(int signal) {
  static _Thread_local char name[24];
  const char *short_name = sigabbrev_np(signal);
  if (short_name)
    snprintf(name, sizeof name, "SIG%s", short_name);
  else if (signal == SIGRTMIN)
    return "SIGRTMIN";
  else if (signal > SIGRTMIN && signal <= SIGRTMAX)
    snprintf(name, sizeof name, "SIGRTMIN+%d", signal - SIGRTMIN);
  else
    snprintf(name, sizeof name, "signal %d", signal);
  return name;
}

int warden_find_executable(const char *name, const char *path, char *out, size_t size) {
  if (!*name || strchr(name, '/')) return -EINVAL;
  int result = -ENOENT;
  for (const char *end; *path; path = *end ? end + 1 : end) {
    end = strchrnul(path, ':');
    if (*path != '/') continue;
    int n = snprintf(out, size, "%.*s/%s", (int)(end - path), path, name);
    if (n < 0 || (size_t)n >= size) return -ERANGE;
    struct stat status;
    if (stat(out, &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (faccessat(AT_FDCWD, out, X_OK, AT_EACCESS) == 0) return 0;
    result = -EACCES;
  }
  return result;
}

int warden_peer(int fd, uid_t *uid, pid_t *pid, pid_t *session) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -errno;
  *uid = peer.uid;
  *pid = peer.pid;
  *session = getsid(peer.pid);
  return *session < 0 ? -errno : 0;
}
