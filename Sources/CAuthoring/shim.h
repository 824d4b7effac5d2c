#ifndef CHATD_CAUTHORING_SHIM_H
#define CHATD_CAUTHORING_SHIM_H

#include <sys/syscall.h>
#include <unistd.h>

// renameat2(2), which glibc declares under _GNU_SOURCE alone, with RENAME_NOREPLACE, which is 1.
static inline int cauthoring_rename_noreplace(const char *from, const char *to) {
  return (int)syscall(SYS_renameat2, -100 /* AT_FDCWD */, from, -100, to, 1);
}

#endif
