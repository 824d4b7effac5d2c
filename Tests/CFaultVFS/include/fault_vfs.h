/// A layer over SQLite's disk (sqlite.org/vfs.html) that asks a test before each call.
///
/// It becomes the default one of the process when the first folder is watched, and hands every file
/// outside the watched folders on untouched. Thread-safe.
#ifndef CFAULTVFS_FAULT_VFS_H
#define CFAULTVFS_FAULT_VFS_H

#include <stdint.h>

/// What SQLite wants of the disk. What it does to let go (close, unlock) is not asked about: it
/// takes no failure there.
enum fault_vfs_kind {
  FAULT_VFS_OPEN,
  FAULT_VFS_DELETE,
  FAULT_VFS_ACCESS,
  FAULT_VFS_READ,
  FAULT_VFS_WRITE,
  FAULT_VFS_TRUNCATE,
  FAULT_VFS_SYNC,
  FAULT_VFS_FILE_SIZE,
  FAULT_VFS_LOCK,
  FAULT_VFS_SHM_MAP,
  FAULT_VFS_SHM_LOCK,
};

/// One call, before it happens. What it points to is gone when the hook returns.
struct fault_vfs_call {
  enum fault_vfs_kind kind;
  /// Whole and without links.
  const char *path;
  /// What is to be written; NULL for other kinds.
  const void *bytes;
  int64_t count;
  /// From the file's beginning; for truncate the new size.
  int64_t offset;
  /// Open: makes the file where there is none. Delete: the folder is flushed behind it.
  int flag;
};

/// Returns 0 for the call to happen, or the result code of SQLite's with which it fails. A write
/// that fails writes half of its bytes, as a full disk would. A sync reaches the real disk in no
/// case: the test keeps the account of what is durable.
typedef int (*fault_vfs_hook)(void *context, const struct fault_vfs_call *call);

/// Told when neither the watch nor an open file needs the context any more.
typedef void (*fault_vfs_release)(void *context);

/// Watches the files below `folder`, a whole path without links, that are opened from now on.
/// Returns 0, or a result code of SQLite's; nothing is released then.
int fault_vfs_watch(
    const char *folder, fault_vfs_hook hook, fault_vfs_release release, void *context);

/// Ends the watch for files opened from now on; those that are open stay watched.
void fault_vfs_unwatch(const char *folder);

#endif
