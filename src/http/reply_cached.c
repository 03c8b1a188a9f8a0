#include "reply_cached.h"

#include "codec/digest.h"
#include "media.h"
#include "reply.h"

/* Less than that is not worth the work. */
#define PACK_MIN 1024

bool reply_accepts_gzip(const struct exchange *x)
{
    struct sv header = exchange_header(x, "accept-encoding");
    struct media_item item;
    while (media_next(&header, &item))
        if (sv_eq_nocase(item.name, SV("gzip")))
            return !item.refused;
    return false;
}

void reply_pack(struct exchange *x, struct strbuf *text)
{
    enum { FASTEST = 1 };
    h2o_compress_context_t *gzip = h2o_compress_gzip_open(&x->req->pool, FASTEST);
    h2o_iovec_t in = h2o_iovec_init(text->p, text->n), *out;
    size_t n_out;
    gzip->transform(gzip, &in, 1, H2O_SEND_STATE_FINAL, &out, &n_out);
    struct strbuf packed = {0};
    for (size_t i = 0; i < n_out; i++)
        strbuf_add(&packed, out[i].base, out[i].len);
    strbuf_done(text);
    *text = packed;
    reply_header(x, "Content-Encoding", "gzip");
}

/* Weak: the packed and the plain form share it. */
static bool is_known(const struct exchange *x, struct sv etag)
{
    struct sv header = exchange_header(x, "if-none-match");
    while (header.n != 0) {
        const char *comma = memchr(header.p, ',', header.n);
        const size_t n = comma != NULL ? (size_t)(comma - header.p) : header.n;
        const struct sv item = sv_trim((struct sv){header.p, n});
        if (sv_eq(item, etag) || sv_eq(item, SV("*")))
            return true;
        header = (struct sv){header.p + n + (comma != NULL), header.n - n - (comma != NULL)};
    }
    return false;
}

void reply_json_cached(struct exchange *x, struct strbuf *json)
{
    CLEANUP(strbuf_donep) struct strbuf etag = {0};
    strbuf_addc(json, '\n');
    strbuf_addf(&etag, "W/\"%016llx\"", (unsigned long long)xxh64(strbuf_sv(json)));
    reply_header_copy(x, "ETag", strbuf_sv(&etag));
    if (is_known(x, strbuf_sv(&etag))) {
        strbuf_done(json);
        reply_empty(x, 304);
        return;
    }
    if (json->n >= PACK_MIN && reply_accepts_gzip(x))
        reply_pack(x, json);
    reply_buffer(x, 200, "application/json", json);
}
