// {{title}}: a child of chatd. Your own code goes into `reply`; the rest speaks the protocol.
//
// chatd asks, the child answers, one frame at a time: a length of four bytes, big-endian, then that
// many bytes of JSON (json.h reads them). What is printed to stderr goes to the child's log.
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "json.h"

// Says something to a message, in Markdown; false says nothing. This is yours.
static bool reply(const char *text, size_t length, struct text *said) {
  size_t words = 0;
  for (size_t index = 0; index < length; index++) {
    bool is_end = index + 1 == length || isspace((unsigned char)text[index + 1]);
    if (!isspace((unsigned char)text[index]) && is_end) words++;
  }
  text_print(said, "I heard **%zu** words", words);
  return true;
}

// Adds the outcome of a request: a result or an error.
static void add_outcome(struct text *out, struct json method, struct json params) {
  if (json_is(method, "\"message\"")) {
    struct text heard = {0}, said = {0};
    text_add_string(&heard, json_get(json_get(params, "message"), "content"));
    if (reply(heard.bytes, heard.length, &said)) {
      text_print(out, ",\"result\":{\"text\":");
      text_add_quoted(out, said.bytes, said.length);
      text_print(out, "}");
    } else {
      text_print(out, ",\"result\":null");
    }
    free(heard.bytes);
    free(said.bytes);
  } else if (json_is(method, "\"initialize\"") ||  // params has state and config
             json_is(method, "\"ping\"") || json_is(method, "\"shutdown\"")) {
    text_print(out, ",\"result\":{}");
  } else {
    text_print(out, ",\"error\":{\"code\":-32601,\"message\":\"no such method\"}");
  }
}

// Reads so many bytes; false at the end of the stream, when chatd is gone.
static bool read_all(int chatd, char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = recv(chatd, bytes, length, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes += count;
    length -= (size_t)count;
  }
  return true;
}

// Writes so many bytes; false when chatd is gone.
static bool write_all(int chatd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = send(chatd, bytes, length, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes += count;
    length -= (size_t)count;
  }
  return true;
}

// Reads a frame into memory that it takes; NULL at the end of the stream.
static char *read_frame(int chatd, size_t *length) {
  uint32_t header;
  if (!read_all(chatd, (char *)&header, sizeof header)) return NULL;
  *length = ntohl(header);
  char *bytes = *length > 0 && *length <= 8 << 20 ? malloc(*length) : NULL;  // chatd's limit
  if (bytes && read_all(chatd, bytes, *length)) return bytes;
  free(bytes);
  return NULL;
}

// Answers one frame; false when there is nothing more to do.
static bool answer(int chatd, const char *bytes, size_t length) {
  struct json frame;
  if (!json_read(bytes, length, &frame)) {
    fprintf(stderr, "chatd sent %zu bytes that are no JSON\n", length);
    return false;
  }
  struct json id = json_get(frame, "id"), method = json_get(frame, "method");
  // A notification, such as `cancel`, is not answered: we are done with that request by now.
  if (id.length == 0 || method.length == 0) return true;

  struct text out = {0};
  text_print(&out, "....{\"jsonrpc\":\"2.0\",\"id\":");
  text_add(&out, id.at, id.length);
  add_outcome(&out, method, json_get(frame, "params"));
  text_print(&out, "}");
  uint32_t header = htonl((uint32_t)(out.length - 4));
  memcpy(out.bytes, &header, 4);  // over the four dots
  bool is_sent = write_all(chatd, out.bytes, out.length);
  free(out.bytes);
  return is_sent && !json_is(method, "\"shutdown\"");
}

int main(void) {
  const char *path = getenv("CHATD_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path || strlen(path) >= sizeof address.sun_path) {
    fprintf(stderr, "CHATD_SOCKET is not set: a child is started by chatd\n");
    return 1;
  }
  strcpy(address.sun_path, path);
  // Close-on-exec: a program that this one starts must not hold the connection open.
  int chatd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (chatd < 0 || connect(chatd, (struct sockaddr *)&address, sizeof address) < 0) {
    perror("can't connect to CHATD_SOCKET");
    return 1;
  }
  char *frame;
  for (size_t length; (frame = read_frame(chatd, &length)); free(frame)) {
    if (!answer(chatd, frame, length)) {
      free(frame);
      break;
    }
  }
  return 0;
}
