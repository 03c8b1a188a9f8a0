#include "include.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/digest.h"
#include "slurp.h"

void inclusion_done(struct inclusion *in)
{
    for (size_t i = 0; i < in->n; i++) {
        free(in->v[i].path);
        free(in->v[i].why);
        strbuf_done(&in->v[i].text);
    }
    free(in->v);
    *in = (struct inclusion){0};
}

/* The name of the last good version: any path gives a name of the same length. */
static void stored_name(const char *path, struct strbuf *out)
{
    uint8_t digest[16];
    md5(sv_of(path), digest);
    for (size_t i = 0; i < sizeof digest; i++)
        strbuf_addf(out, "%02x", digest[i]);
    strbuf_adds(out, ".yml");
}

static void stored_path(const char *store, const char *path, struct strbuf *out)
{
    strbuf_addf(out, "%s/", store);
    stored_name(path, out);
}

/* False: there is none, or it is what is broken now. */
static bool take_last_good(struct included *i, const char *store)
{
    CLEANUP(strbuf_donep) struct strbuf path = {0}, text = {0};
    struct err err;
    stored_path(store, i->path, &path);
    if (!slurp(path.p, &text, &err) || sv_eq(strbuf_sv(&text), strbuf_sv(&i->text)))
        return false;
    strbuf_done(&i->text);
    i->text = text;
    text = (struct strbuf){0};
    return true;
}

void included_degrade(struct included *i, const char *store, const char *why)
{
    if (i->why == NULL)
        i->why = xstrdup(why);
    if (i->state == INCLUDE_CURRENT && take_last_good(i, store)) {
        i->state = INCLUDE_LAST_GOOD;
        return;
    }
    i->state = INCLUDE_LEFT_OUT;
    strbuf_reset(&i->text);
}

static bool add_file(struct inclusion *in, const char *path, const char *store, struct err *err)
{
    struct err why;
    if (in->n == INCLUDES_MAX)
        return err_set(err, ERR_LIMIT, "include: more than %zu files", INCLUDES_MAX);
    in->v = xgrow(in->v, &in->cap, in->n + 1, sizeof(*in->v));
    struct included *i = &in->v[in->n++];
    *i = (struct included){.path = xstrdup(path)};
    if (slurp(path, &i->text, &why))
        return true;
    if (store == NULL) {
        *err = why;
        return false;
    }
    strbuf_reset(&i->text);
    included_degrade(i, store, why.text);
    return true;
}

static int is_config(const struct dirent *e)
{
    return e->d_name[0] != '.' &&
           (fnmatch("*.yml", e->d_name, 0) == 0 || fnmatch("*.yaml", e->d_name, 0) == 0);
}

/* By bytes, whatever the locale. */
static int cmp_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_directory(struct inclusion *in, const char *dir, const char *store, struct err *err)
{
    struct dirent **entries;
    const int n = scandir(dir, &entries, is_config, cmp_entries);
    bool ok = n >= 0 || err_errno(err, "include: %s", dir);
    for (int i = 0; i < n; i++) {
        CLEANUP(strbuf_donep) struct strbuf path = {0};
        strbuf_addf(&path, "%s/%s", dir, entries[i]->d_name);
        ok = ok && add_file(in, path.p, store, err);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return ok;
}

bool inclusion_add(struct inclusion *in, const char *path, const char *store, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_errno(err, "include: %s", path);
    return S_ISDIR(st.st_mode) ? add_directory(in, path, store, err) : add_file(in, path, store, err);
}

/* ---- keeping what is good ---- */

static bool write_all(int fd, struct sv text)
{
    while (text.n != 0) {
        const ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text = (struct sv){text.p + n, text.n - (size_t)n};
    }
    return fsync(fd) == 0;
}

static bool is_same(const char *path, struct sv text)
{
    CLEANUP(strbuf_donep) struct strbuf old = {0};
    struct err err;
    return slurp(path, &old, &err) && sv_eq(strbuf_sv(&old), text);
}

/* Whole or not at all: a crash in between leaves the old version. */
static bool store_file(const char *path, struct sv text, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf next = {0};
    if (is_same(path, text))
        return true;
    strbuf_addf(&next, "%s.new", path);
    const int fd = open(next.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, "open %s", next.p);
    bool ok = write_all(fd, text) || err_errno(err, "write %s", next.p);
    ok = (close(fd) == 0 || err_errno(err, "close %s", next.p)) && ok;
    return ok && (rename(next.p, path) == 0 || err_errno(err, "rename %s", next.p));
}

static bool is_wanted(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->n_includes; i++) {
        CLEANUP(strbuf_donep) struct strbuf stored = {0};
        stored_name(c->includes[i].path, &stored);
        if (strcmp(stored.p, name) == 0)
            return true;
    }
    return false;
}

static bool forget_others(const struct config *c, const char *dir, struct err *err)
{
    struct dirent **entries;
    const int n = scandir(dir, &entries, is_config, cmp_entries);
    if (n < 0)
        return err_errno(err, "open %s", dir);
    for (int i = 0; i < n; i++) {
        CLEANUP(strbuf_donep) struct strbuf path = {0};
        strbuf_addf(&path, "%s/%s", dir, entries[i]->d_name);
        if (!is_wanted(c, entries[i]->d_name))
            (void)unlink(path.p);
        free(entries[i]);
    }
    free(entries);
    return true;
}

bool config_store_includes(const struct config *c, const char *dir, struct err *err)
{
    if (c->n_includes == 0 && access(dir, F_OK) != 0)
        return true;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_errno(err, "mkdir %s", dir);
    for (size_t i = 0; i < c->n_includes; i++) {
        CLEANUP(strbuf_donep) struct strbuf path = {0};
        stored_path(dir, c->includes[i].path, &path);
        if (c->includes[i].state == INCLUDE_CURRENT && !store_file(path.p, c->includes[i].text, err))
            return false;
    }
    return forget_others(c, dir, err);
}
