#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"

/// Rows that chatd reads at once where it reads all.
#define PIECE_COUNT 256

static sqlite3 *db;

static _Noreturn void refuse(void) {
  fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db));
  exit(1);
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
    refuse();
  return statement;
}

/// Takes the text in a row's second column; whoever answers has to copy it.
static size_t take(sqlite3_stmt *statement) {
  static char answer[1 << 20];
  const unsigned char *text = sqlite3_column_text(statement, 1);
  size_t length = (size_t)sqlite3_column_bytes(statement, 1);
  if (length > sizeof answer) length = sizeof answer;
  memcpy(answer, text, length);
  return length;
}

/// Steps through all rows; `last` becomes the number in the first column of the last one.
static int run(sqlite3_stmt *statement, int64_t *last, size_t *bytes) {
  int result, rows = 0;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    *last = sqlite3_column_int64(statement, 0);
    *bytes += take(statement);
    rows++;
  }
  if (result != SQLITE_DONE) refuse();
  sqlite3_reset(statement);
  return rows;
}

/// Prints what each of `count` runs took, in microseconds.
static void time_runs(sqlite3_stmt *statement, int count) {
  for (int i = 0; i < count; i++) {
    int64_t last = 0, start = now_ns();
    size_t bytes = 0;
    run(statement, &last, &bytes);
    printf("%.1f ", (double)(now_ns() - start) / 1000);
  }
  sqlite3_finalize(statement);
}

static void time_pages(int64_t before, int limit, int count) {
  sqlite3_stmt *page =
      prepare("SELECT arrival, body FROM entry WHERE arrival < ? ORDER BY arrival DESC LIMIT ?");
  sqlite3_bind_int64(page, 1, before);
  sqlite3_bind_int(page, 2, limit);
  time_runs(page, count);
}

static void time_searches(const char *expression, int limit, int count) {
  sqlite3_stmt *search = prepare(
      "SELECT rowid, text FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?");
  sqlite3_bind_text(search, 1, expression, -1, SQLITE_TRANSIENT);
  sqlite3_bind_int(search, 2, limit);
  time_runs(search, count);
}

static void time_all(void) {
  sqlite3_stmt *piece =
      prepare("SELECT arrival, body FROM entry WHERE arrival > ? ORDER BY arrival LIMIT ?");
  sqlite3_bind_int(piece, 2, PIECE_COUNT);
  int64_t last = 0, start = now_ns();
  size_t bytes = 0;
  do sqlite3_bind_int64(piece, 1, last);
  while (run(piece, &last, &bytes) == PIECE_COUNT);
  printf("%zu %.6f ", bytes, (double)(now_ns() - start) / 1e9);
  sqlite3_finalize(piece);
}

int measure_reads(const char *path) {
  char line[512], words[256];
  long long before;
  int limit, count;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) refuse();
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "page %lld %d %d", &before, &limit, &count) == 3)
      time_pages(before, limit, count);
    else if (sscanf(line, "search %d %d %255[^\n]", &limit, &count, words) == 3)
      time_searches(words, limit, count);
    else if (strcmp(line, "all\n") == 0)
      time_all();
    else
      return 64;
    printf("\ndone\n");
    fflush(stdout);
  }
  sqlite3_close(db);
  return 0;
}
