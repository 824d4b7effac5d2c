#define _GNU_SOURCE
#include "table.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct slot *take_slot(struct warden *w) {
  int i = 0;
  while (i < WARDEN_CHILDREN_MAX && w->slots[i].state != SLOT_FREE) i++;
  if (i >= w->used) w->used = i + 1;
  return &w->slots[i];
}

bool is_spare(const struct warden *w, const struct slot *slot) {
  return slot == &w->slots[WARDEN_CHILDREN_MAX];
}

struct slot *find_token(struct warden *w, uint64_t token) {
  for (int i = 0; i < w->used; i++)
    if (w->slots[i].state != SLOT_FREE && w->slots[i].token == token) return &w->slots[i];
  return NULL;
}

bool is_leader(const struct slot *slot) {
  return slot->state == SLOT_STARTING || slot->state == SLOT_LIVE;
}

struct slot *find_leader(struct warden *w, pid_t pid) {
  for (int i = 0; i < w->used; i++)
    if (is_leader(&w->slots[i]) && w->slots[i].pid == pid) return &w->slots[i];
  return NULL;
}

void owe(struct warden *w, struct slot *slot, unsigned event) {
  slot->owed |= event;
  w->owed++;
}

static int64_t microseconds(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static struct warden_event describe_end(const struct slot *slot) {
  struct warden_event event = {
      .kind = WARDEN_EXITED, .token = slot->token, .pid = slot->pid,
      .utime_us = microseconds(slot->usage.ru_utime),
      .stime_us = microseconds(slot->usage.ru_stime),
      .maxrss_kb = slot->usage.ru_maxrss, .stdout_fd = -1, .stderr_fd = -1,
      .oom_kills = slot->oom_kills};
  if (WIFEXITED(slot->status)) {
    event.end = WARDEN_END_EXITED;
    event.value = WEXITSTATUS(slot->status);
  } else {
    event.end = WCOREDUMP(slot->status) ? WARDEN_END_DUMPED : WARDEN_END_SIGNALLED;
    event.value = WTERMSIG(slot->status);
  }
  return event;
}

/// Sends one event unless chatd's end is full; then it stays owed.
static bool pay_one(struct warden *w, struct slot *slot, unsigned event) {
  struct warden_event packet = {
      .kind = WARDEN_GONE, .token = slot->token, .stdout_fd = -1, .stderr_fd = -1};
  if (event == OWED_SPAWNED || event == OWED_REFUSED) packet = slot->answer;
  if (event == OWED_EXITED) packet = describe_end(slot);
  if (warden_send_event(w->socket, &packet) != 0) return false;
  slot->owed &= ~event;
  w->owed--;
  if (event == OWED_SPAWNED) {
    close(slot->answer.stdout_fd);
    close(slot->answer.stderr_fd);
  }
  if (event == OWED_REFUSED || event == OWED_GONE) {
    explicit_bzero(slot, sizeof *slot);
    while (w->used > 0 && w->slots[w->used - 1].state == SLOT_FREE) w->used--;
  }
  return true;
}

void pay(struct warden *w) {
  for (int i = 0; w->owed > 0 && i < w->used; i++) {
    struct slot *slot = &w->slots[i];
    for (unsigned event = OWED_SPAWNED; event <= OWED_GONE; event <<= 1)
      if ((slot->owed & event) && !pay_one(w, slot, event)) return;
  }
}
