/* The start: a former process's records become an engine that carries on (pipeline.md 9). */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* At least this long a sender gets to repeat itself before its alerts count as resolved. */
#define MIN_GRACE (120 * NS_PER_S)

void engine_restore(struct engine *e, struct record *r, struct now now)
{
    switch (r->kind) {
    case RECORD_ALERT:
        store_restore(e, r->alert, r->resolved, now.wall);
        break;
    case RECORD_SILENCE:
        silences_restore(e, r->silence, now.wall);
        break;
    case RECORD_LEDGER:
        ledger_put(e, r->ledger);
        break;
    case RECORD_GROUP:
        e->restored = xgrow(e->restored, &e->cap_restored, e->n_restored + 1, sizeof(struct group_state *));
        e->restored[e->n_restored++] = r->group;
        break;
    case RECORD_OWED:
        outbox_restore(e, r->owed);
        break;
    case RECORD_LETTER:
        letters_restore(e, r->letter);
        break;
    }
}

/* ---- groups ---- */

static int by_creation(const void *a, const void *b)
{
    const struct group_state *x = *(struct group_state *const *)a, *y = *(struct group_state *const *)b;
    int order = stamp_cmp(x->created_at, y->created_at);

    if (order == 0)
        order = strcmp(x->route_id, y->route_id);
    return order != 0 ? order : labels_cmp(x->labels, y->labels);
}

static void forget(struct engine *e, struct group_state *state, struct now now, struct effects *fx)
{
    struct err ignored; /* it may have been collected */

    if (state->until_resolved[0] != '\0')
        (void)!engine_silence_expire(e, sv_of(state->until_resolved), now, fx, &ignored);
    effect_record(fx, (struct record){.kind = RECORD_GROUP, .del = true, .group = state});
}

static void restore_groups(struct engine *e, struct now now, struct effects *fx)
{
    struct strmap by_id = {0};

    routes_by_id(e->config, &by_id);
    if (e->n_restored > 1)
        qsort(e->restored, e->n_restored, sizeof(struct group_state *), by_creation);
    for (size_t i = 0; i < e->n_restored; i++) {
        struct group_state *state = e->restored[i];
        const struct route *r = strmap_get(&by_id, sv_of(state->route_id));
        if (r == NULL) {
            forget(e, state, now, fx);
            continue;
        }
        group_restore(e, r, state, now);
        group_state_unref(state);
    }
    free(e->restored);
    e->restored = NULL;
    e->n_restored = e->cap_restored = 0;
    strmap_done(&by_id);
}

/* ---- alerts ---- */

static dur_ns grace(struct stamp last_alive, struct now now, dur_ns resolve_timeout)
{
    dur_ns down = stamp_is_unset(last_alive) ? resolve_timeout : stamp_sub(now.wall, last_alive);

    if (down < MIN_GRACE)
        down = MIN_GRACE;
    return down < resolve_timeout ? down : resolve_timeout;
}

/* Heartbeats are not persisted, so the end that we know is older than the one that the sender last gave, and
 * while we were down nobody could move it. */
static void extend(struct slot *s, struct stamp at_least)
{
    struct alert *a = s->version;

    if (stamp_is_unset(a->ends_at) || !stamp_before(a->ends_at, at_least))
        return;
    at_least.off_min = a->ends_at.off_min;
    s->version = alert_new(labels_ref(a->labels), labels_ref(a->annotations), istr_ref(a->generator_url),
                           a->starts_at, at_least, a->updated_at, a->timeout);
    alert_unref(a);
}

static void restore_slot(struct engine *e, struct slot *s, struct now now, struct stamp grace_end,
                         struct effects *fx)
{
    s->routes = routing_of(&e->routing, e->config, slot_labels(s));
    if (!s->row_resolved)
        extend(s, grace_end);
    inhibitor_update(&e->inhibitor, s, now.wall);
    if (e->opts.per_alertname_limit != 0) /* those that were admitted stay, and fill their places */
        (void)limit_admit(&e->limits, SIZE_MAX, s->version, now.wall);
    if (alert_resolved_at(s->version, now.wall))
        group_join_owed(e, s, now, fx);
    else
        group_join_all(e, s, now, fx);
    if (s->members == NULL)
        store_released(e, s, now.wall, fx);
}

/* Upstream starts with its silences and its notification log only. */
static void forget_alerts(struct engine *e, struct now now, struct effects *fx)
{
    size_t n;
    struct slot **slots = slots_sorted(e, NULL, now.wall, &n);

    for (size_t i = 0; i < n; i++)
        store_forget(e, slots[i], fx);
    free(slots);
    for (size_t i = 0; i < e->n_restored; i++)
        forget(e, e->restored[i], now, fx);
    e->n_restored = 0;
}

void engine_restored(struct engine *e, struct stamp last_alive, struct now now, struct effects *fx)
{
    if (e->opts.compat_strict)
        forget_alerts(e, now, fx);
    const dur_ns resolve_timeout = e->config->global.resolve_timeout;
    const struct stamp grace_end = stamp_add(now.wall, grace(last_alive, now, resolve_timeout));
    size_t n;
    struct slot **slots = slots_sorted(e, NULL, now.wall, &n);

    restore_groups(e, now, fx);
    for (size_t i = 0; i < n; i++)
        restore_slot(e, slots[i], now, grace_end, fx);
    groups_tidy(e, now, fx);
    outbox_unpack(e, now, fx);
    letters_sort(&e->letters);
    free(slots);
}
