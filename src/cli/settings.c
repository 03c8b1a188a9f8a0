#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "codec/ytree.h"
#include "load.h"

#define SETTINGS_MAX ((size_t)1 << 20)

/* The first that has a key wins. Debian's amtool has names of its own. */
static const struct {
    const char *path;
    bool in_home;
} files[] = {
    {"/.config/tocsinctl/config.yml", true},  {"/.config/amtool/config.yml", true},
    {"/.config/prometheus/amtool.yml", true}, {"/etc/tocsinctl/config.yml", false},
    {"/etc/amtool/config.yml", false},        {"/etc/prometheus/amtool.yml", false},
};

static bool apply_file(const char *path, struct cmdline *line, struct strmap *seen, struct arena *mem,
                       struct err *err)
{
    struct strbuf text = {0};
    struct ytree *root = NULL;

    bool ok = cli_read_file(path, SETTINGS_MAX, &text, err);
    if (ok)
        ok = ytree_parse(strbuf_sv(&text), mem, &root, err) || err_wrap(err, "%s", path);
    strbuf_done(&text);
    if (!ok)
        return false;
    if (root == NULL)
        return true;
    if (root->kind != YTREE_MAP)
        return err_set(err, ERR_INVALID, "%s:%d: expected a map of flags and values", path, root->line);
    for (size_t i = 0; i < root->n; i++) {
        const struct ytree *key = root->items[2 * i], *value = root->items[2 * i + 1];
        if (key->kind != YTREE_SCALAR || value->kind != YTREE_SCALAR)
            return err_set(err, ERR_INVALID, "%s:%d: expected a single value", path, value->line);
        if (strmap_get(seen, key->text) != NULL)
            continue;
        (void)strmap_put(seen, key->text, root);
        const char *name = key->text.p;
        if (strcmp(name, "comment_required") == 0) /* as older versions of amtool called it */
            name = "require-comment";
        (void)cmdline_default(line, name, value->text.p);
    }
    return true;
}

bool settings_apply(struct cmdline *line, struct arena *mem, struct err *err)
{
    const char *home = getenv("HOME");
    struct strmap seen = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < COUNT_OF(files); i++) {
        struct strbuf path = {0};
        if (files[i].in_home && home == NULL)
            continue;
        strbuf_addf(&path, "%s%s", files[i].in_home ? home : "", files[i].path);
        if (access(path.p, F_OK) == 0)
            ok = apply_file(path.p, line, &seen, mem, err) || err_wrap(err, "could not load config file");
        strbuf_done(&path);
    }
    strmap_done(&seen);
    return ok;
}
