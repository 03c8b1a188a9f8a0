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
