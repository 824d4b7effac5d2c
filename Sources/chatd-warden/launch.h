/// A start between fork and exec: the one piece of the warden that runs in the child.
#ifndef CHATD_WARDEN_LAUNCH_H
#define CHATD_WARDEN_LAUNCH_H

#include "table.h"

/// What the child needs to know, and how it says what failed: until it execs it runs in the
/// warden's memory while the warden stands still.
struct launch {
  const struct warden_command *command;
  const struct warden_options *options;
  pid_t warden;
  int null, out, err;
  /// The folder of the group that the child is to be in; -1 for none.
  int group;
  /// Whether it is not born there, so that it has to go there itself.
  volatile bool joins;
  volatile int error;
  volatile enum warden_stage stage;
  /// WARDEN_UNAPPLIED_OOM and WARDEN_UNAPPLIED_CGROUP, as they come to pass.
  volatile uint32_t unapplied;
};

/// Makes the child what was asked for and executes its program, in the child.
_Noreturn void become(struct launch *l);

/// Starts a child that does that; returns its pid when it has executed its program or has failed,
/// or -errno.
pid_t launch(struct launch *l);

#endif
