/* Writes down every change of the files below GALLEY_DISK_ROOT, in the order in which it happened, and what was flushed when.
   GALLEY_DISK_FAIL=n makes the n-th flush fail with EIO, once, as disks do. Preloaded into a process of the tests. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static size_t root_length;
static int log_file = -1;
static long fail_at, flushes, flush_ids;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("GALLEY_DISK_LOG"), *fail = getenv("GALLEY_DISK_FAIL");
    const char *below = getenv("GALLEY_DISK_ROOT");
    fail_at = fail ? atol(fail) : 0;
    if (!path || !below) return;
    log_file = syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    root_length = strlen(below);
    root = below;
}

static int below(const char *path) { return root && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]); }

static int path_of(int fd, char *path)
{
    char link[64];
    if (!root || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below(path);
}

static void full(int dir, const char *path, char *whole)
{
    char base[PATH_MAX];
    if (path[0] == '/') { snprintf(whole, PATH_MAX, "%s", path); return; }
    if (dir == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
    else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
        ssize_t length = readlink(link, base, sizeof base - 1);
        base[length < 0 ? 0 : length] = 0;
    }
    if (snprintf(whole, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) whole[0] = 0;
}

static void note(char kind, const char *path, const char *other, uint64_t number, const void *data, uint64_t length)
{
    struct { char kind; char pad[3]; uint32_t path, other; uint32_t more; uint64_t number, length; } head;
    memset(&head, 0, sizeof head);
    head.kind = kind;
    head.path = strlen(path);
    head.other = other ? strlen(other) : 0;
    head.number = number;
    head.length = length;
    struct iovec parts[] = { { &head, sizeof head }, { (void *)path, head.path }, { (void *)other, head.other }, { (void *)data, length } };
    syscall(SYS_writev, log_file, parts, 4);
}

#define LOCK pthread_mutex_lock(&gate)
#define UNLOCK do { int kept = errno; pthread_mutex_unlock(&gate); errno = kept; } while (0)

static int opened(int dir, const char *path, int flags, mode_t mode)
{
    char whole[PATH_MAX];
    full(dir, path, whole);
    if (!below(whole) || !(flags & (O_CREAT | O_TRUNC))) return syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
    LOCK;
    int there = !syscall(SYS_faccessat, AT_FDCWD, whole, F_OK);
    int fd = syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
    if (fd >= 0 && !there) note('C', whole, 0, 0, 0, 0);
    else if (fd >= 0 && flags & O_TRUNC) note('T', whole, 0, 0, 0, 0);
    UNLOCK;
    return fd;
}

#define OPEN_MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { OPEN_MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { OPEN_MODE return opened(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { OPEN_MODE return opened(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { OPEN_MODE return opened(dir, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

/* offset < 0: where the file stands */
static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset)
{
    char path[PATH_MAX];
    int ours = path_of(fd, path);
    if (ours) LOCK;
    ssize_t done = offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
    if (!ours) return done;
    if (done > 0) {
        int kept = errno;
        off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) - done : offset;
        ssize_t left = done;
        for (int i = 0; i < count && left > 0; i++) {
            size_t part = parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left;
            if (part) note('W', path, 0, at, parts[i].iov_base, part);
            at += part;
            left -= part;
        }
        errno = kept;
    }
    UNLOCK;
    return done;
}

ssize_t write(int fd, const void *data, size_t length)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return syscall(SYS_write, fd, data, length);
    struct iovec part = { (void *)data, length };
    return written(fd, &part, 1, -1);
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { struct iovec part = { (void *)data, length }; return written(fd, &part, 1, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { struct iovec part = { (void *)data, length }; return written(fd, &part, 1, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return written(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return written(fd, parts, count, offset); }

static int truncated(int fd, off_t length)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return syscall(SYS_ftruncate, fd, length);
    LOCK;
    int result = syscall(SYS_ftruncate, fd, length);
    if (!result) note('T', path, 0, length, 0, 0);
    UNLOCK;
    return result;
}
int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

static int flushed(int fd, long call)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return syscall(call, fd);
    LOCK;
    long id = ++flush_ids, fails = ++flushes == fail_at;
    note('B', path, 0, id, 0, 0);
    UNLOCK;
    int result = fails ? -1 : syscall(call, fd);
    if (fails) errno = EIO;
    LOCK;
    note(result ? 'F' : 'S', path, 0, id, 0, 0);
    UNLOCK;
    return result;
}
int fsync(int fd) { return flushed(fd, SYS_fsync); }
int fdatasync(int fd) { return flushed(fd, SYS_fdatasync); }

/* .NET asks libc itself for a function that it calls: it must find ours, too. */
void *dlsym(void *library, const char *name)
{
    static void *(*real)(void *, const char *);
    if (!strcmp(name, "fsync")) return (void *)fsync;
    if (!strcmp(name, "fdatasync")) return (void *)fdatasync;
    static const char *versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
    for (int i = 0; !real && i < 3; i++) real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    return real(library, name);
}

static int renamed(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    char one[PATH_MAX], other[PATH_MAX];
    full(from_dir, from, one);
    full(to_dir, to, other);
    if (!below(one) && !below(other)) return syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    LOCK;
    int result = syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (!result) note('R', one, other, 0, 0, 0);
    UNLOCK;
    return result;
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_dir, const char *from, int to_dir, const char *to) { return renamed(from_dir, from, to_dir, to, 0); }
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) { return renamed(from_dir, from, to_dir, to, flags); }

static int removed(int dir, const char *path, int flags)
{
    char whole[PATH_MAX];
    full(dir, path, whole);
    if (!below(whole)) return syscall(SYS_unlinkat, dir, path, flags);
    LOCK;
    int result = syscall(SYS_unlinkat, dir, path, flags);
    if (!result) note('U', whole, 0, 0, 0, 0);
    UNLOCK;
    return result;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int dir, const char *path, int flags) { return removed(dir, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

static int made(int dir, const char *path, mode_t mode)
{
    char whole[PATH_MAX];
    full(dir, path, whole);
    if (!below(whole)) return syscall(SYS_mkdirat, dir, path, mode);
    LOCK;
    int result = syscall(SYS_mkdirat, dir, path, mode);
    if (!result) note('M', whole, 0, 0, 0, 0);
    UNLOCK;
    return result;
}
int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int dir, const char *path, mode_t mode) { return made(dir, path, mode); }

/* Nothing of ours links files; should it ever, this must be taught to it. */
int link(const char *from, const char *to) { (void)from; (void)to; abort(); }
