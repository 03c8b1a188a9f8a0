/* Templates are part of applying a configuration, not of reading it: config.md 8. */
#include "config/templates.h"

#include <glob.h>
#include <string.h>

#include "base/mem.h"
#include "codec/tmpl.h"
#include "config/config.h"
#include "embedded.h"
#include "impl.h"
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

static bool add_embedded(struct tmpl_set *set, const struct embedded_file *f, struct err *err)
{
    for (; f->name != NULL; f++)
        if (!tmpl_set_add(set, f->name, (struct sv){f->text, *f->len}, err))
            return false;
    return true;
}

struct tmpl_set *templates_new(struct err *err)
{
    struct tmpl_set *set = tmpl_set_new();
    if (add_embedded(set, embedded_templates, err))
        return set;
    tmpl_set_free(set);
    return NULL;
}

static bool add_globs(struct tmpl_set *set, char *const *globs, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!templates_add(set, globs[i], err))
            return false;
    return true;
}

static bool load_common(struct config *c, struct err *err)
{
    c->tmpl = templates_new(err);
    return c->tmpl != NULL && add_globs(c->tmpl, c->templates, c->n_templates, err);
}

static bool is_chat(const struct receiver *r)
{
    for (size_t i = 0; i < r->n_integrations; i++)
        if (r->integrations[i].type->is_chat)
            return true;
    return false;
}

static bool has_chat(const struct config *c)
{
    for (size_t i = 0; i < c->n_receivers; i++)
        if (is_chat(c->receivers[i]))
            return true;
    return false;
}

/* The later ones win: what is built in, what all receivers see, what only chat receivers see. */
static bool fill_chat(struct tmpl_set *set, const struct config *c, const struct embedded_file *builtin,
                      struct err *err)
{
    const struct strings *own = &c->global.im_templates;

    return add_embedded(set, embedded_templates, err) &&
           (builtin == NULL || add_embedded(set, builtin, err)) &&
           add_globs(set, c->templates, c->n_templates, err) && add_globs(set, own->v, own->n, err);
}

static bool load_chat(struct config *c, struct err *err)
{
    if (!has_chat(c))
        return true;
    c->chat.own = tmpl_set_new_with(TMPL_CHAT);
    c->chat.dingtalk = tmpl_set_new_with(TMPL_SPRIG);
    return fill_chat(c->chat.own, c, NULL, err) &&
           fill_chat(c->chat.dingtalk, c,
                     c->global.im_builtin_templates != 0 ? embedded_dingtalk_templates : NULL, err);
}

bool config_load_templates(struct config *c, struct err *err)
{
    if (load_common(c, err) && load_chat(c, err))
        return true;
    config_drop_templates(c);
    return err_wrap(err, "failed to parse templates");
}

void config_drop_templates(struct config *c)
{
    tmpl_set_free(c->tmpl);
    tmpl_set_free(c->chat.own);
    tmpl_set_free(c->chat.dingtalk);
    c->tmpl = NULL;
    c->chat = (struct chat_templates){0};
}
