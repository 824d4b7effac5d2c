#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "warden_wire.h"

/// Room for the two descriptors that an event may carry.
union ancillary {
  struct cmsghdr align;
  char room[CMSG_SPACE(2 * sizeof(int))];
};

int warden_send_event(int fd, const struct warden_event *event) {
  int descriptors[2] = {event->stdout_fd, event->stderr_fd};
  union ancillary extra = {0};
  struct iovec part = {(void *)event, sizeof *event};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptors[0] >= 0) {
    message.msg_control = &extra;
    message.msg_controllen = sizeof extra.room;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(head), descriptors, sizeof descriptors);
  }
  return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ? 0 : -errno;
}

/// Takes over the descriptors that came with an event: both or, where the process has none left,
/// neither.
static void take_descriptors(struct msghdr *message, struct warden_event *event) {
  int taken[2] = {-1, -1};
  event->stdout_fd = event->stderr_fd = -1;
  struct cmsghdr *head = CMSG_FIRSTHDR(message);
  if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
    size_t bytes = head->cmsg_len - CMSG_LEN(0);
    memcpy(taken, CMSG_DATA(head), bytes < sizeof taken ? bytes : sizeof taken);
  }
  if (taken[1] >= 0) {
    event->stdout_fd = taken[0];
    event->stderr_fd = taken[1];
  } else if (event->kind == WARDEN_SPAWNED) {
    if (taken[0] >= 0) close(taken[0]);
    event->error = EMFILE;
  }
}

int warden_receive(int fd, struct warden_event *out) {
  union ancillary extra;
  struct iovec part = {out, sizeof *out};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra,
      .msg_controllen = sizeof extra.room};
  ssize_t n;
  do n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  // A warden that was killed with requests unread leaves a reset: the end all the same.
  if (n == 0 || (n < 0 && errno == ECONNRESET)) return 0;
  if (n < 0) return -errno;
  take_descriptors(&message, out);
  return n == (ssize_t)sizeof *out ? 1 : -EPROTO;
}
