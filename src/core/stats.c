#include "internal.h"

/* Every alert counts once, in the strongest state that it has in any group. */
static size_t *state_of(const struct slot *s, struct engine_stats *out)
{
    bool processed = false;

    for (const struct member *m = s->members; m != NULL; m = m->next_of_slot) {
        if (m->inhibited || m->silenced)
            return &out->state_suppressed;
        processed = processed || m->processed;
    }
    return processed ? &out->state_active : &out->state_unprocessed;
}

static void count_alert_states(const struct engine *e, struct stamp now, struct engine_stats *out)
{
    const struct slot *s;

    out->state_active = out->state_suppressed = out->state_unprocessed = 0;
    for (size_t it = 0; (s = map_next(&e->slots, &it)) != NULL;)
        if (s->members != NULL && !alert_resolved_at(s->version, now))
            ++*state_of(s, out);
}

static size_t *state_in_group(const struct member *m, struct group_states *out)
{
    if (m->inhibited || m->silenced)
        return &out->suppressed;
    return m->processed ? &out->active : &out->unprocessed;
}

void engine_group_states(const struct engine *e, struct now now,
                         void (*each)(void *ctx, const struct group_states *g), void *ctx)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    for (const struct group *g = e->groups.first; g != NULL; g = g->next) {
        struct group_states states = {0};
        strbuf_reset(&key);
        group_key_add(&key, g->route, g->labels);
        states.group_key = strbuf_sv(&key);
        for (const struct member *m = g->first; m != NULL; m = m->next)
            if (!alert_resolved_at(m->slot->version, now.wall))
                ++*state_in_group(m, &states);
        each(ctx, &states);
    }
}

static void count_receivers(const struct config *c, struct engine_stats *out)
{
    out->receivers = out->integrations = 0;
    for (size_t i = 0; i < c->n_receivers; i++) {
        if (!c->receivers[i]->used)
            continue;
        out->receivers++;
        out->integrations += c->receivers[i]->n_integrations;
    }
}

void engine_stats(const struct engine *e, struct now now, struct engine_stats *out)
{
    *out = e->stats;
    out->alerts = e->n_stored;
    out->groups = e->groups.n;
    out->groups_closed = e->closed.n;
    out->ledger_entries = e->ledger.n;
    out->in_flight = e->branches.n;
    out->inhibition_rules = e->config->n_inhibit_rules;
    out->owed = e->outbox.n;
    out->owed_since = outbox_oldest(e);
    out->dead_letters = e->letters.n;
    silences_count(&e->silences, now.wall, out);
    count_alert_states(e, now.wall, out);
    count_receivers(e->config, out);
}
