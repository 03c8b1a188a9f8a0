/* The lanes of the notifier: made for a destination when there is something to send there, forgotten when
 * nothing has to be remembered of it. */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

#define PARALLEL_HTTP    20
#define PARALLEL_SMTP    2
#define HOUSEKEEPING     (60 * NS_PER_S)
#define DEFAULT_PAUSE    (10 * NS_PER_S) /* throttled, but not told for how long */
#define MAX_PAUSE_JITTER (5 * NS_PER_S)
/* A lane that nobody needs is remembered for a while: people want to see when it last worked. */
#define REMEMBERED (3600 * NS_PER_S)
#define LANES_MAX  ((size_t)1000) /* with more they are forgotten at once */

static void on_lane_timer(struct timer *t, void *ctx, mono_ns now)
{
    (void)now;
    pool_pump(ctx, CONTAINER_OF(t, struct pool_lane, timer));
}

static unsigned parallel_of(const struct request *r)
{
    if (r->parallel != 0)
        return r->parallel;
    return r->kind == REQUEST_SMTP ? PARALLEL_SMTP : PARALLEL_HTTP;
}

/* "https://oapi.dingtalk.com#1a2b3c4d" */
static struct board_entry *add_to_board(struct notify *n, const struct job *j)
{
    CLEANUP(strbuf_donep) struct strbuf name = {0};

    strbuf_adds(&name, j->destination);
    if (j->request.lane_tag != NULL)
        strbuf_addf(&name, "#%s", j->request.lane_tag);
    return board_add(&n->board, name.p);
}

static struct pool_lane *lane_new(struct notify *n, const struct job *j)
{
    const struct request *r = &j->request;
    struct pool_lane *l = xcalloc(1, sizeof *l);

    l->key = xstrdup(r->lane);
    l->timer.fire = on_lane_timer;
    lane_init(&l->lane, parallel_of(r), &r->rate, n->now.mono);
    l->notice = (struct notice){.last_success = STAMP_UNSET, .last_error_at = STAMP_UNSET};
    l->entry = add_to_board(n, j);
    strmap_put(&n->lanes, sv_of(l->key), l);
    memory_recall(n, l);
    return l;
}

struct pool_lane *lane_for(struct notify *n, const struct job *j)
{
    const struct request *r = &j->request;
    struct pool_lane *l = strmap_get(&n->lanes, sv_of(r->lane));

    if (l != NULL)
        lane_adjust(&l->lane, parallel_of(r), &r->rate, n->now.mono);
    else
        l = lane_new(n, j);
    board_add_receiver(&n->board, l->entry, j->shared->who);
    return l;
}

static void lane_free(struct notify *n, struct pool_lane *l)
{
    timerq_disarm(&n->timers, &l->timer);
    strmap_del(&n->lanes, sv_of(l->key));
    board_remove(&n->board, l->entry);
    free(l->key);
    free(l);
}

static bool is_forgettable(const struct notify *n, struct pool_lane *l)
{
    const mono_ns now = n->now.mono;

    if (n->lanes.n <= LANES_MAX && now - l->used_at < REMEMBERED)
        return false;
    return lane_idle(&l->lane, now) && breaker_state(&l->lane.breaker, now) != LANE_OPEN;
}

static struct pool_lane *find_forgettable(struct notify *n)
{
    struct pool_lane *l;

    for (size_t it = 0; (l = strmap_next(&n->lanes, &it)) != NULL;)
        if (is_forgettable(n, l))
            return l;
    return NULL;
}

static void on_housekeeping(struct timer *t, void *ctx, mono_ns now)
{
    struct notify *n = ctx;

    for (struct pool_lane *l; (l = find_forgettable(n)) != NULL;)
        lane_free(n, l);
    timerq_arm(&n->timers, t, now + HOUSEKEEPING);
}

void lanes_begin(struct notify *n)
{
    n->housekeeping.fire = on_housekeeping;
    timerq_arm(&n->timers, &n->housekeeping, n->now.mono + HOUSEKEEPING);
}

void lanes_done(struct notify *n)
{
    struct pool_lane *l;

    for (size_t it = 0; (l = strmap_next(&n->lanes, &it)) != NULL; it = 0)
        lane_free(n, l);
    strmap_done(&n->lanes);
}

void lane_pause(struct notify *n, const struct job *j, dur_ns asked)
{
    const dur_ns pause = asked > 0 ? asked : DEFAULT_PAUSE;
    const dur_ns jitter = pause < MAX_PAUSE_JITTER ? pause : MAX_PAUSE_JITTER;
    char seconds[24];

    lane_block(&j->lane->lane, n->now.mono + pause + (dur_ns)(pool_uniform(n) * (double)jitter));
    memory_keep(n, j->lane);
    metric_inc(n->meter.throttled);
    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)(pause / NS_PER_S));
    log_warn("Destination asks for patience, pausing it", "integration", j->shared->who, "seconds", seconds);
}

/* ---- the breaker ---- */

bool lane_is_open(const struct notify *n, const struct pool_lane *l)
{
    return breaker_state(&l->lane.breaker, n->now.mono) == LANE_OPEN;
}

dur_ns lane_rest(const struct notify *n, const struct pool_lane *l)
{
    mono_ns until = l->lane.blocked_until;

    if (lane_is_open(n, l) && l->lane.breaker.open_until > until)
        until = l->lane.breaker.open_until;
    return until > n->now.mono ? until - n->now.mono : 0;
}

static void log_opened(const struct pool_lane *l)
{
    char seconds[24];

    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)(l->lane.breaker.pause / NS_PER_S));
    log_warn("Destination does not answer, nothing is sent there for now", "lane", board_name(l->entry),
             "seconds", seconds, "err", l->notice.last_error);
}

static bool note(struct notify *n, struct pool_lane *l, enum breaker_sign sign)
{
    const bool was_closed = l->lane.breaker.pause == 0;
    const bool opened = !n->opts.compat_strict && breaker_note(&l->lane.breaker, sign, n->now.mono);

    if (opened && was_closed)
        log_opened(l);
    if (!was_closed && l->lane.breaker.pause == 0)
        log_info("Destination answers again", "lane", board_name(l->entry));
    return opened;
}

bool lane_outcome(struct notify *n, const struct job *j, enum breaker_sign sign, const char *error)
{
    struct pool_lane *l = j->lane;

    l->notice.latency = n->now.mono - j->retry.started;
    if (error == NULL) {
        l->notice.last_success = n->now.wall;
    } else {
        l->notice.last_error_at = n->now.wall;
        (void)snprintf(l->notice.last_error, sizeof l->notice.last_error, "%.*s", (int)strcspn(error, "\r\n"),
                       error);
    }
    const bool opened = note(n, l, sign);
    lane_post(n, l);
    return opened;
}

void lane_post(struct notify *n, struct pool_lane *l)
{
    const mono_ns now = n->now.mono;
    struct notice *out = &l->notice;

    l->used_at = now;
    out->state = breaker_state(&l->lane.breaker, now);
    out->waiting = l->lane.waiting;
    out->running = l->lane.running;
    out->waiting_since = out->retry_at = STAMP_UNSET;
    if (l->lane.head != NULL)
        out->waiting_since =
            stamp_add(n->now.wall, CONTAINER_OF(l->lane.head, struct job, item)->queued_at - now);
    if (lane_rest(n, l) > 0)
        out->retry_at = stamp_add(n->now.wall, lane_rest(n, l));
    board_post(&n->board, l->entry, out);
}
