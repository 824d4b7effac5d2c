#include "fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/// A watched folder. The list holds it, and so does each call and each open file.
struct folder {
  struct folder *next;
  char *path; // ends with a slash
  fault_vfs_hook hook;
  fault_vfs_release release;
  void *context;
  int holders;
};

/// A watched file as SQLite has it; the real one's memory follows behind.
struct file {
  sqlite3_file seen;
  struct folder *folder;
  const char *path; // SQLite keeps it until the file is closed
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards the list and `holders`
static struct folder *folders;
static sqlite3_vfs *disk; // the one below; never changes once it is set
static sqlite3_vfs layer;

static sqlite3_file *real(sqlite3_file *it) {
  return (sqlite3_file *)((struct file *)it + 1);
}

static struct folder *hold(const char *path) {
  pthread_mutex_lock(&lock);
  struct folder *it = path ? folders : NULL;
  while (it && strncmp(path, it->path, strlen(it->path)) != 0) it = it->next;
  if (it) it->holders++;
  pthread_mutex_unlock(&lock);
  return it;
}

static void let_go(struct folder *it) {
  pthread_mutex_lock(&lock);
  int holders = --it->holders;
  pthread_mutex_unlock(&lock);
  if (holders > 0) return;
  it->release(it->context);
  free(it->path);
  free(it);
}

static int ask(
    sqlite3_file *it, enum fault_vfs_kind kind, const void *bytes, int64_t count, int64_t offset) {
  struct file *file = (struct file *)it;
  struct fault_vfs_call call = {kind, file->path, bytes, count, offset, 0};
  return file->folder->hook(file->folder->context, &call);
}

static int file_close(sqlite3_file *it) {
  int code = real(it)->pMethods->xClose(real(it));
  let_go(((struct file *)it)->folder);
  return code;
}

static int file_read(sqlite3_file *it, void *bytes, int count, sqlite3_int64 offset) {
  int code = ask(it, FAULT_VFS_READ, NULL, count, offset);
  return code ? code : real(it)->pMethods->xRead(real(it), bytes, count, offset);
}

static int file_write(sqlite3_file *it, const void *bytes, int count, sqlite3_int64 offset) {
  int code = ask(it, FAULT_VFS_WRITE, bytes, count, offset);
  int result = real(it)->pMethods->xWrite(real(it), bytes, code ? count / 2 : count, offset);
  return code ? code : result;
}

static int file_truncate(sqlite3_file *it, sqlite3_int64 size) {
  int code = ask(it, FAULT_VFS_TRUNCATE, NULL, 0, size);
  return code ? code : real(it)->pMethods->xTruncate(real(it), size);
}

static int file_sync(sqlite3_file *it, int flags) {
  (void)flags;
  return ask(it, FAULT_VFS_SYNC, NULL, 0, 0);
}

static int file_size(sqlite3_file *it, sqlite3_int64 *size) {
  int code = ask(it, FAULT_VFS_FILE_SIZE, NULL, 0, 0);
  return code ? code : real(it)->pMethods->xFileSize(real(it), size);
}

static int file_lock(sqlite3_file *it, int level) {
  int code = ask(it, FAULT_VFS_LOCK, NULL, 0, 0);
  return code ? code : real(it)->pMethods->xLock(real(it), level);
}

static int file_unlock(sqlite3_file *it, int level) {
  return real(it)->pMethods->xUnlock(real(it), level);
}

static int file_check_reserved_lock(sqlite3_file *it, int *is_held) {
  return real(it)->pMethods->xCheckReservedLock(real(it), is_held);
}

static int file_control(sqlite3_file *it, int operation, void *argument) {
  return real(it)->pMethods->xFileControl(real(it), operation, argument);
}

static int file_sector_size(sqlite3_file *it) {
  return real(it)->pMethods->xSectorSize(real(it));
}

static int file_characteristics(sqlite3_file *it) {
  return real(it)->pMethods->xDeviceCharacteristics(real(it));
}

static int file_shm_map(sqlite3_file *it, int page, int size, int extend, void volatile **memory) {
  int code = ask(it, FAULT_VFS_SHM_MAP, NULL, 0, 0);
  return code ? code : real(it)->pMethods->xShmMap(real(it), page, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *it, int offset, int count, int flags) {
  int code = flags & SQLITE_SHM_UNLOCK ? 0 : ask(it, FAULT_VFS_SHM_LOCK, NULL, 0, 0);
  return code ? code : real(it)->pMethods->xShmLock(real(it), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *it) {
  real(it)->pMethods->xShmBarrier(real(it));
}

static int file_shm_unmap(sqlite3_file *it, int delete) {
  return real(it)->pMethods->xShmUnmap(real(it), delete);
}

/// Version 2: without the mapped reading and writing of version 3, of which no hook would hear.
static const sqlite3_io_methods methods = {
    2,
    file_close,
    file_read,
    file_write,
    file_truncate,
    file_sync,
    file_size,
    file_lock,
    file_unlock,
    file_check_reserved_lock,
    file_control,
    file_sector_size,
    file_characteristics,
    file_shm_map,
    file_shm_lock,
    file_shm_barrier,
    file_shm_unmap,
    NULL,
    NULL,
};

static int layer_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *it, int flags, int *flags_out) {
  (void)vfs;
  struct folder *folder = hold(path);
  if (!folder) return disk->xOpen(disk, path, it, flags, flags_out);
  it->pMethods = NULL;
  int makes = (flags & SQLITE_OPEN_CREATE) != 0;
  struct fault_vfs_call call = {FAULT_VFS_OPEN, path, NULL, 0, 0, makes};
  int code = folder->hook(folder->context, &call);
  if (!code) code = disk->xOpen(disk, path, real(it), flags, flags_out);
  if (code) {
    let_go(folder);
    return code;
  }
  *(struct file *)it = (struct file){{&methods}, folder, path};
  return SQLITE_OK;
}

static int ask_about(const char *path, enum fault_vfs_kind kind, int flag) {
  struct folder *folder = hold(path);
  if (!folder) return 0;
  struct fault_vfs_call call = {kind, path, NULL, 0, 0, flag};
  int code = folder->hook(folder->context, &call);
  let_go(folder);
  return code;
}

static int layer_delete(sqlite3_vfs *vfs, const char *path, int flush) {
  (void)vfs;
  int code = ask_about(path, FAULT_VFS_DELETE, flush);
  return code ? code : disk->xDelete(disk, path, flush);
}

static int layer_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  int code = ask_about(path, FAULT_VFS_ACCESS, 0);
  return code ? code : disk->xAccess(disk, path, flags, result);
}

/// The layer is the disk below but for what is asked about: SQLite's own looks at none of the
/// fields that differ.
static void put_in_front(void) {
  disk = sqlite3_vfs_find(NULL);
  if (!disk) return;
  layer = *disk;
  layer.pNext = NULL;
  layer.zName = "fault";
  layer.szOsFile = (int)sizeof(struct file) + disk->szOsFile;
  layer.xOpen = layer_open;
  layer.xDelete = layer_delete;
  layer.xAccess = layer_access;
  if (sqlite3_vfs_register(&layer, 1) != SQLITE_OK) disk = NULL;
}

int fault_vfs_watch(
    const char *folder, fault_vfs_hook hook, fault_vfs_release release, void *context) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, put_in_front);
  if (!disk) return SQLITE_ERROR;
  struct folder *it = malloc(sizeof *it);
  size_t length = strlen(folder);
  char *path = malloc(length + 2);
  if (!it || !path) {
    free(it);
    free(path);
    return SQLITE_NOMEM;
  }
  memcpy(path, folder, length);
  memcpy(path + length, "/", 2);
  *it = (struct folder){NULL, path, hook, release, context, 1};
  pthread_mutex_lock(&lock);
  it->next = folders;
  folders = it;
  pthread_mutex_unlock(&lock);
  return SQLITE_OK;
}

void fault_vfs_unwatch(const char *folder) {
  size_t length = strlen(folder);
  struct folder *found = NULL;
  pthread_mutex_lock(&lock);
  for (struct folder **link = &folders; *link && !found;) {
    struct folder *it = *link;
    if (strlen(it->path) == length + 1 && strncmp(it->path, folder, length) == 0) {
      *link = it->next;
      found = it;
    } else {
      link = &it->next;
    }
  }
  pthread_mutex_unlock(&lock);
  if (found) let_go(found);
}
