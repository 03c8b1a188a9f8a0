/* A file of JSON lines, and standard output. Whoever rotates the file renames or removes it: the next event
 * then goes to a new one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "output.h"

struct file_output {
    struct event_output base;
    char *path; /* NULL: standard output */
    int fd;
    struct stat known; /* of the open file */
};

static char *name_of(const char *kind, const char *path)
{
    struct strbuf name = {0};

    strbuf_addf(&name, "%s:%s", kind, path);
    return strbuf_take(&name);
}

static bool open_file(struct file_output *f, struct err *err)
{
    f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (f->fd < 0 || fstat(f->fd, &f->known) != 0)
        return err_errno(err, "open %s", f->path);
    return true;
}

static bool is_same_file(const struct file_output *f)
{
    struct stat now;

    return stat(f->path, &now) == 0 && now.st_ino == f->known.st_ino && now.st_dev == f->known.st_dev;
}

static bool reopen(struct file_output *f, struct err *err)
{
    if (f->path == NULL || (f->fd >= 0 && is_same_file(f)))
        return true;
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
    return open_file(f, err);
}

static bool write_all(int fd, struct sv text, struct err *err)
{
    while (text.n != 0) {
        const ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, "write");
        text = (struct sv){text.p + n, text.n - (size_t)n};
    }
    return true;
}

/* One write per line, so that several writers to one file do not mix. */
static bool put(struct event_output *base, struct sv json)
{
    struct file_output *f = CONTAINER_OF(base, struct file_output, base);
    CLEANUP(strbuf_donep) struct strbuf line = {0};
    struct err err;

    strbuf_addsv(&line, json);
    strbuf_addc(&line, '\n');
    const bool ok = reopen(f, &err) && write_all(f->fd, strbuf_sv(&line), &err);
    if (!ok && !base->failing)
        log_error("events cannot be recorded", "output", base->name, "err", err.text);
    base->failing = !ok;
    return ok;
}

static void close_file(struct event_output *base)
{
    struct file_output *f = CONTAINER_OF(base, struct file_output, base);

    if (f->path != NULL && f->fd >= 0)
        (void)close(f->fd);
    free(f->path);
    free(base->name);
    free(f);
}

static struct file_output *file_new(char *name)
{
    struct file_output *f = xcalloc(1, sizeof *f);

    f->base = (struct event_output){.name = name, .put = put, .close = close_file, .newline = true};
    return f;
}

struct event_output *file_output_open(const struct event_file_output *c, struct err *err)
{
    struct file_output *f = file_new(name_of("file", c->path));

    f->path = xstrdup(c->path);
    if (open_file(f, err))
        return &f->base;
    close_file(&f->base);
    return NULL;
}

struct event_output *stdout_output_open(int fd)
{
    struct file_output *f = file_new(xstrdup("stdout"));

    f->fd = fd;
    return &f->base;
}
