#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/rfc3339.h"

static char *join(const char *a, const char *b)
{
    struct strbuf s = {0};

    strbuf_adds(&s, a);
    strbuf_adds(&s, b);
    return strbuf_take(&s);
}

/* As `mkdir -p`: what is there already is fine. */
static bool make_dirs(const char *dir, struct err *err)
{
    char *path = xstrdup(dir);
    struct stat st;
    bool ok = true;

    for (char *p = path + 1; ok && *path != '\0' && *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        ok = mkdir(path, 0777) == 0 || errno == EEXIST;
        *p = '/';
    }
    ok = ok && (mkdir(path, 0777) == 0 || errno == EEXIST);
    free(path);
    if (!ok)
        return err_errno(err, "storage directory %s cannot be made", dir);
    if (stat(dir, &st) != 0)
        return err_errno(err, "storage directory %s", dir);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_SYSTEM, "storage directory %s: not a directory", dir);
    return true;
}

/* Who holds the lock, as it wrote itself into the file; 0 when that cannot be told. */
static long lock_holder(int fd)
{
    char text[32];
    const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return strtol(text, NULL, 10);
}

static bool lock_refused(int fd, const char *dir, struct err *err)
{
    if (errno != EWOULDBLOCK)
        return err_errno(err, "storage directory %s cannot be locked", dir);
    const long pid = lock_holder(fd);
    if (pid <= 0)
        return err_set(err, ERR_CONFLICT, "storage directory %s is in use by another process", dir);
    return err_set(err, ERR_CONFLICT, "storage directory %s is in use by another process (pid %ld)", dir,
                   pid);
}

/* The pid is only for the other process' message, so a disk that has no room for it does not matter. */
static void lock_sign(int fd)
{
    char text[32];
    const int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    const bool ok = ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
    (void)ok;
}

static bool take_lock(struct place *p, struct err *err)
{
    char *file = join(p->dir, "/tocsin.lock");
    const int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    free(file);
    if (fd < 0)
        return err_errno(err, "storage directory %s cannot be written", p->dir);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)lock_refused(fd, p->dir, err);
        close(fd);
        return false;
    }
    lock_sign(fd);
    p->lock = fd;
    p->open = true;
    return true;
}

bool place_open(struct place *p, const char *dir, struct err *err)
{
    *p = (struct place){.dir = xstrdup(dir), .file = join(dir, "/tocsin.db")};
    if (make_dirs(dir, err) && take_lock(p, err))
        return true;
    place_close(p);
    return false;
}

/* The lock file stays: to remove it would let two processes lock two files of the same name. */
void place_close(struct place *p)
{
    if (p->open)
        close(p->lock);
    free(p->dir);
    free(p->file);
    *p = (struct place){0};
}

/* A name for the damaged file that is not taken, without colons, for the sake of every shell. */
static char *aside_name(const struct place *p, struct stamp now)
{
    const struct civil c = stamp_civil(stamp_utc(now));
    struct strbuf s = {0};

    strbuf_addf(&s, "%s.corrupt-%04d%02d%02dT%02d%02d%02dZ", p->file, c.year, c.month, c.day, c.hour,
                c.minute, c.second);
    const size_t n = s.n;
    for (int i = 2; access(s.p, F_OK) == 0; i++) {
        s.n = n;
        strbuf_addf(&s, "-%d", i);
    }
    return strbuf_take(&s);
}

static bool move(const char *file, const char *aside, const char *suffix, struct err *err)
{
    char *from = join(file, suffix), *to = join(aside, suffix);
    const bool ok =
        rename(from, to) == 0 || errno == ENOENT || err_errno(err, "%s cannot be moved aside", from);

    free(from);
    free(to);
    return ok;
}

/* The log goes first: a log that stays behind without its database would be played into the new one. */
bool place_put_aside(const struct place *p, struct stamp now, char **aside, struct err *err)
{
    *aside = aside_name(p, now);
    if (move(p->file, *aside, "-wal", err) && move(p->file, *aside, "-shm", err) &&
        move(p->file, *aside, "", err))
        return true;
    free(*aside);
    *aside = NULL;
    return false;
}

long long place_bytes(const struct place *p)
{
    char *wal = join(p->file, "-wal");
    struct stat st;
    long long bytes = 0;

    if (stat(p->file, &st) == 0)
        bytes += st.st_size;
    if (stat(wal, &st) == 0)
        bytes += st.st_size;
    free(wal);
    return bytes;
}
