/// The floor: what a plain C parent takes for what chatd does for its children. Unix stream
/// sockets, epoll, pidfds, one thread.
#pragma once
#include <sys/types.h>

#include "../frames.h"

struct child {
  pid_t pid;
  int pidfd, listener, socket;
  bool is_ready;
  int64_t generation, last_id, ping_at_ns;
  // Last: see start_child.
  struct inbox in;
};

/// What an epoll event is about; the child's index stands in the lower half.
enum { EVENT_COMMAND, EVENT_ENDED, EVENT_CONNECTS, EVENT_SPEAKS };

struct parent {
  int epoll, count, ready;
  const char *program, *folder;
  /// Between two pings of a child; 0: none.
  int64_t ping_interval_ns;
  struct child *children;
};

_Noreturn void fail(const char *what);

/// Starts a child: a socket of its own, fork, exec.
void start_child(struct parent *p, int index);
/// Deals with an event of a child: it connects, speaks, or has ended and is started again.
void serve_child(struct parent *p, int kind, int index);
/// Ends all of them by closing their sockets, and waits for it.
void end_children(struct parent *p);

/// How long to wait for the next ping to be due, as epoll_wait has it.
int ping_timeout_ms(const struct parent *p);
/// Pings those whose time has come.
void ping_due(struct parent *p);

/// Asks all children about a message `count` times with pauses between, and prints what each took,
/// in microseconds: from when the first was asked until all have answered. With a path the message
/// is appended to that file and flushed to disk before, and the answers after; then two figures
/// follow for each: until the answers were on disk, and the same from before the message was.
void measure_rollups(
    struct parent *p, int count, int64_t pause_us, int content_bytes, const char *path);

/// So many threads hand records of that size in for so long, each the next one once the one before
/// is on disk: appended by one writing and one flush for all that wait. Prints how many were
/// committed, with how many flushes, and in how many seconds. Returns the exit code.
int measure_commits(const char *path, int writers, size_t record_bytes, int64_t duration_ms);

/// Reads a database of chatd's through SQLite alone and prints how long it took. Commands come line
/// by line on standard input, until that ends:
///
///     page BEFORE_ARRIVAL LIMIT COUNT    microseconds each, the last entries before one
///     search LIMIT COUNT EXPRESSION      the same, the newest entries that match, not ranked
///     all                                bytes and seconds, every entry a few hundred at a time
///
/// Returns the exit code.
int measure_reads(const char *path);

/// Serves the Messages API on a free port of this machine, one thread with epoll, and prints
/// `port PORT`. Answers are streamed, each delta a packet of its own with the time at which it was
/// sent as its text; anything but a message is not found. Commands come line by line on standard
/// input, until that ends:
///
///     plan STREAMS DELTAS PAUSE_US    what is streamed next, each delta so long after the last
///     open                            done once all of these have been asked for and have begun
///     send                            done once all deltas of all of them have been sent
///     end                             ends them
///
/// Returns the exit code.
int serve_messages(void);

/// A WebSocket client's place: a connection whose other end a process reads to nowhere.
struct outlet;
struct outlet *open_outlet(void);
/// Puts a text into a frame of chatd's, to be sent with the next flush.
void pass_on(struct outlet *o, const char *text, size_t length);
void flush_outlet(struct outlet *o);

/// Reads such streams with libcurl's multi handle and epoll, and picks out their texts; where it
/// passes them on, those that came at once in one write to a socket each time. Commands
/// come on standard input, until that ends:
///
///     read STREAMS DELTAS
///
/// prints `came` once all deltas have, and once the streams have ended how long it was from the
/// first one sent to the last one that came, and what each took, in microseconds. Returns the exit
/// code.
int read_deltas(int port, bool passes_on);
