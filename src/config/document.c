#include "decode.h"

#include "path.h"

bool decode_document(struct decoder *d, const struct schema *s, void *object, struct strbuf *errors,
                     struct err *err)
{
    static const struct ytree empty = {.kind = YTREE_MAP, .line = 1, .col = 1};
    const struct ytree *root = decode_parse(d, 0);
    if (d->found == 0)
        (void)decode_object(d, root != NULL ? root : &empty, s, object);
    if (d->found == 0)
        return true;
    problems_choose(&d->problems, err);
    problems_report(&d->problems, d->sources, false, d->env, errors);
    return false;
}

bool document_decode(struct sv text, const char *path, const struct schema *s, void *object,
                     const struct config_env *env, struct arena *mem, struct strbuf *errors, struct err *err)
{
    const struct source source = {.path = path, .dir = path_dir(path, mem), .text = text};
    struct decoder d = {.mem = mem, .env = env, .sources = &source};
    const bool ok = decode_document(&d, s, object, errors, err);
    problems_done(&d.problems);
    map_done(&d.objects);
    return ok;
}
