/// The packets between chatd and its warden. Both ends come from one build on one machine, so they
/// are plain structs; the version catches a warden left over from another build.
#ifndef CWARDEN_WARDEN_WIRE_H
#define CWARDEN_WARDEN_WIRE_H

#include "warden.h"

#define WARDEN_WIRE_VERSION 2u

enum warden_request_kind {
  WARDEN_REQUEST_SPAWN = 1,
  WARDEN_REQUEST_SIGNAL = 2,
  /// The folder for the children's groups is made.
  WARDEN_REQUEST_GROUPS = 3
};

/// A request. A spawn's strings follow it, each with its NUL: executable, cwd, arguments,
/// environment.
struct warden_request {
  uint32_t version;
  uint32_t kind;
  uint64_t token;
  int32_t signal;
  uint32_t scope;
  uint32_t argument_count;
  uint32_t environment_count;
  struct warden_options options;
};

/// A spawn's strings, as pointers into its packet.
struct warden_command {
  char *executable;
  char *cwd;
  char **argv;
  char **envp;
  /// What `argv` and `envp` point into, with an end for each.
  char *strings[WARDEN_STRINGS_MAX + 2];
};

/// Finds a spawn's strings in its packet: 0, or -EPROTO where the packet is not what it says.
int warden_unpack(char *packet, size_t length, struct warden_command *out);

/// Tells the warden that the folder for its children's groups is made.
int warden_send_groups(int fd);

/// Sends one event, with its descriptors if it has any, and never waits: -EAGAIN.
int warden_send_event(int fd, const struct warden_event *event);

#endif
