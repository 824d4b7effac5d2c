/// senders post|websocket PORT CONTENT_BYTES DURATION_MS THREAD...: a person in each thread of the
/// chat, who sends a message and, once that is acknowledged, the next one. Prints how many were
/// acknowledged, and in how many seconds. All of them are one thread of one process, which leaves
/// the machine to chatd.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "frames.h"

/// Far longer than an acknowledgement takes: only one that never comes does.
#define WAIT_MS 10000
/// More than is ever read at once and not whole: an entry, or `hello`.
#define ROOM (64 << 10)

struct sender {
  int socket;
  const char *thread;
  bool is_greeted;
  size_t start, end;
  char bytes[ROOM];
};

static int port, content_bytes;
static bool is_websocket;
/// Senders that may begin; messages that were acknowledged, and that are to be.
static int64_t ready, count, waiting;
static int64_t end_ns, last_ns;

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static _Noreturn void refuse(const char *what, size_t length) {
  fprintf(stderr, "not an acknowledgement: %.*s\n", (int)length, what);
  exit(1);
}

/// Before the JSON of a message: its frame's, with a mask of zeros, which leaves it as it is.
static int write_head(char *head, size_t size, int length) {
  static const uint8_t text = 0x81, is_masked = 0x80, is_long = 126;
  if (!is_websocket)
    return snprintf(
        head, size,
        "POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        "Content-Length: %d\r\n\r\n",
        port, length);
  const uint8_t frame[] = {
      text, is_masked | is_long, (uint8_t)(length >> 8), (uint8_t)length, 0, 0, 0, 0};
  memcpy(head, frame, sizeof frame);
  return sizeof frame;
}

/// Sends a message as the page does, with an identifier of its own.
static void send_message(struct sender *s) {
  static int64_t number;
  char json[1024], bytes[2048];
  int length = snprintf(
      json, sizeof json, "{%s\"thread\":\"%s\",\"content\":\"%0*d\",\"client_msg_id\":\"%d-%lld\"}",
      is_websocket ? "\"type\":\"send_message\",\"ref\":1," : "", s->thread, content_bytes, 0,
      getpid(), (long long)++number);
  int head = write_head(bytes, sizeof bytes / 2, length);
  memcpy(bytes + head, json, (size_t)length);
  length += head;
  if (send(s->socket, bytes, (size_t)length, MSG_NOSIGNAL) != length) fail("sending a message");
  waiting++;
}

static void take_acknowledgement(struct sender *s) {
  count++;
  waiting--;
  last_ns = now_ns();
  if (last_ns < end_ns) send_message(s);
}

static bool begins(const char *bytes, size_t length, const char *prefix) {
  return length >= strlen(prefix) && memcmp(bytes, prefix, strlen(prefix)) == 0;
}

/// Takes what is next of HTTP; its length, or 0 where it is not all there.
static size_t take_response(struct sender *s, char *bytes, size_t used) {
  char *end = memmem(bytes, used, "\r\n\r\n", 4);
  if (!end) return 0;
  size_t head = (size_t)(end + 4 - bytes);
  if (is_websocket) {
    if (!begins(bytes, used, "HTTP/1.1 101")) refuse(bytes, used);
    s->is_greeted = true;
    return head;
  }
  *end = 0;
  char *field = strcasestr(bytes, "\r\ncontent-length:");
  if (!field || !begins(bytes, used, "HTTP/1.1 201")) refuse(bytes, used);
  size_t length = head + strtoul(strchr(field, ':') + 1, NULL, 10);
  *end = '\r';
  if (used < length) return 0;
  take_acknowledgement(s);
  return length;
}

/// The same of a WebSocket. Most of what comes is what others have sent.
static size_t take_text(struct sender *s, char *bytes, size_t used) {
  const uint8_t *b = (uint8_t *)bytes;
  if (used < 4) return 0;
  size_t head = b[1] < 126 ? 2 : 4;
  size_t length = b[1] < 126 ? b[1] : (size_t)(b[2] << 8 | b[3]);
  if (b[1] > 126 || b[0] == 0x88) refuse(bytes + head, used - head);
  if (used < head + length) return 0;
  const char *json = bytes + head;
  if (begins(json, length, "{\"type\":\"error\"")) refuse(json, length);
  if (begins(json, length, "{\"type\":\"hello\"")) ready++;
  if (begins(json, length, "{\"type\":\"message_update\",\"ref\":1,")) take_acknowledgement(s);
  return head + length;
}

static void hear(struct sender *s) {
  memmove(s->bytes, s->bytes + s->start, s->end - s->start);
  s->end -= s->start;
  s->start = 0;
  ssize_t got = recv(s->socket, s->bytes + s->end, sizeof s->bytes - s->end, 0);
  if (got == 0) errno = ECONNRESET;
  if (got <= 0) fail("hearing chatd");
  s->end += (size_t)got;
  for (size_t length = 1; length > 0; s->start += length) {
    char *bytes = s->bytes + s->start;
    size_t used = s->end - s->start;
    length = s->is_greeted ? take_text(s, bytes, used) : take_response(s, bytes, used);
  }
}

static void open_sender(struct sender *s, int epoll, const char *thread) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
  s->thread = thread;
  s->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s->socket < 0 || connect(s->socket, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt(s->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, s->socket, &event) != 0)
    fail("connecting");
}

/// A WebSocket is ready once chatd has said `hello`.
static void greet(struct sender *s) {
  char request[256];
  if (!is_websocket) {
    ready++;
    return;
  }
  int length = snprintf(
      request, sizeof request,
      "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
      port);
  if (send(s->socket, request, (size_t)length, MSG_NOSIGNAL) != length) fail("the handshake");
}

static void serve(int epoll) {
  struct epoll_event events[64];
  int n = epoll_wait(epoll, events, 64, WAIT_MS);
  if (n == 0) errno = ETIMEDOUT;
  if (n <= 0) fail("waiting for chatd");
  for (int i = 0; i < n; i++) hear(events[i].data.ptr);
}

int main(int argc, char **argv) {
  if (argc < 6) return 64;
  is_websocket = strcmp(argv[1], "websocket") == 0;
  port = atoi(argv[2]);
  content_bytes = atoi(argv[3]);
  int threads = argc - 5, epoll = epoll_create1(EPOLL_CLOEXEC);
  struct sender *senders = calloc((size_t)threads, sizeof *senders);
  if (epoll < 0 || !senders) fail("senders");
  for (int i = 0; i < threads; i++) open_sender(&senders[i], epoll, argv[5 + i]);
  for (int i = 0; i < threads; i++) greet(&senders[i]);
  while (ready < threads) serve(epoll);
  int64_t start_ns = now_ns();
  end_ns = start_ns + atoll(argv[4]) * 1000000;
  for (int i = 0; i < threads; i++) send_message(&senders[i]);
  while (waiting > 0) serve(epoll);
  printf("%lld %.6f\n", (long long)count, (double)(last_ns - start_ns) / 1e9);
  return 0;
}
