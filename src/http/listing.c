#include "listing.h"

#include "reply.h"

/* How much is written before it is sent. */
#define CHUNK ((size_t)64 * 1024)

static void on_dispose(void *p)
{
    struct listing *l = *(struct listing **)p;
    strbuf_done(&l->out);
    struct arena mem = l->mem;
    l->dispose(l);
    arena_done(&mem);
}

void listing_init(struct listing *l, struct exchange *x, bool (*step)(struct listing *l),
                  void (*dispose)(struct listing *l))
{
    l->exchange = x;
    l->step = step;
    l->dispose = dispose;
    arena_init(&l->mem, LISTING_CEILING);
    struct listing **owner = h2o_mem_alloc_shared(&x->req->pool, sizeof(struct listing *), on_dispose);
    *owner = l;
}

/* Adds to the text until it is a chunk, or all. */
static void fill(struct listing *l)
{
    while (!l->finished && l->out.n < CHUNK)
        l->finished = !l->step(l);
    if (l->finished)
        jw_end(&l->w);
}

static void send_chunk(struct listing *l)
{
    h2o_iovec_t buf = h2o_iovec_init(l->out.p, l->out.n);
    l->exchange->streaming = !l->finished; /* who asks and does not listen is counted */
    if (l->finished)
        exchange_release_get(l->exchange);
    h2o_send(l->exchange->req, &buf, 1, l->finished ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *req)
{
    (void)req;
    struct listing *l = CONTAINER_OF(generator, struct listing, generator);
    strbuf_reset(&l->out);
    fill(l);
    if (l->finished)
        strbuf_addc(&l->out, '\n');
    send_chunk(l);
}

void listing_send(struct listing *l)
{
    jw_init(&l->w, &l->out, false);
    jw_array(&l->w);
    fill(l);
    if (l->finished) {
        reply_json(l->exchange, &l->out);
        return;
    }
    exchange_measure(l->exchange, 200, l->out.n);
    l->generator.proceed = on_proceed;
    reply_start(l->exchange, 200, "application/json", SIZE_MAX, &l->generator);
    send_chunk(l);
}
