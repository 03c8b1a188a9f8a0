/* Who is kept quiet, by what, since when: the stages of a flush decide it, and here the changes from one
 * flush to the next become events. A mark holds what the last flush found. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

struct mute_mark {
    struct event_mute mute;
    struct stamp since;
};

#define CHANGES (EVENT_BIT(EVENT_MUTE_BEGAN) | EVENT_BIT(EVENT_MUTE_ENDED))
#define EACH    (EVENT_BIT(EVENT_ALERT_SILENCED) | EVENT_BIT(EVENT_ALERT_INHIBITED))

void mute_mark_free(struct mute_mark *mark)
{
    if (mark == NULL)
        return;
    event_mute_done(&mark->mute);
    free(mark);
}

/* ---- what holds an alert back ---- */

/* `mute` borrows. */
static bool inhibition_of(const struct engine *e, const struct alert *a, struct stamp now,
                          struct event_mute *mute)
{
    size_t rule = 0;
    const struct slot *source = inhibitor_find_rule(&e->inhibitor, a->labels, now, &rule);

    if (source == NULL)
        return false;
    *mute = (struct event_mute){.cause = MUTE_INHIBITION, .source = slot_labels(source)->fp, .rule = rule};
    return true;
}

/* Time intervals concern the group, not the alert. `now` as the stages saw it. */
static struct event_mute mute_of(const struct engine *e, const struct batch_item *it, struct stamp now)
{
    struct event_mute mute = {0};
    size_t from = 0;

    if (!it->held || !it->firing)
        return mute;
    if (it->why == SUPPRESSED_INHIBITION)
        (void)inhibition_of(e, it->alert, now, &mute);
    if (it->why == SUPPRESSED_SILENCE)
        mute = (struct event_mute){.cause = MUTE_SILENCE,
                                   .silence = slot_next_silence(it->member->slot, &from, now)};
    return mute;
}

/* ---- events ---- */

/* `a` NULL: of the whole group. */
static struct event *mute_event(const struct engine *e, enum event_kind kind, struct group *g,
                                struct alert *a, const struct event_mute *mute, struct stamp at)
{
    struct event *ev = event_new(kind, at);

    ev->group = event_group_ref(group_shared(e, g));
    ev->alert = a != NULL ? alert_ref(a) : NULL;
    ev->mute = event_mute_copy(mute);
    return ev;
}

static void end_mark(const struct engine *e, struct group *g, struct alert *a, struct mute_mark **at,
                     struct stamp now, struct effects *fx)
{
    struct mute_mark *mark = *at;

    if (mark == NULL)
        return;
    if (event_wanted(e, EVENT_BIT(EVENT_MUTE_ENDED))) {
        struct event *ev = mute_event(e, EVENT_MUTE_ENDED, g, a, &mark->mute, now);
        ev->since = mark->since;
        effect_event(fx, ev);
    }
    mute_mark_free(mark);
    *at = NULL;
}

static void move_mark(const struct engine *e, struct group *g, struct alert *a, struct mute_mark **at,
                      const struct event_mute *found, struct stamp now, struct effects *fx)
{
    if (*at != NULL && event_mute_same(&(*at)->mute, found))
        return;
    end_mark(e, g, a, at, now, fx);
    if (found->cause == MUTE_NONE || !event_wanted(e, CHANGES))
        return;
    *at = xmalloc(sizeof(**at));
    **at = (struct mute_mark){.mute = event_mute_copy(found), .since = now};
    if (event_wanted(e, EVENT_BIT(EVENT_MUTE_BEGAN)))
        effect_event(fx, mute_event(e, EVENT_MUTE_BEGAN, g, a, found, now));
}

/* For those who want each of them, flush by flush. */
static void tell_each(const struct engine *e, struct group *g, const struct batch_item *it, struct stamp now,
                      struct effects *fx)
{
    struct event_mute mute;

    if (it->why == SUPPRESSED_INHIBITION && event_wanted(e, EVENT_BIT(EVENT_ALERT_INHIBITED)) &&
        inhibition_of(e, it->alert, now, &mute))
        effect_event(fx, mute_event(e, EVENT_ALERT_INHIBITED, g, it->alert, &mute, now));
    if (it->why != SUPPRESSED_SILENCE || !event_wanted(e, EVENT_BIT(EVENT_ALERT_SILENCED)))
        return;
    mute = (struct event_mute){.cause = MUTE_SILENCE};
    for (size_t from = 0; (mute.silence = slot_next_silence(it->member->slot, &from, now)) != NULL;)
        effect_event(fx, mute_event(e, EVENT_ALERT_SILENCED, g, it->alert, &mute, now));
}

/* ---- the whole group ---- */

static char *names_of(const struct group *g)
{
    struct strbuf out = {0};

    for (size_t i = 0; i < g->n_muted_by; i++)
        strbuf_addf(&out, "%s%s", i != 0 ? ", " : "", g->muted_by[i]);
    return strbuf_take(&out);
}

static void track_group(const struct engine *e, struct group *g, const struct batch *b, struct effects *fx)
{
    struct event_mute mute = {0};

    if (g->n_muted_by != 0) {
        mute.cause = MUTE_INTERVAL;
        mute.outside_active = b->outside_active;
        mute.intervals = names_of(g);
    }
    move_mark(e, g, NULL, &g->mark, &mute, b->now.wall, fx);
    event_mute_done(&mute);
}

void mutes_track(const struct engine *e, struct group *g, const struct batch *b, struct effects *fx)
{
    if (!event_wanted(e, CHANGES | EACH))
        return;
    track_group(e, g, b, fx);
    for (size_t i = 0; i < b->n; i++) {
        const struct batch_item *it = &b->v[i];
        const struct event_mute found = mute_of(e, it, b->now.wall);
        move_mark(e, g, it->alert, &it->member->mark, &found, b->now.wall, fx);
        if (it->held)
            tell_each(e, g, it, b->now.wall, fx);
    }
}

void mutes_end(const struct engine *e, struct member *m, struct stamp at, struct effects *fx)
{
    end_mark(e, m->group, m->slot->version, &m->mark, at, fx);
}

void mutes_end_group(const struct engine *e, struct group *g, struct stamp at, struct effects *fx)
{
    end_mark(e, g, NULL, &g->mark, at, fx);
}
