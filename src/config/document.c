#include "decode.h"

#include "path.h"

static bool finish(struct decoder *d, struct strbuf *errors, struct err *err)
{
    if (d->found != 0)
        problems_choose(&d->problems, err);
    problems_report(&d->problems, d->sources, false, d->env, errors);
    return d->found == 0;
}

bool decode_document(struct decoder *d, const struct schema *s, void *object, struct strbuf *errors,
                     struct err *err)
{
    static const struct ytree empty = {.kind = YTREE_MAP, .line = 1, .col = 1};
    const struct ytree *root = decode_parse(d, 0);
    if (d->found == 0)
        (void)decode_object(d, root != NULL ? root : &empty, s, object);
    return finish(d, errors, err);
}

bool document_decode(struct sv text, const char *path, const struct schema *s, void *object,
                     const struct config_env *env, struct arena *mem, struct strbuf *errors, struct err *err)
{
    const struct source source = {.path = path, .dir = path_dir(path, mem), .text = text};
    struct decoder d = {.mem = mem, .env = env, .sources = &source, .dir = source.dir};
    const struct ytree *root = decode_parse(&d, 0);
    if (root == NULL && d.found == 0)
        decode_fail(&d, NULL, "the file is empty");
    if (root != NULL)
        decode_object(&d, root, s, object);
    const bool ok = finish(&d, errors, err);
    problems_done(&d.problems);
    map_done(&d.objects);
    return ok;
}
