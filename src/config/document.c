#include "decode.h"

#include "path.h"

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
    if (d.found != 0)
        problems_choose(&d.problems, err);
    problems_report(&d.problems, d.sources, false, env, errors);
    problems_done(&d.problems);
    map_done(&d.objects);
    return d.found == 0;
}
