#include "gate.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

#define PATIENCE (2 * NS_PER_S)

struct parcel {
    struct parcel *next;
    struct delivery **v;
    size_t n;
    mono_ns until;
};

void gate_init(struct gate *g)
{
    *g = (struct gate){.last = &g->first};
    pthread_mutex_init(&g->mu, NULL);
}

void gate_done(struct gate *g)
{
    assert(g->first == NULL);
    pthread_mutex_destroy(&g->mu);
}

struct parcel *gate_hold(struct gate *g, struct effects *fx, mono_ns now)
{
    struct parcel *p = NULL;

    pthread_mutex_lock(&g->mu);
    if (!g->closed && fx->n_deliveries != 0) {
        p = xmalloc(sizeof(*p));
        *p = (struct parcel){.v = fx->deliveries, .n = fx->n_deliveries, .until = now + PATIENCE};
        fx->deliveries = NULL;
        fx->n_deliveries = fx->cap_deliveries = 0;
        *g->last = p;
        g->last = &p->next;
    }
    pthread_mutex_unlock(&g->mu);
    return p;
}

static void unlink_parcel(struct gate *g, const struct parcel *p)
{
    struct parcel **at = &g->first;

    while (*at != NULL && *at != p)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = p->next;
    if (p->next == NULL)
        g->last = at;
}

static void send_parcel(struct gate *g, struct parcel *p)
{
    assert(p->n == 0 || g->notify != NULL);
    for (size_t i = 0; i < p->n; i++)
        notify_submit(g->notify, p->v[i]);
    p->n = 0;
}

void gate_release(struct gate *g, struct parcel *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&g->mu);
    unlink_parcel(g, p);
    send_parcel(g, p);
    pthread_mutex_unlock(&g->mu);
    free(p->v);
    free(p);
}

mono_ns gate_overdue(struct gate *g, mono_ns now)
{
    bool late = false;

    pthread_mutex_lock(&g->mu);
    for (struct parcel *p; (p = g->first) != NULL && p->until <= now; late = true) {
        unlink_parcel(g, p);
        send_parcel(g, p);
    }
    const mono_ns next = g->first != NULL ? g->first->until : MONO_NEVER;
    pthread_mutex_unlock(&g->mu);
    if (late)
        log_warn("database does not answer, notifying without it");
    return next;
}

void gate_close(struct gate *g)
{
    pthread_mutex_lock(&g->mu);
    g->closed = true;
    for (struct parcel *p; (p = g->first) != NULL;) {
        unlink_parcel(g, p);
        for (; p->n != 0; p->n--)
            delivery_free(p->v[p->n - 1]);
    }
    pthread_mutex_unlock(&g->mu);
}
