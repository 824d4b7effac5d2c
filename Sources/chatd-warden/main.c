/// The warden: starts children for chatd, is their parent, reaps them, kills what they leave, and
/// when chatd is gone kills all of them and ends. One thread; chatd's requests come on
/// descriptor 3, SIGCHLD through a signalfd, and every other signal but SIGKILL is of no effect:
/// only the end of the conversation ends it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "table.h"

/// How often an event that chatd had no room for is offered again.
#define OFFER_AGAIN_MS 10
/// How long the warden stays for what does not die, once chatd is gone.
#define END_TIMEOUT_MS 30000
/// From <sysexits.h>, as chatd uses it: the program was called in the wrong way.
#define EXIT_USAGE 64

static struct warden warden;

/// Signals as a child shall find them: all default, also those that glibc keeps for itself.
static void reset_signals(void) {
  static const char default_action[64];
  for (int signal = 1; signal <= 64; signal++)
    syscall(SYS_rt_sigaction, signal, default_action, NULL, 8);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
}

static void serve_spawn(struct warden *w, const struct warden_request *request, size_t length) {
  bool known = find_token(w, request->token) != NULL;
  struct slot *slot = take_slot(w);
  slot->token = request->token;
  slot->answer = (struct warden_event){
      .token = request->token, .kind = WARDEN_SPAWN_FAILED, .stage = WARDEN_STAGE_REQUEST,
      .stdout_fd = -1, .stderr_fd = -1};
  if (known) {
    slot->answer.error = EEXIST;
  } else if (is_spare(w, slot)) {
    slot->answer.error = EAGAIN;
    slot->answer.stage = WARDEN_STAGE_TABLE;
  } else if (warden_unpack(w->packet, length, &w->command) != 0) {
    slot->answer.error = EPROTO;
  } else {
    slot->answer.kind = WARDEN_SPAWNED;
    slot->answer.stage = WARDEN_STAGE_NONE;
    spawn(w, request, slot);
  }
  if (slot->answer.kind == WARDEN_SPAWNED) return;
  slot->state = SLOT_REFUSED;
  owe(w, slot, OWED_REFUSED);
}

/// Only a leader that is not reaped yet is signalled: till then its pid and group are its own.
static void serve_signal(struct warden *w, const struct warden_request *request) {
  struct slot *slot = find_token(w, request->token);
  if (!slot || !is_leader(slot)) return;
  if (request->scope == WARDEN_LEADER) kill(slot->pid, request->signal);
  // One that has just begun may not lead its group yet.
  if (request->scope == WARDEN_GROUP && kill(-slot->pid, request->signal) != 0)
    kill(slot->pid, request->signal);
  if (request->scope == WARDEN_TREE) {
    warden_tree_clear(&w->tree);
    warden_tree_add(&w->tree, slot->pid, request->signal == SIGKILL);
    warden_tree_signal(&w->tree, request->signal);
    // Without a descriptor left to look with: the leader at least. Its end brings on the rest.
    if (w->tree.roots == 0) kill(slot->pid, request->signal);
    // Whom the walk has missed; whoever had left the group it has found.
    if (request->signal == SIGKILL) kill_group(w, slot);
  }
}

/// Serves one request; false at the end of the conversation.
static bool serve(struct warden *w) {
  ssize_t n = recv(w->socket, w->packet, sizeof w->packet, MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  const struct warden_request *request = (const void *)w->packet;
  size_t length = (size_t)n;
  if (length >= sizeof *request) {
    if (request->kind == WARDEN_REQUEST_SPAWN) serve_spawn(w, request, length);
    if (request->kind == WARDEN_REQUEST_SIGNAL && request->version == WARDEN_WIRE_VERSION)
      serve_signal(w, request);
    if (request->kind == WARDEN_REQUEST_GROUPS && request->version == WARDEN_WIRE_VERSION)
      open_groups(w);
  }
  // An environment may hold a child's secrets.
  explicit_bzero(w->packet, length);
  return true;
}

/// How long there is nothing to do if nobody says anything; -1 for ever.
static int patience(const struct warden *w) {
  int64_t wait = -1;
  if (w->dead > 0) {
    wait = w->retry_at_ms - warden_now_ms();
    if (wait < 0) wait = 0;
  }
  if (w->owed > 0 && (wait < 0 || wait > OFFER_AGAIN_MS)) wait = OFFER_AGAIN_MS;
  return (int)wait;
}

/// Whoever reports, as poll shall wait for it.
static nfds_t add_reports(const struct warden *w, struct pollfd *ready) {
  nfds_t count = 0;
  for (int i = 0; (int)count < w->starting && i < w->used; i++)
    if (w->slots[i].state == SLOT_STARTING && w->slots[i].report >= 0)
      ready[count++] = (struct pollfd){.fd = w->slots[i].report, .events = POLLIN};
  return count;
}

static void hear_reports(struct warden *w) {
  for (int i = 0; w->starting > 0 && i < w->used; i++)
    if (w->slots[i].state == SLOT_STARTING) hear_report(w, &w->slots[i]);
}

static void run(struct warden *w) {
  for (;;) {
    // While events are owed no request is read: a chatd that does not listen asks for no more.
    bool listens = w->owed == 0 && w->starting < STARTS_MAX;
    struct pollfd ready[2 + STARTS_MAX] = {
        {.fd = w->socket, .events = listens ? POLLIN : 0}, {.fd = w->signals, .events = POLLIN}};
    nfds_t count = 2 + add_reports(w, ready + 2);
    if (poll(ready, count, patience(w)) < 0 && errno != EINTR && errno != ENOMEM) return;
    if (ready[0].revents & (POLLHUP | POLLERR | POLLNVAL)) return;
    if ((ready[0].revents & POLLIN) && !serve(w)) return;
    hear_reports(w);
    struct signalfd_siginfo info;
    if (ready[1].revents & POLLIN) {
      while (read(w->signals, &info, sizeof info) > 0) continue;
      reap(w);
    }
    // An end is told before the clearing up, which may take a moment.
    pay(w);
    drain(w);
    pay(w);
  }
}

int main(void) {
  int type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(3, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_SEQPACKET) {
    fprintf(stderr, "chatd-warden: descriptor 3 must be chatd's socket: chatd starts this\n");
    return EXIT_USAGE;
  }
  // What warden_sweep_cgroup knows a warden by, whatever file it was started from.
  prctl(PR_SET_NAME, "chatd-warden");
  reset_signals();
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  warden.socket = 3;
  fcntl(3, F_SETFD, FD_CLOEXEC);
  warden.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  warden.null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (warden.signals < 0 || warden.null < 0 || warden_become_subreaper() != 0) {
    fprintf(stderr, "chatd-warden: can't begin: %s\n", strerror(errno));
    return 1;
  }
  warden.home = warden.groups = -1;
  run(&warden);
  kill_groups(&warden);
  int left = warden_end_children(&warden.tree, 0, END_TIMEOUT_MS);
  close_groups(&warden);
  return left == 0 ? 0 : 1;
}
