/* GET /metrics: text format 0.0.4, whatever else is asked for (api.md 4). */
#include <string.h>

#include "api.h"
#include "base/mem.h"
#include "filters.h"
#include "media.h"
#include "reply.h"
#include "reply_cached.h"

/* The escaping scheme is part of the type. Only the client's own words are echoed, from a known list. */
static const char *escaping_of(struct sv accept)
{
    static const char *const known[] = {"allow-utf-8", "underscores", "dots", "values"};
    const char *escaping = "underscores";
    struct media_item item;
    while (media_next(&accept, &item)) {
        const struct sv asked = media_param(&item, "escaping");
        for (size_t i = 0; i < COUNT_OF(known); i++)
            if (sv_eq(asked, sv_of(known[i])))
                escaping = known[i];
        if (sv_eq_nocase(item.name, SV("text/plain")))
            break;
    }
    return escaping;
}

/* The families asked for with ?name[]=; NULL: all. */
static const char **names_of(struct exchange *x, const struct query *q, size_t *n)
{
    const char **names = ARENA_ARRAY(&x->loop->arena, const char *, q->n);
    struct sv name;
    *n = 0;
    for (size_t it = 0; names != NULL && query_each(q, "name[]", &it, &name);) {
        names[*n] = arena_strndup(&x->loop->arena, name.p, name.n);
        if (names[*n] != NULL)
            ++*n;
    }
    return *n != 0 ? names : NULL;
}

void manage_metrics(struct exchange *x)
{
    struct query q;
    if (!query_of(x, &q))
        return;
    size_t n;
    const char **names = names_of(x, &q, &n);
    struct http_metrics *m = &server_of(x)->metrics;
    struct strbuf text = {0};
    metric_add(m->scrapes_in_flight, 1);
    metrics_write(server_of(x)->opts.metrics, names, n, &text);
    metric_add(m->scrapes_in_flight, -1);
    metric_inc(m->scrapes);
    if (reply_accepts_gzip(x))
        reply_pack(x, &text);
    struct strbuf type = {0};
    strbuf_addf(&type, "text/plain; version=0.0.4; charset=utf-8; escaping=%s",
                escaping_of(exchange_header(x, "accept")));
    const h2o_iovec_t kept = h2o_strdup(&x->req->pool, type.p, type.n);
    strbuf_done(&type);
    reply_buffer(x, 200, kept.base, &text);
}
