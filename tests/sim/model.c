#include "model.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"

#define MIN_TIMEOUT (10 * NS_PER_S)
#define MIN_GRACE   (120 * NS_PER_S)

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

static struct stamp wall_of(struct now now, mono_ns at)
{
    return stamp_add(now.wall, at - now.mono);
}

/* ---- alerts and silences ---- */

static bool resolved_at(const struct model_alert *a, struct stamp t)
{
    return stamp_cmp(a->ends_at, t) <= 0;
}

alert_set model_firing(const struct model *m, struct stamp now)
{
    alert_set set = 0;
    for (size_t i = 0; i < m->script->n_alerts; i++)
        set |= (alert_set)(m->alerts[i].known && !resolved_at(&m->alerts[i], now)) << i;
    return set;
}

alert_set model_silenced(const struct model *m, struct stamp now)
{
    alert_set set = 0;
    for (size_t i = 0; i < m->n_silences; i++) {
        const struct model_silence *s = &m->silences[i];
        if (s->exists && !stamp_before(now, s->starts_at) && !stamp_before(s->ends_at, now))
            set |= s->matched;
    }
    return set;
}

void model_observe(struct model *m, struct stamp now)
{
    for (size_t i = 0; i < m->script->n_alerts; i++)
        if (resolved_at(&m->alerts[i], now))
            m->alerts[i].was_resolved = true;
}

bool model_undoes_ends(const struct model *m, struct stamp t, struct stamp now)
{
    for (size_t i = 0; i < m->n_silences; i++)
        if (m->silences[i].exists && stamp_before(m->silences[i].ends_at, now) &&
            !stamp_before(m->silences[i].ends_at, t))
            return true;
    for (size_t i = 0; i < m->script->n_alerts; i++)
        if (m->alerts[i].known && m->alerts[i].was_resolved && !resolved_at(&m->alerts[i], t))
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

static alert_set set_of_hashes(const struct model *m, const uint64_t *v, size_t n)
{
    alert_set set = 0;
    for (size_t i = 0; i < m->script->n_alerts; i++)
        for (size_t k = 0; k < n; k++)
            set |= (alert_set)(v[k] == m->alerts[i].hash) << i;
    return set;
}

void alert_set_print(struct strbuf *out, alert_set set)
{
    strbuf_addc(out, '{');
    for (size_t i = 0; i < SIM_ALERTS; i++)
        if ((set >> i & 1) != 0)
            strbuf_addf(out, " %zu", i);
    strbuf_adds(out, " }");
}

/* ---- accounts ---- */

static struct account *account_of(struct model *m, struct sv key)
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

static const struct route *route_of(const struct model *m, const struct model_group *g)
{
    return m->plan->config->routes[g->route];
}

static void find_accounts(struct model *m, struct model_group *g)
{
    const struct route *r = route_of(m, g);
    struct strbuf key = {0};

    g->n_accounts = r->receiver->n_integrations;
    for (size_t i = 0; i < g->n_accounts; i++) {
        strbuf_reset(&key);
        strbuf_addf(&key, "%s:", r->key);
        group_values_print(&key, g->values);
        if (m->plan->twin[g->route] != 0)
            strbuf_addf(&key, "#%u", m->plan->twin[g->route]);
        strbuf_addf(&key, ":%s/webhook/%zu", r->receiver->name, i);
        g->accounts[i] = account_of(m, strbuf_sv(&key));
    }
    strbuf_done(&key);
}

static void excuse(struct model *m, struct account *a, alert_set set, enum excuse why)
{
    set &= a->believed & ~a->excused;
    a->excused |= set;
    for (; set != 0; set &= set - 1)
        m->tally.excused[why]++;
}

static bool remembers(const struct account *a, struct stamp now)
{
    return a->has && !stamp_before(a->expires_at, now);
}

/* Told firing, and not yet that it is over. */
static alert_set told(const struct account *a)
{
    return a->told.firing | a->told.held;
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

static void arm(struct model *m, struct model_group *g, mono_ns at)
{
    g->due = at > m->run_from ? at : m->run_from;
    g->armed = true;
}

static struct model_group *add_group(struct model *m, size_t route, uint32_t values)
{
    struct model_group *g = m->groups;

    while (g->alive)
        g++;
    *g = (struct model_group){
        .alive = true, .route = route, .values = values, .labels = labels_of_values(values)};
    find_accounts(m, g);
    return g;
}

static void drop_group(struct model *m, struct model_group *g)
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
        g = add_group(m, route, values);
        arm(m, g, old ? now.mono : now.mono + wait);
        g->row_next = wall_of(now, g->due);
    }
    g->members |= 1u << alert;
}

static void join_all(struct model *m, size_t alert, struct now now)
{
    for (size_t r = 0; r < m->plan->config->n_routes; r++)
        if ((m->plan->routes_of[alert] >> r & 1) != 0)
            join(m, r, alert, now);
}

static bool end_is_owed(struct model *m, size_t route, size_t alert, struct now now)
{
    const uint32_t values = m->plan->group_of[route][alert];
    const struct model_group *g = find_group(m, route, values);
    bool owed = g != NULL && !g->flushed;
    struct model_group asks = {.route = route, .values = values};

    find_accounts(m, &asks);
    for (size_t i = 0; i < asks.n_accounts; i++)
        owed = owed || (remembers(asks.accounts[i], now.wall) && (told(asks.accounts[i]) >> alert & 1) != 0);
    return owed;
}

static void join_owed(struct model *m, size_t alert, struct now now)
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
static size_t by_start(const struct model *m, size_t *order)
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

static void drop_empty_groups(struct model *m)
{
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive && m->groups[i].members == 0)
            drop_group(m, &m->groups[i]);
}

/* ---- the life of an alert ---- */

struct period {
    struct stamp starts_at, ends_at, updated_at;
    bool timeout;
};

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

static bool is_version(const struct period *p, const struct alert *got)
{
    return got != NULL && stamp_cmp(p->starts_at, got->starts_at) == 0 &&
           stamp_cmp(p->ends_at, got->ends_at) == 0 && stamp_cmp(p->updated_at, got->updated_at) == 0 &&
           p->timeout == got->timeout;
}

static void adopt_version(struct model_alert *a, const struct alert *got, struct stamp now)
{
    a->known = true;
    a->starts_at = got->starts_at;
    a->ends_at = got->ends_at;
    a->updated_at = got->updated_at;
    a->timeout = got->timeout;
    a->was_resolved = resolved_at(a, now);
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
    if (!is_version(&both, got) && !(a->was_resolved && is_version(&in, got))) {
        model_violated(m, "merge", "alert %zu is not what its two reports make of it", alert);
        return;
    }
    adopt_version(a, got, now.wall);
    a->said_resolved = a->was_resolved;
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        m->groups[i].ended &= ~(1u << alert);
    join_all(m, alert, now);
}

/* ---- silences ---- */

struct model_silence *model_silence(struct model *m, const char *id)
{
    for (size_t i = 0; i < m->n_silences; i++)
        if (m->silences[i].exists && strcmp(m->silences[i].id, id) == 0)
            return &m->silences[i];
    return NULL;
}

static bool matches_something(const struct sim_matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        const struct sim_matcher *x = &ms->v[i];
        if (x->op == MATCH_NE || x->op == MATCH_NRE || (x->values & 1) == 0)
            return true;
    }
    return false;
}

static bool same_matchers(const struct sim_matchers *a, const struct sim_matchers *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i].op != b->v[i].op || a->v[i].name != b->v[i].name || a->v[i].values != b->v[i].values)
            return false;
    return true;
}

/* pipeline.md 3.2 */
static bool edits_in_place(const struct model_silence *s, const struct sim_matchers *ms,
                           struct stamp starts_at, struct stamp now)
{
    if (!same_matchers(&s->matchers, ms) || stamp_before(s->ends_at, now))
        return false;
    if (stamp_before(now, s->starts_at))
        return !stamp_before(starts_at, now);
    return starts_at.sec == s->starts_at.sec;
}

static void add_silence(struct model *m, const char *id, const struct sim_matchers *ms,
                        struct stamp starts_at, struct stamp ends_at)
{
    struct model_silence s = {.exists = true, .matchers = *ms, .starts_at = starts_at, .ends_at = ends_at};

    (void)snprintf(s.id, sizeof s.id, "%s", id);
    for (size_t i = 0; i < m->script->n_alerts; i++)
        s.matched |= (alert_set)sim_matches(ms, &m->script->alerts[i]) << i;
    m->silences = xgrow(m->silences, &m->cap_silences, m->n_silences + 1, sizeof(*m->silences));
    m->silences[m->n_silences++] = s;
}

bool model_silence_set(struct model *m, const char *id, const char *fresh_id, const struct sim_matchers *ms,
                       struct stamp starts_at, struct stamp ends_at, struct stamp now, const char **in_force)
{
    struct model_silence *old = id[0] != '\0' ? model_silence(m, id) : NULL;

    if (stamp_cmp(starts_at, ends_at) >= 0 || stamp_before(ends_at, now) || !matches_something(ms) ||
        (id[0] != '\0' && old == NULL))
        return false;
    if (old != NULL && edits_in_place(old, ms, starts_at, now)) {
        old->starts_at = starts_at;
        old->ends_at = ends_at;
        *in_force = old->id;
        return true;
    }
    if (old != NULL && !stamp_before(old->ends_at, now))
        model_silence_expire(m, id, now);
    add_silence(m, fresh_id, ms, stamp_before(starts_at, now) ? now : starts_at, ends_at);
    *in_force = fresh_id;
    return true;
}

void model_silence_expire(struct model *m, const char *id, struct stamp now)
{
    struct model_silence *s = model_silence(m, id);

    if (s == NULL || stamp_before(s->ends_at, now))
        return;
    if (stamp_before(now, s->starts_at))
        s->starts_at = now;
    s->ends_at = now;
}

/* ---- flushes ---- */

static dur_ns timeout_of(const struct route *r)
{
    return r->group_interval > MIN_TIMEOUT ? r->group_interval : MIN_TIMEOUT;
}

static dur_ns lifetime_of(const struct model *m, const struct route *r)
{
    const dur_ns two_flushes = 2 * timeout_of(r);
    const dur_ns between = r->repeat_interval > two_flushes ? r->repeat_interval : two_flushes;
    return 2 * between < m->opts.retention ? 2 * between : m->opts.retention;
}

/* A group at the moment of a tick. */
struct moment {
    struct now due, now;
    alert_set firing, ended, held; /* of its members; held: muted */
};

static struct moment look(struct model *m, struct model_group *g, mono_ns due, struct now now)
{
    const alert_set firing = model_firing(m, now.wall);
    struct moment t = {.due = {.mono = due, .wall = wall_of(now, due)}, .now = now};

    t.firing = g->members & firing;
    t.ended = g->ended = g->members & ~firing;
    t.held = g->members & (plan_inhibited(m->plan, firing) | model_silenced(m, now.wall));
    if (plan_muted(m->plan, g->route, t.due.wall))
        t.held = g->members;
    for (size_t i = 0; i < SIM_ALERTS; i++)
        if ((t.ended >> i & 1) != 0)
            m->alerts[i].said_resolved = true;
    return t;
}

/* Mutes hold back what fires, and ends that nobody waits for. */
static struct model_news news_for(const struct moment *t, alert_set known)
{
    return (struct model_news){
        .firing = t->firing & ~t->held,
        .resolved = t->ended & (~t->held | known),
        .held = t->firing & t->held & known,
    };
}

/* pipeline.md 4.3. `a` is NULL when nothing is remembered. */
static enum notify_reason decide(const struct model_news *news, const struct account *a, bool send_resolved,
                                 dur_ns repeat_interval, struct stamp due)
{
    const alert_set before = a != NULL ? a->told.firing : 0;

    if ((news->firing | news->resolved) == 0)
        return REASON_NONE;
    if ((news->firing & ~before) != 0)
        return before == 0 ? REASON_FIRST : REASON_NEW_ALERTS;
    if (a == NULL)
        return REASON_NONE;
    if (news->firing == 0)
        return before != 0 || (send_resolved && (news->resolved & told(a)) != 0) ? REASON_ALL_RESOLVED
                                                                                 : REASON_NONE;
    if (send_resolved && (news->resolved & ~a->told.resolved) != 0)
        return REASON_SOME_RESOLVED;
    return stamp_before(a->at, stamp_add(due, -repeat_interval)) ? REASON_REPEAT : REASON_NONE;
}

static void send(struct model *m, struct model_group *g, size_t integration, const struct moment *t,
                 const struct model_news *news, enum notify_reason reason)
{
    const struct route *r = route_of(m, g);
    struct model_delivery *d = xmalloc(sizeof(*d));

    *d = (struct model_delivery){
        .group = g,
        .account = g->accounts[integration],
        .integration = integration,
        .reason = reason,
        .news = *news,
        .send_resolved = r->receiver->integrations[integration].settings->send_resolved,
        .due = t->due,
        .deadline = t->now.mono + timeout_of(r),
        .lifetime = lifetime_of(m, r),
        .config = m->plan->config,
    };
    d->account->busy = d;
    m->flying = xgrow(m->flying, &m->cap_flying, m->n_flying + 1, sizeof(struct model_delivery *));
    m->flying[m->n_flying++] = d;
}

/* Resolved alerts that are not told are forgotten, so that they count as new when they fire again; and what
 * is owed does not expire. */
static void keep(struct account *a, const struct model_news *news, bool sent, dur_ns lifetime,
                 struct stamp now)
{
    if (!sent && (news->resolved & told(a)) != 0) {
        a->told.firing &= ~news->resolved;
        a->told.held &= ~news->resolved;
        a->expires_at = stamp_add(now, lifetime);
    } else if ((sent || news->held != 0) && stamp_sub(a->expires_at, now) < lifetime / 2) {
        a->expires_at = stamp_add(now, lifetime);
    }
}

static void tell(struct model *m, struct model_group *g, size_t integration, const struct moment *t)
{
    const struct route *r = route_of(m, g);
    const bool send_resolved = r->receiver->integrations[integration].settings->send_resolved;
    struct account *a = g->accounts[integration];
    const bool known = remembers(a, t->due.wall);
    const struct model_news news = news_for(t, known ? told(a) : 0);
    const enum notify_reason reason =
        decide(&news, known ? a : NULL, send_resolved, r->repeat_interval, t->due.wall);

    if (reason != REASON_NONE)
        send(m, g, integration, t, &news, reason);
    if (known)
        keep(a, &news, reason != REASON_NONE, lifetime_of(m, r), t->now.wall);
}

/* Those who are not free are asked again when they are. */
static void tell_if_free(struct model *m, struct model_group *g, size_t integration, const struct moment *t)
{
    struct model_delivery *d = g->accounts[integration]->busy;

    if (d == NULL) {
        tell(m, g, integration, t);
        return;
    }
    if (d->group == NULL)
        d->group = g;
    d->missed = true;
    d->missed_at = t->due.mono;
}

/* The receiver believes what nobody will take back: why may that be? */
static void left_untold(struct model *m, const struct model_group *g, alert_set set, struct stamp now)
{
    for (size_t i = 0; i < g->n_accounts; i++) {
        struct account *a = g->accounts[i];
        const alert_set left = a->believed & ~a->excused & set;
        if (!route_of(m, g)->receiver->integrations[i].settings->send_resolved)
            continue;
        excuse(m, a, left & a->doubtful, EXCUSE_DOUBT);
        if (!remembers(a, now) && (m->leapt || m->opts.retention <= 2 * timeout_of(route_of(m, g)) +
                                                                        route_of(m, g)->repeat_interval))
            excuse(m, a, left, EXCUSE_EXPIRED);
        if ((a->believed & ~a->excused & set) != 0)
            model_violated(m, "owed", "%s was told +%x; its group let it go", a->key, left);
    }
}

/* Ended alerts go as soon as nobody waits for their end. False: the group went with them. */
static bool settle(struct model *m, struct model_group *g, struct stamp now)
{
    alert_set awaited = 0;

    for (size_t i = 0; i < g->n_accounts; i++)
        awaited |= remembers(g->accounts[i], now) ? told(g->accounts[i]) : 0;
    for (size_t i = 0; i < m->n_flying; i++)
        if (m->flying[i]->group == g)
            awaited |= m->flying[i]->news.firing | m->flying[i]->news.resolved;
    const alert_set going = g->ended & ~awaited;
    g->ended &= ~going;
    g->members &= ~going;
    left_untold(m, g, going, now);
    if (g->members != 0)
        return true;
    drop_group(m, g);
    return false;
}

static void flush(struct model *m, struct model_group *g, mono_ns due, struct now now)
{
    const struct moment t = look(m, g, due, now);

    m->tally.flushes++;
    g->flush_id++;
    g->flushed = true;
    g->muted = t.held == g->members;
    arm(m, g, now.mono + route_of(m, g)->group_interval);
    g->row_next = wall_of(now, g->due);
    for (size_t i = 0; i < g->n_accounts; i++)
        tell_if_free(m, g, i, &t);
    (void)settle(m, g, now.wall);
}

static void catch_up(struct model *m, struct model_group *g, const struct account *only, mono_ns due,
                     struct now now)
{
    const struct moment t = look(m, g, due, now);

    for (size_t i = 0; i < g->n_accounts; i++)
        if (g->accounts[i] == only)
            tell_if_free(m, g, i, &t);
    (void)settle(m, g, now.wall);
}

/* All that could be told are busy. */
static bool blocked(const struct model *m, const struct model_group *g)
{
    bool any = false, all = true;

    for (size_t i = 0; i < m->n_flying; i++)
        any = any || m->flying[i]->group == g;
    for (size_t i = 0; i < g->n_accounts; i++)
        all = all && g->accounts[i]->busy != NULL;
    return any && all;
}

static void on_group_timer(struct model *m, struct model_group *g, struct now now)
{
    g->armed = false;
    if (blocked(m, g))
        g->missed = true;
    else
        flush(m, g, g->due, now);
}

static void maintain(struct model *m, struct now now)
{
    for (size_t i = 0; i < m->n_accounts; i++)
        if (stamp_cmp(m->accounts[i]->expires_at, now.wall) <= 0)
            m->accounts[i]->has = false;
    m->maintenance_at = now.mono + m->opts.maintenance_interval;
}

static struct model_group *first_due(struct model *m, mono_ns now)
{
    struct model_group *first = NULL;

    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (g->alive && g->armed && g->due <= now && (first == NULL || g->due < first->due))
            first = g;
    }
    return first;
}

void model_tick(struct model *m, struct now now)
{
    for (struct model_group *g; (g = first_due(m, now.mono)) != NULL;) {
        if (m->maintenance_at < g->due)
            maintain(m, now);
        on_group_timer(m, g, now);
    }
    if (m->maintenance_at <= now.mono)
        maintain(m, now);
}

/* ---- deliveries ---- */

static struct model_delivery *flying(struct model *m, uint64_t id)
{
    for (size_t i = 0; i < m->n_flying; i++)
        if (m->flying[i]->id == id)
            return m->flying[i];
    return NULL;
}

/* Whom nobody can tell any more, because no group speaks to him of it. */
alert_set model_uncovered(const struct model *m, const struct account *a)
{
    alert_set set = a->believed & ~a->excused;
    for (size_t i = 0; i < MODEL_GROUPS && set != 0; i++) {
        const struct model_group *g = &m->groups[i];
        for (size_t k = 0; g->alive && k < g->n_accounts; k++)
            if (g->accounts[k] == a && route_of(m, g)->receiver->integrations[k].settings->send_resolved)
                set &= ~g->members;
    }
    return set;
}

void model_heard(struct model *m, uint64_t delivery, struct stamp now)
{
    const struct model_delivery *d = flying(m, delivery);
    struct account *a;

    if (d == NULL)
        return;
    a = d->account;
    if (a->doubtful != 0 && d->news.firing == a->believed && d->news.resolved == 0)
        m->tally.duplicates++;
    a->believed = d->send_resolved ? (a->believed | d->news.firing) & ~d->news.resolved : 0;
    a->excused &= a->believed & ~d->news.firing;
    a->doubtful = a->believed & (a->doubtful | (d->news.firing & ~(remembers(a, now) ? told(a) : 0)));
    if (d->config != m->plan->config || d->orphan) /* it set out before a reload */
        excuse(m, a, model_uncovered(m, a), EXCUSE_RELOAD);
}

static void write_down(struct model *m, const struct model_delivery *d, struct stamp finished_at)
{
    struct account *a = d->account;

    if (a->has && stamp_before(finished_at, stamp_add(a->at, 1000)))
        finished_at = stamp_add(a->at, 1000);
    a->has = true;
    a->at = finished_at;
    a->expires_at = stamp_add(finished_at, d->lifetime);
    a->told = d->news;
    a->doubtful &= ~d->news.firing;
    if (m->leapt ||
        d->lifetime == m->opts.retention) /* what an expired line had said of muted alerts is lost */
        excuse(m, a, ~told(a) & ~a->doubtful, EXCUSE_EXPIRED);
}

static void take_out(struct model *m, const struct model_delivery *d)
{
    size_t at = 0;
    while (m->flying[at] != d)
        at++;
    m->flying[at] = m->flying[--m->n_flying];
    d->account->busy = NULL;
}

void model_delivered(struct model *m, uint64_t delivery, bool ok, struct stamp finished_at, struct now now)
{
    struct model_delivery *d = flying(m, delivery);

    if (d == NULL)
        return;
    struct model_group *g = d->group;
    take_out(m, d);
    if (ok)
        write_down(m, d, finished_at);
    if (g != NULL && (!ok || settle(m, g, now.wall))) {
        if (g->missed) {
            g->missed = false;
            flush(m, g, g->due, now);
        } else if (d->missed) {
            catch_up(m, g, d->account, d->missed_at, now);
        }
    }
    free(d);
}

static void sets_of_delivery(const struct model *m, const struct delivery *d, alert_set *firing,
                             alert_set *resolved)
{
    *firing = *resolved = 0;
    for (size_t i = 0; i < d->n_alerts; i++) {
        const size_t a = model_alert_of(m, d->alerts[i].alert->labels);
        *(d->alerts[i].firing ? firing : resolved) |= a < SIM_ALERTS ? 1u << a : 0;
    }
}

static bool is_expected(const struct model *m, const struct model_delivery *x, const struct delivery *d)
{
    return x->id == 0 && x->group != NULL && x->integration == d->integration->index &&
           route_of(m, x->group) == d->route && labels_equal(x->group->labels, d->group_labels);
}

static struct model_delivery *expected(struct model *m, const struct delivery *d)
{
    for (size_t i = 0; i < m->n_flying; i++)
        if (is_expected(m, m->flying[i], d))
            return m->flying[i];
    return NULL;
}

static void match_delivery(struct model *m, const struct delivery *d)
{
    struct model_delivery *x = expected(m, d);
    alert_set firing, resolved;

    sets_of_delivery(m, d, &firing, &resolved);
    if (x == NULL) {
        model_violated(m, "told", "%s %s/%zu is told +%x -%x out of time: %s", d->group_key,
                       d->receiver->name, d->integration->index, firing, resolved,
                       notify_reason_text(d->reason));
        return;
    }
    x->id = d->id;
    const alert_set ends = x->send_resolved ? x->news.resolved : 0;
    if (firing != x->news.firing || resolved != ends)
        model_violated(m, "batch", "%s is told +%x -%x instead of +%x -%x", x->account->key, firing, resolved,
                       x->news.firing, ends);
    if (d->reason != x->reason)
        model_violated(m, "reason", "%s is told +%x -%x: %s instead of %s", x->account->key, firing, resolved,
                       notify_reason_text(d->reason), notify_reason_text(x->reason));
    if (stamp_cmp(d->due.wall, x->due.wall) != 0 || d->due.mono != x->due.mono || d->deadline != x->deadline)
        model_violated(m, "timer", "%s: due time or deadline", x->account->key);
    m->tally.told += d->n_alerts != 0;
    m->tally.swallowed += d->n_alerts == 0;
    m->tally.repeats += d->reason == REASON_REPEAT;
}

static void note_deleted(struct model *m, const struct record *r, struct stamp now)
{
    struct model_silence *s = r->kind == RECORD_SILENCE ? model_silence(m, r->silence->id) : NULL;

    if (r->kind != RECORD_SILENCE)
        return;
    if (s == NULL || stamp_before(now, stamp_add(s->ends_at, m->opts.retention)))
        model_violated(m, "silence", "%s is forgotten too early", r->silence->id);
    else
        s->exists = false;
}

void model_match(struct model *m, const struct effects *fx, struct now now)
{
    for (size_t i = 0; i < fx->n_deliveries; i++)
        match_delivery(m, fx->deliveries[i]);
    for (size_t i = 0; i < m->n_flying; i++) {
        const struct model_delivery *x = m->flying[i];
        if (x->id == 0)
            model_violated(m, "untold", "%s is not told +%x -%x: %s", x->account->key, x->news.firing,
                           x->news.resolved, notify_reason_text(x->reason));
    }
    for (size_t i = 0; i < fx->n_records; i++)
        if (fx->records[i].del)
            note_deleted(m, &fx->records[i], now.wall);
}

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
    find_accounts(m, g);
    if (!g->armed || g->due - now.mono <= longest)
        return;
    arm(m, g, now.mono + longest);
    g->row_next = wall_of(now, g->due);
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
    }
}

void model_reload(struct model *m, struct plan *plan, struct now now)
{
    const struct config *old = m->plan->config;
    const alert_set were_held = held(m), firing = model_firing(m, now.wall);
    size_t order[SIM_ALERTS];

    m->tally.reloads++;
    m->plan = plan;
    /* Routes are told apart by index, which the two configurations do not share: first the old ones go. */
    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (!g->alive)
            continue;
        const struct route *r = same_route(plan->config, old->routes[g->route]);
        if (r != NULL)
            carry_over(m, g, old->routes[g->route], r, now);
        else
            drop_group(m, g);
    }
    leave_old_routes(m);
    for (size_t i = 0, n = by_start(m, order); i < n; i++) {
        if ((firing >> order[i] & 1) != 0)
            join_all(m, order[i], now);
        else if ((were_held >> order[i] & 1) != 0)
            join_owed(m, order[i], now);
    }
    drop_empty_groups(m);
    for (size_t i = 0; i < m->n_accounts; i++)
        excuse(m, m->accounts[i], model_uncovered(m, m->accounts[i]), EXCUSE_RELOAD);
}

/* ---- restart ---- */

static void forget_deliveries(struct model *m)
{
    for (size_t i = 0; i < m->n_flying; i++) {
        m->flying[i]->account->busy = NULL;
        free(m->flying[i]);
    }
    m->n_flying = 0;
}

static void restore_accounts(struct model *m, const struct archive *rows)
{
    for (size_t i = 0; i < m->n_accounts; i++)
        m->accounts[i]->has = false;
    for (size_t i = 0; i < rows->latest.n; i++) {
        const struct record *r = &rows->latest.v[i].r;
        if (r->kind != RECORD_LEDGER)
            continue;
        struct account *a = account_of(m, sv_of(r->ledger->key));
        a->has = true;
        a->at = r->ledger->at;
        a->expires_at = r->ledger->expires_at;
        a->told.firing = set_of_hashes(m, r->ledger->firing, r->ledger->n_firing);
        a->told.resolved = set_of_hashes(m, r->ledger->resolved, r->ledger->n_resolved);
        a->told.held = set_of_hashes(m, r->ledger->held, r->ledger->n_held);
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
    if (!is_version(&want, got))
        model_violated(m, "restart", "alert %zu has other times after the restart", at);
    adopt_version(a, got, now.wall);
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
    struct model_group *g = add_group(m, r->index, values_of_labels(row->labels));

    if (wait > longest)
        wait = longest;
    g->flush_id = row->flush_id;
    g->flushed = row->flushed;
    g->row_next = row->next_flush;
    arm(m, g, now.mono + (wait > 0 ? wait : 0));
}

/* Nothing that the log remembers may be lost by a crash. */
static void check_nothing_owed_is_lost(struct model *m, bool other_config, struct stamp now)
{
    for (size_t i = 0; i < m->n_accounts; i++) {
        struct account *a = m->accounts[i];
        const alert_set set = model_uncovered(m, a), known = remembers(a, now) ? told(a) : 0;
        a->doubtful |= a->believed & ~known;
        excuse(m, a, set & ~known, EXCUSE_DOUBT);
        if (other_config)
            excuse(m, a, set & known, EXCUSE_RELOAD);
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
    forget_deliveries(m);
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive)
            drop_group(m, &m->groups[i]);
    m->plan = plan;
    m->run_from = now.mono + m->opts.start_delay;
    m->maintenance_at = now.mono + m->opts.maintenance_interval;
    restore_accounts(m, rows);
    restore_silences(m, rows);
    for (size_t i = 0; i < m->script->n_alerts; i++)
        restore_alert(m, i, archive_alert(rows, m->alerts[i].labels->fp), versions[i], last_alive, now);
    for (size_t i = 0; i < rows->latest.n; i++)
        if (rows->latest.v[i].r.kind == RECORD_GROUP)
            restore_group(m, rows->latest.v[i].r.group, now);
    for (size_t i = 0, n = by_start(m, order); i < n; i++) {
        if (!m->alerts[order[i]].known)
            continue;
        if (resolved_at(&m->alerts[order[i]], now.wall))
            join_owed(m, order[i], now);
        else
            join_all(m, order[i], now);
    }
    drop_empty_groups(m);
    check_nothing_owed_is_lost(m, other_config, now.wall);
}

/* ---- life ---- */

void model_init(struct model *m, const struct script *s, struct plan *plan, const struct engine_opts *opts,
                struct now now)
{
    *m = (struct model){.script = s,
                        .plan = plan,
                        .opts = *opts,
                        .run_from = now.mono + opts->start_delay,
                        .maintenance_at = now.mono + opts->maintenance_interval};
    for (size_t i = 0; i < s->n_alerts; i++) {
        m->alerts[i].labels =
            labels_of_values((uint32_t)s->alerts[i].value[0] | (uint32_t)s->alerts[i].value[1] << 4 |
                             (uint32_t)s->alerts[i].value[2] << 8 | (uint32_t)s->alerts[i].value[3] << 12);
        m->alerts[i].hash = labels_dedup_hash(m->alerts[i].labels);
        m->alerts[i].ends_at = m->alerts[i].starts_at = now.wall;
    }
}

void model_done(struct model *m)
{
    forget_deliveries(m);
    for (size_t i = 0; i < MODEL_GROUPS; i++)
        if (m->groups[i].alive)
            drop_group(m, &m->groups[i]);
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
