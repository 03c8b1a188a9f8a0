/* What a reload and a restart leave of the model. */

#include "core/act.h"
#include "model_internal.h"

#define MIN_GRACE (120 * NS_PER_S)

/* ---- reload ---- */

static bool same_grouping(const struct route *a, const struct route *b)
{
    if (a->group_by_all != b->group_by_all || a->n_group_by != b->n_group_by)
        return false;
    for (size_t i = 0; i < a->n_group_by; i++)
        if (a->group_by[i] != b->group_by[i])
            return false;
    return true;
}

static const struct route *by_id(const struct config *c, const char *id)
{
    for (size_t i = 0; i < c->n_routes; i++)
        if (strcmp(c->routes[i]->id, id) == 0)
            return c->routes[i];
    return NULL;
}

static const struct route *same_route(const struct config *c, const struct route *old)
{
    const struct route *r = by_id(c, old->id);
    const bool same =
        r != NULL && strcmp(r->receiver->name, old->receiver->name) == 0 && same_grouping(r, old);
    return same ? r : NULL;
}

static void carry_over(struct model *m, struct model_group *g, const struct route *old, const struct route *r,
                       struct now now)
{
    const bool gained = r->receiver->n_integrations > old->receiver->n_integrations;
    const dur_ns longest = !g->flushed ? r->group_wait : gained ? 0 : r->group_interval;

    g->route = r->index;
    model_find_accounts(m, g);
    if (!g->timer.armed || g->timer.at - now.mono <= longest)
        return;
    model_arm(m, g, now.mono + longest);
    model_record_group(m, g, now);
}

/* What is acknowledged goes over to the group for the same alerts and the same receiver, if there is one. */
struct moved {
    const struct route *route; /* of the old configuration */
    struct labels *labels;
    alert_set acked;
};

static void move_ack(struct model *m, const struct moved *from, struct now now)
{
    const struct config *c = m->plan->config;
    struct model_group *to = NULL;

    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (g->alive && labels_equal(g->labels, from->labels) && (to == NULL || g->route < to->route) &&
            strcmp(c->routes[g->route]->key, from->route->key) == 0 &&
            strcmp(c->routes[g->route]->receiver->name, from->route->receiver->name) == 0)
            to = g;
    }
    if (to == NULL)
        return;
    to->acked |= from->acked;
    model_record_group(m, to, now);
}

static alert_set held(const struct model *m)
{
    alert_set set = 0;
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive)
            set |= m->groups[i].members;
    return set;
}

static void leave_old_routes(struct model *m)
{
    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        for (size_t a = 0; g->alive && a < m->script->n_alerts; a++)
            if ((m->plan->routes_of[a] >> g->route & 1) == 0)
                g->members &= ~(1u << a);
        g->ended &= g->members;
    }
}

void model_reload(struct model *m, struct plan *plan, struct now now)
{
    const struct config *old = m->plan->config;
    const alert_set were_held = held(m), firing = model_firing(m, now.wall);
    struct moved moved[MODEL_GROUPS];
    size_t order[SIM_ALERTS], n_moved = 0;

    m->tally.reloads++;
    for (size_t i = 0; i < old->n_routes; i++)
        m->leapt = m->leapt || model_short_retention(m, old->routes[i]);
    m->plan = plan;
    /* Routes are told apart by index, which the two configurations do not share: first the old ones go. */
    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (!g->alive)
            continue;
        const struct route *r = same_route(plan->config, old->routes[g->route]);
        if (r != NULL) {
            carry_over(m, g, old->routes[g->route], r, now);
            continue;
        }
        if (g->acked != 0)
            moved[n_moved++] = (struct moved){old->routes[g->route], labels_ref(g->labels), g->acked};
        model_drop_group(m, g);
    }
    leave_old_routes(m);
    for (size_t i = 0, n = model_by_start(m, order); i < n; i++) {
        if ((firing >> order[i] & 1) != 0)
            model_join_all(m, order[i], now);
        else if ((were_held >> order[i] & 1) != 0)
            model_join_owed(m, order[i], now);
    }
    model_drop_empty_groups(m);
    owed_rehome(m, now);
    for (size_t i = 0; i < n_moved; i++) {
        move_ack(m, &moved[i], now);
        labels_unref(moved[i].labels);
    }
    for (size_t i = 0; i < m->n_accounts; i++)
        model_excuse(m, m->accounts[i], model_uncovered(m, m->accounts[i]), EXCUSE_RELOAD);
}

/* ---- restart ---- */

static alert_set set_of_hashes(const struct model *m, const uint64_t *v, size_t n)
{
    alert_set set = 0;
    for (size_t i = 0; i < m->script->n_alerts; i++)
        for (size_t k = 0; k < n; k++)
            set |= (alert_set)(v[k] == m->alerts[i].hash) << i;
    return set;
}

static void restore_accounts(struct model *m, const struct archive *rows)
{
    for (size_t i = 0; i < m->n_accounts; i++)
        m->accounts[i]->has = false;
    for (size_t i = 0; i < rows->latest.n; i++) {
        const struct record *r = &rows->latest.v[i].r;
        if (r->kind != RECORD_LEDGER)
            continue;
        struct account *a = model_account(m, sv_of(r->ledger->key));
        a->has = true;
        a->line.at = r->ledger->at;
        a->line.expires_at = r->ledger->expires_at;
        a->line.underway = r->ledger->underway;
        a->line.told.firing = set_of_hashes(m, r->ledger->firing, r->ledger->n_firing);
        a->line.told.resolved = set_of_hashes(m, r->ledger->resolved, r->ledger->n_resolved);
        a->line.told.held = set_of_hashes(m, r->ledger->held, r->ledger->n_held);
    }
}

static void restore_silences(struct model *m, const struct archive *rows)
{
    for (size_t i = 0; i < m->n_silences; i++) {
        struct model_silence *s = &m->silences[i];
        const struct record *r = archive_silence(rows, s->id);
        s->exists = r != NULL;
        if (r == NULL)
            continue;
        s->starts_at = r->silence->starts_at;
        s->ends_at = r->silence->ends_at;
    }
}

/* The end that is known may be older than what the sender said last, and a downtime hides what it would have
 * said: nobody counts as resolved who was not known to be. */
static struct stamp restored_end(const struct model *m, const struct record *row, struct stamp last_alive,
                                 struct now now)
{
    const dur_ns resolve_timeout = m->plan->config->global.resolve_timeout;
    dur_ns grace = stamp_is_unset(last_alive) ? resolve_timeout : stamp_sub(now.wall, last_alive);

    if (grace < MIN_GRACE)
        grace = MIN_GRACE;
    if (grace > resolve_timeout)
        grace = resolve_timeout;
    const struct stamp least = stamp_add(now.wall, grace);
    return row->resolved || !stamp_before(row->alert->ends_at, least) ? row->alert->ends_at : least;
}

static void restore_alert(struct model *m, size_t at, const struct record *row, const struct alert *got,
                          struct stamp last_alive, struct now now)
{
    struct model_alert *a = &m->alerts[at];

    a->version++;
    a->known = false;
    if ((row == NULL) != (got == NULL)) {
        model_violated(m, "restart", "alert %zu is %s after the restart", at,
                       row == NULL ? "known" : "unknown");
        return;
    }
    if (row == NULL)
        return;
    const struct period want = {row->alert->starts_at, restored_end(m, row, last_alive, now),
                                row->alert->updated_at, row->alert->timeout};
    if (!model_is_version(&want, got))
        model_violated(m, "restart", "alert %zu has other times after the restart", at);
    model_adopt_version(a, got, now.wall);
    a->said_resolved = row->resolved;
}

static uint32_t values_of_labels(const struct labels *ls)
{
    uint32_t values = 0;
    for (size_t n = 0; n < SIM_NAMES; n++)
        for (uint32_t v = 1; v < SIM_VALUES; v++)
            if (sv_eq(labels_get(ls, sv_of(sim_label_name(n))), sv_of(sim_label_value(n, v))))
                values |= v << (4 * n);
    return values;
}

static void restore_group(struct model *m, const struct group_state *row, struct now now)
{
    const struct route *r = by_id(m->plan->config, row->route_id);
    if (r == NULL)
        return;
    const dur_ns longest = row->flushed ? r->group_interval : r->group_wait;
    dur_ns wait = stamp_sub(row->next_flush, now.wall);
    struct model_group *g = model_add_group(m, r->index, values_of_labels(row->labels));

    if (wait > longest)
        wait = longest;
    g->flush_id = row->flush_id;
    g->flushed = row->flushed;
    g->row_next = row->next_flush;
    if (row->ack != NULL)
        g->acked = set_of_hashes(m, row->ack->alerts, row->ack->n);
    model_arm(m, g, now.mono + (wait > 0 ? wait : 0));
}

/* Nothing that the log remembers may be lost by a crash, except with an alert whose own row was not
 * committed: its sender has no answer yet and repeats it. */
static void check_nothing_owed_is_lost(struct model *m, bool other_config, struct stamp now)
{
    alert_set restored = 0;

    for (size_t i = 0; i < m->script->n_alerts; i++)
        restored |= (alert_set)m->alerts[i].known << i;
    for (size_t i = 0; i < m->n_accounts; i++) {
        struct account *a = m->accounts[i];
        const alert_set set = model_uncovered(m, a);
        const alert_set known = account_remembers(a, now) ? account_told(a) & restored : 0;
        a->doubtful |= a->believed & ~known;
        model_excuse(m, a, set & ~known, EXCUSE_DOUBT);
        if (other_config)
            model_excuse(m, a, set & known, EXCUSE_RELOAD);
        else if ((set & known) != 0)
            model_violated(m, "restart", "%s was told +%x, and nobody will take it back", a->key,
                           set & known);
    }
}

void model_restart(struct model *m, struct plan *plan, bool other_config, const struct archive *rows,
                   struct alert *const *versions, struct stamp last_alive, struct now now)
{
    size_t order[SIM_ALERTS];

    m->tally.crashes++;
    model_forget_deliveries(m);
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive)
            model_drop_group(m, &m->groups[i]);
    m->plan = plan;
    m->run_from = now.mono + m->opts.start_delay;
    timer_start(m, &m->maintenance, now.mono + m->opts.maintenance_interval);
    restore_accounts(m, rows);
    owed_restore(m, rows);
    restore_silences(m, rows);
    for (size_t i = 0; i < m->script->n_alerts; i++)
        restore_alert(m, i, archive_alert(rows, m->alerts[i].labels->fp), versions[i], last_alive, now);
    for (size_t i = 0; i < rows->latest.n; i++)
        if (rows->latest.v[i].r.kind == RECORD_GROUP)
            restore_group(m, rows->latest.v[i].r.group, now);
    for (size_t i = 0, n = model_by_start(m, order); i < n; i++) {
        if (!m->alerts[order[i]].known)
            continue;
        if (model_resolved_at(&m->alerts[order[i]], now.wall))
            model_join_owed(m, order[i], now);
        else
            model_join_all(m, order[i], now);
    }
    model_drop_empty_groups(m);
    owed_rehome(m, now);
    check_nothing_owed_is_lost(m, other_config, now.wall);
}
