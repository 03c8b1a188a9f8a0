#include "trials.h"

#include <stdlib.h>

#include "base/mem.h"

bool trials_take_place(atomic_uint *places, unsigned max)
{
    if (atomic_fetch_add(places, 1) < max)
        return true;
    atomic_fetch_sub(places, 1);
    return false;
}

struct trials *trials_new(const struct exchange *x, const struct config *config, const struct receiver *r,
                          size_t max, dur_ns limit, atomic_uint *places)
{
    const struct host *host = host_of(x);
    struct trials *t = xcalloc(1, sizeof *t + max * sizeof *t->v);

    t->config = config;
    t->receiver = r;
    t->began = host->now(host->ctx);
    t->deadline = t->began.mono + limit;
    t->places = places;
    t->max = max;
    return t;
}

struct delivery *trials_add(struct trials *t, const struct integration *i)
{
    struct attempt *a = &t->v[t->n++];

    a->of = t;
    a->d = xcalloc(1, sizeof *a->d);
    *a->d = (struct delivery){.config = config_ref(t->config),
                              .route = t->config->root,
                              .receiver = t->receiver,
                              .integration = i,
                              .due = t->began,
                              .deadline = t->deadline,
                              .trial = &a->trial};
    return a->d;
}

/* In the notifier's thread. */
static void on_tried(struct trial *trial, struct delivery *d)
{
    struct attempt *a = CONTAINER_OF(trial, struct attempt, trial);
    struct trials *t = a->of;

    a->d = d;
    a->took = clk_now().mono - t->began.mono;
    if (atomic_fetch_sub(&t->underway, 1) == 1)
        pending_return(&t->base, true);
}

static void dispose(struct pending *base)
{
    struct trials *t = CONTAINER_OF(base, struct trials, base);

    for (size_t i = 0; i < t->n; i++)
        delivery_free(t->v[i].d);
    config_unref(t->config);
    atomic_fetch_sub(t->places, 1);
    free(t);
}

void trials_send(struct trials *t, struct exchange *x,
                 void (*answer)(struct exchange *x, struct pending *base))
{
    const struct host *host = host_of(x);

    t->underway = t->n + 1; /* one for ourselves: nothing ends before all are sent */
    pending_begin(&t->base, x, answer, dispose);
    for (size_t i = 0; i < t->n; i++) {
        t->v[i].trial.done = on_tried;
        host->try_delivery(host->ctx, t->v[i].d);
    }
    if (atomic_fetch_sub(&t->underway, 1) == 1) /* all came back while they were sent, or there is none */
        pending_settle(&t->base, true);
}
