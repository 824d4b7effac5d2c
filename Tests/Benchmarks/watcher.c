/// watcher PORT DELTAS THREAD...: somebody with one WebSocket who asks in each thread and watches
/// until so many deltas of each answer have come, says that they have, and prints what they took.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "deltas.h"

/// Far longer than anything takes here: only what never comes does.
#define WAIT_S 30
/// More than is ever read at once and not whole: an entry.
#define ROOM (1 << 20)

static int server;
static char bytes[ROOM];
static size_t start, end;

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static _Noreturn void refuse(const char *what, size_t length) {
  fprintf(stderr, "not what was awaited: %.*s\n", (int)length, what);
  exit(1);
}

/// Reads once; when that was.
static int64_t read_more(void) {
  memmove(bytes, bytes + start, end - start);
  end -= start;
  start = 0;
  ssize_t got = recv(server, bytes + end, sizeof bytes - end, 0);
  int64_t now = now_ns();
  if (got == 0) errno = ECONNRESET;
  if (got <= 0) fail("hearing chatd");
  end += (size_t)got;
  return now;
}

static void connect_to(int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval limit = {.tv_sec = WAIT_S};
  server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
      setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
    fail("connecting");
}

static void greet(int port) {
  char request[256], *rest;
  int length = snprintf(
      request, sizeof request,
      "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
      port);
  if (send(server, request, (size_t)length, MSG_NOSIGNAL) != length) fail("the handshake");
  do read_more();
  while (!(rest = memmem(bytes, end, "\r\n\r\n", 4)));
  if (memcmp(bytes, "HTTP/1.1 101", 12) != 0) refuse(bytes, end);
  start = (size_t)(rest + 4 - bytes);
}

/// Asks as the page does; the frame's mask of zeros leaves the JSON as it is.
static void ask(const char *thread) {
  static const uint8_t text = 0x81, is_masked = 0x80, is_long = 126;
  char json[256], frame[512];
  int length = snprintf(
      json, sizeof json, "{\"type\":\"send_message\",\"thread\":\"%s\",\"content\":\"go on\"}",
      thread);
  const uint8_t head[] = {
      text, is_masked | is_long, (uint8_t)(length >> 8), (uint8_t)length, 0, 0, 0, 0};
  memcpy(frame, head, sizeof head);
  memcpy(frame + sizeof head, json, (size_t)length);
  length += (int)sizeof head;
  if (send(server, frame, (size_t)length, MSG_NOSIGNAL) != length) fail("asking");
}

static bool begins(const char *json, size_t length, const char *prefix) {
  return length >= strlen(prefix) && memcmp(json, prefix, strlen(prefix)) == 0;
}

static void take_json(struct deltas *d, const char *json, size_t length, int64_t now) {
  static const char text[] = "\"text\":\"";
  if (begins(json, length, "{\"type\":\"error\"") ||
      memmem(json, length, "\"status\":\"failed\"", 17) ||
      memmem(json, length, "\"status\":\"interrupted\"", 22))
    refuse(json, length);
  if (!begins(json, length, "{\"type\":\"message_delta\"")) return;
  const char *begin = memmem(json, length, text, strlen(text));
  if (!begin) refuse(json, length);
  begin += strlen(text);
  const char *quote = memchr(begin, '"', (size_t)(json + length - begin));
  if (!quote) refuse(json, length);
  take_deltas(d, begin, (size_t)(quote - begin), now);
}

/// Takes the next frame; false where it is not all there.
static bool take_frame_text(struct deltas *d, int64_t now) {
  const uint8_t *b = (uint8_t *)bytes + start;
  size_t have = end - start;
  if (have < 2) return false;
  size_t head = b[1] < 126 ? 2 : b[1] == 126 ? 4 : 10, length = b[1];
  if (have < head) return false;
  if (head > 2) length = 0;
  for (size_t i = 2; i < head; i++) length = length << 8 | b[i];
  if (head + length > ROOM || b[0] == 0x88) refuse(bytes + start, have);
  if (have < head + length) return false;
  if (b[0] == 0x81) take_json(d, bytes + start + head, length, now);
  start += head + length;
  return true;
}

int main(int argc, char **argv) {
  if (argc < 4) return 64;
  struct deltas deltas;
  int port = atoi(argv[1]);
  await_deltas(&deltas, (size_t)(atoll(argv[2]) * (argc - 3)));
  connect_to(port);
  greet(port);
  for (int i = 3; i < argc; i++) ask(argv[i]);
  while (!have_come(&deltas)) {
    int64_t now = read_more();
    while (take_frame_text(&deltas, now)) continue;
  }
  tell_that_all_came();
  print_deltas(&deltas);
  return 0;
}
