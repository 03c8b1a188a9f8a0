/* GET /api/tocsin/v1/alerts: alerts page by page, and the values of their labels.
 *
 * Parameters: those of GET /api/v2/alerts (filter, receiver, receiver_matchers, active, silenced, inhibited),
 * and
 *   sort    fingerprint (default), startsAt (oldest first) or -startsAt (latest first)
 *   limit   alerts in a page: 100; 0 to 1000
 *   cursor  `next` of the page before, with the same sort
 *   facet   a label name, repeatable up to 32 times, or * for all names
 *   facetLimit  values of one label: 20; 1 to 1000
 * Pages stay right while alerts come and go: one that was there all the time is in exactly one of them.
 *   {"total": 4321, "alerts": [v2 alerts], "next": "...",
 *    "facets": {"severity": [{"value": "critical", "count": 17}, ...]}}
 * where `total` and `facets` are of all alerts that the filters leave, whatever the page; `next` is absent
 * on the last page, `facets` when none was asked for. The answer has an ETag.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "core/view.h"
#include "facets.h"
#include "filters.h"
#include "listing.h"
#include "reply.h"
#include "reply_cached.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000
#define FACETS_MAX    32
#define VALUES_MAX    1000
#define CURSOR_MAX    64

/* Where an alert stands in the order: the latest first is the order of the negated key. */
struct place {
    int64_t sec;
    int32_t nsec;
    uint64_t fp;
};

enum order { BY_FINGERPRINT, BY_START, BY_START_DESCENDING };

struct page {
    enum order order;
    bool has_cursor, all_facets;
    struct place cursor;
    size_t limit, values;
    struct sv facets[FACETS_MAX];
    size_t n_facets;
};

/* ---- order ---- */

static struct place place_of(const struct alert *a, enum order order)
{
    struct place p = {.fp = a->labels->fp};
    if (order == BY_FINGERPRINT)
        return p;
    const bool descending = order == BY_START_DESCENDING;
    p.sec = descending ? -a->starts_at.sec : a->starts_at.sec;
    p.nsec = descending ? -a->starts_at.nsec : a->starts_at.nsec;
    return p;
}

static int cmp_place(const struct place *a, const struct place *b)
{
    if (a->sec != b->sec)
        return a->sec < b->sec ? -1 : 1;
    if (a->nsec != b->nsec)
        return a->nsec < b->nsec ? -1 : 1;
    return a->fp < b->fp ? -1 : a->fp > b->fp;
}

static int in_order(const void *a, const void *b, void *order)
{
    const enum order o = *(const enum order *)order;
    const struct place x = place_of(((const struct alert_view *)a)->alert, o);
    const struct place y = place_of(((const struct alert_view *)b)->alert, o);
    return cmp_place(&x, &y);
}

/* ---- parameters ---- */

static bool read_order(struct sv text, enum order *order)
{
    static const char *const names[] = {
        [BY_FINGERPRINT] = "fingerprint", [BY_START] = "startsAt", [BY_START_DESCENDING] = "-startsAt"};
    *order = BY_FINGERPRINT;
    if (text.n == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (sv_eq(text, sv_of(names[i]))) {
            *order = (enum order)i;
            return true;
        }
    return false;
}

static bool read_cursor(struct sv text, struct page *p)
{
    char copy[CURSOR_MAX];
    long long sec;
    unsigned long long fp;
    int nsec, end = 0;
    p->has_cursor = text.n != 0;
    if (!p->has_cursor)
        return true;
    if (text.n >= sizeof copy)
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (sscanf(copy, "%18lld.%10d.%16llx%n", &sec, &nsec, &fp, &end) != 3 || (size_t)end != text.n)
        return false;
    p->cursor = (struct place){sec, nsec, fp};
    return true;
}

static bool read_facets(const struct query *q, struct page *p)
{
    struct sv name;
    for (size_t it = 0; query_each(q, "facet", &it, &name);) {
        if (sv_eq(name, SV("*")))
            p->all_facets = true;
        else if (p->n_facets == FACETS_MAX)
            return false;
        else
            p->facets[p->n_facets++] = name;
    }
    if (p->all_facets)
        p->n_facets = 0;
    return true;
}

/* Answers by itself when a parameter is wrong. */
static bool read_page(struct exchange *x, const struct query *q, struct page *p)
{
    const char *fault = !read_order(query_last(q, "sort"), &p->order)
                            ? "sort in query must be one of fingerprint, startsAt, -startsAt"
                        : !read_cursor(query_last(q, "cursor"), p) ? "cursor in query is not one of ours"
                        : !read_facets(q, p)                       ? "more than 32 facets in query"
                                                                   : NULL;
    if (fault == NULL)
        return query_number_of(x, q, "limit", LIMIT_DEFAULT, LIMIT_MAX, &p->limit) &&
               query_number_of(x, q, "facetLimit", 20, VALUES_MAX, &p->values);
    reply_fault(x, 400, sv_of(fault));
    return false;
}

/* ---- the answer ---- */

static size_t first_after(const struct alerts_view *v, const struct page *p)
{
    size_t i = 0;
    for (; p->has_cursor && i < v->n; i++) {
        const struct place at = place_of(v->v[i].alert, p->order);
        if (cmp_place(&at, &p->cursor) > 0)
            break;
    }
    return i;
}

static void write_next(struct jw *w, const struct place *last)
{
    char text[CURSOR_MAX];
    (void)snprintf(text, sizeof text, "%lld.%d.%016llx", (long long)last->sec, last->nsec,
                   (unsigned long long)last->fp);
    jw_kstr(w, SV("next"), sv_of(text));
}

static void write_alerts(struct jw *w, const struct alerts_view *v, const struct page *p)
{
    const size_t first = first_after(v, p), left = v->n - first;
    const size_t n = left < p->limit ? left : p->limit;
    jw_key(w, SV("alerts"));
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        alert_write_json(w, &v->v[first + i], NULL);
    jw_end(w);
    if (n != 0 && n < left) {
        const struct place last = place_of(v->v[first + n - 1].alert, p->order);
        write_next(w, &last);
    }
}

static bool write_facets(struct jw *w, const struct alerts_view *v, const struct page *p, struct arena *mem)
{
    struct facets f = {0};
    if (!p->all_facets && p->n_facets == 0)
        return true;
    for (size_t i = 0; i < v->n; i++)
        if (!facets_add(&f, v->v[i].alert->labels, p->facets, p->n_facets, mem))
            return false;
    jw_key(w, SV("facets"));
    facets_write_json(w, &f, p->values, mem);
    return true;
}

static bool write_page(struct strbuf *out, const struct alerts_view *v, const struct page *p,
                       struct arena *mem)
{
    struct jw w;
    jw_init(&w, out, true);
    jw_object(&w);
    jw_kint(&w, SV("total"), (int64_t)v->n);
    write_alerts(&w, v, p);
    const bool ok = write_facets(&w, v, p, mem);
    jw_end(&w);
    return ok;
}

static void send_page(struct exchange *x, const struct alert_query *query, struct page *p)
{
    const struct host *host = host_of(x);
    struct alerts_view view;
    struct arena mem;
    struct strbuf out = {0};
    arena_init(&mem, LISTING_CEILING);
    engine_view_alerts(host->read_begin(host->ctx), host->now(host->ctx), &mem, &view);
    host->read_end(host->ctx);
    bool ok = !view.incomplete;
    if (ok) {
        alerts_view_filter(&view, query);
        qsort_r(view.v, view.n, sizeof *view.v, in_order, &p->order);
        ok = write_page(&out, &view, p, &mem);
    }
    alerts_view_done(&view);
    arena_done(&mem);
    if (ok) {
        reply_json_cached(x, &out);
        return;
    }
    strbuf_done(&out);
    reply_too_much(x);
}

void api_own_alerts_get(struct exchange *x)
{
    struct query q;
    struct page p = {0};
    struct alert_filters f;
    struct err err;
    if (!query_of(x, &q) || !read_page(x, &q, &p))
        return;
    if (!alert_filters_read(&f, &q, server_of(x)->opts.matcher_mode, &err)) {
        reply_fault(x, 400, sv_of(err.text));
        return;
    }
    send_page(x, &f.query, &p);
    alert_filters_done(&f);
}
