/* The outbox: who could not be told what there is to say, and when he is asked again (design.md 3).
 *
 * It is not a queue. A line says that a delivery failed; the next attempt looks at the group as it is then,
 * with a fresh decision against the ledger (W-17), and what has become pointless meanwhile is not sent. There
 * is at most one line per line of the ledger, so a receiver that is dead for a week costs no more than one
 * that is dead for a minute. Flushes try as well, unless the receiver has asked for patience. Under
 * --compat.strict there are no lines: the next flush tries again, as upstream does.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* Between attempts: doubled each time, and who names a time himself is obeyed, but not for ever every second.
 * notify has tried for the length of a flush before. */
#define FIRST_WAIT  (30 * NS_PER_S)
#define LONGEST     (600 * NS_PER_S)
#define FIRST_ASKED (1 * NS_PER_S)
#define LAST_ASKED  (60 * NS_PER_S)
#define MOST_ASKED  (3600 * NS_PER_S) /* nobody is obeyed for longer */
#define REFUSED_MAX (24 * 3600 * NS_PER_S)
#define LAST_ALARM  (365 * 24 * 3600 * NS_PER_S) /* no timer is armed for longer */

struct outbox_line {
    struct timer timer; /* the next attempt; idle while one is on its way */
    struct timer alarm; /* when a fallback is told */
    bool alarmed;       /* that was so; from then on flushes tell it */
    struct group *group;
    struct outbox_line *next; /* of the group */
    const struct receiver *receiver;
    const struct integration *in;
    bool standin;
    bool housed;                /* during a reload: a living group speaks to him */
    struct dead_letter *letter; /* during a reload: what there was to say to him */
    struct owed *state;
};

/* ---- lines ---- */

static struct outbox_line *find(const struct engine *e, const char *key)
{
    return strmap_get(&e->outbox, sv_of(key));
}

const struct owed *outbox_peek(const struct engine *e, const char *key)
{
    const struct outbox_line *l = find(e, key);
    return l != NULL ? l->state : NULL;
}

struct stamp outbox_oldest(const struct engine *e)
{
    struct stamp oldest = STAMP_UNSET;
    const struct outbox_line *l;

    for (size_t it = 0; (l = strmap_next(&e->outbox, &it)) != NULL;)
        if (stamp_is_unset(oldest) || stamp_before(l->state->since, oldest))
            oldest = l->state->since;
    return oldest;
}

static void attach(struct outbox_line *l, struct group *g)
{
    l->group = g;
    l->next = g->owed;
    g->owed = l;
}

static void detach(struct outbox_line *l)
{
    struct outbox_line **at;

    if (l->group == NULL)
        return;
    for (at = &l->group->owed; *at != l; at = &(*at)->next)
        ;
    *at = l->next;
    l->group = NULL;
}

static void point_to(struct outbox_line *l, const struct target *t)
{
    l->receiver = t->receiver;
    l->in = t->in;
    l->standin = t->role != TARGET_RECEIVER;
}

static void record(const struct outbox_line *l, bool del, struct effects *fx)
{
    effect_record(fx, (struct record){.kind = RECORD_OWED, .del = del, .owed = owed_ref(l->state)});
}

static void line_free(struct engine *e, struct outbox_line *l)
{
    timerq_disarm(&e->timers, &l->timer);
    timerq_disarm(&e->timers, &l->alarm);
    detach(l);
    owed_unref(l->state);
    dead_letter_unref(l->letter);
    free(l);
}

static void drop(struct engine *e, struct outbox_line *l, struct effects *fx)
{
    record(l, true, fx);
    (void)strmap_del(&e->outbox, sv_of(l->state->key));
    line_free(e, l);
}

/* ---- timers ---- */

/* After a clock that went back nobody waits longer than he would have. */
static void arm_within(struct engine *e, struct timer *t, struct stamp at, dur_ns longest, struct now now)
{
    dur_ns wait = stamp_sub(at, now.wall);

    wait = wait < 0 ? 0 : wait > longest ? longest : wait;
    timerq_arm(&e->timers, t, now.mono + wait > e->run_from ? now.mono + wait : e->run_from);
}

static void arm(struct engine *e, struct outbox_line *l, struct now now)
{
    const struct fallback *f = fallback_of(l->group->route, l->receiver, l->standin);
    const struct owed *o = l->state;

    arm_within(e, &l->timer, o->next, o->asked ? MOST_ASKED : LONGEST, now);
    if (f->receiver != NULL && !l->alarmed)
        arm_within(e, &l->alarm, stamp_add(o->since, f->after), LAST_ALARM, now);
}

static void on_attempt(struct timer *t, void *ctx, mono_ns now)
{
    const struct outbox_line *l = CONTAINER_OF(t, struct outbox_line, timer);
    const struct tick *tick = ctx;

    if (timer_armed(&l->group->timer) && l->group->timer.at <= now)
        return; /* a flush is due as well, and comes next */
    char *key = xstrdup(l->state->key);
    (void)group_catch_up(tick->engine, l->group, key, tick_due(&tick->now, t->at), tick->now, tick->fx);
    if (!branches_busy(tick->engine, key)) /* nobody has to tell him any more */
        outbox_settled(tick->engine, key, tick->fx);
    free(key);
}

/* Somebody has been out of reach for as long as his fallback waits. */
static void on_alarm(struct timer *t, void *ctx, mono_ns now)
{
    struct outbox_line *l = CONTAINER_OF(t, struct outbox_line, alarm);
    const struct tick *tick = ctx;
    struct group *g = l->group;
    struct targets all = targets_of(tick->engine, g->route, g->labels, tick->now.wall);
    const struct now due = tick_due(&tick->now, t->at);
    char *absent = xstrdup(l->state->key);
    bool alive = true;

    (void)now;
    l->alarmed = true;
    for (size_t i = 0; i < all.n && alive; i++)
        if (all.v[i].role == TARGET_STANDIN && strcmp(all.v[all.v[i].instead_of].key, absent) == 0)
            alive = group_catch_up(tick->engine, g, all.v[i].key, due, tick->now, tick->fx);
    targets_done(&all);
    free(absent);
}

/* ---- life ---- */

static struct outbox_line *line_new(struct engine *e, struct owed *state)
{
    struct outbox_line *l = xcalloc(1, sizeof(*l));

    l->timer.fire = on_attempt;
    l->alarm.fire = on_alarm;
    l->state = state;
    strmap_put(&e->outbox, sv_of(state->key), l);
    return l;
}

static dur_ns backoff(unsigned attempts, bool asked)
{
    const dur_ns longest = asked ? LAST_ASKED : LONGEST;
    dur_ns wait = asked ? FIRST_ASKED : FIRST_WAIT;

    while (attempts-- > 1 && wait < longest)
        wait *= 2;
    return wait < longest ? wait : longest;
}

/* The state is seen by who writes it down, so a new one takes its place. */
static void replace_state(struct engine *e, struct outbox_line *l, const struct delivery *d, struct now now)
{
    const struct owed *old = l->state;
    struct owed *state = owed_new(sv_of(old->key), old->since, sv_of(d->error));
    const dur_ns asked = d->retry_after < MOST_ASKED ? d->retry_after : MOST_ASKED;
    const bool tried = delivery_was_tried(d);

    state->attempts = old->attempts + tried;
    state->asked = asked > 0;
    const dur_ns wait = tried ? backoff(state->attempts, state->asked) : 0;
    state->next = stamp_utc(stamp_add(now.wall, wait > asked ? wait : asked));
    state->failure = d->failure;
    (void)strmap_del(&e->outbox, sv_of(old->key));
    owed_unref(l->state);
    l->state = state;
    strmap_put(&e->outbox, sv_of(state->key), l);
}

static bool is_hopeless(const struct engine *e, const struct outbox_line *l, const struct delivery *d,
                        struct stamp now, enum letter_cause *cause)
{
    const dur_ns age = stamp_sub(now, l->state->since);

    *cause = d->refused ? LETTER_REFUSED : LETTER_TOO_OLD;
    if (e->opts.outbox_max_age > 0 && age >= e->opts.outbox_max_age)
        return true;
    return d->refused && age >= REFUSED_MAX;
}

void outbox_lost(struct engine *e, const char *key, const struct delivery *d, struct stamp now,
                 struct effects *fx)
{
    struct owed *o = owed_new(SV(""), stamp_utc(now), sv_of(d->error));

    o->attempts = 1;
    o->failure = d->failure;
    if (d->fallback == NULL) /* who stood in is not missed */
        letter_write(e, letter_of_delivery(d, o, LETTER_UNROUTED), now, fx);
    owed_unref(o);
    outbox_settled(e, key, fx);
}

/* The delivery may have set out before a reload: what it points to is not what is configured now. */
static bool address(const struct engine *e, struct outbox_line *l, const struct group *g, struct stamp now)
{
    struct targets all = targets_of(e, g->route, g->labels, now);
    size_t at = 0;

    while (at < all.n && strcmp(all.v[at].key, l->state->key) != 0)
        at++;
    const bool found = at < all.n;
    if (found)
        point_to(l, &all.v[at]);
    targets_done(&all);
    return found;
}

static struct outbox_line *line_for(struct engine *e, struct group *g, const char *key, struct stamp since)
{
    struct outbox_line *l = find(e, key);

    if (l == NULL)
        l = line_new(e, owed_new(sv_of(key), stamp_utc(since), SV("")));
    detach(l);
    attach(l, g);
    return l;
}

bool outbox_failed(struct engine *e, struct group *g, const char *key, const struct delivery *d,
                   struct now now, struct effects *fx)
{
    struct outbox_line *l = line_for(e, g, key, d->due.wall);
    enum letter_cause cause;

    replace_state(e, l, d, now);
    if (!address(e, l, g, now.wall)) {
        record(l, false, fx);
        outbox_lost(e, key, d, now.wall, fx);
        return true;
    }
    record(l, false, fx);
    if (is_hopeless(e, l, d, now.wall, &cause)) {
        letter_write(e, letter_of_delivery(d, l->state, cause), now.wall, fx);
        drop(e, l, fx);
        return false;
    }
    arm(e, l, now);
    return true;
}

void outbox_settled(struct engine *e, const char *key, struct effects *fx)
{
    struct outbox_line *l = find(e, key);
    if (l != NULL)
        drop(e, l, fx);
}

void outbox_underway(struct engine *e, const char *key)
{
    struct outbox_line *l = find(e, key);
    if (l != NULL)
        timerq_disarm(&e->timers, &l->timer);
}

bool outbox_holds(const struct engine *e, const char *key, struct now now)
{
    const struct outbox_line *l = find(e, key);
    return l != NULL && l->state->asked && timer_armed(&l->timer) && l->timer.at > now.mono;
}

/* ---- groups that come and go ---- */

void outbox_forget(struct engine *e, struct group *g, struct effects *fx)
{
    while (g->owed != NULL)
        drop(e, g->owed, fx);
}

void outbox_pack(struct engine *e)
{
    struct outbox_line *l;

    for (size_t it = 0; (l = strmap_next(&e->outbox, &it)) != NULL;) {
        l->housed = false;
        if (l->group == NULL)
            continue;
        l->letter = letter_of_group(l->group, l->receiver, l->in, l->state);
        timerq_disarm(&e->timers, &l->timer);
        timerq_disarm(&e->timers, &l->alarm);
        detach(l);
    }
}

void outbox_restore(struct engine *e, struct owed *state)
{
    if (find(e, state->key) == NULL)
        (void)line_new(e, state);
    else
        owed_unref(state);
}

static void house(struct engine *e, struct group *g, struct now now)
{
    struct targets t = targets_of(e, g->route, g->labels, now.wall);

    for (size_t i = 0; i < t.n; i++) {
        struct outbox_line *l = find(e, t.v[i].key);
        branches_adopt(e, t.v[i].key, g);
        if (l == NULL)
            continue;
        l->housed = true;
        dead_letter_unref(l->letter);
        l->letter = NULL;
        detach(l);
        attach(l, g);
        point_to(l, &t.v[i]);
        if (!branches_busy(e, t.v[i].key))
            arm(e, l, now);
    }
    targets_done(&t);
}

static int by_key(const void *a, const void *b)
{
    const struct outbox_line *x = *(struct outbox_line *const *)a, *y = *(struct outbox_line *const *)b;
    return strcmp(x->state->key, y->state->key);
}

/* What can no more be told is kept as a dead letter; after a restart it is not known what it was. */
static void lose(struct engine *e, struct outbox_line *l, struct stamp now, struct effects *fx)
{
    if (l->letter != NULL)
        letter_write(e, l->letter, now, fx);
    l->letter = NULL;
    drop(e, l, fx);
}

void outbox_unpack(struct engine *e, struct now now, struct effects *fx)
{
    struct outbox_line **lost, *l;
    size_t n = 0;

    if (e->outbox.n == 0 && e->busy.n == 0)
        return;
    for (struct group *g = e->groups.first; g != NULL && !e->opts.compat_strict; g = g->next)
        house(e, g, now);
    lost = xcalloc(e->outbox.n, sizeof(struct outbox_line *));
    for (size_t it = 0; (l = strmap_next(&e->outbox, &it)) != NULL;)
        if (!l->housed)
            lost[n++] = l;
    if (n > 1)
        qsort(lost, n, sizeof(struct outbox_line *), by_key);
    for (size_t i = 0; i < n; i++)
        lose(e, lost[i], now.wall, fx);
    free(lost);
}

void outbox_done(struct engine *e)
{
    struct outbox_line *l;

    for (size_t it = 0; (l = strmap_next(&e->outbox, &it)) != NULL;)
        line_free(e, l);
    strmap_done(&e->outbox);
}
