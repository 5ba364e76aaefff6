// Preloaded into a process, this counts every call that changes a file below one directory, and strikes at one of them.
//
//   FAULT_UNDER   the directory
//   FAULT_TALLY   a file outside of it: u64 number of calls so far, then a letter for each
//   FAULT_AT      which call, from 1; 0 strikes never
//   FAULT_HOW     before | after   SIGKILL, before or after the call
//                 torn             half of a write, then SIGKILL
//                 short            half of a write, said so to the caller
//                 eio | enospc     this one call fails
//                 broken | full    this call and all later ones fail, with EIO or ENOSPC; a full disk still syncs and unlinks
//
// What goes through memory maps (SQLite's -shm) is not seen; kill -9 at random times covers that.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum how { NEVER, BEFORE, AFTER, TORN, SHORT, EIO_ONCE, ENOSPC_ONCE, BROKEN, FULL };
enum { LETTERS = 65536 };

struct tally {
  _Atomic unsigned long count;
  char letters[LETTERS];
};

static const char *under;
static size_t under_length;
static unsigned long strike_at;
static enum how strike_how;
static struct tally *tally;

static enum how named(const char *text) {
  static const char *names[] = {"never", "before", "after", "torn", "short", "eio", "enospc", "broken", "full"};
  for (int i = 0; i < 9; i++)
    if (text && strcmp(text, names[i]) == 0) return i;
  return NEVER;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULT_TALLY"), *at = getenv("FAULT_AT");
  under = getenv("FAULT_UNDER");
  if (!under || !path) return;
  under_length = strlen(under);
  strike_at = at ? strtoul(at, NULL, 10) : 0;
  strike_how = named(getenv("FAULT_HOW"));
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared != MAP_FAILED) tally = shared;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int is_under(const char *path) {
  return strncmp(path, under, under_length) == 0 && (path[under_length] == '/' || path[under_length] == 0);
}

static int path_is_ours(const char *path) {
  char whole[PATH_MAX];
  if (!tally || !path) return 0;
  if (path[0] == '/') return is_under(path);
  if (!getcwd(whole, sizeof whole)) return 0;
  return is_under(whole);
}

static int fd_is_ours(int fd) {
  char link[64], path[PATH_MAX];
  if (!tally) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_under(path);
}

// One call in its turn: counted, and told what is to happen to it.
struct turn { enum how how; int error; };

static int fails(enum how how, char letter) {
  if (how == EIO_ONCE || how == BROKEN) return EIO;
  if (how == ENOSPC_ONCE) return ENOSPC;
  return how == FULL && strchr("wco", letter) ? ENOSPC : 0;
}

static struct turn take_turn(int is_ours, char letter) {
  struct turn turn = {NEVER, 0};
  if (!is_ours) return turn;
  unsigned long number = atomic_fetch_add(&tally->count, 1) + 1;
  if (number <= LETTERS) tally->letters[number - 1] = letter;
  int lasts = strike_how == BROKEN || strike_how == FULL;
  if (strike_at == 0 || !(number == strike_at || (lasts && number > strike_at))) return turn;
  turn.how = strike_how;
  turn.error = fails(strike_how, letter);
  if (strike_how == BEFORE || (strike_how == TORN && letter != 'w')) die();
  return turn;
}

static size_t share(struct turn turn, size_t length) {
  return turn.how == TORN || turn.how == SHORT ? (length + 1) / 2 : length;
}

static void end_turn(struct turn turn) {
  if (turn.how == AFTER || turn.how == TORN) die();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define CALL(type, ours, letter, call)                     \
  do {                                                     \
    struct turn turn = take_turn(ours, letter);            \
    if (turn.error) { errno = turn.error; return -1; }     \
    type result = call;                                    \
    int error = errno;                                     \
    end_turn(turn);                                        \
    errno = error;                                         \
    return result;                                         \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
  CALL(ssize_t, fd_is_ours(fd), 'w', REAL(write)(fd, bytes, share(turn, length)));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  CALL(ssize_t, fd_is_ours(fd), 'w', REAL(pwrite)(fd, bytes, share(turn, length), offset));
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  CALL(ssize_t, fd_is_ours(fd), 'w', REAL(pwrite64)(fd, bytes, share(turn, length), offset));
}

// Torn between its parts where it has several.
ssize_t writev(int fd, const struct iovec *parts, int count) {
  CALL(ssize_t, fd_is_ours(fd), 'w', REAL(writev)(fd, parts, (int)share(turn, (size_t)count)));
}

int fsync(int fd) { CALL(int, fd_is_ours(fd), 's', REAL(fsync)(fd)); }
int fdatasync(int fd) { CALL(int, fd_is_ours(fd), 's', REAL(fdatasync)(fd)); }
int ftruncate(int fd, off_t length) { CALL(int, fd_is_ours(fd), 't', REAL(ftruncate)(fd, length)); }
int ftruncate64(int fd, off64_t length) { CALL(int, fd_is_ours(fd), 't', REAL(ftruncate64)(fd, length)); }
int fallocate(int fd, int mode, off_t at, off_t length) { CALL(int, fd_is_ours(fd), 'w', REAL(fallocate)(fd, mode, at, length)); }

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
  CALL(ssize_t, fd_is_ours(out), 'w', REAL(copy_file_range)(in, from, out, to, share(turn, length), flags));
}

int rename(const char *from, const char *to) { CALL(int, path_is_ours(to), 'r', REAL(rename)(from, to)); }
int link(const char *from, const char *to) { CALL(int, path_is_ours(to), 'r', REAL(link)(from, to)); }
int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
  CALL(int, path_is_ours(to), 'r', REAL(linkat)(from_fd, from, to_fd, to, flags));
}

int unlink(const char *path) { CALL(int, path_is_ours(path), 'u', REAL(unlink)(path)); }
int mkdir(const char *path, mode_t mode) { CALL(int, path_is_ours(path), 'c', REAL(mkdir)(path, mode)); }
int rmdir(const char *path) { CALL(int, path_is_ours(path), 'u', REAL(rmdir)(path)); }

int renameat(int from_fd, const char *from, int to_fd, const char *to) {
  CALL(int, path_is_ours(to), 'r', REAL(renameat)(from_fd, from, to_fd, to));
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
  CALL(int, path_is_ours(to), 'r', REAL(renameat2)(from_fd, from, to_fd, to, flags));
}

int unlinkat(int fd, const char *path, int flags) {
  CALL(int, path_is_ours(path), 'u', REAL(unlinkat)(fd, path, flags));
}

// Opening counts where it makes a file.
static int makes(const char *path, int flags) {
  return (flags & O_CREAT) && path_is_ours(path) && access(path, F_OK) != 0;
}

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

#define OPENING(name, parameters, arguments)                              \
  int name parameters {                                                   \
    va_list rest;                                                         \
    va_start(rest, flags);                                                \
    mode_t mode = mode_of(flags, rest);                                   \
    va_end(rest);                                                         \
    CALL(int, makes(path, flags), 'o', REAL(name) arguments);             \
  }

OPENING(open, (const char *path, int flags, ...), (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENING(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPENING(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
