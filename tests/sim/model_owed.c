/* The model's outbox: who is asked again, and when. */

#include "model_internal.h"

#define FIRST_WAIT  (30 * NS_PER_S)
#define LONGEST     (600 * NS_PER_S)
#define FIRST_ASKED (1 * NS_PER_S)
#define LAST_ASKED  (60 * NS_PER_S)
#define MOST_ASKED  (3600 * NS_PER_S)

struct model_group *owed_group(struct model *m, const struct account *a)
{
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        for (size_t k = 0; m->groups[i].alive && k < m->groups[i].n_accounts; k++)
            if (m->groups[i].accounts[k] == a)
                return &m->groups[i];
    return NULL;
}

static void arm(struct model *m, struct account *a, struct now now)
{
    const dur_ns longest = a->owed.asked ? MOST_ASKED : LONGEST;
    dur_ns wait = stamp_sub(a->owed.next, now.wall);

    wait = wait < 0 ? 0 : wait > longest ? longest : wait;
    timer_start(m, &a->owed.timer, now.mono + wait > m->run_from ? now.mono + wait : m->run_from);
}

/* Doubled from attempt to attempt, up to the longest. */
static dur_ns pause_after(unsigned attempts, bool asked)
{
    const dur_ns first = asked ? FIRST_ASKED : FIRST_WAIT;
    const dur_ns longest = asked ? LAST_ASKED : LONGEST;
    const dur_ns wait = attempts > 20 ? longest : first << (attempts - 1);
    return wait < longest ? wait : longest;
}

bool owed_fail(struct model *m, struct model_group *g, const struct model_delivery *d, dur_ns asked,
               struct now now)
{
    struct account *a = d->account;

    if (owed_group(m, a) != g) { /* a reload took the integration away */
        owed_settle(a);
        return true;
    }
    if (!a->owed.on)
        a->owed = (struct model_owed){.on = true, .since = d->due.wall};
    if (stamp_sub(now.wall, a->owed.since) >= m->opts.outbox_max_age)
        return false;
    a->owed.attempts++;
    a->owed.asked = asked > 0;
    const dur_ns wait = pause_after(a->owed.attempts, a->owed.asked);
    a->owed.next = stamp_add(now.wall, wait > asked ? wait : asked);
    arm(m, a, now);
    return true;
}

struct account *owed_due(struct model *m, mono_ns now)
{
    struct account *first = NULL;

    for (size_t i = 0; i < m->n_accounts; i++) {
        struct account *a = m->accounts[i];
        if (a->owed.on && timer_due(&a->owed.timer, now) &&
            (first == NULL || timer_before(&a->owed.timer, &first->owed.timer)))
            first = a;
    }
    return first;
}

void owed_restore(struct model *m, const struct archive *rows)
{
    for (size_t i = 0; i < m->n_accounts; i++)
        owed_settle(m->accounts[i]);
    for (size_t i = 0; i < rows->latest.n; i++) {
        const struct record *r = &rows->latest.v[i].r;
        if (r->kind != RECORD_OWED)
            continue;
        model_account(m, sv_of(r->owed->key))->owed = (struct model_owed){.on = true,
                                                                          .asked = r->owed->asked,
                                                                          .since = r->owed->since,
                                                                          .next = r->owed->next,
                                                                          .attempts = r->owed->attempts};
    }
}

void owed_rehome(struct model *m, struct now now)
{
    for (size_t i = 0; i < m->n_accounts; i++) {
        struct account *a = m->accounts[i];
        struct model_group *g = owed_group(m, a);
        if (a->busy != NULL && a->busy->group == NULL)
            a->busy->group = g;
        if (g == NULL)
            owed_settle(a);
        a->owed.timer.armed = false;
        if (a->owed.on && a->busy == NULL)
            arm(m, a, now);
    }
}
