/* Making events (core/event.h). */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

bool event_wanted(const struct engine *e, event_mask kinds)
{
    return (e->events & kinds) != 0;
}

struct event_group *group_shared(const struct engine *e, struct group *g)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    if (g->shared != NULL)
        return g->shared;
    group_key_add(&key, g->route, g->labels);
    g->shared = event_group_new(e->config, g->route, g->labels, strbuf_sv(&key), g->uuid);
    return g->shared;
}

void group_unshare(struct group *g)
{
    event_group_unref(g->shared);
    g->shared = NULL;
}

void emit_alert(const struct engine *e, enum event_kind kind, struct alert *a, struct stamp at,
                struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(kind)))
        return;
    struct event *ev = event_new(kind, at);
    ev->alert = alert_ref(a);
    effect_event(fx, ev);
}

static struct event *group_event(const struct engine *e, enum event_kind kind, struct group *g,
                                 struct stamp at)
{
    struct event *ev = event_new(kind, at);
    ev->group = event_group_ref(group_shared(e, g));
    ev->flush_id = g->flush_id;
    return ev;
}

void emit_group(const struct engine *e, enum event_kind kind, struct group *g, struct stamp at,
                struct effects *fx)
{
    if (event_wanted(e, EVENT_BIT(kind)))
        effect_event(fx, group_event(e, kind, g, at));
}

void emit_in_group(const struct engine *e, enum event_kind kind, struct group *g, struct alert *a,
                   struct stamp at, struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(kind)))
        return;
    struct event *ev = group_event(e, kind, g, at);
    ev->alert = alert_ref(a);
    effect_event(fx, ev);
}

void emit_flush(const struct engine *e, struct group *g, const struct batch *b, struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(EVENT_GROUP_FLUSHED)))
        return;
    struct event *ev = group_event(e, EVENT_GROUP_FLUSHED, g, b->now.wall);
    ev->n_batch = b->n;
    ev->n_held = b->n_held;
    effect_event(fx, ev);
}

/* ---- notifications ---- */

static struct delivery_alert *share_told(const struct delivery *d)
{
    struct delivery_alert *v = xcalloc(d->n_alerts, sizeof(*v));

    for (size_t i = 0; i < d->n_alerts; i++)
        v[i] = (struct delivery_alert){.alert = alert_ref(d->alerts[i].alert), .firing = d->alerts[i].firing};
    return v;
}

static struct event_alert *share_batch(const struct batch *b)
{
    struct event_alert *v = xcalloc(b->n, sizeof(*v));

    for (size_t i = 0; i < b->n; i++)
        v[i] = (struct event_alert){
            .alert = alert_ref(b->v[i].alert), .firing = b->v[i].firing, .muted = b->v[i].held};
    return v;
}

void emit_decision(const struct engine *e, struct group *g, const struct batch *b, struct delivery *d,
                   struct effects *fx)
{
    if (!event_wanted(e, EVENT_RANGE(EVENT_NOTIFICATION_DECIDED, EVENT_NOTIFICATION_FAILED)))
        return;
    struct event *ev = group_event(e, EVENT_NOTIFICATION_DECIDED, g, b->now.wall);
    ev->delivery_id = d->id;
    ev->integration = d->integration;
    ev->reason = d->reason;
    ev->alerts = share_told(d);
    ev->n_alerts = d->n_alerts;
    ev->batch = share_batch(b);
    ev->n_batch = b->n;
    ev->n_held = b->n_held;
    d->decision = event_ref(ev);
    if (event_wanted(e, EVENT_BIT(ev->kind)))
        effect_event(fx, ev);
    else
        event_unref(ev);
}

void emit_outcome(const struct engine *e, const struct delivery *d, struct stamp now, struct effects *fx)
{
    const enum event_kind kind = d->ok ? EVENT_NOTIFICATION_DELIVERED : EVENT_NOTIFICATION_FAILED;

    if (d->decision == NULL || !event_wanted(e, EVENT_BIT(kind)))
        return;
    struct event *ev = event_new(kind, stamp_is_unset(d->finished_at) ? now : d->finished_at);
    ev->decision = event_ref(d->decision);
    ev->failure = d->failure;
    ev->attempts = d->attempts;
    ev->status = d->status;
    ev->took = stamp_sub(ev->at, d->decision->at);
    ev->error = d->error[0] != '\0' ? xstrdup(d->error) : NULL;
    effect_event(fx, ev);
}

/* ---- what people do ---- */

static struct event *human_event(enum event_kind kind, struct stamp at, const struct effects *fx)
{
    struct event *ev = event_new(kind, at);
    if (fx->by != NULL)
        ev->by = *fx->by;
    return ev;
}

void emit_silence(const struct engine *e, enum event_kind kind, struct silence *s, struct stamp at,
                  struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(kind)))
        return;
    struct event *ev = human_event(kind, at, fx);
    ev->silence = silence_ref(s);
    effect_event(fx, ev);
}

void emit_letter(const struct engine *e, enum event_kind kind, struct dead_letter *l, struct stamp at,
                 struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(kind)))
        return;
    struct event *ev = human_event(kind, at, fx);
    ev->letter = dead_letter_ref(l);
    effect_event(fx, ev);
}

void emit_ack(const struct engine *e, enum event_kind kind, struct event_group *g, struct ack *ack,
              struct stamp at, struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(kind)))
        return;
    struct event *ev = human_event(kind, at, fx);
    ev->group = event_group_ref(g);
    ev->ack = ack_ref(ack);
    effect_event(fx, ev);
}

void emit_config(const struct engine *e, struct stamp at, struct effects *fx)
{
    if (event_wanted(e, EVENT_BIT(EVENT_CONFIG_LOADED)))
        effect_event(fx, human_event(EVENT_CONFIG_LOADED, at, fx));
}
