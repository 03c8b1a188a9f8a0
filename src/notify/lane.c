#include "lane.h"

#include <assert.h>

void lane_init(struct lane *l, unsigned parallel, const struct rate_limit *rate, mono_ns now)
{
    assert(parallel > 0);
    *l = (struct lane){.parallel = parallel, .rate = *rate, .tokens = rate->burst, .refilled_at = now};
}

/* Capacity B and refill (R - B) per window: any window then sees at most R starts. */
static double tokens_per_ns(const struct rate_limit *rate)
{
    return rate->requests > rate->burst ? (double)(rate->requests - rate->burst) / (double)rate->window : 0;
}

static void refill(struct lane *l, mono_ns now)
{
    if (now > l->refilled_at)
        l->tokens += (double)(now - l->refilled_at) * tokens_per_ns(&l->rate);
    if (l->tokens > l->rate.burst)
        l->tokens = l->rate.burst;
    l->refilled_at = now;
}

void lane_adjust(struct lane *l, unsigned parallel, const struct rate_limit *rate, mono_ns now)
{
    refill(l, now);
    if (l->rate.requests == 0)
        l->tokens = rate->burst;
    l->parallel = parallel;
    l->rate = *rate;
    refill(l, now);
}

void lane_push(struct lane *l, struct lane_item *i)
{
    assert(!i->queued);
    i->prev = l->tail;
    i->next = NULL;
    i->queued = true;
    if (l->tail != NULL)
        l->tail->next = i;
    else
        l->head = i;
    l->tail = i;
    l->waiting++;
}

void lane_push_front(struct lane *l, struct lane_item *i)
{
    assert(!i->queued);
    i->prev = NULL;
    i->next = l->head;
    i->queued = true;
    if (l->head != NULL)
        l->head->prev = i;
    else
        l->tail = i;
    l->head = i;
    l->waiting++;
}

void lane_remove(struct lane *l, struct lane_item *i)
{
    if (!i->queued)
        return;
    if (i->prev != NULL)
        i->prev->next = i->next;
    else
        l->head = i->next;
    if (i->next != NULL)
        i->next->prev = i->prev;
    else
        l->tail = i->prev;
    i->prev = i->next = NULL;
    i->queued = false;
    l->waiting--;
}

/* The earliest moment at which the bucket, the gap and the block let something start. */
static mono_ns earliest_start(const struct lane *l, mono_ns now)
{
    mono_ns at = now;

    if (l->blocked_until > at)
        at = l->blocked_until;
    if (breaker_state(&l->breaker, now) == LANE_OPEN && l->breaker.open_until > at)
        at = l->breaker.open_until;
    if (l->rate.requests == 0)
        return at;
    if (l->started && l->last_start + l->rate.min_gap > at)
        at = l->last_start + l->rate.min_gap;
    if (l->tokens < 1) {
        const double speed = tokens_per_ns(&l->rate);
        /* One nanosecond more, because the division may round down. */
        const mono_ns refilled = speed > 0 ? now + 1 + (dur_ns)((1 - l->tokens) / speed) : MONO_NEVER;
        if (refilled > at)
            at = refilled;
    }
    return at;
}

bool lane_limited(struct lane *l, mono_ns now)
{
    refill(l, now);
    return earliest_start(l, now) > now;
}

static unsigned parallel_now(const struct lane *l, mono_ns now)
{
    return breaker_state(&l->breaker, now) == LANE_CLOSED ? l->parallel : 1;
}

bool lane_ready(struct lane *l, mono_ns now)
{
    return l->head == NULL && l->running < parallel_now(l, now) && !lane_limited(l, now);
}

/* Below 0: it has waited for longer than the least urgent ones do. */
static int64_t urgency(const struct lane_item *i, mono_ns now)
{
    return (int64_t)i->class - (now - i->since) / LANE_AGEING;
}

struct lane_item *lane_first(const struct lane *l, mono_ns now)
{
    struct lane_item *best = l->head;

    if (l->rate.requests == 0)
        return best;
    for (struct lane_item *i = l->head; i != NULL; i = i->next)
        if (urgency(i, now) < urgency(best, now))
            best = i;
    return best;
}

struct lane_item *lane_excess(const struct lane *l)
{
    struct lane_item *worst = l->tail;

    if (l->rate.requests == 0 || l->waiting <= LANE_QUEUE_MAX)
        return NULL;
    for (struct lane_item *i = l->tail; i != NULL; i = i->prev)
        if (i->class > worst->class)
            worst = i;
    return worst;
}

struct lane_item *lane_take(struct lane *l, mono_ns now, mono_ns *wake)
{
    *wake = MONO_NEVER;
    if (l->head == NULL || l->running >= parallel_now(l, now))
        return NULL;
    refill(l, now);
    const mono_ns at = earliest_start(l, now);
    if (at > now) {
        *wake = at;
        return NULL;
    }
    struct lane_item *i = lane_first(l, now);
    lane_remove(l, i);
    l->running++;
    l->started = true;
    l->last_start = now;
    if (l->rate.requests != 0)
        l->tokens -= 1;
    return i;
}

void lane_finished(struct lane *l)
{
    assert(l->running > 0);
    l->running--;
}

void lane_block(struct lane *l, mono_ns until)
{
    if (until > l->blocked_until)
        l->blocked_until = until;
}

void lane_recall(struct lane *l, double tokens, mono_ns at, mono_ns blocked_until)
{
    l->tokens = tokens;
    l->refilled_at = at;
    lane_block(l, blocked_until);
}

mono_ns lane_rested_at(struct lane *l, mono_ns now)
{
    const double speed = tokens_per_ns(&l->rate);
    mono_ns at = l->blocked_until > now ? l->blocked_until : now;

    refill(l, now);
    if (l->tokens < l->rate.burst && speed > 0) {
        const mono_ns full = now + 1 + (dur_ns)((l->rate.burst - l->tokens) / speed);
        at = full > at ? full : at;
    }
    return at;
}

bool lane_idle(struct lane *l, mono_ns now)
{
    if (l->waiting != 0 || l->running != 0 || l->blocked_until > now)
        return false;
    if (l->rate.requests == 0)
        return true;
    refill(l, now);
    return l->tokens >= l->rate.burst && (!l->started || l->last_start + l->rate.min_gap <= now);
}
