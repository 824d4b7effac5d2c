// Reads cases from standard input, each a length of four bytes, big-endian, and that many bytes.
// Writes a line for each: what the scaffold's reader makes of them, as JSON, or "invalid".
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

// The keys that the test's objects have.
static const char *const keys[] = {"a", "b", "ab", "", "ü", "q\"\\", "\x01"};

static void describe(struct json value, struct text *out);

static void describe_list(struct json list, struct text *out) {
  const char *separator = "";
  text_print(out, "[");
  for (struct json item = {0}; json_next(list, &item); separator = ",") {
    text_print(out, "%s", separator);
    describe(item, out);
  }
  text_print(out, "]");
}

static void describe_object(struct json object, struct text *out) {
  const char *separator = "";
  text_print(out, "{");
  for (size_t index = 0; index < sizeof keys / sizeof *keys; index++) {
    struct json value = json_get(object, keys[index]);
    if (value.length == 0) continue;
    text_print(out, "%s", separator);
    text_add_quoted(out, keys[index], strlen(keys[index]));
    text_print(out, ":");
    describe(value, out);
    separator = ",";
  }
  text_print(out, "}");
}

static void describe(struct json value, struct text *out) {
  struct text string = {0};
  switch (value.at[0]) {
    case '[': describe_list(value, out); break;
    case '{': describe_object(value, out); break;
    case '"':
      text_add_string(&string, value);
      text_add_quoted(out, string.bytes, string.length);
      break;
    case 't': case 'f': case 'n': text_add(out, value.at, value.length); break;
    default: text_print(out, "{\"number\":\"%.17g\"}", json_number(value));
  }
  free(string.bytes);
}

int main(void) {
  uint32_t header;
  while (fread(&header, sizeof header, 1, stdin) == 1) {
    size_t length = ntohl(header);
    char *bytes = malloc(length);  // of just that size: one byte more read is seen
    if (length > 0 && fread(bytes, length, 1, stdin) != 1) return 1;
    struct json value;
    struct text out = {0};
    if (json_read(bytes, length, &value)) describe(value, &out);
    else text_print(&out, "\"invalid\"");
    puts(out.bytes);
    free(out.bytes);
    free(bytes);
  }
  return 0;
}
