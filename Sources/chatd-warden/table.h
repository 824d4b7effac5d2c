/// The warden's one table: what was asked for, what lives, and which events chatd is still owed.
/// All of it is fixed in size and zero at first, so that nothing is allocated when memory is short.
#ifndef CHATD_WARDEN_TABLE_H
#define CHATD_WARDEN_TABLE_H

#include <stdbool.h>
#include <sys/resource.h>

#include "warden_cgroup.h"
#include "warden_tree.h"
#include "warden_wire.h"

/// Orphans remembered at once; more are killed too, but count as new each time they are seen.
#define ORPHANS_MAX 1024
/// Starts under way at once; with as many no request is read. More would not be quicker, and each
/// holds three descriptors.
#define STARTS_MAX 32

enum slot_state {
  SLOT_FREE = 0,
  /// Nothing runs, or not yet: the refusal of a spawn is still to be sent.
  SLOT_REFUSED,
  /// A process is there, its program not yet, or never: it is ending. Its pid is its own.
  SLOT_STARTING,
  /// The leader is not reaped, so its pid and its group's number are its own.
  SLOT_LIVE,
  /// The leader is reaped; its tree may not be gone.
  SLOT_DEAD
};

/// Events owed, as bits; sent in this order.
enum { OWED_SPAWNED = 1, OWED_REFUSED = 2, OWED_EXITED = 4, OWED_GONE = 8 };

/// One child, from its spawn to its GONE.
struct slot {
  enum slot_state state;
  unsigned owed;
  pid_t pid;
  uint64_t token;
  int64_t died_ms;
  /// Whether it has a group, and whether its memory is limited there.
  bool grouped;
  bool limited;
  /// Whether the group has been killed since the leader's death.
  bool cleared;
  uint32_t oom_kills;
  /// Of its limits those that only a group can keep.
  uint32_t asked_of_group;
  /// While it is starting: where its report comes; -1 once all of that is read.
  int report;
  /// The answer to the spawn; its descriptors stay open until it is sent.
  struct warden_event answer;
  /// How the leader ended, as wait4 says it.
  int status;
  struct rusage usage;
};

/// A direct child that is no live leader. Its pid is its own until the warden reaps it.
struct orphan {
  pid_t pid;
  int64_t seen_ms;
};

struct warden {
  int socket;
  int signals;
  int null;
  /// The warden's own cgroup and, in it, the folder with its children's; -1 where it has none.
  int home;
  int groups;
  /// One more than there may be children: for the refusal of the one that is too many. It is
  /// free whenever a request is read, as none is read while an event is owed.
  struct slot slots[WARDEN_CHILDREN_MAX + 1];
  /// Slots from here on are free.
  int used;
  int owed;
  int starting;
  int dead;
  struct orphan orphans[ORPHANS_MAX];
  size_t orphan_count;
  /// When what is left is killed again, and how long after that the next time.
  int64_t retry_at_ms;
  int64_t retry_ms;
  struct warden_tree tree;
  struct warden_command command;
  _Alignas(struct warden_request) char packet[WARDEN_REQUEST_MAX];
};

/// The slot for a new child; the spare one when all others are taken.
struct slot *take_slot(struct warden *w);
bool is_spare(const struct warden *w, const struct slot *slot);
struct slot *find_token(struct warden *w, uint64_t token);
/// Whether its pid is of a process that the warden has not reaped.
bool is_leader(const struct slot *slot);
/// The leader of that pid, which starts or lives, or NULL.
struct slot *find_leader(struct warden *w, pid_t pid);

void owe(struct warden *w, struct slot *slot, unsigned event);
/// Sends what is owed, as far as chatd takes it.
void pay(struct warden *w);

/// Starts a process that will execute a program, or fills in the slot's answer that none could be.
void spawn(struct warden *w, const struct warden_request *request, struct slot *slot);
/// Reads what a starting child says; once it has executed its program it lives.
void hear_report(struct warden *w, struct slot *slot);
/// What there is to do when a child that had failed to start has been reaped.
void refuse_reaped(struct warden *w, struct slot *slot);

/// Opens the folder for the children's groups, which chatd has made.
void open_groups(struct warden *w);
/// Makes a child's group with its limits and opens its folder, which is left as it is where that
/// can't be done. Returns what could not be applied.
uint32_t make_group(
    struct warden *w, struct slot *slot, const struct warden_options *options, int *folder);
/// What a child was asked to be given that needs a group.
uint32_t asked_of_group(const struct warden_options *options);
/// Removes a child's group, which is empty, and forgets it.
void drop_group(struct warden *w, struct slot *slot);
/// Kills all that is in a child's group, if it has one.
void kill_group(struct warden *w, const struct slot *slot);
/// Whether nothing is in a child's group; then it is removed.
bool is_group_gone(struct warden *w, struct slot *slot);
/// How many of a child's processes the kernel has killed for its memory.
uint32_t count_oom_kills(struct warden *w, const struct slot *slot);
/// Kills all that is in any child's group.
void kill_groups(struct warden *w);
/// Removes the folder with all groups.
void close_groups(struct warden *w);

/// Reaps all that has ended.
void reap(struct warden *w);
/// Kills what dead leaders left, and finds out whose tree is gone.
void drain(struct warden *w);

#endif
