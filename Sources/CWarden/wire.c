#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "warden_wire.h"

struct warden_options warden_default_options(void) {
  return (struct warden_options){.flags = WARDEN_NO_NEW_PRIVS, .umask = 077};
}

int warden_add_limit(struct warden_options *options, uint32_t resource, uint64_t value) {
  if (options->limit_count >= WARDEN_LIMITS_MAX) return -E2BIG;
  options->limits[options->limit_count++] = (struct warden_limit){resource, value};
  return 0;
}

/// One packet is sent whole or not at all, so threads need no lock among them.
static int send_packet(int fd, const void *packet, size_t length) {
  for (;;) {
    if (send(fd, packet, length, MSG_NOSIGNAL) >= 0) return 0;
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return -ETIMEDOUT;
    return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
  }
}

/// Counts strings and their bytes.
static size_t measure(const char *const *strings, uint32_t *count) {
  size_t bytes = 0;
  *count = 0;
  for (; strings[*count]; (*count)++) bytes += strlen(strings[*count]) + 1;
  return bytes;
}

int warden_send_spawn(
    int fd, uint64_t token, const char *executable, const char *cwd, const char *const *argv,
    const char *const *envp, const struct warden_options *options) {
  struct warden_request head = {
      .version = WARDEN_WIRE_VERSION, .kind = WARDEN_REQUEST_SPAWN, .token = token,
      .options = *options};
  size_t length = sizeof head + strlen(executable) + strlen(cwd) + 2;
  length += measure(argv, &head.argument_count) + measure(envp, &head.environment_count);
  size_t strings = (size_t)head.argument_count + head.environment_count;
  if (length > WARDEN_REQUEST_MAX || strings > WARDEN_STRINGS_MAX ||
      options->limit_count > WARDEN_LIMITS_MAX)
    return -E2BIG;
  char *packet = malloc(length);
  if (!packet) return -ENOMEM;
  memcpy(packet, &head, sizeof head);
  char *end = stpcpy(packet + sizeof head, executable) + 1;
  end = stpcpy(end, cwd) + 1;
  for (uint32_t i = 0; i < head.argument_count; i++) end = stpcpy(end, argv[i]) + 1;
  for (uint32_t i = 0; i < head.environment_count; i++) end = stpcpy(end, envp[i]) + 1;
  int result = send_packet(fd, packet, length);
  // An environment may hold a child's secrets.
  explicit_bzero(packet, length);
  free(packet);
  return result;
}

int warden_send_signal(int fd, uint64_t token, int signal, enum warden_scope scope) {
  struct warden_request head = {
      .version = WARDEN_WIRE_VERSION, .kind = WARDEN_REQUEST_SIGNAL, .token = token,
      .signal = signal, .scope = scope};
  return send_packet(fd, &head, sizeof head);
}

int warden_send_groups(int fd) {
  struct warden_request head = {.version = WARDEN_WIRE_VERSION, .kind = WARDEN_REQUEST_GROUPS};
  return send_packet(fd, &head, sizeof head);
}

/// Takes the string that begins at `*at`; NULL where no NUL ends it.
static char *take(char **at, const char *end) {
  char *string = *at;
  char *stop = string < end ? memchr(string, 0, (size_t)(end - string)) : NULL;
  if (!stop) return NULL;
  *at = stop + 1;
  return string;
}

int warden_unpack(char *packet, size_t length, struct warden_command *out) {
  const struct warden_request *head = (const void *)packet;
  if (length < sizeof *head || head->version != WARDEN_WIRE_VERSION ||
      head->argument_count > WARDEN_STRINGS_MAX ||
      head->environment_count > WARDEN_STRINGS_MAX - head->argument_count ||
      head->options.limit_count > WARDEN_LIMITS_MAX)
    return -EPROTO;
  const char *end = packet + length;
  char *at = packet + sizeof *head;
  out->executable = take(&at, end);
  out->cwd = take(&at, end);
  if (!out->executable || !out->cwd) return -EPROTO;
  out->argv = out->strings;
  out->envp = out->strings + head->argument_count + 1;
  for (uint32_t i = 0; i < head->argument_count; i++)
    if (!(out->argv[i] = take(&at, end))) return -EPROTO;
  for (uint32_t i = 0; i < head->environment_count; i++)
    if (!(out->envp[i] = take(&at, end))) return -EPROTO;
  out->argv[head->argument_count] = NULL;
  out->envp[head->environment_count] = NULL;
  return at == end ? 0 : -EPROTO;
}
