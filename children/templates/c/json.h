// A small reader and writer of JSON (RFC 8259).
//
// json_read checks a whole text once; after that every value is a piece of that text, found when it
// is asked for, and nothing is allocated. What is missing or of another type reads as nothing:
// json_get(json_get(request, "params"), "x") needs no check in between.
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

// A value, as it stands in the text that json_read checked; length 0: there is none.
struct json {
  const char *at;
  size_t length;
};

// Whether `bytes` are one JSON value, in UTF-8 and nested at most 256 deep; `value` is then that.
bool json_read(const char *bytes, size_t length, struct json *value);

// The member of an object; of several with that key the first.
struct json json_get(struct json object, const char *key);

// The elements of an array: struct json item = {0}; while (json_next(array, &item)) …
bool json_next(struct json array, struct json *item);

// The number; 0 where it is none, or one of 64 characters and more.
double json_number(struct json value);

// Whether a value stands there in just these bytes: json_is(value, "true"), json_is(value, "7").
bool json_is(struct json value, const char *bytes);

// Bytes that grow, with a NUL behind them; {0} to begin with, free(text.bytes) in the end. Where
// there is no more memory the program exits, and chatd starts it again.
struct text {
  char *bytes;
  size_t length, room;
};

void text_add(struct text *text, const char *bytes, size_t length);
__attribute__((format(printf, 2, 3))) void text_print(struct text *text, const char *format, ...);

// Adds the characters of a JSON string; of other values nothing. They may hold a NUL.
void text_add_string(struct text *text, struct json string);

// Adds bytes as a JSON string, quoted and escaped; what is no UTF-8 becomes U+FFFD.
void text_add_quoted(struct text *text, const char *bytes, size_t length);

#endif
