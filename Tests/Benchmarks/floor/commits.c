#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"

/// The file is written from its beginning again after so many bytes, as SQLite does with its
/// write-ahead log: flushing what changes no file's size is the quickest there is.
#define FILE_BYTES (4 << 20)

struct log {
  pthread_mutex_t lock;
  pthread_cond_t flushed;
  int file;
  off_t offset;
  int64_t end_ns, last_ns;
  size_t record_bytes;
  /// Records that were handed in, and those of them that are on disk.
  int64_t count, durable;
  int64_t flushes;
  bool is_flushing;
  /// What is being written; it is of no matter what that is.
  char *bytes;
};

static void flush(struct log *log, size_t length) {
  if (log->offset + (off_t)length > FILE_BYTES) log->offset = 0;
  if (pwrite(log->file, log->bytes, length, log->offset) != (ssize_t)length ||
      fdatasync(log->file) != 0)
    fail("committing");
  log->offset += (off_t)length;
}

/// Hands a record in and returns once it is on disk. Whoever finds nobody flushing does so for all
/// that wait.
static void commit(struct log *log) {
  int64_t number = ++log->count;
  while (log->durable < number) {
    if (log->is_flushing) {
      pthread_cond_wait(&log->flushed, &log->lock);
      continue;
    }
    int64_t last = log->count;
    log->is_flushing = true;
    pthread_mutex_unlock(&log->lock);
    flush(log, (size_t)(last - log->durable) * log->record_bytes);
    pthread_mutex_lock(&log->lock);
    log->is_flushing = false;
    log->durable = last;
    log->flushes++;
    pthread_cond_broadcast(&log->flushed);
  }
}

static void *write_records(void *context) {
  struct log *log = context;
  pthread_mutex_lock(&log->lock);
  do commit(log);
  while ((log->last_ns = now_ns()) < log->end_ns);
  pthread_mutex_unlock(&log->lock);
  return NULL;
}

int measure_commits(const char *path, int writers, size_t record_bytes, int64_t duration_ms) {
  struct log log = {.lock = PTHREAD_MUTEX_INITIALIZER, .flushed = PTHREAD_COND_INITIALIZER};
  pthread_t *threads = calloc((size_t)writers, sizeof *threads);
  log.file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  log.bytes = calloc(1, FILE_BYTES);
  log.record_bytes = record_bytes;
  if (!threads || log.file < 0 || !log.bytes) fail(path);
  if (record_bytes * (size_t)writers > FILE_BYTES) return 64;
  flush(&log, FILE_BYTES);
  int64_t start_ns = now_ns();
  log.end_ns = start_ns + duration_ms * 1000000;
  for (int i = 0; i < writers; i++)
    if (pthread_create(&threads[i], NULL, write_records, &log) != 0) fail("pthread_create");
  for (int i = 0; i < writers; i++) pthread_join(threads[i], NULL);
  printf("%lld %lld %.6f\n", (long long)log.count, (long long)log.flushes,
         (double)(log.last_ns - start_ns) / 1e9);
  return 0;
}
