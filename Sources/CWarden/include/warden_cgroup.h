/// Groups of processes in cgroup v2: finding one's own, and acting on one by the open folder that
/// holds it and its name. Shared by the warden, for its children's groups, and chatd, for those of
/// a warden that was killed.
#ifndef CWARDEN_WARDEN_CGROUP_H
#define CWARDEN_WARDEN_CGROUP_H

#include "warden.h"

/// The name of the folder for a warden's groups, with its pid.
#define WARDEN_CGROUP_NAME "chatd-%d"

/// What kills a group as one; a test names another, for a warden that has no such file.
#ifndef WARDEN_KILL_FILE
#define WARDEN_KILL_FILE "cgroup.kill"
#endif

/// Writes the folder of the group that a process is in to `out`: where cgroup2 is mounted, and the
/// group's path there. -ENODEV: no cgroup2 is mounted that holds it.
int warden_cgroup_home(pid_t pid, char *out, size_t size);

/// Whether a path lies below a mounted cgroup2, by its text.
int warden_cgroup_is_below_mount(const char *path);

/// Whether an open folder is one of cgroup2.
int warden_cgroup_is_group(int folder);

/// Writes a text to a file of the group `name` in the open folder `parent` ("." for that one's
/// own). It never makes a file.
int warden_cgroup_write(int parent, const char *name, const char *file, const char *text);

/// Reads the number that stands beside `key` in a file of lines "KEY NUMBER"; -ENOENT: there is no
/// such file or key.
int warden_cgroup_read(
    int parent, const char *name, const char *file, const char *key, uint64_t *out);

/// Whether a group and those below it are free of living processes, or it does not exist; -errno
/// where that can't be found out.
int warden_cgroup_is_empty(int parent, const char *name);

/// Removes a group and those below it: 0, also where there is none; -EBUSY while a process is
/// in one.
int warden_cgroup_remove(int parent, const char *name);

/// Kills all in a group, and removes it when they are gone: 0, or -ETIMEDOUT.
int warden_cgroup_end(int parent, const char *name, int timeout_ms);

/// Ends the groups of a warden that was killed, given the folder that `warden_cgroup_path` says;
/// nothing is asked about it.
int warden_cgroup_end_path(const char *path, int timeout_ms);

#endif
