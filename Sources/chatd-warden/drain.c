#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table.h"

/// A killed orphan that is still there is killed again after this long, twice that, and so on.
#define RETRY_MIN_MS 5
#define RETRY_MAX_MS 250

/// An orphan that was there this long before a leader was reaped is not of that leader's tree, so
/// one that nothing kills holds up its own leader's GONE and no other's for long. Between the
/// moment in which a dying leader's children fall to the warden and its reaping lie microseconds.
#define OLDER_MS 200

static struct orphan *find_orphan(struct warden *w, pid_t pid) {
  for (size_t i = 0; i < w->orphan_count; i++)
    if (w->orphans[i].pid == pid) return &w->orphans[i];
  return NULL;
}

void reap(struct warden *w) {
  int status;
  struct rusage usage;
  pid_t pid;
  while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
    struct slot *slot = find_leader(w, pid);
    struct orphan *orphan = find_orphan(w, pid);
    if (orphan) *orphan = w->orphans[--w->orphan_count];
    if (!slot) continue;
    if (slot->state == SLOT_STARTING) {
      // Whoever has ended has said all that it had to say.
      hear_report(w, slot);
      if (slot->state == SLOT_STARTING) {
        refuse_reaped(w, slot);
        continue;
      }
    }
    slot->state = SLOT_DEAD;
    slot->status = status;
    slot->usage = usage;
    slot->died_ms = warden_now_ms();
    slot->oom_kills = count_oom_kills(w, slot);
    owe(w, slot, OWED_EXITED);
    w->dead++;
    w->retry_ms = RETRY_MIN_MS;
    w->retry_at_ms = slot->died_ms + RETRY_MIN_MS;
  }
}

/// Kills every orphan that is new, and on a retry all of them, each with what is below it. Returns
/// when the youngest was first seen; -1 when there is none. An orphan is whatever is our child and
/// no live leader: also one whose leader lives, but gave up being its subreaper.
static int64_t kill_orphans(struct warden *w, int64_t now, bool retry) {
  int64_t youngest = -1;
  warden_tree_clear(&w->tree);
  warden_take_links(&w->tree);
  for (size_t i = warden_list_children(&w->tree, getpid()); i > 0; i--) {
    pid_t pid = w->tree.children[i - 1];
    if (find_leader(w, pid)) continue;
    struct orphan *orphan = find_orphan(w, pid);
    int64_t seen = orphan ? orphan->seen_ms : now;
    if (seen > youngest) youngest = seen;
    if (!orphan && w->orphan_count < ORPHANS_MAX)
      w->orphans[w->orphan_count++] = (struct orphan){pid, now};
    if (!orphan || retry) warden_tree_add(&w->tree, pid, 1);
  }
  if (w->tree.roots > 0) warden_tree_signal(&w->tree, SIGKILL);
  // With a list that is not whole nobody can be said to be gone.
  return w->tree.error ? now : youngest;
}

/// Kills the groups of dead leaders, each once, and on a retry again.
static void kill_dead_groups(struct warden *w, bool retry) {
  for (int i = 0; i < w->used; i++) {
    struct slot *slot = &w->slots[i];
    if (slot->state != SLOT_DEAD || (slot->cleared && !retry)) continue;
    kill_group(w, slot);
    slot->cleared = true;
  }
}

void drain(struct warden *w) {
  if (w->dead == 0) return;
  // Those that have died since are no work then.
  reap(w);
  int64_t now = warden_now_ms();
  bool retry = now >= w->retry_at_ms;
  kill_dead_groups(w, retry);
  int64_t youngest = kill_orphans(w, now, retry);
  if (retry) {
    w->retry_ms = w->retry_ms * 2 < RETRY_MAX_MS ? w->retry_ms * 2 : RETRY_MAX_MS;
    w->retry_at_ms = warden_now_ms() + w->retry_ms;
  }
  for (int i = 0; i < w->used; i++) {
    struct slot *slot = &w->slots[i];
    if (slot->state != SLOT_DEAD || (slot->owed & OWED_GONE)) continue;
    if (youngest >= 0 && youngest + OLDER_MS >= slot->died_ms) continue;
    if (!is_group_gone(w, slot)) continue;
    owe(w, slot, OWED_GONE);
    w->dead--;
  }
}
