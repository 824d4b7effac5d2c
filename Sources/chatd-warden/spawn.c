#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table.h"

/// What the child between vfork and exec needs to know, and how it says what failed: it runs in
/// the warden's memory while the warden stands still.
struct launch {
  const struct warden_command *command;
  const struct warden_options *options;
  pid_t warden;
  int null, out, err;
  volatile int error;
  volatile enum warden_stage stage;
};

_Noreturn static void fail(struct launch *l, enum warden_stage stage) {
  l->error = errno;
  l->stage = stage;
  _exit(127);
}

static void set_descriptors(struct launch *l) {
  if (dup2(l->null, 0) < 0 || dup2(l->out, 1) < 0 || dup2(l->err, 2) < 0)
    fail(l, WARDEN_STAGE_DESCRIPTORS);
  // The warden's own are close-on-exec; this is for any that it was started with unawares.
  if (close_range(3, ~0u, 0) != 0 && errno != ENOSYS) fail(l, WARDEN_STAGE_DESCRIPTORS);
}

/// First of all limits: with few files left it could not be opened.
static void set_oom_score(const struct warden_options *o) {
  if (!(o->flags & WARDEN_OOM)) return;
  char text[16];
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  int n = snprintf(text, sizeof text, "%d", o->oom_score_adj);
  // A user may make it higher, not lower: then the child does without.
  ssize_t written = write(fd, text, (size_t)n);
  (void)written;
  close(fd);
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

_Noreturn static void become(struct launch *l) {
  sigset_t none;
  sigemptyset(&none);
  if (setsid() < 0) fail(l, WARDEN_STAGE_SESSION);
  set_descriptors(l);
  set_oom_score(l->options);
  set_limits(l);
  set_user(l);
  tie_to_warden(l);
  if (chdir(l->command->cwd) != 0) fail(l, WARDEN_STAGE_CHDIR);
  // All dispositions are default: the warden made them so and catches nothing.
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(l->command->executable, l->command->argv, l->command->envp);
  fail(l, WARDEN_STAGE_EXEC);
}

/// vfork, for it costs the same however large the warden is, and returns when exec is through. The
/// child's calls are made in a function of their own, so that the frame below stays as it was.
static pid_t launch(struct launch *l) {
  pid_t pid = vfork();
  if (pid == 0) become(l);
  return pid;
}

static void refuse(struct warden_event *answer, int error, enum warden_stage stage) {
  answer->kind = WARDEN_SPAWN_FAILED;
  answer->error = error;
  answer->stage = stage;
}

static void close_pair(const int pair[2]) {
  if (pair[0] >= 0) close(pair[0]);
  if (pair[1] >= 0) close(pair[1]);
}

/// Both pipes; only the ends that chatd reads do not block.
static int make_pipes(int out[2], int err[2]) {
  if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 &&
      fcntl(out[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(err[0], F_SETFL, O_NONBLOCK) == 0)
    return 0;
  return -errno;
}

void spawn(struct warden *w, const struct warden_request *request, struct slot *slot) {
  struct warden_event *answer = &slot->answer;
  int out[2] = {-1, -1}, err[2] = {-1, -1};
  int error = make_pipes(out, err);
  struct launch l = {
      .command = &w->command, .options = &request->options, .warden = getpid(), .null = w->null,
      .out = out[1], .err = err[1]};
  pid_t pid = error ? -1 : launch(&l);
  if (error)
    refuse(answer, -error, WARDEN_STAGE_PIPES);
  else if (pid < 0)
    refuse(answer, errno, WARDEN_STAGE_FORK);
  else if (l.error)
    refuse(answer, l.error, l.stage);
  if (answer->kind == WARDEN_SPAWN_FAILED) {
    if (pid > 0) waitpid(pid, NULL, 0);
    close_pair(out);
    close_pair(err);
    return;
  }
  close(out[1]);
  close(err[1]);
  struct warden_process process = {0};
  warden_read_process(pid, &process);
  slot->pid = answer->pid = pid;
  answer->kind = WARDEN_SPAWNED;
  answer->start_ticks = process.start;
  answer->stdout_fd = out[0];
  answer->stderr_fd = err[0];
}
