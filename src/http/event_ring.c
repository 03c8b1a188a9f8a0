#include "event_ring.h"

#include "base/clk.h"
#include "codec/digest.h"
#include "http/host.h"

/* Heartbeats come by the thousand; whoever wants to know them has the metrics. */
#define KINDS (EVENT_ALL & ~(EVENT_BIT(EVENT_NONE) | EVENT_BIT(EVENT_ALERT_GROUPED)))

static size_t weight_of(const struct event *ev)
{
    return 1 + ev->n_alerts + ev->n_batch;
}

static void drop_oldest(struct event_ring *r)
{
    struct event **slot = &r->v[r->first++ % EVENT_RING_EVENTS];
    r->weight -= weight_of(*slot);
    event_unref(*slot);
    *slot = NULL;
}

static void keep(struct event_ring *r, struct event *ev)
{
    while (r->first != r->next &&
           (r->next - r->first == EVENT_RING_EVENTS || r->weight + weight_of(ev) > EVENT_RING_WEIGHT))
        drop_oldest(r);
    r->v[r->next++ % EVENT_RING_EVENTS] = event_ref(ev);
    r->weight += weight_of(ev);
}

/* Under the engine's lock. */
static void happened(struct event_listener *l, struct event *const *v, size_t n)
{
    struct event_ring *r = CONTAINER_OF(l, struct event_ring, listener);
    bool any = false;
    pthread_mutex_lock(&r->mu);
    for (size_t i = 0; i < n; i++)
        if (KINDS & EVENT_BIT(v[i]->kind)) {
            keep(r, v[i]);
            any = true;
        }
    pthread_mutex_unlock(&r->mu);
    if (any)
        r->more(r->ctx);
}

void event_ring_init(struct event_ring *r, const struct host *host, void (*more)(void *ctx), void *ctx)
{
    *r = (struct event_ring){
        .listener = {.kinds = KINDS, .happened = happened}, .host = host, .more = more, .ctx = ctx};
    pthread_mutex_init(&r->mu, NULL);
    if (!random_bytes(&r->epoch, sizeof r->epoch))
        r->epoch = (uint64_t)clk_now().wall.sec;
}

void event_ring_done(struct event_ring *r)
{
    if (r->listening)
        r->host->unlisten(r->host->ctx, &r->listener);
    while (r->first != r->next)
        drop_oldest(r);
    pthread_mutex_destroy(&r->mu);
}

void event_ring_listen(struct event_ring *r)
{
    pthread_mutex_lock(&r->mu);
    const bool first = !r->listening;
    r->listening = true;
    pthread_mutex_unlock(&r->mu); /* before the engine's lock, under which happened() takes it */
    if (first)
        r->host->listen(r->host->ctx, &r->listener);
}

void event_ring_bounds(struct event_ring *r, uint64_t *first, uint64_t *next)
{
    pthread_mutex_lock(&r->mu);
    *first = r->first;
    *next = r->next;
    pthread_mutex_unlock(&r->mu);
}

size_t event_ring_read(struct event_ring *r, uint64_t at, struct event **out, size_t max, bool *lost)
{
    size_t n = 0;
    pthread_mutex_lock(&r->mu);
    *lost = at < r->first;
    for (; !*lost && n < max && at + n < r->next; n++)
        out[n] = event_ref(r->v[(at + n) % EVENT_RING_EVENTS]);
    pthread_mutex_unlock(&r->mu);
    return n;
}
