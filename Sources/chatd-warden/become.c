#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch.h"

/// The pipe has room for a few of these: it does not block.
static void report(const struct launch *l, int error, enum warden_stage stage) {
  struct launch_report report = {
      .error = error, .stage = (uint32_t)stage, .unapplied = l->unapplied};
  // A warden that does not listen is dead, and so is whoever would have to be told.
  if (write(l->report, &report, sizeof report) < 0) _exit(127);
}

_Noreturn static void fail(const struct launch *l, enum warden_stage stage) {
  report(l, errno, stage);
  _exit(127);
}

static void close_from_to(struct launch *l, unsigned first, unsigned last) {
  if (first <= last && close_range(first, last, 0) != 0 && errno != ENOSYS)
    fail(l, WARDEN_STAGE_DESCRIPTORS);
}

static void set_descriptors(struct launch *l) {
  if (dup2(l->null, 0) < 0 || dup2(l->out, 1) < 0 || dup2(l->err, 2) < 0)
    fail(l, WARDEN_STAGE_DESCRIPTORS);
  // The warden's own are close-on-exec; this is for any that it was started with unawares. The way
  // to report stays open until exec.
  close_from_to(l, 3, (unsigned)l->report - 1);
  close_from_to(l, (unsigned)l->report + 1, ~0u);
}

/// As whom the warden is, who may, and before the descriptors are closed and files limited.
static void join_group(struct launch *l) {
  if (l->joins && warden_cgroup_write(l->group, ".", "cgroup.procs", "0") != 0)
    l->unapplied |= WARDEN_UNAPPLIED_CGROUP;
}

/// First of all limits: with few files left it could not be opened.
static void set_oom_score(struct launch *l) {
  if (!(l->options->flags & WARDEN_OOM)) return;
  char text[16];
  snprintf(text, sizeof text, "%d", l->options->oom_score_adj);
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) l->unapplied |= WARDEN_UNAPPLIED_OOM;
  if (fd >= 0) close(fd);
}

static void set_limits(struct launch *l) {
  const struct warden_options *o = l->options;
  struct rlimit core = {0, 0};
  if (o->flags & WARDEN_CORE) {
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = core.rlim_max;
  }
  if (setrlimit(RLIMIT_CORE, &core) != 0) fail(l, WARDEN_STAGE_LIMIT);
  for (uint32_t i = 0; i < o->limit_count; i++) {
    struct rlimit limit = {o->limits[i].value, o->limits[i].value};
    if (setrlimit(o->limits[i].resource, &limit) != 0) fail(l, WARDEN_STAGE_LIMIT);
  }
  umask(o->umask);
}

/// By plain system calls: glibc's functions would look for threads to tell.
static void set_user(struct launch *l) {
  const struct warden_options *o = l->options;
  if (!(o->flags & WARDEN_USER)) return;
  if (syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setgid, o->gid) != 0 ||
      syscall(SYS_setuid, o->uid) != 0)
    fail(l, WARDEN_STAGE_USER);
}

/// After the user: a change of it would clear the signal again.
static void tie_to_warden(struct launch *l) {
  if ((l->options->flags & WARDEN_NO_NEW_PRIVS) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail(l, WARDEN_STAGE_PRIVILEGES);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
      prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    fail(l, WARDEN_STAGE_PARENT);
  // The warden may have died before the signal was asked for.
  if (getppid() != l->warden) _exit(127);
}

_Noreturn void become(struct launch *l) {
  sigset_t none;
  sigemptyset(&none);
  if (setsid() < 0) fail(l, WARDEN_STAGE_SESSION);
  join_group(l);
  set_descriptors(l);
  set_oom_score(l);
  set_limits(l);
  set_user(l);
  tie_to_warden(l);
  if (chdir(l->command->cwd) != 0) fail(l, WARDEN_STAGE_CHDIR);
  // All dispositions are default: the warden made them so and catches nothing.
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (l->unapplied) report(l, 0, WARDEN_STAGE_NONE);
  execve(l->command->executable, l->command->argv, l->command->envp);
  fail(l, WARDEN_STAGE_EXEC);
}
