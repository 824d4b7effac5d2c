#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch.h"

/// clone3 without a stack for the child: like vfork it goes on with the caller's. Inlined, as the
/// child must not return from a function that the parent will return from. Negated errno.
__attribute__((always_inline)) static inline long clone_here(struct clone_args *args) {
#if defined(__x86_64__)
  long result = SYS_clone3;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(args), "S"(sizeof *args)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_clone3;
  register long result __asm__("x0") = (long)args;
  register long size __asm__("x1") = sizeof *args;
  __asm__ volatile("svc 0" : "+r"(result) : "r"(number), "r"(size) : "memory");
  return result;
#else
  (void)args;
  return -ENOSYS;
#endif
}

/// Born in its group: going there later takes a lock that waits for every processor, 8 to 20 ms
/// when it has not been taken for a while. The frame holds nothing that the child could spoil.
__attribute__((noinline)) static pid_t launch_into_group(struct launch *l) {
  struct clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
      .cgroup = (uint64_t)l->group};
  long pid = clone_here(&args);
  if (pid == 0) become(l);
  return (pid_t)pid;
}

/// vfork, for it costs the same however large the warden is, and returns when exec is through. The
/// child's calls are made in a function of their own, so that the frame below stays as it was.
__attribute__((noinline)) static pid_t launch_plainly(struct launch *l) {
  pid_t pid = vfork();
  if (pid == 0) become(l);
  return pid < 0 ? -errno : pid;
}

pid_t launch(struct launch *l) {
  if (l->group >= 0) {
    pid_t pid = launch_into_group(l);
    if (pid > 0) return pid;
    // A kernel or a sandbox without clone3, or a group that none can be born in.
    l->joins = true;
  }
  return launch_plainly(l);
}
