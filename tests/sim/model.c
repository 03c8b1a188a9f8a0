#include "model_internal.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"

void model_violated(struct model *m, const char *kind, const char *fmt, ...)
{
    va_list args;

    if (!model_ok(m))
        return;
    (void)snprintf(m->kind, sizeof m->kind, "%s", kind);
    va_start(args, fmt);
    (void)vsnprintf(m->text, sizeof m->text, fmt, args);
    va_end(args);
}

/* ---- alerts ---- */

alert_set model_firing(const struct model *m, struct stamp now)
{
    alert_set set = 0;
    for (size_t i = 0; i < m->script->n_alerts; i++)
        set |= (alert_set)(m->alerts[i].known && !model_resolved_at(&m->alerts[i], now)) << i;
    return set;
}

void model_observe(struct model *m, struct stamp now)
{
    for (size_t i = 0; i < m->script->n_alerts; i++)
        if (model_resolved_at(&m->alerts[i], now))
            m->alerts[i].was_resolved = true;
}

bool model_undoes_ends(const struct model *m, struct stamp t, struct stamp now)
{
    for (size_t i = 0; i < m->n_silences; i++)
        if (m->silences[i].exists && stamp_before(m->silences[i].ends_at, now) &&
            !stamp_before(m->silences[i].ends_at, t))
            return true;
    for (size_t i = 0; i < m->script->n_alerts; i++)
        if (m->alerts[i].known && m->alerts[i].was_resolved && !model_resolved_at(&m->alerts[i], t))
            return true;
    return false;
}

size_t model_alert_of(const struct model *m, const struct labels *ls)
{
    size_t i = 0;
    while (i < m->script->n_alerts && m->alerts[i].labels->fp != ls->fp)
        i++;
    return i < m->script->n_alerts ? i : SIM_ALERTS;
}

/* ---- accounts ---- */

struct account *model_account(struct model *m, struct sv key)
{
    struct account *a = strmap_get(&m->by_key, key);
    if (a != NULL)
        return a;
    a = xcalloc(1, sizeof(*a));
    a->key = xstrndup(key.p, key.n);
    strmap_put(&m->by_key, sv_of(a->key), a);
    m->accounts = xgrow(m->accounts, &m->cap_accounts, m->n_accounts + 1, sizeof(struct account *));
    m->accounts[m->n_accounts++] = a;
    return a;
}

void model_find_accounts(struct model *m, struct model_group *g)
{
    const struct route *r = model_route(m, g);
    struct strbuf key = {0};

    g->n_accounts = r->receiver->n_integrations;
    for (size_t i = 0; i < g->n_accounts; i++) {
        strbuf_reset(&key);
        strbuf_addf(&key, "%s:", r->key);
        group_values_print(&key, g->values);
        if (m->plan->twin[g->route] != 0)
            strbuf_addf(&key, "#%u", m->plan->twin[g->route]);
        strbuf_addf(&key, ":%s/webhook/%zu", r->receiver->name, i);
        g->accounts[i] = model_account(m, strbuf_sv(&key));
    }
    strbuf_done(&key);
}

void model_excuse(struct model *m, struct account *a, alert_set set, enum excuse why)
{
    set &= a->believed & ~a->excused;
    a->excused |= set;
    for (; set != 0; set &= set - 1)
        m->tally.excused[why]++;
}

/* Whom nobody can tell any more, because no group speaks to him of it. */
alert_set model_uncovered(const struct model *m, const struct account *a)
{
    alert_set set = a->believed & ~a->excused;
    for (size_t i = 0; i < MODEL_GROUPS && set != 0; i++) {
        const struct model_group *g = &m->groups[i];
        for (size_t k = 0; g->alive && k < g->n_accounts; k++)
            if (g->accounts[k] == a && model_route(m, g)->receiver->integrations[k].settings->send_resolved)
                set &= ~g->members;
    }
    return set;
}

/* ---- groups ---- */

static struct model_group *find_group(struct model *m, size_t route, uint32_t values)
{
    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (g->alive && g->route == route && g->values == values)
            return g;
    }
    return NULL;
}

static struct labels *labels_of_values(uint32_t values)
{
    struct label_sv pairs[SIM_NAMES];
    size_t n = 0;

    for (size_t i = 0; i < SIM_NAMES; i++) {
        const size_t v = values >> (4 * i) & 15;
        if (v != 0)
            pairs[n++] = (struct label_sv){sv_of(sim_label_name(i)), sv_of(sim_label_value(i, v))};
    }
    return n != 0 ? labels_new(pairs, n) : labels_empty();
}

void model_arm(struct model *m, struct model_group *g, mono_ns at)
{
    timer_start(m, &g->timer, at > m->run_from ? at : m->run_from);
}

bool model_flying_for(const struct model *m, const struct model_group *g)
{
    bool any = false;
    for (size_t i = 0; i < m->n_flying; i++)
        any = any || m->flying[i]->group == g;
    return any;
}

void model_record_group(const struct model *m, struct model_group *g, struct now now)
{
    g->row_next = model_flying_for(m, g) ? now.wall : model_wall(now, g->timer.at);
}

struct model_group *model_add_group(struct model *m, size_t route, uint32_t values)
{
    struct model_group *g = m->groups;

    while (g->alive)
        g++;
    *g = (struct model_group){
        .alive = true, .route = route, .values = values, .labels = labels_of_values(values)};
    model_find_accounts(m, g);
    return g;
}

void model_drop_group(struct model *m, struct model_group *g)
{
    g->alive = false;
    labels_unref(g->labels);
    for (size_t i = 0; i < m->n_flying; i++)
        if (m->flying[i]->group == g) {
            m->flying[i]->group = NULL;
            m->flying[i]->orphan = true;
        }
}

static void join(struct model *m, size_t route, size_t alert, struct now now)
{
    const uint32_t values = m->plan->group_of[route][alert];
    struct model_group *g = find_group(m, route, values);

    if (g == NULL) {
        const dur_ns wait = m->plan->config->routes[route]->group_wait;
        const bool old = stamp_before(stamp_add(m->alerts[alert].starts_at, wait), now.wall);
        g = model_add_group(m, route, values);
        model_arm(m, g, old ? now.mono : now.mono + wait);
        model_record_group(m, g, now);
    }
    g->members |= 1u << alert;
}

void model_join_all(struct model *m, size_t alert, struct now now)
{
    for (size_t r = 0; r < m->plan->config->n_routes; r++)
        if ((m->plan->routes_of[alert] >> r & 1) != 0)
            join(m, r, alert, now);
}

/* Somebody was told, or is being told, that it fires. */
static bool owes(const struct account *a, alert_set alert, struct stamp now)
{
    return (account_remembers(a, now) && (account_told(a) & alert) != 0) ||
           (a->busy != NULL && (a->busy->news.firing & alert) != 0);
}

static bool end_is_owed(struct model *m, size_t route, size_t alert, struct now now)
{
    const uint32_t values = m->plan->group_of[route][alert];
    const struct model_group *g = find_group(m, route, values);
    bool owed = g != NULL && !g->flushed;
    struct model_group asks = {.route = route, .values = values};

    model_find_accounts(m, &asks);
    for (size_t i = 0; i < asks.n_accounts; i++)
        owed = owed || owes(asks.accounts[i], 1u << alert, now.wall);
    return owed;
}

void model_join_owed(struct model *m, size_t alert, struct now now)
{
    for (size_t r = 0; r < m->plan->config->n_routes; r++)
        if ((m->plan->routes_of[alert] >> r & 1) != 0 && end_is_owed(m, r, alert, now))
            join(m, r, alert, now);
}

static bool started_before(const struct model_alert *a, const struct model_alert *b)
{
    const int order = stamp_cmp(a->starts_at, b->starts_at);
    return order != 0 ? order < 0 : a->labels->fp < b->labels->fp;
}

/* The alerts by their start: the oldest one opens a group. */
size_t model_by_start(const struct model *m, size_t *order)
{
    const size_t n = m->script->n_alerts;

    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && started_before(&m->alerts[i], &m->alerts[order[at - 1]]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return n;
}

void model_drop_empty_groups(struct model *m)
{
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive && m->groups[i].members == 0)
            model_drop_group(m, &m->groups[i]);
}

/* ---- the life of an alert ---- */

static bool within(struct stamp t, const struct period *p)
{
    return stamp_before(p->starts_at, t) && stamp_before(t, p->ends_at);
}

/* pipeline.md 1.2, where X is the older and Y the younger report. */
static struct period merged(const struct period *in, const struct period *old, struct stamp now)
{
    const bool late = stamp_before(in->updated_at, old->updated_at);
    const struct period *y = late ? old : in, *x = late ? in : old;
    struct period p = *y;
    const bool x_later = stamp_before(y->ends_at, x->ends_at);

    if (stamp_before(x->starts_at, y->starts_at))
        p.starts_at = x->starts_at;
    if (stamp_cmp(y->ends_at, now) <= 0 ? x_later && stamp_cmp(x->ends_at, now) <= 0 : x_later && !x->timeout)
        p.ends_at = x->ends_at;
    return p;
}

bool model_is_version(const struct period *p, const struct alert *got)
{
    return got != NULL && stamp_cmp(p->starts_at, got->starts_at) == 0 &&
           stamp_cmp(p->ends_at, got->ends_at) == 0 && stamp_cmp(p->updated_at, got->updated_at) == 0 &&
           p->timeout == got->timeout;
}

void model_adopt_version(struct model_alert *a, const struct alert *got, struct stamp now)
{
    a->known = true;
    a->starts_at = got->starts_at;
    a->ends_at = got->ends_at;
    a->updated_at = got->updated_at;
    a->timeout = got->timeout;
    a->was_resolved = model_resolved_at(a, now);
    a->version++;
}

void model_put(struct model *m, size_t alert, struct stamp starts_at, struct stamp ends_at, bool timeout,
               const struct alert *got, struct now now)
{
    struct model_alert *a = &m->alerts[alert];
    const struct period in = {starts_at, ends_at, now.wall, timeout};
    const struct period old = {a->starts_at, a->ends_at, a->updated_at, a->timeout};
    const bool overlap = a->known && (within(in.starts_at, &old) || within(in.ends_at, &old));
    const struct period both = overlap ? merged(&in, &old, now.wall) : in;

    /* What has resolved may have been collected since, and nothing is merged with that. */
    if (!model_is_version(&both, got) && !(a->was_resolved && model_is_version(&in, got))) {
        model_violated(m, "merge", "alert %zu is not what its two reports make of it", alert);
        return;
    }
    model_adopt_version(a, got, now.wall);
    a->said_resolved = a->was_resolved;
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        m->groups[i].ended &= ~(1u << alert);
    model_join_all(m, alert, now);
}

/* ---- life ---- */

void model_init(struct model *m, const struct script *s, struct plan *plan, const struct engine_opts *opts,
                struct now now)
{
    *m = (struct model){.script = s, .plan = plan, .opts = *opts, .run_from = now.mono + opts->start_delay};
    timer_start(m, &m->maintenance, now.mono + opts->maintenance_interval);
    for (size_t i = 0; i < s->n_alerts; i++) {
        m->alerts[i].labels =
            labels_of_values((uint32_t)s->alerts[i].value[0] | (uint32_t)s->alerts[i].value[1] << 4 |
                             (uint32_t)s->alerts[i].value[2] << 8 | (uint32_t)s->alerts[i].value[3] << 12);
        m->alerts[i].hash = labels_dedup_hash(m->alerts[i].labels);
        m->alerts[i].ends_at = m->alerts[i].starts_at = now.wall;
    }
}

void model_forget_deliveries(struct model *m)
{
    for (size_t i = 0; i < m->n_flying; i++) {
        m->flying[i]->account->busy = NULL;
        free(m->flying[i]);
    }
    m->n_flying = 0;
}

void model_done(struct model *m)
{
    model_forget_deliveries(m);
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive)
            model_drop_group(m, &m->groups[i]);
    for (size_t i = 0; i < m->script->n_alerts; i++)
        labels_unref(m->alerts[i].labels);
    for (size_t i = 0; i < m->n_accounts; i++) {
        free(m->accounts[i]->key);
        free(m->accounts[i]);
    }
    strmap_done(&m->by_key);
    free(m->accounts);
    free(m->silences);
    free(m->flying);
}
