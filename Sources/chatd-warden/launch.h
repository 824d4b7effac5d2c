/// A start between fork and exec: the one piece of the warden that runs in the child.
#ifndef CHATD_WARDEN_LAUNCH_H
#define CHATD_WARDEN_LAUNCH_H

#include "table.h"

/// What the child has to say before its program runs. It comes through a pipe that closes on
/// exec: at its end without an error the program runs.
struct launch_report {
  /// errno and where; 0 where nothing failed yet.
  int32_t error;
  uint32_t stage;
  /// WARDEN_UNAPPLIED_OOM and WARDEN_UNAPPLIED_CGROUP, as they came to pass.
  uint32_t unapplied;
};

/// What the child needs to know. It has a copy of its own, as of all that is the warden's: the
/// warden goes on and serves others while a program is loaded from a slow disk.
struct launch {
  const struct warden_command *command;
  const struct warden_options *options;
  pid_t warden;
  int null, out, err;
  /// Where it reports.
  int report;
  /// The folder of the group that the child is to be in; -1 for none.
  int group;
  /// Whether it is not born there, so that it has to go there itself.
  bool joins;
  uint32_t unapplied;
};

/// Makes the child what was asked for and executes its program, in the child.
_Noreturn void become(struct launch *l);

/// Starts a child that does that and does not wait for it; returns its pid, or -errno.
pid_t launch(struct launch *l);

#endif
