#include "path.h"

/* Drops the last element that was written, if it can be dropped: not the root, not another "..". */
static bool drop_last(struct strbuf *out, bool rooted)
{
    const size_t root = rooted ? 1 : 0;
    size_t at = out->n;
    if (at == root)
        return rooted; /* "/.." is "/" */
    while (at > root && out->p[at - 1] != '/')
        at--;
    if (out->n - at == 2 && memcmp(out->p + at, "..", 2) == 0)
        return false;
    out->n = at > root ? at - 1 : root;
    return true;
}

static void add_element(struct strbuf *out, struct sv element, bool rooted)
{
    if (element.n == 0 || sv_eq(element, SV(".")))
        return;
    if (sv_eq(element, SV("..")) && drop_last(out, rooted))
        return;
    if (out->n > (rooted ? 1u : 0u))
        strbuf_addc(out, '/');
    strbuf_addsv(out, element);
}

/* filepath.Clean: no empty elements, no ".", no ".." that can be resolved. */
static struct sv clean(struct sv path, struct arena *mem)
{
    struct strbuf out = {0};
    const bool rooted = path.n != 0 && path.p[0] == '/';
    if (rooted)
        strbuf_addc(&out, '/');
    for (size_t at = 0; at < path.n;) {
        const char *slash = memchr(path.p + at, '/', path.n - at);
        const size_t end = slash != NULL ? (size_t)(slash - path.p) : path.n;
        add_element(&out, (struct sv){path.p + at, end - at}, rooted);
        at = end + 1;
    }
    if (out.n == 0)
        strbuf_addc(&out, '.');
    const char *kept = arena_strndup(mem, out.p, out.n);
    const struct sv result = {kept, out.n};
    strbuf_done(&out);
    return result;
}

struct sv path_dir(const char *path, struct arena *mem)
{
    const char *slash = strrchr(path, '/');
    return clean((struct sv){path, slash != NULL ? (size_t)(slash - path) + 1 : 0}, mem);
}

char *path_join(struct sv dir, char *path, struct arena *mem)
{
    if (path == NULL || path[0] == '\0' || path[0] == '/')
        return path;
    struct strbuf joined = {0};
    strbuf_addsv(&joined, dir);
    strbuf_addc(&joined, '/');
    strbuf_adds(&joined, path);
    const struct sv result = clean(strbuf_sv(&joined), mem);
    strbuf_done(&joined);
    return arena_strndup(mem, result.p, result.n);
}
