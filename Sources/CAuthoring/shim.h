#ifndef CHATD_CAUTHORING_SHIM_H
#define CHATD_CAUTHORING_SHIM_H

#include <sys/syscall.h>
#include <unistd.h>

// renameat2(2), which glibc declares under _GNU_SOURCE alone. The flags are the kernel's.
enum { cauthoring_rename_noreplace = 1, cauthoring_rename_exchange = 2 };

static inline int cauthoring_rename(const char *from, const char *to, unsigned flags) {
  return (int)syscall(SYS_renameat2, -100 /* AT_FDCWD */, from, -100, to, flags);
}

#endif
