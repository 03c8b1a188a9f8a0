/* The model's flushes and deliveries: who is told what, why, and what is remembered of it. */

#include <stdlib.h>

#include "base/mem.h"
#include "model_internal.h"

#define MIN_TIMEOUT    (10 * NS_PER_S)
#define LONGEST_FLIGHT (300 * NS_PER_S)

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

bool model_short_retention(const struct model *m, const struct route *r)
{
    return m->opts.retention <= 2 * timeout_of(r) + r->repeat_interval;
}

/* A group at the moment of a tick. */
struct moment {
    struct now due, now;
    alert_set firing, ended, held; /* of its members; held: muted */
};

static struct moment look(struct model *m, struct model_group *g, mono_ns due, struct now now)
{
    const alert_set firing = model_firing(m, now.wall);
    struct moment t = {.due = {.mono = due, .wall = model_wall(now, due)}, .now = now};

    t.firing = g->members & firing;
    g->acked &= t.firing;
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

/* It was left open by a crash whether the message got through: whatever holds now is told. */
static enum notify_reason decide_again(const struct model_news *news, enum notify_reason underway)
{
    if (news->firing == 0)
        return REASON_ALL_RESOLVED;
    return underway == REASON_ALL_RESOLVED ? REASON_FIRST : underway;
}

/* pipeline.md 4.3. `a` is NULL when nothing is remembered. */
static enum notify_reason decide(const struct model_news *news, const struct account *a, bool acked,
                                 bool send_resolved, dur_ns repeat_interval, struct stamp due)
{
    const alert_set before = a != NULL ? a->line.told.firing : 0;

    if ((news->firing | news->resolved) == 0)
        return REASON_NONE;
    if (a != NULL && a->line.underway != REASON_NONE)
        return decide_again(news, a->line.underway);
    if ((news->firing & ~before) != 0)
        return before == 0 ? REASON_FIRST : REASON_NEW_ALERTS;
    if (a == NULL)
        return REASON_NONE;
    if (news->firing == 0)
        return before != 0 || (send_resolved && (news->resolved & account_told(a)) != 0) ? REASON_ALL_RESOLVED
                                                                                         : REASON_NONE;
    if (send_resolved && (news->resolved & ~a->line.told.resolved) != 0)
        return REASON_SOME_RESOLVED;
    return !acked && stamp_before(a->line.at, stamp_add(due, -repeat_interval)) ? REASON_REPEAT : REASON_NONE;
}

/* What the row says until the message is back: all that the receiver may have been told by then. */
static struct line intent_of(const struct account *a, const struct model_news *news,
                             enum notify_reason reason, dur_ns lifetime, struct stamp now)
{
    const struct model_news told = account_remembers(a, now) ? a->line.told : (struct model_news){0};

    return (struct line){
        .at = now,
        .expires_at = stamp_add(now, lifetime),
        .told = {.firing = told.firing | news->firing, .held = told.held & ~news->firing},
        .underway = reason,
    };
}

static void send(struct model *m, struct model_group *g, size_t integration, const struct moment *t,
                 const struct model_news *news, enum notify_reason reason)
{
    const struct route *r = model_route(m, g);
    struct model_delivery *d = xmalloc(sizeof(*d));

    *d = (struct model_delivery){
        .group = g,
        .account = g->accounts[integration],
        .integration = integration,
        .reason = reason,
        .news = *news,
        .intent = intent_of(g->accounts[integration], news, reason, lifetime_of(m, r), t->now.wall),
        .send_resolved = r->receiver->integrations[integration].settings->send_resolved,
        .due = t->due,
        .deadline = t->now.mono + (timeout_of(r) < LONGEST_FLIGHT ? timeout_of(r) : LONGEST_FLIGHT),
        .lifetime = lifetime_of(m, r),
        .config = m->plan->config,
    };
    d->account->busy = d;
    m->flying = xgrow(m->flying, &m->cap_flying, m->n_flying + 1, sizeof(struct model_delivery *));
    m->flying[m->n_flying++] = d;
}

/* Resolved alerts that are not told are forgotten, so that they count as new when they fire again; and what
 * is owed does not expire. */
static void keep(struct account *a, const struct model_news *news, bool sent, bool acked, dur_ns lifetime,
                 struct stamp now)
{
    if (!sent && (news->resolved & account_told(a)) != 0) {
        a->line.told.firing &= ~news->resolved;
        a->line.told.held &= ~news->resolved;
        a->line.expires_at = stamp_add(now, lifetime);
    } else if ((sent || acked || news->held != 0) && stamp_sub(a->line.expires_at, now) < lifetime / 2) {
        a->line.expires_at = stamp_add(now, lifetime);
    } else if (stamp_before(a->line.expires_at, stamp_add(a->line.at, lifetime))) { /* from before a reload */
        a->line.expires_at = stamp_add(a->line.at, lifetime);
    }
}

static void tell(struct model *m, struct model_group *g, size_t integration, const struct moment *t)
{
    const struct route *r = model_route(m, g);
    const bool send_resolved = r->receiver->integrations[integration].settings->send_resolved;
    struct account *a = g->accounts[integration];
    const bool known = account_remembers(a, t->due.wall);
    const struct model_news news = news_for(t, known ? account_told(a) : 0);
    const bool acked = news.firing != 0 && (news.firing & ~g->acked) == 0;
    const enum notify_reason reason =
        decide(&news, known ? a : NULL, acked, send_resolved, r->repeat_interval, t->due.wall);

    if (known)
        keep(a, &news, reason != REASON_NONE, acked, lifetime_of(m, r), t->now.wall);
    if (reason == REASON_NONE) {
        owed_settle(a);
    } else if (!owed_waits(a, t->now.mono)) {
        a->owed.timer.armed = false;
        send(m, g, integration, t, &news, reason);
    }
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
        if (!model_route(m, g)->receiver->integrations[i].settings->send_resolved)
            continue;
        model_excuse(m, a, left & a->doubtful, EXCUSE_DOUBT);
        if (!account_remembers(a, now) && (m->leapt || model_short_retention(m, model_route(m, g))))
            model_excuse(m, a, left, EXCUSE_EXPIRED);
        if ((a->believed & ~a->excused & set) != 0)
            model_violated(m, "owed", "%s was told +%x; its group let it go", a->key, left);
    }
}

/* Ended alerts go as soon as nobody waits for their end. False: the group went with them. */
static bool settle(struct model *m, struct model_group *g, struct stamp now)
{
    alert_set awaited = 0;

    for (size_t i = 0; i < g->n_accounts; i++)
        awaited |= account_remembers(g->accounts[i], now) ? account_told(g->accounts[i]) : 0;
    for (size_t i = 0; i < m->n_flying; i++)
        if (m->flying[i]->group == g)
            awaited |= m->flying[i]->news.firing | m->flying[i]->news.resolved;
    const alert_set going = g->ended & ~awaited;
    g->ended &= ~going;
    g->members &= ~going;
    left_untold(m, g, going, now);
    if (g->members != 0)
        return true;
    for (size_t i = 0; i < g->n_accounts; i++)
        owed_settle(g->accounts[i]);
    model_drop_group(m, g);
    return false;
}

#define MINUTE (60 * NS_PER_S)

static dur_ns until_unmuted(const struct model *m, const struct model_group *g, struct stamp now)
{
    dur_ns wait = MINUTE - stamp_sub(now, (struct stamp){.sec = 0}) % MINUTE;
    while (wait < model_route(m, g)->group_interval && plan_muted(m->plan, g->route, stamp_add(now, wait)))
        wait += MINUTE;
    return wait;
}

static dur_ns until_unsilenced(const struct model *m, alert_set set, struct stamp now)
{
    dur_ns wait = INT64_MAX;
    for (size_t i = 0; i < SIM_ALERTS; i++) {
        const dur_ns left = stamp_sub(model_silenced_until(m, i, now), now) + 1;
        if ((set >> i & 1) != 0 && left < wait)
            wait = left;
    }
    return wait;
}

/* Who was held back as a whole is asked again when the mute ends, if that is before the interval is over. */
static dur_ns until_next(const struct model *m, const struct model_group *g, const struct moment *t)
{
    const dur_ns interval = model_route(m, g)->group_interval;
    const struct stamp now = t->now.wall;
    dur_ns wait = interval;

    if (t->held != g->members)
        return interval;
    if (plan_muted(m->plan, g->route, t->due.wall))
        wait = until_unmuted(m, g, now);
    else
        wait = until_unsilenced(m, t->firing & ~plan_inhibited(m->plan, model_firing(m, now)), now);
    return wait < interval ? wait : interval;
}

static void flush(struct model *m, struct model_group *g, mono_ns due, struct now now)
{
    const struct moment t = look(m, g, due, now);

    m->tally.flushes++;
    g->flush_id++;
    g->flushed = true;
    model_arm(m, g, now.mono + until_next(m, g, &t));
    for (size_t i = 0; i < g->n_accounts; i++)
        tell_if_free(m, g, i, &t);
    model_record_group(m, g, now);
    (void)settle(m, g, now.wall);
}

size_t model_ack(struct model *m, const struct sim_matchers *ms, struct now now)
{
    alert_set meant = 0;
    size_t n = 0;

    for (size_t i = 0; i < m->script->n_alerts; i++)
        meant |= (alert_set)sim_matches(ms, &m->script->alerts[i]) << i;
    meant &= model_firing(m, now.wall);
    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (!g->alive || (g->members & meant) == 0)
            continue;
        n++;
        if ((g->members & meant & ~g->acked) == 0)
            continue;
        g->acked |= g->members & meant;
        m->tally.acks++;
        model_record_group(m, g, now);
    }
    return n;
}

/* False: the group is gone. */
static bool catch_up(struct model *m, struct model_group *g, const struct account *only, mono_ns due,
                     struct now now)
{
    const alert_set acked = g->acked;
    const struct moment t = look(m, g, due, now);

    if (g->acked != acked)
        model_record_group(m, g, now);
    for (size_t i = 0; i < g->n_accounts; i++)
        if (g->accounts[i] == only)
            tell_if_free(m, g, i, &t);
    return settle(m, g, now.wall);
}

/* All that could be told are busy. */
static bool blocked(const struct model *m, const struct model_group *g)
{
    bool all = true;

    for (size_t i = 0; i < g->n_accounts; i++)
        all = all && g->accounts[i]->busy != NULL;
    return all && model_flying_for(m, g);
}

static void on_group_timer(struct model *m, struct model_group *g, struct now now)
{
    g->timer.armed = false;
    if (blocked(m, g))
        g->missed = true;
    else
        flush(m, g, g->timer.at, now);
}

static void maintain(struct model *m, struct now now)
{
    for (size_t i = 0; i < m->n_accounts; i++)
        if (stamp_cmp(m->accounts[i]->line.expires_at, now.wall) <= 0 && m->accounts[i]->busy == NULL)
            m->accounts[i]->has = false;
    timer_start(m, &m->maintenance, now.mono + m->opts.maintenance_interval);
}

static struct model_group *first_due(struct model *m, mono_ns now)
{
    struct model_group *first = NULL;

    for (size_t i = 0; i < MODEL_GROUPS; i++) {
        struct model_group *g = &m->groups[i];
        if (g->alive && timer_due(&g->timer, now) &&
            (first == NULL || timer_before(&g->timer, &first->timer)))
            first = g;
    }
    return first;
}

/* Unless a flush is due as well. */
static void try_again(struct model *m, struct account *a, struct now now)
{
    struct model_group *g = owed_group(m, a);

    a->owed.timer.armed = false;
    if (timer_due(&g->timer, now.mono))
        return;
    (void)catch_up(m, g, a, a->owed.timer.at, now);
}

static void maintain_before(struct model *m, const struct model_timer *t, struct now now)
{
    if (timer_before(&m->maintenance, t))
        maintain(m, now);
}

void model_tick(struct model *m, struct now now)
{
    for (;;) {
        struct model_group *g = first_due(m, now.mono);
        struct account *a = owed_due(m, now.mono);
        if (a != NULL && (g == NULL || timer_before(&a->owed.timer, &g->timer))) {
            maintain_before(m, &a->owed.timer, now);
            try_again(m, a, now);
        } else if (g != NULL) {
            maintain_before(m, &g->timer, now);
            on_group_timer(m, g, now);
        } else {
            break;
        }
    }
    if (timer_due(&m->maintenance, now.mono))
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
    a->doubtful =
        a->believed & (a->doubtful | (d->news.firing & ~(account_remembers(a, now) ? account_told(a) : 0)));
    if (d->config != m->plan->config || d->orphan) /* it set out before a reload */
        model_excuse(m, a, model_uncovered(m, a), EXCUSE_RELOAD);
}

static void write_down(struct model *m, const struct model_delivery *d, struct stamp finished_at)
{
    struct account *a = d->account;

    if (a->has && stamp_before(finished_at, stamp_add(a->line.at, 1000)))
        finished_at = stamp_add(a->line.at, 1000);
    a->has = true;
    a->line =
        (struct line){.at = finished_at, .expires_at = stamp_add(finished_at, d->lifetime), .told = d->news};
    a->doubtful &= ~d->news.firing;
    if (m->leapt ||
        d->lifetime == m->opts.retention) /* what an expired line had said of muted alerts is lost */
        model_excuse(m, a, ~account_told(a) & ~a->doubtful, EXCUSE_EXPIRED);
}

static void take_out(struct model *m, const struct model_delivery *d)
{
    size_t at = 0;
    while (m->flying[at] != d)
        at++;
    m->flying[at] = m->flying[--m->n_flying];
    d->account->busy = NULL;
}

/* What the group had to say meanwhile; with its last delivery the flush has come to its end. */
static void go_on(struct model *m, struct model_group *g, const struct model_delivery *d, struct now now)
{
    if (g->missed) {
        g->missed = false;
        flush(m, g, g->timer.at, now);
    } else if (!d->missed || catch_up(m, g, d->account, d->missed_at, now)) {
        if (!model_flying_for(m, g))
            model_record_group(m, g, now);
    }
}

void model_delivered(struct model *m, uint64_t delivery, bool ok, dur_ns asked, struct now now)
{
    struct model_delivery *d = flying(m, delivery);

    if (d == NULL)
        return;
    struct model_group *g = d->group;
    take_out(m, d);
    const bool given_up = !ok && g != NULL && !owed_fail(m, g, d, asked, now);
    const bool told = ok || given_up;
    if (told)
        write_down(m, d, now.wall);
    if (given_up)
        model_excuse(m, d->account, d->news.resolved, EXCUSE_GIVEN_UP);
    if (told || g == NULL)
        owed_settle(d->account);
    if (g != NULL && (!told || settle(m, g, now.wall)))
        go_on(m, g, d, now);
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
           model_route(m, x->group) == d->route && labels_equal(x->group->labels, d->group_labels);
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
