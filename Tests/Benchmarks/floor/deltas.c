#include "../deltas.h"

#include <curl/curl.h>

#include "floor.h"

/// As long as a line of the stream may be.
#define LINE_MAX_BYTES 4096
/// Only a server that says nothing more lets it come to this.
#define WAIT_MS 30000

/// One answer that is read.
struct answer {
  CURL *easy;
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
    int count, const char *url, struct curl_slist *headers, struct deltas *deltas) {
  struct answer *answers = calloc((size_t)count, sizeof *answers);
  if (!answers) fail("deltas");
  for (struct answer *a = answers; a < answers + count; a++) {
    a->deltas = deltas;
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

static void finish_done(CURLM *multi) {
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
    if (message->data.result != CURLE_OK) refuse(curl_easy_strerror(message->data.result));
    curl_multi_remove_handle(multi, message->easy_handle);
  }
}

/// Reads until all streams have ended.
static void read_answers(CURLM *multi, const struct deltas *deltas) {
  bool is_told = false;
  for (int running = 1; running > 0;) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) refuse("curl_multi_perform");
    finish_done(multi);
    if (have_come(deltas) && !is_told) {
      is_told = true;
      tell_that_all_came();
    }
    if (running > 0) curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
  }
  if (!is_told) refuse("it ended too soon");
}

int read_deltas(int port) {
  char line[128], url[64];
  int count;
  long long wanted;
  struct curl_slist *headers = NULL;
  CURLM *multi = curl_multi_init();
  headers = curl_slist_append(headers, "Content-Type: application/json");
  headers = curl_slist_append(headers, "anthropic-version: 2026-10-21");
  snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/messages", port);
  while (fgets(line, sizeof line, stdin)) {
    struct deltas deltas;
    if (sscanf(line, "read %d %lld", &count, &wanted) != 2) return 64;
    await_deltas(&deltas, (size_t)(count * wanted));
    struct answer *answers = make_answers(count, url, headers, &deltas);
    for (int i = 0; i < count; i++) curl_multi_add_handle(multi, answers[i].easy);
    read_answers(multi, &deltas);
    print_deltas(&deltas);
    fflush(stdout);
    for (int i = 0; i < count; i++) curl_easy_cleanup(answers[i].easy);
    free(answers);
  }
  curl_multi_cleanup(multi);
  return 0;
}
