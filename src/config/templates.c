/* Templates are part of applying a configuration, not of reading it: config.md 8. */
#include "config/templates.h"

#include <glob.h>
#include <string.h>

#include "base/mem.h"
#include "codec/tmpl.h"
#include "config/config.h"
#include "embedded.h"
#include "slurp.h"

/* Go's rule for the patterns of filepath.Match: brackets closed and not empty, no backslash at the end.
 * glob() would take a malformed pattern for a plain name. */
static bool pattern_valid(const char *p)
{
    for (; *p != '\0'; p++) {
        if (*p == '\\') {
            if (*++p == '\0')
                return false;
        } else if (*p == '[') {
            p += p[1] == '^' ? 2 : 1;
            if (*p == ']' || *p == '-')
                return false;
            for (; *p != ']'; p++)
                if (*p == '\0' || (*p == '\\' && *++p == '\0'))
                    return false;
        }
    }
    return true;
}

static bool add_file(struct tmpl_set *set, const char *path, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    const char *slash = strrchr(path, '/');
    return slurp(path, &text, err) &&
           tmpl_set_add(set, slash != NULL ? slash + 1 : path, strbuf_sv(&text), err);
}

bool templates_add(struct tmpl_set *set, const char *pattern, struct err *err)
{
    glob_t found;
    bool ok = true;
    if (!pattern_valid(pattern))
        return err_set(err, ERR_INVALID, "syntax error in pattern");
    const int rc = glob(pattern, 0, NULL, &found);
    if (rc == GLOB_NOMATCH)
        return true;
    if (rc != 0)
        return err_set(err, ERR_SYSTEM, "%s: cannot list files", pattern);
    for (size_t i = 0; ok && i < found.gl_pathc; i++)
        ok = add_file(set, found.gl_pathv[i], err);
    globfree(&found);
    return ok;
}

static bool add_embedded(struct tmpl_set *set, struct err *err)
{
    for (const struct embedded_file *f = embedded_templates; f->name != NULL; f++)
        if (!tmpl_set_add(set, f->name, (struct sv){f->text, *f->len}, err))
            return false;
    return true;
}

struct tmpl_set *templates_new(struct err *err)
{
    struct tmpl_set *set = tmpl_set_new();
    if (add_embedded(set, err))
        return set;
    tmpl_set_free(set);
    return NULL;
}

static bool add_all(struct tmpl_set *set, const struct config *c, struct err *err)
{
    for (size_t i = 0; set != NULL && i < c->n_templates; i++)
        if (!templates_add(set, c->templates[i], err))
            return false;
    return set != NULL;
}

bool config_load_templates(struct config *c, struct err *err)
{
    struct tmpl_set *set = templates_new(err);
    if (!add_all(set, c, err)) {
        tmpl_set_free(set);
        return err_wrap(err, "failed to parse templates");
    }
    c->tmpl = set;
    return true;
}
