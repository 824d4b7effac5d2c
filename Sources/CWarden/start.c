#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "warden_cgroup.h"
#include "warden_tree.h"
#include "warden_wire.h"

/// Wardens at once in one process: chatd has one, a test run several side by side.
#define WARDENS_MAX 256

/// A send that takes longer means that the warden hangs.
#define SEND_TIMEOUT_S 5

/// The wardens that this process started and has not reaped, so that `warden_end_orphans` in one
/// corner of it does not end another's. The lock is held over a start: a warden is in the list
/// before anyone can take it for an orphan.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  pid_t pid;
  /// The folder made for its groups, from malloc; NULL for none.
  char *groups;
} wardens[WARDENS_MAX];

/// The place of a warden, 0 for a free one; -1 where there is none.
static int find(pid_t pid) {
  for (int i = 0; i < WARDENS_MAX; i++)
    if (wardens[i].pid == pid) return i;
  return -1;
}

int warden_is_own(pid_t pid) {
  pthread_mutex_lock(&lock);
  bool found = find(pid) >= 0;
  pthread_mutex_unlock(&lock);
  return found;
}

/// Makes the pair; the warden's end is moved out of the way of the descriptors 0 to 3, which
/// could be free in a process that was started without them.
static int make_pair(int *ours, int *theirs) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -errno;
  *theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, 4);
  int error = errno;
  close(pair[1]);
  if (*theirs < 0) {
    close(pair[0]);
    return -error;
  }
  *ours = pair[0];
  int room = 2 * WARDEN_REQUEST_MAX;
  struct timeval limit = {.tv_sec = SEND_TIMEOUT_S};
  setsockopt(*ours, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  setsockopt(*ours, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return 0;
}

/// Starts the program with the socket as descriptor 3.
static int start_program(const char *path, int socket, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  // All blocked, so that none can end the warden before it has blocked them itself.
  sigset_t all;
  sigfillset(&all);
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return -error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return -error;
  }
  bool has_stderr = fcntl(2, F_GETFD) >= 0;
  error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (!error && !has_stderr)
    error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, 2, 1);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, socket, 3);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &all);
  if (!error)
    error = posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  char name[] = "chatd-warden";
  char *argv[] = {name, NULL}, *envp[] = {NULL};
  if (!error) error = posix_spawn(pid, path, &actions, &attributes, argv, envp);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return -error;
}

/// Makes the folder for a warden's groups and tells it so, before any request: made here, it is
/// known whose it is however the warden ends. NULL where none can be made.
static char *make_groups(pid_t warden, int socket) {
  char path[4096];
  int result = warden_cgroup_path(warden, path, sizeof path);
  // One that is there was left by a warden that had this pid: gone when nothing is in it.
  if (result == 0 && rmdir(path) != 0) return NULL;
  if ((result != 0 && result != -ENOENT) || mkdir(path, 0755) != 0) return NULL;
  char *groups = strdup(path);
  if (groups && warden_send_groups(socket) == 0) return groups;
  rmdir(path);
  free(groups);
  return NULL;
}

/// What the caller was given, once it has taken more.
static struct rlimit given_files;

int warden_raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
  struct rlimit raised = {limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) != 0) return -errno;
  pthread_mutex_lock(&lock);
  if (given_files.rlim_max == 0) given_files = limit;
  pthread_mutex_unlock(&lock);
  return 0;
}

int warden_start(const char *path, pid_t *pid) {
  return warden_start_with(path, 0, pid);
}

int warden_start_with(const char *path, uint32_t flags, pid_t *pid) {
  int ours = -1, theirs = -1;
  int result = make_pair(&ours, &theirs);
  if (result < 0) return result;
  pthread_mutex_lock(&lock);
  // The place is found first: a warden that had none could not be kept from the orphans' end.
  int place = find(0);
  result = place < 0 ? -EAGAIN : start_program(path, theirs, pid);
  if (result == 0) {
    if (given_files.rlim_max > 0) prlimit(*pid, RLIMIT_NOFILE, &given_files, NULL);
    wardens[place].pid = *pid;
    wardens[place].groups = flags & WARDEN_START_NO_CGROUP ? NULL : make_groups(*pid, ours);
  }
  pthread_mutex_unlock(&lock);
  close(theirs);
  if (result == 0) return ours;
  close(ours);
  return result;
}

int warden_stop(int fd) {
  return shutdown(fd, SHUT_RDWR) == 0 ? 0 : -errno;
}

int warden_wait(pid_t pid, int timeout_ms) {
  int64_t deadline = warden_now_ms() + timeout_ms;
  struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
  if (end.fd < 0) return errno == ESRCH ? -ECHILD : -errno;
  int ready;
  do ready = poll(&end, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  int error = ready < 0 ? errno : ready == 0 ? ETIMEDOUT : 0;
  close(end.fd);
  if (error) return -error;
  char *groups = NULL;
  pthread_mutex_lock(&lock);
  int result = waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOHANG) == 0 ? 0 : -errno;
  int place = find(pid);
  if (place >= 0) {
    groups = wardens[place].groups;
    wardens[place].groups = NULL;
    wardens[place].pid = 0;
  }
  pthread_mutex_unlock(&lock);
  int64_t rest = deadline - warden_now_ms();
  if (groups) warden_cgroup_end_path(groups, rest > 0 ? (int)rest : 0);
  free(groups);
  return result;
}
