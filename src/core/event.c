#include "core/event.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/act.h"
#include "core/record.h"

static const char *const kinds[EVENT_KINDS] = {
    [EVENT_NONE] = "none",
    [EVENT_ALERT_CREATED] = "alert_created",
    [EVENT_ALERT_CHANGED] = "alert_changed",
    [EVENT_ALERT_RESOLVED] = "alert_resolved",
    [EVENT_ALERT_EXPIRED] = "alert_expired",
    [EVENT_ALERT_REFIRED] = "alert_refired",
    [EVENT_ALERT_GROUPED] = "alert_grouped",
    [EVENT_ALERT_SETTLED] = "alert_settled",
    [EVENT_ALERT_SILENCED] = "alert_silenced",
    [EVENT_ALERT_INHIBITED] = "alert_inhibited",
    [EVENT_GROUP_OPENED] = "group_opened",
    [EVENT_GROUP_FLUSHED] = "group_flushed",
    [EVENT_GROUP_CLOSED] = "group_closed",
    [EVENT_MUTE_BEGAN] = "mute_began",
    [EVENT_MUTE_ENDED] = "mute_ended",
    [EVENT_NOTIFICATION_DECIDED] = "notification_decided",
    [EVENT_NOTIFICATION_DELIVERED] = "notification_delivered",
    [EVENT_NOTIFICATION_FAILED] = "notification_failed",
    [EVENT_SILENCE_CREATED] = "silence_created",
    [EVENT_SILENCE_UPDATED] = "silence_updated",
    [EVENT_SILENCE_EXPIRED] = "silence_expired",
    [EVENT_ACK_SET] = "ack_set",
    [EVENT_ACK_ENDED] = "ack_ended",
    [EVENT_LETTER_WRITTEN] = "letter_written",
    [EVENT_LETTER_REPLAYED] = "letter_replayed",
    [EVENT_CONFIG_LOADED] = "config_loaded",
    [EVENT_STARTUP] = "startup",
    [EVENT_SHUTDOWN] = "shutdown",
};

static const char *const causes[] = {
    [MUTE_NONE] = "none",
    [MUTE_SILENCE] = "silence",
    [MUTE_INHIBITION] = "inhibition",
    [MUTE_INTERVAL] = "time_interval",
};

const char *event_kind_text(enum event_kind k)
{
    return kinds[(size_t)k < EVENT_KINDS ? k : EVENT_NONE];
}

const char *mute_cause_text(enum mute_cause c)
{
    return causes[(size_t)c < COUNT_OF(causes) ? c : MUTE_NONE];
}

/* ---- groups ---- */

struct event_group *event_group_new(const struct config *config, const struct route *route,
                                    struct labels *labels, struct sv key, const char uuid[37])
{
    struct event_group *g = xmalloc(sizeof(*g));

    *g = (struct event_group){
        .refs = 1,
        .config = config_ref(config),
        .route = route,
        .labels = labels_ref(labels),
        .key = xstrndup(key.p, key.n),
    };
    memcpy(g->uuid, uuid, sizeof(g->uuid));
    return g;
}

struct event_group *event_group_ref(struct event_group *g)
{
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

void event_group_unref(struct event_group *g)
{
    if (g == NULL || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
        return;
    config_unref(g->config);
    labels_unref(g->labels);
    free(g->key);
    free(g);
}

/* ---- mutes ---- */

struct event_mute event_mute_copy(const struct event_mute *m)
{
    struct event_mute copy = *m;

    if (m->silence != NULL)
        (void)silence_ref(m->silence);
    copy.intervals = m->intervals != NULL ? xstrdup(m->intervals) : NULL;
    return copy;
}

void event_mute_done(struct event_mute *m)
{
    silence_unref(m->silence);
    free(m->intervals);
    *m = (struct event_mute){0};
}

static bool same_silence(const struct silence *a, const struct silence *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a->id, b->id) == 0);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool event_mute_same(const struct event_mute *a, const struct event_mute *b)
{
    return a->cause == b->cause && same_silence(a->silence, b->silence) && a->source == b->source &&
           a->rule == b->rule && same_text(a->intervals, b->intervals);
}

/* ---- events ---- */

struct event *event_new(enum event_kind kind, struct stamp at)
{
    struct event *ev = xcalloc(1, sizeof(*ev));

    ev->refs = 1;
    ev->kind = kind;
    ev->at = at;
    return ev;
}

struct event *event_ref(struct event *ev)
{
    atomic_fetch_add_explicit(&ev->refs, 1, memory_order_relaxed);
    return ev;
}

static void free_alerts(struct event *ev)
{
    for (size_t i = 0; i < ev->n_alerts; i++)
        alert_unref(ev->alerts[i].alert);
    free(ev->alerts);
    for (size_t i = 0; ev->batch != NULL && i < ev->n_batch; i++)
        alert_unref(ev->batch[i].alert);
    free(ev->batch);
}

void event_unref(struct event *ev)
{
    if (ev == NULL || atomic_fetch_sub_explicit(&ev->refs, 1, memory_order_acq_rel) != 1)
        return;
    free_alerts(ev);
    alert_unref(ev->alert);
    event_group_unref(ev->group);
    event_mute_done(&ev->mute);
    silence_unref(ev->silence);
    dead_letter_unref(ev->letter);
    ack_unref(ev->ack);
    event_unref(ev->decision);
    free(ev->error);
    free(ev);
}
