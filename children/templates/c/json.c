#include "json.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 256 };

static const char REPLACEMENT[] = "\xEF\xBF\xBD";  // U+FFFD

// Checking: each of these takes what it is named after from the cursor, or returns false.

struct cursor {
  const char *at, *end;
};

static bool value(struct cursor *in, int depth);

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void skip_space(struct cursor *in) {
  while (in->at < in->end && is_space(*in->at)) in->at++;
}

static bool take(struct cursor *in, char c) {
  bool is_there = in->at < in->end && *in->at == c;
  if (is_there) in->at++;
  return is_there;
}

static bool word(struct cursor *in, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0) return false;
  in->at += length;
  return true;
}

static bool digits(struct cursor *in) {
  const char *start = in->at;
  while (in->at < in->end && is_digit(*in->at)) in->at++;
  return in->at > start;
}

static bool number(struct cursor *in) {
  take(in, '-');
  if (!take(in, '0') && !digits(in)) return false;
  if (take(in, '.') && !digits(in)) return false;
  if (take(in, 'e') || take(in, 'E')) {
    if (!take(in, '+')) take(in, '-');
    return digits(in);
  }
  return true;
}

// How many of at most `room` bytes make a character in UTF-8 (RFC 3629 §4); 0 where none do.
static size_t character(const char *bytes, size_t room) {
  const unsigned char *at = (const unsigned char *)bytes;
  if (room == 0) return 0;
  if (at[0] < 0x80) return 1;
  size_t length = at[0] >= 0xC2 && at[0] < 0xE0 ? 2 : (at[0] & 0xF0) == 0xE0 ? 3
                  : at[0] >= 0xF0 && at[0] < 0xF5 ? 4 : 0;
  if (length == 0 || length > room) return 0;
  for (size_t index = 1; index < length; index++) {
    if ((at[index] & 0xC0) != 0x80) return 0;
  }
  bool is_too_long = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
  bool is_surrogate = at[0] == 0xED && at[1] >= 0xA0;
  bool is_beyond = at[0] == 0xF4 && at[1] >= 0x90;
  return is_too_long || is_surrogate || is_beyond ? 0 : length;
}

// The number that four hexadecimal digits make; −1 where they are none.
static int hexadecimal(const char *at, const char *end) {
  if (end - at < 4) return -1;
  int unit = 0;
  for (const char *digit = at; digit < at + 4; digit++) {
    char lower = *digit | 0x20;
    if (is_digit(*digit)) unit = unit << 4 | (*digit - '0');
    else if (lower >= 'a' && lower <= 'f') unit = unit << 4 | (lower - 'a' + 10);
    else return -1;
  }
  return unit;
}

static bool string(struct cursor *in) {
  if (!take(in, '"')) return false;
  while (in->at < in->end && *in->at != '"') {
    if (take(in, '\\')) {
      if (take(in, 'u')) {
        if (hexadecimal(in->at, in->end) < 0) return false;
        in->at += 4;
      } else if (in->at == in->end || *in->at == '\0' || !strchr("\"\\/bfnrt", *in->at++)) {
        return false;
      }
    } else {
      size_t length = character(in->at, (size_t)(in->end - in->at));
      if (length == 0 || (unsigned char)*in->at < 0x20) return false;
      in->at += length;
    }
  }
  return take(in, '"');
}

// What stands between brackets: members of an object, or elements of an array.
static bool list(struct cursor *in, char close, int depth) {
  skip_space(in);
  if (take(in, close)) return true;
  do {
    skip_space(in);
    if (close == '}') {
      if (!string(in)) return false;
      skip_space(in);
      if (!take(in, ':')) return false;
    }
    if (!value(in, depth)) return false;
  } while (take(in, ','));
  return take(in, close);
}

static bool value(struct cursor *in, int depth) {
  skip_space(in);
  if (in->at == in->end) return false;
  bool is_good;
  switch (*in->at) {
    case '{': in->at++; is_good = depth < DEPTH_LIMIT && list(in, '}', depth + 1); break;
    case '[': in->at++; is_good = depth < DEPTH_LIMIT && list(in, ']', depth + 1); break;
    case '"': is_good = string(in); break;
    case 't': is_good = word(in, "true"); break;
    case 'f': is_good = word(in, "false"); break;
    case 'n': is_good = word(in, "null"); break;
    default: is_good = number(in);
  }
  skip_space(in);
  return is_good;
}

// Finding: the text has been checked, so that values have only to be told apart.

// What stands at `at`, without the space around it.
static struct json piece(const char *at, const char *end) {
  const char *start = at;
  int depth = 0;
  do {
    if (*at == '"') {
      for (at++; *at != '"'; at++) at += *at == '\\';
      at++;
    } else if (*at == '{' || *at == '[') {
      depth++, at++;
    } else if (*at == '}' || *at == ']') {
      depth--, at++;
    } else if (depth > 0) {
      at++;
    } else {
      while (at < end && !is_space(*at) && !strchr(",:]}", *at)) at++;
    }
  } while (depth > 0);
  return (struct json){start, (size_t)(at - start)};
}

// The piece after `at`, past spaces and what separates; nothing at the closing bracket.
static struct json next_piece(const char *at, const char *end) {
  while (is_space(*at) || *at == ',' || *at == ':') at++;
  return *at == '}' || *at == ']' ? (struct json){0} : piece(at, end);
}

bool json_read(const char *bytes, size_t length, struct json *found) {
  struct cursor in = {bytes, bytes + length};
  if (length == 0 || !value(&in, 0) || in.at < in.end) return false;
  while (is_space(*bytes)) bytes++;
  *found = piece(bytes, in.end);
  return true;
}

// Takes one character from within a string, escaped or not, and puts it into `out` as UTF-8.
static size_t decode(const char **at, const char *end, char out[4]) {
  static const char escapes[] = "bfnrt", meanings[] = "\b\f\n\r\t";
  if (**at != '\\') {
    size_t length = character(*at, (size_t)(end - *at));
    memcpy(out, *at, length);
    *at += length;
    return length;
  }
  char escape = (*at)[1];
  *at += 2;
  if (escape != 'u') {
    const char *found = strchr(escapes, escape);
    out[0] = found ? meanings[found - escapes] : escape;
    return 1;
  }
  uint32_t code = (uint32_t)hexadecimal(*at, end);
  *at += 4;
  if (code >= 0xD800 && code < 0xDC00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
    uint32_t trail = (uint32_t)hexadecimal(*at + 2, end);
    if (trail >= 0xDC00 && trail < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (trail - 0xDC00);
      *at += 6;
    }
  }
  if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;  // half of a pair
  size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t index = length; index-- > 1; code >>= 6) out[index] = (char)(0x80 | (code & 0x3F));
  out[0] = (char)(marks[length] | code);
  return length;
}

static bool is_called(struct json string, const char *key) {
  const char *at = string.at + 1, *end = string.at + string.length - 1;
  char out[4];
  while (at < end) {
    size_t length = decode(&at, end, out);
    if (strnlen(key, length) < length || memcmp(key, out, length) != 0) return false;
    key += length;
  }
  return *key == '\0';
}

struct json json_get(struct json object, const char *key) {
  if (object.length == 0 || object.at[0] != '{') return (struct json){0};
  const char *end = object.at + object.length;
  struct json name = next_piece(object.at + 1, end);
  while (name.length > 0) {
    struct json found = next_piece(name.at + name.length, end);
    if (is_called(name, key)) return found;
    name = next_piece(found.at + found.length, end);
  }
  return name;
}

bool json_next(struct json array, struct json *item) {
  if (array.length == 0 || array.at[0] != '[') return false;
  const char *after = item->length > 0 ? item->at + item->length : array.at + 1;
  *item = next_piece(after, array.at + array.length);
  return item->length > 0;
}

bool json_is(struct json value, const char *bytes) {
  return value.length == strlen(bytes) && memcmp(value.at, bytes, value.length) == 0;
}

double json_number(struct json value) {
  char digits[64];  // a double has 17 of them at most
  if (value.length == 0 || value.length >= sizeof digits) return 0;
  if (value.at[0] != '-' && !is_digit(value.at[0])) return 0;
  memcpy(digits, value.at, value.length);
  digits[value.length] = '\0';
  return strtod(digits, NULL);
}

// Makes room for so many more bytes and the NUL.
static void make_room(struct text *text, size_t length) {
  if (text->room - text->length > length) return;
  size_t room = 2 * text->room + length + 256;
  text->bytes = realloc(text->bytes, room);
  if (!text->bytes) {
    fprintf(stderr, "no memory for %zu bytes\n", room);
    exit(1);
  }
  text->room = room;
}

void text_add(struct text *text, const char *bytes, size_t length) {
  make_room(text, length);
  if (length > 0) memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
  text->bytes[text->length] = '\0';
}

void text_print(struct text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  make_room(text, (size_t)length);
  va_start(arguments, format);
  vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  text->length += (size_t)length;
}

void text_add_string(struct text *text, struct json string) {
  text_add(text, "", 0);
  if (string.length == 0 || string.at[0] != '"') return;
  const char *at = string.at + 1, *end = string.at + string.length - 1;
  make_room(text, string.length);  // no character takes more bytes than its escape
  while (at < end) text->length += decode(&at, end, text->bytes + text->length);
  text->bytes[text->length] = '\0';
}

void text_add_quoted(struct text *text, const char *bytes, size_t length) {
  const char *at = bytes, *end = bytes + length;
  text_add(text, "\"", 1);
  while (at < end) {
    size_t count = character(at, (size_t)(end - at));
    if (count == 0) text_add(text, REPLACEMENT, 3);
    else if (*at == '"' || *at == '\\') text_print(text, "\\%c", *at);
    else if ((unsigned char)*at < 0x20) text_print(text, "\\u%04x", (unsigned)*at);
    else text_add(text, at, count);
    at += count > 0 ? count : 1;
  }
  text_add(text, "\"", 1);
}
