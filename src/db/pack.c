#include "pack.h"

#include <assert.h>
#include <stdlib.h>

#include <zstd.h>

#include "base/mem.h"

/* Negative levels trade size for speed. Nobody waits for the disk when alerts are written, so speed counts.
 */
#define LEVEL -1

struct packer {
    ZSTD_CCtx *ctx;
};

struct packer *packer_new(void)
{
    struct packer *p = xmalloc(sizeof(*p));

    p->ctx = ZSTD_createCCtx();
    assert(p->ctx != NULL);
    return p;
}

void packer_free(struct packer *p)
{
    if (p != NULL)
        ZSTD_freeCCtx(p->ctx);
    free(p);
}

void pack(struct packer *p, struct strbuf *out, struct sv text)
{
    strbuf_reserve(out, ZSTD_compressBound(text.n));
    if (out->overflow)
        return;
    const size_t n = ZSTD_compressCCtx(p->ctx, out->p + out->n, out->cap - out->n, text.p, text.n, LEVEL);
    assert(!ZSTD_isError(n)); /* there is room, and a context fails in no other way */
    out->n += n;
}

bool unpack(struct strbuf *out, struct sv packed, size_t max)
{
    const unsigned long long n = ZSTD_getFrameContentSize(packed.p, packed.n);

    if (n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR || n > max)
        return false;
    strbuf_reserve(out, (size_t)n);
    if (out->overflow || ZSTD_decompress(out->p + out->n, (size_t)n, packed.p, packed.n) != n)
        return false;
    out->n += (size_t)n;
    out->p[out->n] = '\0';
    return true;
}
