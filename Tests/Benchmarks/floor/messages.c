#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "../deltas.h"
#include "floor.h"

#define STREAMS_MAX 256
/// More than the head of a request has.
#define HEAD_MAX (16 << 10)
/// Far longer than a reader lets a socket be full, or takes to ask for its streams.
#define WAIT_S 10

#define EVENT(name, data) "event: " name "\ndata: {\"type\":\"" name "\"" data "}\n\n"

struct connection {
  int socket;
  bool is_streaming;
  /// What is left of a request's body, which is of no matter.
  size_t body_left;
  size_t used;
  char bytes[HEAD_MAX + 1];
};

struct server {
  int epoll, listener;
  /// What the next streams are.
  int stream_count;
  int64_t delta_count, pause_ns;
  struct connection *streams[STREAMS_MAX];
  int begun;
  /// Deltas that were sent, of all streams in turn, and when the first one was due.
  int64_t sent, start_ns;
  /// What was told and has not been answered.
  bool is_opening, is_sending;
  int64_t open_until_ns;
};

static void answer(void) {
  printf("done\n");
  fflush(stdout);
}

static void send_all(struct connection *c, const char *bytes, size_t length) {
  if (send(c->socket, bytes, length, MSG_NOSIGNAL) != (ssize_t)length) fail("streaming");
}

/// Sends some events as one chunk, after `head`.
static void send_events(struct connection *c, const char *head, const char *events, bool is_last) {
  char bytes[4096];
  int length = snprintf(bytes, sizeof bytes, "%s%zx\r\n%s\r\n%s", head, strlen(events), events,
                        is_last ? "0\r\n\r\n" : "");
  send_all(c, bytes, (size_t)length);
}

static void begin_stream(struct server *s, struct connection *c) {
  if (s->begun == s->stream_count) {
    errno = EBUSY;
    fail("a stream more than planned");
  }
  s->streams[s->begun++] = c;
  c->is_streaming = true;
  send_events(
      c,
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
      "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n",
      EVENT("message_start",
            ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
            "\"content\":[],\"model\":\"claude-opus-5-5\",\"stop_reason\":null,"
            "\"stop_sequence\":null,\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}")
      EVENT("content_block_start",
            ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
      false);
}

/// Each is a packet of its own: nothing is joined with what comes next.
static void send_delta(struct connection *c) {
  char text[DELTA_BYTES + 1], event[256];
  snprintf(text, sizeof text, DELTA_FORMAT, (long long)now_ns());
  snprintf(event, sizeof event,
           EVENT("content_block_delta",
                 ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}"),
           text);
  send_events(c, "", event, false);
}

static void end_streams(struct server *s) {
  for (int i = 0; i < s->begun; i++) {
    s->streams[i]->is_streaming = false;
    send_events(
        s->streams[i], "",
        EVENT("content_block_stop", ",\"index\":0")
        EVENT("message_delta",
              ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
              "\"usage\":{\"output_tokens\":6}")
        EVENT("message_stop", ""),
        true);
  }
  s->begun = 0;
}

/// What a server that has nothing but messages says of anything else.
static void refuse(struct connection *c) {
  static const char body[] =
      "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"Not found\"}}";
  char bytes[512];
  int length = snprintf(bytes, sizeof bytes,
                        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        strlen(body), body);
  send_all(c, bytes, (size_t)length);
}

static void take_request(struct server *s, struct connection *c) {
  static const char path[] = "POST /v1/messages";
  size_t length = strlen(path);
  bool is_message =
      memcmp(c->bytes, path, length) == 0 && strchr(" ?", c->bytes[length]) != NULL;
  if (is_message) begin_stream(s, c);
  else refuse(c);
}

/// Takes what has come: a request is answered once its body is there.
static void take_bytes(struct server *s, struct connection *c) {
  c->bytes[c->used] = 0;
  char *end = strstr(c->bytes, "\r\n\r\n");
  if (!end) {
    errno = EMSGSIZE;
    if (c->used == HEAD_MAX) fail("the head of a request");
    return;
  }
  const char *field = strcasestr(c->bytes, "\r\ncontent-length:");
  size_t length = field && field < end ? strtoul(strchr(field, ':') + 1, NULL, 10) : 0;
  size_t got = c->used - (size_t)(end + 4 - c->bytes);
  c->used = 0;
  c->body_left = length > got ? length - got : 0;
  if (c->body_left == 0) take_request(s, c);
}

static void hear(struct server *s, struct connection *c) {
  // Of a body nothing is kept: it overwrites itself behind the line that says what is asked.
  size_t at = c->body_left > 0 ? HEAD_MAX / 2 : c->used;
  ssize_t got = recv(c->socket, c->bytes + at, HEAD_MAX - at, 0);
  if (got <= 0) {
    if (c->is_streaming) fail("the reader of a stream has left");
    close(c->socket);
    free(c);
  } else if (c->body_left > 0) {
    c->body_left -= (size_t)got < c->body_left ? (size_t)got : c->body_left;
    if (c->body_left == 0) take_request(s, c);
  } else {
    c->used += (size_t)got;
    take_bytes(s, c);
  }
}

static void accept_connection(struct server *s) {
  struct connection *c = calloc(1, sizeof *c);
  struct timeval limit = {.tv_sec = WAIT_S};
  if (!c) fail("accepting");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  c->socket = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
  if (c->socket < 0 ||
      setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
      setsockopt(c->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->socket, &event) != 0)
    fail("accepting");
}

/// Serves one line; false at the end of the input.
static bool serve_command(struct server *s) {
  char line[128];
  int count;
  long long deltas, pause_us;
  if (!fgets(line, sizeof line, stdin)) return false;
  if (sscanf(line, "plan %d %lld %lld", &count, &deltas, &pause_us) == 3 && count > 0 &&
      count <= STREAMS_MAX) {
    s->stream_count = count;
    s->delta_count = deltas;
    s->pause_ns = pause_us * 1000;
    answer();
  } else if (strcmp(line, "open\n") == 0) {
    s->is_opening = true;
    s->open_until_ns = now_ns() + WAIT_S * 1000000000LL;
  } else if (strcmp(line, "send\n") == 0) {
    s->is_sending = true;
    s->sent = 0;
    s->start_ns = now_ns();
  } else if (strcmp(line, "end\n") == 0) {
    end_streams(s);
    answer();
  } else {
    exit(64);
  }
  return true;
}

/// How long until the next delta is due; they are spread evenly over all streams.
static int64_t ns_until_due(const struct server *s) {
  return s->start_ns + s->sent * (s->pause_ns / s->stream_count) - now_ns();
}

static void send_due(struct server *s) {
  while (s->is_sending && ns_until_due(s) <= 0) {
    send_delta(s->streams[s->sent % s->stream_count]);
    if (++s->sent < s->delta_count * s->stream_count) continue;
    s->is_sending = false;
    answer();
  }
}

static struct timespec *timeout(const struct server *s, struct timespec *left) {
  if (!s->is_sending && !s->is_opening) return NULL;
  int64_t ns = s->is_sending ? ns_until_due(s) : s->open_until_ns - now_ns();
  if (ns < 0) ns = 0;
  *left = (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
  return left;
}

/// Answers `open` once all streams have begun.
static void tell_whether_open(struct server *s) {
  if (!s->is_opening) return;
  if (s->begun == s->stream_count) {
    s->is_opening = false;
    answer();
  } else if (now_ns() > s->open_until_ns) {
    errno = ETIMEDOUT;
    fail("waiting for streams to be asked for");
  }
}

static void open_server(struct server *s) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  struct epoll_event command = {.events = EPOLLIN, .data.ptr = NULL};
  struct epoll_event connects = {.events = EPOLLIN, .data.ptr = s};
  // As punctual as the kernel can: a reader is not to find two deltas at once.
  prctl(PR_SET_TIMERSLACK, 1);
  setvbuf(stdin, NULL, _IONBF, 0);
  s->epoll = epoll_create1(EPOLL_CLOEXEC);
  s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s->epoll < 0 || s->listener < 0 ||
      bind(s->listener, (struct sockaddr *)&address, length) != 0 ||
      listen(s->listener, STREAMS_MAX) != 0 ||
      getsockname(s->listener, (struct sockaddr *)&address, &length) != 0 ||
      epoll_ctl(s->epoll, EPOLL_CTL_ADD, 0, &command) != 0 ||
      epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &connects) != 0)
    fail("messages");
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
}

int serve_messages(void) {
  struct server s = {0};
  open_server(&s);
  for (;;) {
    struct epoll_event events[64];
    struct timespec left;
    int n = epoll_pwait2(s.epoll, events, 64, timeout(&s, &left), NULL);
    if (n < 0 && errno != EINTR) fail("epoll_pwait2");
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == &s) accept_connection(&s);
      else if (events[i].data.ptr) hear(&s, events[i].data.ptr);
      else if (!serve_command(&s)) return 0;
    }
    tell_whether_open(&s);
    send_due(&s);
  }
}
