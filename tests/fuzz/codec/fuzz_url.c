/* A printed URL reads as the same URL, and prints the same again. Escaping and unescaping undo each other. */
#include <assert.h>
#include <stdint.h>

#include "codec/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(struct strbuf *out, const struct url *u)
{
    strbuf_reset(out);
    url_print(out, u);
}

/* Only for URLs with a host: a relative path like "%2f/x y" is printed as "//x%20y", in Go too. */
static void check_printed(struct sv text, struct arena *mem)
{
    struct strbuf once = {0}, twice = {0};
    struct url u, v;
    struct err err;

    if (url_parse(text, mem, &u, &err))
        print(&once, &u);
    if (url_parse_http(text, mem, &u, &err)) {
        print(&once, &u);
        assert(url_parse_http(strbuf_sv(&once), mem, &v, &err));
        print(&twice, &v);
        assert(sv_eq(strbuf_sv(&once), strbuf_sv(&twice)));
        assert(sv_eq(u.scheme, v.scheme) && sv_eq(u.port, v.port) && sv_eq(u.query, v.query));
        assert(url_is_request_uri(strbuf_sv(&once)));
    }
    strbuf_done(&once);
    strbuf_done(&twice);
}

static void check_escapes(struct sv text)
{
    struct strbuf escaped = {0}, back = {0};

    url_escape_query(&escaped, text);
    assert(url_unescape(&back, strbuf_sv(&escaped), true) && sv_eq(strbuf_sv(&back), text));
    strbuf_reset(&escaped);
    strbuf_reset(&back);
    url_escape_path(&escaped, text);
    assert(url_unescape(&back, strbuf_sv(&escaped), false) && sv_eq(strbuf_sv(&back), text));
    strbuf_reset(&back);
    (void)!url_unescape(&back, text, true);
    strbuf_done(&escaped);
    strbuf_done(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena mem;

    arena_init(&mem, 1 << 20);
    check_printed((struct sv){(const char *)data, size}, &mem);
    check_escapes((struct sv){(const char *)data, size});
    arena_done(&mem);
    return 0;
}
