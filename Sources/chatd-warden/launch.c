#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Born in its group: going there later takes a lock that waits for every processor, 8 to 20 ms
/// when it has not been taken for a while.
static pid_t fork_into_group(int group) {
  struct clone_args args = {
      .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)group};
  return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

// Not vfork: that would hold the warden up until exec is through, and with it every other start.
// What fork copies instead is little, as the warden is small.
pid_t launch(struct launch *l) {
  pid_t pid = l->group >= 0 ? fork_into_group(l->group) : -1;
  if (pid < 0) {
    // A kernel or a sandbox without clone3, or a group that none can be born in.
    l->joins = l->group >= 0;
    pid = fork();
  }
  if (pid == 0) become(l);
  return pid < 0 ? -errno : pid;
}
