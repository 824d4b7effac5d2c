#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "floor.h"

/// How long children may take to end once their sockets are closed.
#define END_TIMEOUT_MS 5000

static void watch(struct parent *p, int fd, int kind, int index) {
  struct epoll_event event = {
      .events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | (uint32_t)index};
  if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

static void shut(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void socket_path(const struct parent *p, int index, char path[108]) {
  long long generation = p->children[index].generation;
  snprintf(path, 108, "%s/%d.%lld", p->folder, index, generation);
}

static void listen_for(struct parent *p, int index) {
  struct child *c = &p->children[index];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socket_path(p, index, address.sun_path);
  c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (c->listener < 0 || bind(c->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(c->listener, 1) != 0)
    fail(address.sun_path);
  watch(p, c->listener, EVENT_CONNECTS, index);
}

_Noreturn static void become(const struct parent *p, pid_t parent, char *const environment[]) {
  char *const arguments[] = {(char *)p->program, NULL};
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(null, 1);
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == parent) execve(p->program, arguments, environment);
  _exit(127);
}

void start_child(struct parent *p, int index) {
  struct child *c = &p->children[index];
  char socket[128] = "CHATD_SOCKET=", folder[256];
  pid_t self = getpid();
  int64_t generation = c->generation + 1;
  // All but the inbox's room, most of which is never touched.
  memset(c, 0, offsetof(struct child, in.bytes));
  c->pidfd = c->listener = c->socket = -1;
  c->generation = generation;
  listen_for(p, index);
  socket_path(p, index, socket + strlen(socket));
  snprintf(folder, sizeof folder, "BENCH_FOLDER=%s", p->folder);
  char *const environment[] = {socket, folder, NULL};
  c->pid = fork();
  if (c->pid == 0) become(p, self, environment);
  c->pidfd = c->pid > 0 ? pidfd_open(c->pid, 0) : -1;
  if (c->pidfd < 0) fail("fork");
  watch(p, c->pidfd, EVENT_ENDED, index);
}

static void greet(struct parent *p, int index) {
  struct child *c = &p->children[index];
  char frame[FRAME_MAX], path[108];
  c->socket = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (c->socket < 0) fail("accept");
  socket_path(p, index, path);
  unlink(path);
  shut(&c->listener);
  watch(p, c->socket, EVENT_SPEAKS, index);
  int length = snprintf(
      frame + 4, sizeof frame - 4,
      "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"initialize\",\"params\":{\"protocol\":1,"
      "\"child_id\":\"c%03d\",\"generation\":%lld,\"state\":null,\"config\":{},\"limits\":"
      "{\"frame_bytes\":1048576,\"state_bytes\":1048576},\"chatd\":\"0.1.0\"}}",
      (long long)++c->last_id, index, (long long)c->generation);
  write_frame(c->socket, frame, (size_t)length);
}

static void hear(struct parent *p, struct child *c) {
  size_t length;
  if (fill(&c->in, c->socket) <= 0) return shut(&c->socket);
  while (take_frame(&c->in, &length)) {
    if (c->is_ready) continue;
    c->is_ready = true;
    p->ready++;
  }
}

void serve_child(struct parent *p, int kind, int index) {
  struct child *c = &p->children[index];
  if (kind == EVENT_CONNECTS && c->listener >= 0) greet(p, index);
  if (kind == EVENT_SPEAKS && c->socket >= 0) hear(p, c);
  if (kind != EVENT_ENDED) return;
  waitid(P_PIDFD, (id_t)c->pidfd, &(siginfo_t){0}, WEXITED);
  if (c->is_ready) p->ready--;
  shut(&c->pidfd);
  shut(&c->socket);
  shut(&c->listener);
  start_child(p, index);
}

void end_children(struct parent *p) {
  int64_t deadline = now_ns() + END_TIMEOUT_MS * 1000000LL;
  for (int i = 0; i < p->count; i++) shut(&p->children[i].socket);
  for (int i = 0; i < p->count; i++) {
    struct child *c = &p->children[i];
    struct pollfd end = {.fd = c->pidfd, .events = POLLIN};
    int64_t left = (deadline - now_ns()) / 1000000;
    if (poll(&end, 1, left > 0 ? (int)left : 0) != 1)
      pidfd_send_signal(c->pidfd, SIGKILL, NULL, 0);
    waitid(P_PIDFD, (id_t)c->pidfd, &(siginfo_t){0}, WEXITED);
  }
}
