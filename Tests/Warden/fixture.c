// Children with every vice, for the warden's tests. Usage: fixture MODE [NUMBER].
// Whatever happens, none outlives half a minute.
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIFE_S 240

static time_t born;

static int alive(void) {
  return time(NULL) < born + LIFE_S;
}

_Noreturn static void hold(void) {
  // alarm is not inherited by fork: each holder sets its own.
  signal(SIGALRM, SIG_DFL);
  alarm(LIFE_S);
  for (;;) pause();
}

static void say_ready(void) {
  dprintf(1, "ready\n");
}

// Lists the open descriptors and what they are, but for the one that reads the list.
static void list_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  struct dirent *entry;
  while ((entry = readdir(dir))) {
    char target[256] = {0};
    if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir)) continue;
    if (readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1) < 0) continue;
    printf("%s %s\n", entry->d_name, target);
  }
}

static void describe(void) {
  int death = 0, reaper = 0;
  prctl(PR_GET_PDEATHSIG, &death);
  prctl(PR_GET_CHILD_SUBREAPER, &reaper);
  printf("pid %d\nsession %d\ngroup %d\nparent %d\n", getpid(), getsid(0), getpgrp(), getppid());
  printf("deathsig %d\nsubreaper %d\nstdin %d\n", death, reaper, getchar());
}

// Forks twice with a session in between, as daemons do.
static void daemonise(int count) {
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      setsid();
      if (fork() == 0) {
        setsid();
        hold();
      }
      _exit(0);
    }
    waitpid(pid, NULL, 0);
  }
}

// Processes that fork, end, and go on as their own child in a session of its own: a list of them is
// wrong as soon as it is made. They settle down in the end, lest the machine runs out of pids where
// nobody reaps.
static void wander(int count) {
  for (int i = 0; i < count; i++) {
    if (fork() != 0) continue;
    for (int step = 0; step < 500; step++) {
      if (fork() != 0) _exit(0);
      setsid();
    }
    hold();
  }
  say_ready();
  while (alive()) waitpid(-1, NULL, 0);
}

// Every process forks as fast as it can until there are so many.
static void bomb(int most) {
  int *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *count = 0;
  say_ready();
  // Counted before it is made: children that are stopped at once must not keep the rest from
  // reaching the bound.
  while (alive() && __atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST) < most)
    if (fork() == 0) setsid();
  hold();
}

static void flood(void) {
  static char line[4096];
  memset(line, 'x', sizeof line);
  while (alive() && write(1, line, sizeof line) > 0) continue;
}

// Gives up being what its orphans fall to, daemonises, and holds.
static void escape(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  daemonise(1);
}

// Traces a process and never waits for it: while we live, not even SIGKILL makes it go.
static void trace(pid_t pid) {
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) exit(1);
}

// Has many pages of its own, in a child and a daemon as well.
static void take_memory(int mebibytes) {
  for (int i = 0; i < 2; i++)
    if (fork() == 0) {
      if (i == 1) setsid();
      break;
    }
  size_t size = (size_t)mebibytes << 20;
  if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) ==
      MAP_FAILED)
    exit(1);
}

// Writes over its arguments, as daemons do that say what they are about, and over its name.
static void rename_self(char **argv) {
  for (int i = 0; argv[i]; i++) memset(argv[i], 'z', strlen(argv[i]));
  prctl(PR_SET_NAME, "other");
}

static void ignore_all(void) {
  for (int i = 1; i < 32; i++) signal(i, SIG_IGN);
}

static void tell_term(int number) {
  (void)number;
  dprintf(1, "term %d\n", getpid());
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int number = argc > 2 ? atoi(argv[2]) : 0;
  born = time(NULL);
  if (!strcmp(mode, "exit")) return number;
  if (!strcmp(mode, "signal")) return raise(number), 1;
  if (!strcmp(mode, "descriptors")) return list_descriptors(), 0;
  if (!strcmp(mode, "describe")) return describe(), 0;
  if (!strcmp(mode, "wander")) return wander(number), 0;
  if (!strcmp(mode, "bomb")) return bomb(number), 0;
  if (!strcmp(mode, "flood")) return flood(), 0;
  if (!strcmp(mode, "daemonise-and-exit")) return daemonise(1), number;
  if (!strcmp(mode, "daemonise")) daemonise(number);
  if (!strcmp(mode, "escape")) escape();
  if (!strcmp(mode, "trace")) trace(number);
  if (!strcmp(mode, "ignore")) ignore_all();
  if (!strcmp(mode, "terms")) signal(SIGTERM, tell_term), daemonise(1), (void)fork();
  if (!strcmp(mode, "memory")) take_memory(number);
  if (!strcmp(mode, "renamed")) rename_self(argv), daemonise(1);
  if (!strcmp(mode, "children"))
    while (number-- > 0)
      if (fork() == 0) hold();
  say_ready();
  hold();
}
