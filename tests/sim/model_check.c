/* Rows and counters against the model: what a restart would find, and that nothing piles up. */

#include "model.h"

static size_t count_rows(const struct archive *rows, enum record_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->latest.n; i++)
        n += rows->latest.v[i].r.kind == kind;
    return n;
}

static void check_group(struct model *m, const struct model_group *g, const struct archive *rows)
{
    const struct route *route = m->plan->config->routes[g->route];
    const struct record *r = archive_group(rows, route->id, g->labels);

    if (r == NULL) {
        model_violated(m, "group row", "a group of %s has no row", route->id);
        return;
    }
    if (r->group->flush_id != g->flush_id || r->group->flushed != g->flushed)
        model_violated(m, "flush", "a group of %s has been flushed %llu times instead of %llu", route->id,
                       (unsigned long long)r->group->flush_id, (unsigned long long)g->flush_id);
    if (stamp_cmp(r->group->next_flush, g->row_next) != 0)
        model_violated(m, "timer", "a group of %s is due %.3f s from where it should be", route->id,
                       (double)stamp_sub(r->group->next_flush, g->row_next) / 1e9);
}

static void check_groups(struct model *m, const struct archive *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        if (!m->groups[i].alive)
            continue;
        n++;
        check_group(m, &m->groups[i], rows);
    }
    if (count_rows(rows, RECORD_GROUP) != n)
        model_violated(m, "group row", "%zu rows of groups, %zu groups", count_rows(rows, RECORD_GROUP), n);
}

static bool same_set(const struct model *m, alert_set set, const uint64_t *hashes, size_t n)
{
    size_t found = 0, members = 0;
    for (size_t i = 0; i < m->script->n_alerts; i++) {
        if ((set >> i & 1) == 0)
            continue;
        members++;
        for (size_t k = 0; k < n; k++)
            found += hashes[k] == m->alerts[i].hash;
    }
    return found == members && members == n;
}

static bool says(const struct model *m, const struct ledger_entry *e, const struct line *l)
{
    return same_set(m, l->told.firing, e->firing, e->n_firing) &&
           same_set(m, l->told.resolved, e->resolved, e->n_resolved) &&
           same_set(m, l->told.held, e->held, e->n_held) && e->underway == l->underway &&
           stamp_cmp(e->at, l->at) == 0 && stamp_cmp(e->expires_at, l->expires_at) == 0;
}

/* As long as a message is on its way the row is its intent. */
static const struct line *row_of(const struct account *a)
{
    if (a->busy != NULL)
        return &a->busy->intent;
    return a->has ? &a->line : NULL;
}

static void check_ledger(struct model *m, const struct archive *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_accounts; i++) {
        const struct account *a = m->accounts[i];
        const struct line *want = row_of(a);
        const struct record *r = want != NULL ? archive_ledger(rows, a->key) : NULL;
        if (want == NULL)
            continue;
        n++;
        if (r == NULL || !says(m, r->ledger, want))
            model_violated(m, "ledger", "the log of %s does not say what was told: +%x -%x, underway: %s",
                           a->key, want->told.firing, want->told.resolved,
                           notify_reason_text(want->underway));
    }
    if (count_rows(rows, RECORD_LEDGER) != n)
        model_violated(m, "ledger", "%zu lines, %zu were written", count_rows(rows, RECORD_LEDGER), n);
}

/* Who could not be told is in the outbox, once, and nobody else is. */
static void check_outbox(struct model *m, const struct archive *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_accounts; i++) {
        const struct model_owed *want = &m->accounts[i]->owed;
        const struct record *r = want->on ? archive_owed(rows, m->accounts[i]->key) : NULL;
        if (!want->on)
            continue;
        n++;
        if (r == NULL || r->owed->attempts != want->attempts || r->owed->asked != want->asked ||
            stamp_cmp(r->owed->since, want->since) != 0 || stamp_cmp(r->owed->next, want->next) != 0)
            model_violated(m, "outbox", "%s: %u attempts", m->accounts[i]->key, want->attempts);
    }
    if (count_rows(rows, RECORD_OWED) != n)
        model_violated(m, "outbox", "%zu lines, %zu are owed", count_rows(rows, RECORD_OWED), n);
}

static void check_silences(struct model *m, const struct archive *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_silences; i++) {
        const struct model_silence *s = &m->silences[i];
        const struct record *r = s->exists ? archive_silence(rows, s->id) : NULL;
        if (!s->exists)
            continue;
        n++;
        if (r == NULL || stamp_cmp(r->silence->starts_at, s->starts_at) != 0 ||
            stamp_cmp(r->silence->ends_at, s->ends_at) != 0 || r->silence->matchers.n != s->matchers.n)
            model_violated(m, "silence row", "%s", s->id);
    }
    if (count_rows(rows, RECORD_SILENCE) != n)
        model_violated(m, "silence row", "%zu rows, %zu silences", count_rows(rows, RECORD_SILENCE), n);
}

static void check_alerts(struct model *m, const struct archive *rows, struct stamp now)
{
    const alert_set firing = model_firing(m, now);
    alert_set members = 0;

    for (size_t i = 0; i < MODEL_GROUPS; i++)
        members |= m->groups[i].alive ? m->groups[i].members : 0;
    for (size_t i = 0; i < m->script->n_alerts; i++) {
        const struct model_alert *a = &m->alerts[i];
        const struct record *r = archive_alert(rows, a->labels->fp);
        if ((firing >> i & 1) != 0 && !a->was_resolved &&
            (r == NULL || r->resolved || stamp_cmp(r->alert->starts_at, a->starts_at) != 0))
            model_violated(m, "alert row", "alert %zu fires, and a restart would not know", i);
        if (r != NULL && (members >> i & 1) != 0 && a->said_resolved != r->resolved)
            model_violated(m, "alert row", "alert %zu: the row says %s", i,
                           r->resolved ? "resolved" : "firing");
    }
}

/* Whoever believes that something fires is right, or somebody is still going to tell him. */
static void check_belief(struct model *m, struct stamp now)
{
    const alert_set firing = model_firing(m, now);
    alert_set believed = 0;

    for (size_t i = 0; i < m->n_accounts; i++)
        believed |= m->accounts[i]->believed & ~m->accounts[i]->excused;
    if ((believed & ~firing) == 0)
        return;
    for (size_t i = 0; i < m->n_accounts; i++) {
        const struct account *a = m->accounts[i];
        const alert_set left = model_uncovered(m, a) & ~firing;
        if (left != 0)
            model_violated(m, "owed", "%s believes that %x fires, and nobody will tell", a->key, left);
    }
}

void model_check(struct model *m, const struct archive *rows, struct stamp now)
{
    check_groups(m, rows);
    check_ledger(m, rows);
    check_outbox(m, rows);
    check_silences(m, rows);
    check_alerts(m, rows, now);
    check_belief(m, now);
}

void model_check_stats(struct model *m, const struct engine *e, struct now now)
{
    struct engine_stats st;
    size_t groups = 0, silences = 0, ledger = 0;

    engine_stats(e, now, &st);
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        groups += m->groups[i].alive;
    for (size_t i = 0; i < m->n_silences; i++)
        silences += m->silences[i].exists;
    for (size_t i = 0; i < m->n_accounts; i++)
        ledger += m->accounts[i]->has;
    if (st.groups != groups || st.in_flight != m->n_flying || st.ledger_entries != ledger ||
        st.silences_active + st.silences_pending + st.silences_expired != silences ||
        st.alerts > m->script->n_alerts)
        model_violated(m, "stats", "groups %zu of %zu, in flight %zu of %zu, ledger %zu of %zu, alerts %zu",
                       st.groups, groups, st.in_flight, m->n_flying, st.ledger_entries, ledger, st.alerts);
}

void model_check_empty(struct model *m, const struct engine *e, const struct archive *rows, struct now now)
{
    struct engine_stats st;

    engine_stats(e, now, &st);
    if (st.alerts != 0 || st.groups != 0 || st.in_flight != 0 || st.ledger_entries != 0 ||
        st.silences_expired != 0 || st.owed != 0)
        model_violated(
            m, "memory",
            "left at the end: %zu alerts, %zu groups, %zu in flight, %zu lines, %zu silences, %zu owed",
            st.alerts, st.groups, st.in_flight, st.ledger_entries, st.silences_expired, st.owed);
    if (rows->latest.n != 0)
        model_violated(m, "memory", "%zu rows are left, the first of kind %d", rows->latest.n,
                       (int)rows->latest.v[0].r.kind);
    for (size_t i = 0; i < m->n_accounts; i++)
        if ((m->accounts[i]->believed & ~m->accounts[i]->excused) != 0)
            model_violated(m, "owed", "in the end %s still believes that %x fires", m->accounts[i]->key,
                           m->accounts[i]->believed);
}
