#include "slurp.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Go's texts for errno values begin with a small letter. */
static bool fail(struct err *err, const char *what, const char *path)
{
    char cause[128];
    const char *text = strerror_r(errno, cause, sizeof cause);
    return err_set(err, ERR_SYSTEM, "%s %s: %c%s", what, path, tolower((unsigned char)text[0]), text + 1);
}

static bool read_all(FILE *in, const char *path, struct strbuf *out, struct err *err)
{
    char chunk[16384];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, in)) != 0) {
        if (out->n + n > SLURP_MAX)
            return err_set(err, ERR_LIMIT, "read %s: file is larger than %zu bytes", path, SLURP_MAX);
        strbuf_add(out, chunk, n);
    }
    return ferror(in) == 0 || fail(err, "read", path);
}

bool slurp(const char *path, struct strbuf *out, struct err *err)
{
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return fail(err, "open", path);
    out->ceiling = SLURP_MAX + 1;
    const bool ok = read_all(in, path, out, err);
    (void)fclose(in);
    return ok;
}
