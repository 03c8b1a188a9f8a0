#include "departures.h"

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

void departures_init(struct departures *d)
{
    *d = (struct departures){.last = &d->first};
    pthread_mutex_init(&d->mu, NULL);
}

void departures_done(struct departures *d)
{
    assert(d->first == NULL);
    pthread_mutex_destroy(&d->mu);
}

struct parcel *departures_hold(struct departures *d, struct effects *fx, mono_ns now)
{
    struct parcel *p = NULL;

    pthread_mutex_lock(&d->mu);
    if (!d->closed && fx->n_deliveries != 0) {
        p = xmalloc(sizeof(*p));
        *p = (struct parcel){.v = fx->deliveries, .n = fx->n_deliveries, .until = now + PATIENCE};
        fx->deliveries = NULL;
        fx->n_deliveries = fx->cap_deliveries = 0;
        *d->last = p;
        d->last = &p->next;
    }
    pthread_mutex_unlock(&d->mu);
    return p;
}

static void unlink_parcel(struct departures *d, const struct parcel *p)
{
    struct parcel **at = &d->first;

    while (*at != NULL && *at != p)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = p->next;
    if (p->next == NULL)
        d->last = at;
}

static void send_parcel(struct departures *d, struct parcel *p)
{
    assert(p->n == 0 || d->notify != NULL);
    for (size_t i = 0; i < p->n; i++)
        notify_submit(d->notify, p->v[i]);
    p->n = 0;
}

void departures_release(struct departures *d, struct parcel *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&d->mu);
    unlink_parcel(d, p);
    send_parcel(d, p);
    pthread_mutex_unlock(&d->mu);
    free(p->v);
    free(p);
}

mono_ns departures_overdue(struct departures *d, mono_ns now)
{
    bool late = false;

    pthread_mutex_lock(&d->mu);
    for (struct parcel *p; (p = d->first) != NULL && p->until <= now; late = true) {
        unlink_parcel(d, p);
        send_parcel(d, p);
    }
    const mono_ns next = d->first != NULL ? d->first->until : MONO_NEVER;
    pthread_mutex_unlock(&d->mu);
    if (late)
        log_warn("database does not answer, notifying without it");
    return next;
}

void departures_close(struct departures *d)
{
    pthread_mutex_lock(&d->mu);
    d->closed = true;
    for (struct parcel *p; (p = d->first) != NULL;) {
        unlink_parcel(d, p);
        for (; p->n != 0; p->n--)
            delivery_free(p->v[p->n - 1]);
    }
    pthread_mutex_unlock(&d->mu);
}
