#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "launch.h"

static void refuse(struct warden_event *answer, int error, enum warden_stage stage) {
  answer->kind = WARDEN_SPAWN_FAILED;
  answer->error = error;
  answer->stage = stage;
}

static void close_pair(int pair[2]) {
  for (int end = 0; end < 2; end++) {
    if (pair[end] >= 0) close(pair[end]);
    pair[end] = -1;
  }
}

/// What chatd reads of a child that it will not get.
static void close_output(struct warden_event *answer) {
  close(answer->stdout_fd);
  close(answer->stderr_fd);
  answer->stdout_fd = answer->stderr_fd = -1;
}

/// The ends that are read, by chatd and here, do not block.
static int make_pipe(int pipe[2]) {
  return pipe2(pipe, O_CLOEXEC) == 0 && fcntl(pipe[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : -errno;
}

/// Makes the pipes and starts the child with their ends: its output, its errors, its report.
static void begin(
    struct warden *w, const struct warden_options *options, struct slot *slot, int pipes[3][2]) {
  struct warden_event *answer = &slot->answer;
  for (int i = 0; i < 3; i++) {
    int error = make_pipe(pipes[i]);
    if (error) return refuse(answer, -error, WARDEN_STAGE_PIPES);
  }
  struct launch l = {
      .command = &w->command, .options = options, .warden = getpid(), .null = w->null,
      .out = pipes[0][1], .err = pipes[1][1], .report = pipes[2][1], .group = -1};
  answer->unapplied = make_group(w, slot, options, &l.group);
  slot->asked_of_group = asked_of_group(options);
  pid_t pid = launch(&l);
  if (l.group >= 0) close(l.group);
  if (pid < 0) return refuse(answer, -pid, WARDEN_STAGE_FORK);
  slot->pid = answer->pid = pid;
}

void spawn(struct warden *w, const struct warden_request *request, struct slot *slot) {
  struct warden_event *answer = &slot->answer;
  int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
  begin(w, &request->options, slot, pipes);
  if (slot->pid == 0) {
    drop_group(w, slot);
    for (int i = 0; i < 3; i++) close_pair(pipes[i]);
    return;
  }
  // The child's ends: no later child has them, so that their end is the child's doing.
  for (int i = 0; i < 3; i++) close(pipes[i][1]);
  answer->stdout_fd = pipes[0][0];
  answer->stderr_fd = pipes[1][0];
  slot->report = pipes[2][0];
  slot->state = SLOT_STARTING;
  w->starting++;
  struct warden_process process = {0};
  warden_read_process(slot->pid, &process);
  answer->start_ticks = process.start;
}

/// Its program runs, or ran: its process ended on the way for a reason that it did not know of.
static void tell_spawned(struct warden *w, struct slot *slot) {
  // It could not go there, so the limits of the group are not its limits.
  if ((slot->answer.unapplied & WARDEN_UNAPPLIED_CGROUP) && slot->grouped) {
    drop_group(w, slot);
    slot->answer.unapplied |= slot->asked_of_group;
  }
  slot->state = SLOT_LIVE;
  w->starting--;
  owe(w, slot, OWED_SPAWNED);
}

void hear_report(struct warden *w, struct slot *slot) {
  struct launch_report report;
  ssize_t n;
  if (slot->report < 0) return;
  while ((n = read(slot->report, &report, sizeof report)) == (ssize_t)sizeof report) {
    slot->answer.unapplied |= report.unapplied;
    if (report.error) refuse(&slot->answer, report.error, report.stage);
  }
  if (n < 0) return;
  close(slot->report);
  slot->report = -1;
  // One that has failed is ending, and is refused once it is reaped.
  if (slot->answer.kind == WARDEN_SPAWNED) tell_spawned(w, slot);
}

void refuse_reaped(struct warden *w, struct slot *slot) {
  drop_group(w, slot);
  close_output(&slot->answer);
  slot->answer.pid = 0;
  slot->state = SLOT_REFUSED;
  w->starting--;
  owe(w, slot, OWED_REFUSED);
}
