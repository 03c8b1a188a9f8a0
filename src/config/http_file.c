#include "config/http_file.h"

#include <stdlib.h>

#include "config/fields.h"
#include "decode.h"
#include "path.h"
#include "slurp.h"

static const struct http_config *decode(struct decoder *d, struct sv text, struct err *err)
{
    struct ytree *root;

    if (!ytree_parse(text, d->mem, &root, err)) {
        (void)err_wrap(err, "%s", d->path);
        return NULL;
    }
    if (root == NULL || decode_is_null(root))
        return decode_new_default(d, &http_config_schema);
    struct http_config *c = ARENA_NEW(d->mem, struct http_config);
    decode_object(d, root, &http_config_schema, c);
    if (d->found == 0)
        return c;
    const struct problem *p = &d->problems[0];
    (void)err_set(err, ERR_INVALID, "%s:%d:%d: %s", d->path, p->line, p->col, p->text);
    return NULL;
}

const struct http_config *http_file_load(const char *path, struct arena *mem, struct err *err)
{
    static const struct config_env env = {0};
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct decoder d = {.mem = mem, .env = &env, .path = path, .dir = path_dir(path, mem)};

    if (!slurp(path, &text, err))
        return NULL;
    const struct http_config *c = decode(&d, strbuf_sv(&text), err);
    free(d.problems);
    map_done(&d.objects);
    return c;
}
