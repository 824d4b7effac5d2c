#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table.h"

/// The controllers and their files. A test names others, which more machines have.
#ifndef WARDEN_MEMORY_CONTROLLER
#define WARDEN_MEMORY_CONTROLLER "memory"
#define WARDEN_MEMORY_FILE "memory.max"
#define WARDEN_MEMORY_EVENTS "memory.events"
#define WARDEN_MEMORY_KILLS "oom_kill"
#endif

/// How long the last of the groups may take to be empty when all their processes are reaped.
#define END_TIMEOUT_MS 1000

/// A group's name: the token, so that it is a child's for good.
struct group_name {
  char text[24];
};

static struct group_name name_of(const struct slot *slot) {
  struct group_name name;
  snprintf(name.text, sizeof name.text, "%" PRIu64, slot->token);
  return name;
}

void open_groups(struct warden *w) {
  char path[4096], name[32];
  if (w->groups >= 0 || warden_cgroup_home(getpid(), path, sizeof path) != 0) return;
  snprintf(name, sizeof name, WARDEN_CGROUP_NAME, (int)getpid());
  w->home = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (w->home >= 0 && warden_cgroup_is_group(w->home))
    w->groups = openat(w->home, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Before Linux 5.14 a group can't be killed as one, and then has nothing over a walk.
  if (w->groups >= 0 && faccessat(w->groups, "cgroup.kill", W_OK, 0) == 0) return;
  if (w->groups >= 0) close(w->groups);
  if (w->home >= 0) close(w->home);
  w->groups = w->home = -1;
}

/// Makes a limit possible in the children's groups. In chatd's own group, which has processes, that
/// is for the root alone, the one group without a type: any other says EBUSY, or turns into one
/// whose groups below no process can be put in (cgroup-v2.rst, "Threads").
static int enable(struct warden *w, const char *controller) {
  char word[32];
  snprintf(word, sizeof word, "+%s", controller);
  if (warden_cgroup_write(w->groups, ".", "cgroup.subtree_control", word) == 0) return 0;
  if (faccessat(w->home, "cgroup.type", F_OK, 0) == 0) return -EBUSY;
  int result = warden_cgroup_write(w->home, ".", "cgroup.subtree_control", word);
  return result < 0 ? result
                    : warden_cgroup_write(w->groups, ".", "cgroup.subtree_control", word);
}

static int limit(
    struct warden *w, const char *group, const char *controller, const char *file,
    uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%" PRIu64, value);
  // Once it is enabled the file is there.
  if (warden_cgroup_write(w->groups, group, file, text) == 0) return 0;
  int result = enable(w, controller);
  return result < 0 ? result : warden_cgroup_write(w->groups, group, file, text);
}

uint32_t asked_of_group(const struct warden_options *options) {
  return (options->memory_max ? WARDEN_UNAPPLIED_MEMORY : 0u) |
         (options->pids_max ? WARDEN_UNAPPLIED_PIDS : 0u);
}

uint32_t make_group(
    struct warden *w, struct slot *slot, const struct warden_options *options, int *folder) {
  struct group_name name = name_of(slot);
  uint32_t unapplied = asked_of_group(options);
  if (w->groups < 0 || mkdirat(w->groups, name.text, 0755) != 0)
    return unapplied | WARDEN_UNAPPLIED_CGROUP;
  *folder = openat(w->groups, name.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (*folder < 0) {
    unlinkat(w->groups, name.text, AT_REMOVEDIR);
    return unapplied | WARDEN_UNAPPLIED_CGROUP;
  }
  slot->grouped = true;
  if (options->memory_max &&
      limit(w, name.text, WARDEN_MEMORY_CONTROLLER, WARDEN_MEMORY_FILE, options->memory_max) == 0) {
    unapplied &= ~(uint32_t)WARDEN_UNAPPLIED_MEMORY;
    slot->limited = true;
    // All of the child or none: half of one is no use to anybody.
    warden_cgroup_write(w->groups, name.text, "memory.oom.group", "1");
  }
  if (options->pids_max && limit(w, name.text, "pids", "pids.max", options->pids_max) == 0)
    unapplied &= ~(uint32_t)WARDEN_UNAPPLIED_PIDS;
  return unapplied;
}

void drop_group(struct warden *w, struct slot *slot) {
  if (slot->grouped) warden_cgroup_remove(w->groups, name_of(slot).text);
  slot->grouped = false;
}

void kill_group(struct warden *w, const struct slot *slot) {
  if (slot->grouped) warden_cgroup_write(w->groups, name_of(slot).text, WARDEN_KILL_FILE, "1");
}

bool is_group_gone(struct warden *w, struct slot *slot) {
  if (!slot->grouped) return true;
  if (warden_cgroup_is_empty(w->groups, name_of(slot).text) != 1) return false;
  drop_group(w, slot);
  return true;
}

uint32_t count_oom_kills(struct warden *w, const struct slot *slot) {
  uint64_t count = 0;
  if (slot->grouped && slot->limited)
    warden_cgroup_read(
        w->groups, name_of(slot).text, WARDEN_MEMORY_EVENTS, WARDEN_MEMORY_KILLS, &count);
  return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

void kill_groups(struct warden *w) {
  if (w->groups >= 0) warden_cgroup_write(w->groups, ".", WARDEN_KILL_FILE, "1");
}

void close_groups(struct warden *w) {
  char path[4096];
  if (warden_cgroup_path(getpid(), path, sizeof path) != 0) return;
  // chatd may have died before we read that it is ours. Then it is empty; another's is not.
  if (w->groups < 0) rmdir(path);
  else warden_cgroup_end_path(path, END_TIMEOUT_MS);
}
