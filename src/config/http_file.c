#include "config/http_file.h"

#include "config/fields.h"
#include "decode.h"
#include "path.h"
#include "slurp.h"

static const struct http_config *decode(struct decoder *d, const struct source *source, struct err *err)
{
    struct ytree *root;

    if (!ytree_parse(source->text, d->mem, &root, err)) {
        (void)err_wrap(err, "%s", source->path);
        return NULL;
    }
    if (root == NULL || decode_is_null(root))
        return decode_new_default(d, &http_config_schema);
    struct http_config *c = ARENA_NEW(d->mem, struct http_config);
    decode_object(d, root, &http_config_schema, c);
    const struct problem *p = problems_in(&d->problems, 0);
    if (p == NULL)
        return c;
    (void)err_set(err, ERR_INVALID, "%s:%d:%d: %s", source->path, p->line, p->col, p->text);
    return NULL;
}

const struct http_config *http_file_load(const char *path, struct arena *mem, struct err *err)
{
    static const struct config_env env = {.expand_secrets = true};
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (!slurp(path, &text, err))
        return NULL;
    const struct source source = {.path = path, .dir = path_dir(path, mem), .text = strbuf_sv(&text)};
    struct decoder d = {.mem = mem, .env = &env, .sources = &source, .dir = source.dir};
    const struct http_config *c = decode(&d, &source, err);
    problems_done(&d.problems);
    map_done(&d.objects);
    return c;
}
