#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"

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
      .out = out[1], .err = err[1], .group = -1};
  if (!error) l.unapplied = make_group(w, slot, &request->options, &l.group);
  pid_t pid = error ? -1 : launch(&l);
  if (l.group >= 0) close(l.group);
  if (error)
    refuse(answer, -error, WARDEN_STAGE_PIPES);
  else if (pid < 0)
    refuse(answer, -pid, WARDEN_STAGE_FORK);
  else if (l.error)
    refuse(answer, l.error, l.stage);
  if (answer->kind == WARDEN_SPAWN_FAILED) {
    if (pid > 0) waitpid(pid, NULL, 0);
    drop_group(w, slot);
    close_pair(out);
    close_pair(err);
    return;
  }
  close(out[1]);
  close(err[1]);
  // It could not go there, so the limits of the group are not its limits.
  if ((l.unapplied & WARDEN_UNAPPLIED_CGROUP) && slot->grouped) {
    drop_group(w, slot);
    l.unapplied |= asked_of_group(&request->options);
  }
  struct warden_process process = {0};
  warden_read_process(pid, &process);
  slot->pid = answer->pid = pid;
  answer->kind = WARDEN_SPAWNED;
  answer->start_ticks = process.start;
  answer->unapplied = l.unapplied;
  answer->stdout_fd = out[0];
  answer->stderr_fd = err[0];
}
