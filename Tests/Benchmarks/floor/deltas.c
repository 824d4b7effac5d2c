#include "../deltas.h"

#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>

#include "floor.h"

/// As long as a line of the stream may be.
#define LINE_MAX_BYTES 4096
/// Only a server that has nothing more to say lets it come to this.
#define WAIT_MS 30000

struct client {
  CURLM *multi;
  int epoll, running;
  /// When libcurl wants to be asked, whatever happens; INT64_MAX: never.
  int64_t due_ns;
};

/// One answer that is read.
struct answer {
  CURL *easy;
  /// Where its texts are passed on to; NULL: nowhere.
  struct outlet *outlet;
  struct deltas *deltas;
  size_t used;
  char line[LINE_MAX_BYTES];
};

static const char body[] =
    "{\"model\":\"claude-opus-5-5\",\"max_tokens\":1024,\"stream\":true,"
    "\"messages\":[{\"role\":\"user\",\"content\":\"go on\"}]}";

static _Noreturn void refuse(const char *what) {
  fprintf(stderr, "reading the stream: %s\n", what);
  exit(1);
}

/// Picks the text out of a line of the stream; it has no escapes.
static void take_line(struct answer *a, int64_t now) {
  static const char data[] = "data: ", text[] = "\"type\":\"text_delta\",\"text\":\"";
  if (a->used < strlen(data) || memcmp(a->line, data, strlen(data)) != 0) return;
  char *begin = strstr(a->line, text);
  if (!begin) return;
  begin += strlen(text);
  char *end = strchr(begin, '"');
  if (!end) refuse(a->line);
  take_deltas(a->deltas, begin, (size_t)(end - begin), now);
  if (a->outlet) pass_on(a->outlet, begin, (size_t)(end - begin));
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context) {
  struct answer *a = context;
  int64_t now = now_ns();
  for (size_t i = 0; i < size * count; i++) {
    if (bytes[i] != '\n') {
      if (a->used == LINE_MAX_BYTES - 1) refuse("a line that is too long");
      a->line[a->used++] = bytes[i];
      continue;
    }
    a->line[a->used] = 0;
    take_line(a, now);
    a->used = 0;
  }
  return size * count;
}

static struct answer *make_answers(
    int count, const char *url, struct curl_slist *headers, struct deltas *deltas,
    struct outlet *outlet) {
  struct answer *answers = calloc((size_t)count, sizeof *answers);
  if (!answers) fail("deltas");
  for (struct answer *a = answers; a < answers + count; a++) {
    a->deltas = deltas;
    a->outlet = outlet;
    a->easy = curl_easy_init();
    if (!a->easy) refuse("no handle");
    curl_easy_setopt(a->easy, CURLOPT_URL, url);
    curl_easy_setopt(a->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(a->easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(a->easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(a->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(a->easy, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(a->easy, CURLOPT_WRITEDATA, a);
  }
  return answers;
}

/// Has epoll look at the sockets that libcurl names: with curl_multi_poll the kernel would look at
/// all of them for every delta.
static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known) {
  (void)easy, (void)known;
  struct client *c = context;
  struct epoll_event event = {.data.fd = socket};
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  // libcurl has closed some that it wants to be forgotten.
  if (what == CURL_POLL_REMOVE) epoll_ctl(c->epoll, EPOLL_CTL_DEL, socket, NULL);
  else if (epoll_ctl(c->epoll, EPOLL_CTL_MOD, socket, &event) != 0 &&
           epoll_ctl(c->epoll, EPOLL_CTL_ADD, socket, &event) != 0)
    fail("epoll_ctl");
  return 0;
}

static int set_timer(CURLM *multi, long ms, void *context) {
  (void)multi;
  struct client *c = context;
  c->due_ns = ms < 0 ? INT64_MAX : now_ns() + ms * 1000000;
  return 0;
}

static void act(struct client *c, curl_socket_t socket, int what) {
  if (curl_multi_socket_action(c->multi, socket, what, &c->running) != CURLM_OK)
    refuse("curl_multi_socket_action");
}

/// Has libcurl do what is due and what the network brings.
static void turn(struct client *c) {
  struct epoll_event events[64];
  int64_t left_ms = (c->due_ns - now_ns() + 999999) / 1000000;
  int n = epoll_wait(c->epoll, events, 64,
                     left_ms < 0 ? 0 : left_ms > WAIT_MS ? WAIT_MS : (int)left_ms);
  if (n < 0 && errno != EINTR) fail("epoll_wait");
  if (n == 0 && left_ms > WAIT_MS) refuse("nothing comes");
  for (int i = 0; i < n; i++)
    act(c, events[i].data.fd,
        (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
            (events[i].events & ~(uint32_t)EPOLLOUT ? CURL_CSELECT_IN : 0));
  if (c->due_ns > now_ns()) return;
  c->due_ns = INT64_MAX;
  act(c, CURL_SOCKET_TIMEOUT, 0);
}

static void finish_done(CURLM *multi) {
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
    if (message->data.result != CURLE_OK) refuse(curl_easy_strerror(message->data.result));
    curl_multi_remove_handle(multi, message->easy_handle);
  }
}

/// Reads until all streams have ended.
static void read_answers(
    struct client *c, const struct deltas *deltas, struct outlet *outlet) {
  bool is_told = false;
  for (c->running = 1; c->running > 0;) {
    turn(c);
    if (outlet) flush_outlet(outlet);
    finish_done(c->multi);
    if (!have_come(deltas) || is_told) continue;
    is_told = true;
    tell_that_all_came();
  }
  if (!is_told) refuse("it ended too soon");
}

static void open_client(struct client *c) {
  *c = (struct client){
      .multi = curl_multi_init(), .epoll = epoll_create1(EPOLL_CLOEXEC), .due_ns = INT64_MAX};
  if (!c->multi || c->epoll < 0) fail("deltas");
  curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
  curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
  curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
}

int read_deltas(int port, bool passes_on) {
  char line[128], url[64];
  int count;
  long long wanted;
  struct curl_slist *headers = NULL;
  struct client client;
  struct outlet *outlet = passes_on ? open_outlet() : NULL;
  open_client(&client);
  headers = curl_slist_append(headers, "Content-Type: application/json");
  headers = curl_slist_append(headers, "anthropic-version: 2026-10-21");
  snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/messages", port);
  while (fgets(line, sizeof line, stdin)) {
    struct deltas deltas;
    if (sscanf(line, "read %d %lld", &count, &wanted) != 2) return 64;
    await_deltas(&deltas, (size_t)(count * wanted));
    struct answer *answers = make_answers(count, url, headers, &deltas, outlet);
    for (int i = 0; i < count; i++) curl_multi_add_handle(client.multi, answers[i].easy);
    read_answers(&client, &deltas, outlet);
    print_deltas(&deltas);
    fflush(stdout);
    for (int i = 0; i < count; i++) curl_easy_cleanup(answers[i].easy);
    free(answers);
  }
  curl_slist_free_all(headers);
  curl_multi_cleanup(client.multi);
  return 0;
}
