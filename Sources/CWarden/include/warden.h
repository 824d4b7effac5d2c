/// The contract between chatd and its warden, the one process that starts, signals and reaps
/// children. chatd is many-threaded and never forks; it asks over a SOCK_SEQPACKET socket pair,
/// one packet a request, one packet an event.
///
/// Functions return 0 (or what is said) when they succeed, and a negated errno when not. All may
/// be called from any thread. Linux 5.9 or later.
#ifndef CWARDEN_WARDEN_H
#define CWARDEN_WARDEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The longest request: every string of a spawn with its end, and about 200 bytes beside them.
#define WARDEN_REQUEST_MAX 131072
/// Arguments and environment entries of one spawn, together.
#define WARDEN_STRINGS_MAX 4096
/// Children at once, those counted whose tree is not gone yet. One more fails with EAGAIN.
#define WARDEN_CHILDREN_MAX 1024
/// Resource limits of one spawn.
#define WARDEN_LIMITS_MAX 8

// MARK: Life of the warden

/// Starts the warden at `path`, in a session of its own (Ctrl-C on the terminal passes it by),
/// with an empty environment (chatd's key must not show in /proc) and chatd's standard error as
/// its standard output too: standard output is for chatd's ready line alone. Children inherit the
/// resource limits that the caller has now.
///
/// Returns chatd's end of the socket, close-on-exec; the caller owns it. Sends on it time out
/// after 5 s, which only a warden that hangs can cause. Closing it, or chatd's death, ends the
/// warden and all below it.
int warden_start(const char *path, pid_t *pid);

/// For `warden_start_with`: the warden makes no cgroups, as on a machine that has none.
#define WARDEN_START_NO_CGROUP 1u

/// `warden_start`, with WARDEN_START_NO_CGROUP or 0.
int warden_start_with(const char *path, uint32_t flags, pid_t *pid);

/// Raises how many files the caller may have open as far as the system lets it: chatd needs three
/// for each child and one for each browser. Wardens that are started from now on, and with them
/// the children, keep what was before, for programs that use select(2) break with more.
int warden_raise_file_limit(void);

/// Ends the conversation: the warden kills all below it and exits, a `warden_receive` that waits
/// returns 0. The descriptor stays open until its owner closes it.
int warden_stop(int fd);

/// Reaps the warden `pid` once it has ended, and waits at most `timeout_ms` for that: -ETIMEDOUT
/// when it still runs then. To be called after `warden_receive` returned 0: the kernel closes a
/// dying process's socket a moment before it hands its children on. The cgroup of one that was
/// killed is ended and removed here, within the same time.
int warden_wait(pid_t pid, int timeout_ms);

/// Makes the calling process the one that orphans below it fall to, so that it can end them when
/// the warden is killed. chatd calls it once, before the first `warden_start`.
int warden_become_subreaper(void);

/// Kills and reaps every descendant of the calling process until none is left, and gives up after
/// `timeout_ms`. Spared are `except` (0 for none), every warden that `warden_start` started and
/// `warden_wait` has not reaped, and all below those. Nothing else may be a child of the process:
/// chatd has none but wardens.
///
/// For the time after the warden's sudden death: leaders die with it (PR_SET_PDEATHSIG), what they
/// had daemonised falls to chatd. Returns how many direct children are left, 0 is good; -EMFILE
/// and the like where they could not be looked for till then.
int warden_end_orphans(pid_t except, int timeout_ms);

// MARK: Requests

/// One resource limit, soft and hard alike. Above the warden's own hard limit it is refused,
/// which fails the spawn at WARDEN_STAGE_LIMIT.
struct warden_limit {
  /// RLIMIT_NOFILE and so on.
  uint32_t resource;
  uint64_t value;
};

/// The child and its descendants can gain no privilege by exec.
#define WARDEN_NO_NEW_PRIVS 1u
/// A core dump is allowed, up to the warden's hard limit; else RLIMIT_CORE is 0.
#define WARDEN_CORE 2u
/// `uid` and `gid` apply, without supplementary groups. Needs root.
#define WARDEN_USER 4u
/// `oom_score_adj` applies. Where the kernel does not allow it, the child starts without.
#define WARDEN_OOM 8u

/// What a child is given beside its command.
struct warden_options {
  /// WARDEN_NO_NEW_PRIVS and the like.
  uint32_t flags;
  uint32_t umask;
  /// -1000 (never taken) to 1000 (taken first).
  int32_t oom_score_adj;
  uint32_t uid;
  uint32_t gid;
  uint32_t limit_count;
  struct warden_limit limits[WARDEN_LIMITS_MAX];
  /// Memory of the child and all below it together, page cache included; 0 for no limit. Over it
  /// the kernel kills them all. Needs a cgroup with the memory controller.
  uint64_t memory_max;
  /// Processes and threads of the child and all below it; 0 for no limit. Over it their forks fail
  /// with EAGAIN. Needs a cgroup with the pids controller.
  uint64_t pids_max;
};

/// No new privileges, umask 077, no core, no limits, chatd's user.
struct warden_options warden_default_options(void);

/// Adds a limit; -E2BIG when there are WARDEN_LIMITS_MAX already.
int warden_add_limit(struct warden_options *options, uint32_t resource, uint64_t value);

/// Asks for a child. It gets a session of its own, default signals, an empty mask, /dev/null as
/// standard input and pipes as standard output and error, `envp` and nothing else of an
/// environment, and no other descriptor. It dies with the warden. What it daemonises stays below
/// it while it lives, and as a zombie, if it never waits for children that it did not start. Where
/// the machine has cgroup v2 and lets us, child and all below it are in a cgroup of their own.
///
/// `token` is chatd's own number for this start, never used again: unlike a pid it can't come to
/// mean another process. `executable` is a path as execve takes it, absolute best; `argv` and
/// `envp` end with NULL. The answer is WARDEN_SPAWNED or WARDEN_SPAWN_FAILED.
/// -E2BIG: over WARDEN_REQUEST_MAX, WARDEN_STRINGS_MAX or WARDEN_LIMITS_MAX. -ETIMEDOUT: the
/// warden does not read. -EPIPE: it has ended.
int warden_send_spawn(
    int fd, uint64_t token, const char *executable, const char *cwd, const char *const *argv,
    const char *const *envp, const struct warden_options *options);

/// Whom a signal is for.
enum warden_scope {
  /// The process that was started.
  WARDEN_LEADER = 1,
  /// That and all that stayed in its process group.
  WARDEN_GROUP = 2,
  /// That and all below it, whatever session they made. With SIGKILL all are stopped before
  /// the first is killed, so that none can fork its way out, and the cgroup is killed as one.
  WARDEN_TREE = 3
};

/// Asks for a signal. A token that is unknown, or whose leader has died, is ignored: what a dead
/// leader leaves is killed without being asked for.
int warden_send_signal(int fd, uint64_t token, int signal, enum warden_scope scope);

// MARK: Events

/// What the warden reports. A spawn that succeeds has exactly one of each but the second, in
/// this order; one that fails has that alone.
enum warden_event_kind {
  /// The program runs: exec has succeeded.
  WARDEN_SPAWNED = 1,
  /// No process came of it; `error` and `stage` say why.
  WARDEN_SPAWN_FAILED = 2,
  /// The leader has ended and is reaped.
  WARDEN_EXITED = 3,
  /// Nothing of what it had started is left, and its cgroup is empty and removed: its next
  /// generation may begin. Does not come while
  /// something that no signal ends is left (a sleep in the kernel, another user's process).
  WARDEN_GONE = 4
};

/// How a leader ended.
enum warden_end {
  /// `value` is its exit code.
  WARDEN_END_EXITED = 1,
  /// `value` is the signal.
  WARDEN_END_SIGNALLED = 2,
  /// `value` is the signal, and there is a core.
  WARDEN_END_DUMPED = 3
};

/// The step at which a spawn failed.
enum warden_stage {
  WARDEN_STAGE_NONE = 0,
  WARDEN_STAGE_REQUEST = 1,
  WARDEN_STAGE_TABLE = 2,
  WARDEN_STAGE_PIPES = 3,
  WARDEN_STAGE_FORK = 4,
  WARDEN_STAGE_SESSION = 5,
  WARDEN_STAGE_DESCRIPTORS = 6,
  WARDEN_STAGE_LIMIT = 7,
  WARDEN_STAGE_USER = 8,
  WARDEN_STAGE_PRIVILEGES = 9,
  WARDEN_STAGE_PARENT = 10,
  WARDEN_STAGE_CHDIR = 11,
  WARDEN_STAGE_EXEC = 12
};

/// What a child was asked to be given and has not, as bits; it runs without.
enum warden_unapplied {
  /// Its oom_score_adj: a user may make it higher, not lower.
  WARDEN_UNAPPLIED_OOM = 1,
  /// A cgroup of its own, which no one has to ask for. Its tree is found by walking alone.
  WARDEN_UNAPPLIED_CGROUP = 2,
  /// `memory_max`: no cgroup, or one that the memory controller can't be enabled for (it needs
  /// chatd's own group to be the root or to be free of processes, which chatd is one of).
  WARDEN_UNAPPLIED_MEMORY = 4,
  /// `pids_max`, likewise.
  WARDEN_UNAPPLIED_PIDS = 8
};

/// One event. Fields that its kind does not name are 0, descriptors -1.
struct warden_event {
  uint64_t token;
  /// SPAWNED: start time in clock ticks since boot; with the pid it names a process for good.
  uint64_t start_ticks;
  /// EXITED: what the leader used, and those of its children it had waited for.
  int64_t utime_us;
  int64_t stime_us;
  int64_t maxrss_kb;
  enum warden_event_kind kind;
  /// SPAWN_FAILED.
  enum warden_stage stage;
  /// EXITED.
  enum warden_end end;
  int32_t value;
  /// SPAWN_FAILED: errno. SPAWNED: EMFILE when the descriptors could not be taken over (the
  /// process has none left); the child runs all the same, without anybody reading its output.
  int32_t error;
  /// SPAWNED, EXITED: for people to read; it must not be signalled by anyone but the warden.
  int32_t pid;
  /// SPAWNED: read ends of the child's output, non-blocking and close-on-exec; the receiver
  /// owns them.
  int32_t stdout_fd;
  int32_t stderr_fd;
  /// SPAWNED: WARDEN_UNAPPLIED_OOM and the like.
  uint32_t unapplied;
  /// EXITED: how many of the child's processes the kernel had killed for going over `memory_max`.
  uint32_t oom_kills;
};

/// Waits for the next event. 1: there is one; 0: the warden has ended.
int warden_receive(int fd, struct warden_event *out);

// MARK: Words and questions

/// "exec", "chdir", "limit"…
const char *warden_stage_name(enum warden_stage stage);

/// "cgroup", "memory limit"… for one bit.
const char *warden_unapplied_name(enum warden_unapplied bit);

/// "SIGKILL"; "SIGRTMIN+3"; "signal 99" for a number that has no name. Good until the same thread
/// asks again.
const char *warden_signal_name(int signal);

/// Finds the bare `name` in the folders of `path`, a list as in PATH whose empty and relative
/// entries are passed over: a child's folder must not decide what a command means. Writes the
/// absolute path to `out`. -ENOENT: nowhere; -EACCES: found, but not to be executed; -EINVAL: the
/// name is empty or has a slash; -ERANGE: `size` is too small.
int warden_find_executable(const char *name, const char *path, char *out, size_t size);

/// Who connected to the Unix socket `fd`: user and process at the time of connecting, and that
/// process's session, which for a child of the warden is its leader's pid (for a leader, its own).
/// -ESRCH: it has ended since.
int warden_peer(int fd, uid_t *uid, pid_t *pid, pid_t *session);

/// Resident memory of a process and all below it, in bytes; pages that several of them share count
/// for each. -ESRCH: it has ended. A tree of over 4096 processes counts as that many.
int warden_tree_rss(pid_t root, uint64_t *bytes);

/// When a process started, in clock ticks since boot: with its pid, and within one boot, that names
/// it for good. -ESRCH: there is none of that pid.
int warden_process_start(pid_t pid, uint64_t *ticks);

/// The name of this boot, 36 characters. -ERANGE: `size` is under 37.
int warden_boot_id(char *out, size_t size);

// MARK: What an earlier chatd left

/// Ends every process of any session that was started with a variable that begins with `marker`:
/// NAME=VALUE, where VALUE is what only descendants of that chatd can have, a random path with its
/// last slash. All that started before `not_before_ticks` (of this boot), the caller and its
/// ancestors are spared. They are stopped first and killed then, again until none is found.
///
/// For when chatd and warden were killed together: what children had daemonised falls to init. It
/// misses who has overwritten his own environment, which `warden_sweep_cgroup` does not, and whose
/// environment the caller may not read. Returns how many were ended; -EINVAL: the marker is not
/// NAME=VALUE; -ETIMEDOUT: after `timeout_ms` one was still there.
int warden_sweep(const char *marker, uint64_t not_before_ticks, int timeout_ms);

/// The folder with the cgroups of a warden that `warden_start` has started and nobody has reaped,
/// as `warden_sweep_cgroup` takes it, to be kept where the next chatd finds it. -ENOENT: it has
/// none (then `out` says where it would be); -ENODEV: no cgroup2 is mounted that it could be in;
/// -ESRCH: there is no such process; -ERANGE: `size` is too small.
int warden_cgroup_path(pid_t warden, char *out, size_t size);

/// Kills all in the folder of an earlier warden and removes it; 0 too where there is none. Nothing
/// is done, and -EINVAL said, of a path that is not a `chatd-PID` below a mounted cgroup2. A warden
/// that still lives is waited for, as it clears up itself: -EBUSY when it does not end in time, or
/// when the caller is in that group. -ETIMEDOUT: after `timeout_ms` something was still in it.
int warden_sweep_cgroup(const char *path, int timeout_ms);

// MARK: Secrets

/// Closes this process to others of its user: none can read its memory or its environment, trace
/// it, or make it dump a core. To be called at the start; what it starts is not concerned.
///
/// It breaks: core dumps and Swift's own backtraces of a crash; gdb, strace and perf without root;
/// for all but root, in /proc/PID, what only the owner may read or write (environ, io, exe, cwd,
/// oom_score_adj), for the process itself too, as root owns it now; /proc/self/fd stays open to it.
int warden_harden(void);

/// Overwrites the values of a variable in the block that /proc/PID/environ shows, however often it
/// stands there, and in the environment of now, and unsets it. To be called once its value is
/// copied and before there are other threads. -ENOENT: it is nowhere.
int warden_forget_environment(const char *name);

#endif
