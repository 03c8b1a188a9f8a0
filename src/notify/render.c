#include <errno.h>
#include <stdio.h>

#include "notify/receiver.h"
#include "standin.h"

#define MAX_SECRET_FILE 65536

typedef bool engine(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
                    const struct tmpl_limits *limits, struct arena *mem, struct sv *out, struct err *err);

static bool run_template(struct render *r, engine *run, const char *text, struct sv *out, struct err *err)
{
    *out = sv_of("");
    if (r->tmpl_failed)
        return false;
    if (text == NULL || text[0] == '\0')
        return true;
    if (strstr(text, "{{") == NULL) { /* the common case costs nothing */
        *out = sv_of(text);
        return true;
    }
    const struct tmpl_set *set = r->tmpl != NULL ? r->tmpl : r->delivery->config->tmpl;
    if (run(set, sv_of(text), r->data, r->now, NULL, r->mem, out, err))
        return true;
    r->tmpl_failed = true;
    if (!r->stand_in || !standin_text(r, run == tmpl_html, err, out))
        return false;
    r->tmpl_failed = false;
    return true;
}

bool render_text(struct render *r, const char *text, struct sv *out, struct err *err)
{
    return run_template(r, tmpl_text, text, out, err);
}

bool render_html(struct render *r, const char *text, struct sv *out, struct err *err)
{
    return run_template(r, tmpl_html, text, out, err);
}

static bool read_all(FILE *f, const char *path, size_t max, struct arena *mem, struct sv *out,
                     struct err *err)
{
    char *text = arena_alloc(mem, max + 1);

    if (text == NULL)
        return err_set(err, ERR_LIMIT, "read %s: out of memory", path);
    const size_t n = fread(text, 1, max + 1, f);
    if (ferror(f))
        return err_errno(err, "read %s", path);
    if (n > max)
        return err_set(err, ERR_LIMIT, "read %s: larger than %zu bytes", path, max);
    *out = (struct sv){text, n};
    return true;
}

bool render_file(struct render *r, const char *path, size_t max, struct sv *out, struct err *err)
{
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return err_errno(err, "open %s", path);
    const bool ok = read_all(f, path, max, r->mem, out, err);
    (void)fclose(f);
    return ok;
}

bool render_secret(struct render *r, const char *value, const char *file, bool raw, struct sv *out,
                   struct err *err)
{
    *out = sv_of(value != NULL ? value : "");
    if ((value != NULL && value[0] != '\0') || file == NULL || file[0] == '\0')
        return true;
    const bool ok = render_file(r, file, MAX_SECRET_FILE, out, err);
    if (ok && !raw)
        *out = sv_trim(*out);
    return ok;
}
