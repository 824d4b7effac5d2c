/// Process trees: finding them in /proc and signalling them without ever touching a bystander.
/// Shared by the warden and, for when the warden is dead, chatd.
#ifndef CWARDEN_WARDEN_TREE_H
#define CWARDEN_WARDEN_TREE_H

#include "warden.h"

/// Processes that one walk takes in; what is beyond falls to the caller when its parents die, and
/// to the next walk.
#define WARDEN_TREE_MAX 16384

/// One process for good: a pid comes again, with its start time it does not.
struct warden_member {
  pid_t pid;
  uint64_t start;
};

/// A process and its parent.
struct warden_link {
  pid_t pid;
  pid_t parent;
};

/// What a walk found, and the room it works in: 448 KiB that nobody touches until then.
struct warden_tree {
  size_t roots;
  size_t count;
  /// What kept a list or a walk from being whole since the last clearing, EMFILE say; else 0.
  int error;
  struct warden_member members[WARDEN_TREE_MAX];
  size_t child_count;
  pid_t children[WARDEN_TREE_MAX];
  /// All processes, for kernels that list no children.
  size_t link_count;
  struct warden_link links[WARDEN_TREE_MAX];
};

/// What /proc/PID/stat says of a process.
struct warden_process {
  pid_t parent;
  char state;
  uint64_t start;
};

/// Reads the beginning of a file of a process's in /proc, "stat" say, as text: -ESRCH when there is
/// none of that pid.
int warden_read_proc(pid_t pid, const char *file, char *text, size_t size);

/// Reads a process's state; -ESRCH when there is none of that pid.
int warden_read_process(pid_t pid, struct warden_process *out);

/// Calls `visit` for each numbered entry of a folder of /proc, with the open folder, without
/// allocating as opendir would. Returns 0 or why the list is not whole, as a negated errno.
int warden_each_number(
    const char *folder, void (*visit)(void *context, int folder, pid_t number), void *context);

/// The time since some moment, in milliseconds.
int64_t warden_now_ms(void);

/// Lists the direct children of a process, of all its threads, zombies included, the newest last,
/// into `tree->children`; returns how many. Exact for a single-threaded caller's own unless it
/// notes an error; of another process, one that moves meanwhile may be missing.
size_t warden_list_children(struct warden_tree *tree, pid_t parent);

/// To be called before each round of listing: where the kernel lists no children, this takes in
/// whose child every process is.
void warden_take_links(struct warden_tree *tree);

/// Notes an error, unless it says no more than that a process has ended.
void warden_tree_note(struct warden_tree *tree, int error);

/// Empties the tree.
void warden_tree_clear(struct warden_tree *tree);

/// Adds a root: a child of the caller that nobody reaps meanwhile. If it is to be killed it is
/// stopped right here: by the time of the walk it may have gone on as its own child.
void warden_tree_add(struct warden_tree *tree, pid_t child, int stop);

/// Signals the roots and all below them. With SIGKILL they are stopped first.
void warden_tree_signal(struct warden_tree *tree, int signal);

/// `warden_end_orphans`, in room that the caller gives.
int warden_end_children(struct warden_tree *tree, pid_t except, int timeout_ms);

/// Whether `pid` is a warden of this process that is not reaped yet.
int warden_is_own(pid_t pid);

#endif
