// Wordcount: counts the words of a long message, and of what follows "count words:".
//
// A child connects to CHATD_SOCKET and answers what it is asked, one frame at a time: a length of
// four bytes, big-endian, then that many bytes of JSON. This one has no JSON library: chatd writes
// its keys in a fixed order, so that a prefix tells what is asked. ../README.md has the protocol.
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define HEAD "{\"jsonrpc\":\"2.0\",\"id\":%lld,"  // of a request and of a result
#define CONTENT "\"content\":\""  // can't be text: in a string a backslash stands before a quote
#define WISH "count words:"
enum { LONG_MESSAGE = 100, READ_A_MINUTE = 230, PADDING = 8 };

// Takes the next character of a JSON string; -1 at its end. Reads at most PADDING bytes beyond it.
static long next(const unsigned char **at) {
  unsigned char c = *(*at)++;
  if (c == '"' || c == '\0') return -1;
  if (c == '\\') {
    if ((c = *(*at)++) != 'u') return c == 'n' ? '\n' : strchr("rtbf", c) ? ' ' : c;
    char digits[5] = "";
    memcpy(digits, *at, 4);
    *at += 4;
    return strtol(digits, NULL, 16);
  }
  int more = c < 0xC0 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;  // bytes of UTF-8 that follow
  long character = more ? c & 0x3F >> more : c;
  while (more-- > 0) character = character << 6 | (*(*at)++ & 0x3F);
  return character;
}

// Whether it stands between words. Beyond ASCII, these are the spaces that people paste.
static int is_space(long c) {
  return c <= ' ' || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x3000;
}

// Writes the result for a message with this content, a JSON string behind its first quote.
static void count(const char *content, char *result) {
  int is_asked = strncasecmp(content, WISH, strlen(WISH)) == 0, in_word = 0, in_line = 0;
  const unsigned char *at = (const unsigned char *)content + (is_asked ? strlen(WISH) : 0);
  long words = 0, characters = 0, lines = 0;
  for (long c; (c = next(&at)) >= 0; in_word = !is_space(c), in_line = words && c != '\n') {
    if (words == 0 && is_space(c)) continue;  // the first word has not begun
    words += !in_word && !is_space(c);
    lines += !in_line;
    characters++;
  }
  long minutes = (words + READ_A_MINUTE - 1) / READ_A_MINUTE;
  if (is_asked || words >= LONG_MESSAGE)  // else the result stays {}, which says nothing
    sprintf(result, "{\"text\":\"📏 words **%ld** · characters **%ld** · lines **%ld** · "
            "minutes to read **%ld**\"}", words, characters, lines, minutes);
}

int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", getenv("CHATD_SOCKET") ?: "");
  int chatd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(chatd, (struct sockaddr *)&address, sizeof address) != 0) err(1, "CHATD_SOCKET");
  FILE *frames = fdopen(chatd, "rb");  // its fread waits for all the bytes, or the end
  char *body = NULL, method[33] = "", result[200], frame[300];
  for (uint32_t length; strcmp(method, "shutdown") && fread(&length, 4, 1, frames) == 1;) {
    length = ntohl(length);
    if (!(body = realloc(body, (size_t)length + PADDING))) err(1, "a frame of %u bytes", length);
    if (fread(body, 1, length, frames) < length) break;
    memset(body + length, 0, PADDING);
    long long id;  // a notification has none, and is never answered
    if (sscanf(body, HEAD "\"method\":\"%32[^\"]", &id, method) < 2) continue;
    const char *content = strstr(body, CONTENT);
    strcpy(result, "{}");
    if (strcmp(method, "message") == 0 && content) count(content + strlen(CONTENT), result);
    int size = sprintf(frame + 4, HEAD "\"result\":%s}", id, result);
    memcpy(frame, &(uint32_t){htonl(size)}, 4);
    if (send(chatd, frame, 4 + size, MSG_NOSIGNAL) < 0) break;
  }
}
