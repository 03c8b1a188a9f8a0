#include "outbox.h"

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

void outbox_init(struct outbox *o)
{
    *o = (struct outbox){.last = &o->first};
    pthread_mutex_init(&o->mu, NULL);
}

void outbox_done(struct outbox *o)
{
    assert(o->first == NULL);
    pthread_mutex_destroy(&o->mu);
}

struct parcel *outbox_hold(struct outbox *o, struct effects *fx, mono_ns now)
{
    struct parcel *p = NULL;

    pthread_mutex_lock(&o->mu);
    if (!o->closed && fx->n_deliveries != 0) {
        p = xmalloc(sizeof(*p));
        *p = (struct parcel){.v = fx->deliveries, .n = fx->n_deliveries, .until = now + PATIENCE};
        fx->deliveries = NULL;
        fx->n_deliveries = fx->cap_deliveries = 0;
        *o->last = p;
        o->last = &p->next;
    }
    pthread_mutex_unlock(&o->mu);
    return p;
}

static void unlink_parcel(struct outbox *o, const struct parcel *p)
{
    struct parcel **at = &o->first;

    while (*at != NULL && *at != p)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = p->next;
    if (p->next == NULL)
        o->last = at;
}

static void send_parcel(struct outbox *o, struct parcel *p)
{
    assert(p->n == 0 || o->notify != NULL);
    for (size_t i = 0; i < p->n; i++)
        notify_submit(o->notify, p->v[i]);
    p->n = 0;
}

void outbox_release(struct outbox *o, struct parcel *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&o->mu);
    unlink_parcel(o, p);
    send_parcel(o, p);
    pthread_mutex_unlock(&o->mu);
    free(p->v);
    free(p);
}

mono_ns outbox_overdue(struct outbox *o, mono_ns now)
{
    bool late = false;

    pthread_mutex_lock(&o->mu);
    for (struct parcel *p; (p = o->first) != NULL && p->until <= now; late = true) {
        unlink_parcel(o, p);
        send_parcel(o, p);
    }
    const mono_ns next = o->first != NULL ? o->first->until : MONO_NEVER;
    pthread_mutex_unlock(&o->mu);
    if (late)
        log_warn("database does not answer, notifying without it");
    return next;
}

void outbox_close(struct outbox *o)
{
    pthread_mutex_lock(&o->mu);
    o->closed = true;
    for (struct parcel *p; (p = o->first) != NULL;) {
        unlink_parcel(o, p);
        for (; p->n != 0; p->n--)
            delivery_free(p->v[p->n - 1]);
    }
    pthread_mutex_unlock(&o->mu);
}
