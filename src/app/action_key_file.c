#include "action_key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/digest.h"

#define FILE_NAME "action-links.key"
#define FILE_MAX  ((size_t)64 << 10)

static char *default_path(const char *storage_path)
{
    struct strbuf path = {0};

    strbuf_addf(&path, "%s/%s", storage_path, FILE_NAME);
    return strbuf_take(&path);
}

/* ---- making it ---- */

static bool make_key(struct strbuf *out, struct err *err)
{
    uint8_t random[32];

    if (!random_bytes(random, sizeof random))
        return err_set(err, ERR_SYSTEM, "the system has no random numbers");
    strbuf_adds(out, "# Signs the links in messages. Put a new line in front to change the key.\n");
    for (size_t i = 0; i < sizeof random; i++)
        strbuf_addf(out, "%02x", random[i]);
    strbuf_addc(out, '\n');
    explicit_bzero(random, sizeof random);
    return true;
}

static bool write_whole(int fd, struct sv text)
{
    return write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
}

/* Under another name first: a key that is half written would be read as another one. */
static bool make_file(const char *path, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0}, fresh = {0};

    if (!make_key(&text, err))
        return false;
    strbuf_addf(&fresh, "%s.new", path);
    const int fd = open(fresh.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 && write_whole(fd, strbuf_sv(&text));
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = (ok && rename(fresh.p, path) == 0) || err_errno(err, "write %s", path);
    explicit_bzero(text.p, text.n);
    return ok;
}

/* ---- reading it ---- */

static void warn_if_open(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        log_warn("Others can read the keys that sign links in messages", "file", path);
}

static bool read_file(const char *path, char *text, size_t *n, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, "open %s", path);
    warn_if_open(fd, path);
    *n = 0;
    ssize_t got = 1;
    while (got > 0 && *n < FILE_MAX) {
        got = read(fd, text + *n, FILE_MAX - *n);
        *n += got > 0 ? (size_t)got : 0;
    }
    const bool ok =
        got == 0 || (got < 0 ? err_errno(err, "read %s", path)
                             : err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", path, FILE_MAX));
    (void)close(fd);
    return ok;
}

static bool read_keys(const char *path, struct action_keys *out, struct err *err)
{
    char *text = xmalloc(FILE_MAX);
    size_t n;
    bool ok = read_file(path, text, &n, err);

    if (ok) {
        ok = action_keys_parse((struct sv){text, n}, out, err) || err_wrap(err, "%s", path);
        explicit_bzero(text, n);
    }
    free(text);
    return ok;
}

bool action_key_file_read(const char *path, const char *storage_path, struct action_keys *out,
                          struct err *err)
{
    if (path[0] != '\0')
        return read_keys(path, out, err);
    char *own = default_path(storage_path);
    const bool ok = (access(own, F_OK) == 0 || make_file(own, err)) && read_keys(own, out, err);
    free(own);
    return ok;
}
