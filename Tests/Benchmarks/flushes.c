/// Preloaded into chatd, counts in the file that BENCH_FLUSHES names how often it has had the disk
/// flushed and how many bytes it has written for that: the database and its log are all that it
/// writes by these calls.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct counts {
  _Atomic uint64_t flushes, bytes;
};

static struct counts *counts;
static int (*real_fdatasync)(int);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("BENCH_FLUSHES");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  *(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  *(void **)&real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
  if (counts != MAP_FAILED && real_fdatasync && real_pwrite64) return;
  perror(path);
  _exit(78);
}

int fdatasync(int file) {
  atomic_fetch_add_explicit(&counts->flushes, 1, memory_order_relaxed);
  return real_fdatasync(file);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  atomic_fetch_add_explicit(&counts->bytes, count, memory_order_relaxed);
  return real_pwrite64(file, bytes, count, offset);
}
