"""A thread of many entries, made at once, and how a page that shows it is watched."""

import json
import urllib.request
from datetime import datetime, timedelta

BEGIN = datetime(2026, 1, 1, 12)
COLUMNS = ("to", "author", "error", "model", "stop_reason", "usage")


def entry_id(number):
    """The identifier of an entry, by its place in the thread."""
    return f"01900000-0000-7000-8000-{number:012x}"


def _entry(number):
    words = f"number {number}"
    is_answer = number % 2 == 1
    if is_answer:
        words += "\n\n" + "Some words about it. " * (number % 7) + "\n\n- one\n- **two**"
    return dict.fromkeys(COLUMNS) | {
        "type": "Message", "id": entry_id(number), "thread": "main",
        "parent": entry_id(number - 1) if number else None, "seq": number + 1,
        "created_at": f"{BEGIN + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S}.000Z",
        "role": "assistant" if is_answer else "user", "content": words, "status": "complete",
        "model": "claude-x" if is_answer else None,
        "stop_reason": "end_turn" if is_answer else None,
    }  # fmt: skip


def fill(chatd, count):
    """Takes a thread of so many entries in."""
    thread = chatd.get("/api/export")["thread"] | {"head": entry_id(count - 1)}
    file = {
        "format": "chatd-thread", "version": 1, "exported_at": "2026-01-02T00:00:00.000Z",
        "thread": thread, "entries": [_entry(number) for number in range(count)], "queued": [],
    }  # fmt: skip
    request = urllib.request.Request(f"{chatd.url}/api/import", json.dumps(file).encode())
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["added"] == count


# Takes down, in every frame, what a reader sees and what it costs: `seen` are the entries that were
# in the page, `most` the rows at once, `twice` how many stood there twice, `steps` by how many
# pixels what was seen moved (null: all of it went), `frames` the milliseconds from frame to frame,
# `long` those of tasks that were too long for a frame.
WATCH = """() => {
  const scroller = document.getElementById('scroller');
  const watch = { seen: new Set(), most: 0, twice: [], frames: [], long: [], steps: [] };
  let before = new Map();
  let last = 0;
  const look = (now) => {
    if (last) watch.frames.push(now - last);
    last = now;
    const rows = [...scroller.querySelectorAll('[data-entry-id]')];
    const ids = new Set(rows.map((row) => row.dataset.entryId));
    for (const id of ids) watch.seen.add(id);
    if (ids.size !== rows.length) watch.twice.push(rows.length - ids.size);
    watch.most = Math.max(watch.most, rows.length);
    const { top, bottom } = scroller.getBoundingClientRect();
    const places = new Map();
    for (const row of rows) {
      const box = row.getBoundingClientRect();
      if (box.bottom > top && box.top < bottom) places.set(row.dataset.entryId, box.top);
    }
    if (before.size > 0) {
      const still = [...places.keys()].find((id) => before.has(id));
      watch.steps.push(still ? places.get(still) - before.get(still) : null);
    }
    before = places;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  new PerformanceObserver((list) => {
    watch.long.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ type: 'longtask' });
  window.watch = watch;
}"""
FRAME = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def figures(page):
    """The times of the frames since the watch began, in words."""
    return page.evaluate(
        """() => {
          const frames = [...window.watch.frames].sort((a, b) => a - b);
          const at = (part) => frames[Math.floor(frames.length * part)]?.toFixed(1);
          const long = window.watch.long;
          return `${frames.length} frames, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, `
            + `${long.length} long tasks, longest ${Math.max(0, ...long).toFixed(0)} ms`;
        }"""
    )
