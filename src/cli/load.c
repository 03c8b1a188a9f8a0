#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "notify/receiver.h"

#define CONFIG_MAX ((size_t)64 << 20)

struct config_env cli_config_env(const struct cli *c)
{
    return (struct config_env){
        .receivers = receiver_schemas(),
        .matcher_mode = c->features.matcher_mode,
        .follow_includes = true,
    };
}

bool cli_read_all(int fd, const char *name, size_t max, struct strbuf *out, struct err *err)
{
    for (;;) {
        char chunk[16384];
        const ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, "read %s", name);
        if (n == 0)
            return true;
        if (out->n + (size_t)n > max)
            return err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", name, max);
        strbuf_add(out, chunk, (size_t)n);
    }
}

bool cli_read_file(const char *path, size_t max, struct strbuf *out, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, "open %s", path);
    const bool ok = cli_read_all(fd, path, max, out, err);
    close(fd);
    return ok;
}

struct config *cli_load_text(const struct cli *c, struct sv text, const char *path, struct strbuf *errors,
                             struct err *err)
{
    const struct config_env env = cli_config_env(c);

    return config_load(text, path, &env, errors, err);
}

struct config *cli_load_config(const struct cli *c, const char *path, struct strbuf *errors, struct err *err)
{
    const struct config_env env = cli_config_env(c);

    return config_load_file(path, &env, errors, err);
}
