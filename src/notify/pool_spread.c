/* Which of several destinations takes a delivery: pools of robots (receivers.md B1.2, B1.5).
 *
 * Each destination has a lane of its own. A delivery goes to one that can send now, and moves on when that
 * one is blocked, does not answer, or refuses for a reason of its own, such as a token that is no longer
 * valid: then the integration avoids it for a while. Every destination is tried once before the backoff
 * begins.
 */
#include "pool.h"

#define AVOIDED (600 * NS_PER_S)

static uint32_t bit(unsigned i)
{
    return UINT32_C(1) << i;
}

static uint32_t all_of(const struct spread *s)
{
    return bit(s->of.n) - 1;
}

/* Those that still have to hear of it, and may. */
static uint32_t open_ones(const struct spread *s)
{
    return all_of(s) & ~(s->done | s->refused);
}

static struct pool_lane *lane_at(const struct notify *n, const struct job *j, unsigned i)
{
    const char *key = j->shared->destinations[i].lane;

    return key != NULL ? strmap_get(&n->lanes, sv_of(key)) : NULL;
}

/* How long nothing can be sent there. */
static dur_ns rest_at(const struct notify *n, const struct job *j, unsigned i)
{
    const struct pool_lane *l = lane_at(n, j, i);
    const dur_ns avoided = j->shared->destinations[i].avoided_until - n->now.mono;
    const dur_ns rest = l != NULL ? lane_rest(n, l) : 0;

    return avoided > rest ? avoided : rest;
}

/* The lower the better: ready, has to wait for its turn, rests. */
struct rank {
    unsigned class;
    int64_t within;
};

static struct rank rank_at(const struct notify *n, const struct job *j, unsigned i)
{
    struct pool_lane *l = lane_at(n, j, i);
    const dur_ns rest = rest_at(n, j, i);

    if (rest > 0)
        return (struct rank){2, rest};
    if (l == NULL || lane_ready(&l->lane, n->now.mono))
        return (struct rank){0, 0};
    return (struct rank){1, j->spread.of.strategy == DESTINATIONS_FAILOVER ? 0 : (int64_t)l->lane.waiting};
}

static bool is_better(struct rank a, struct rank b)
{
    return a.class < b.class || (a.class == b.class && a.within < b.within);
}

void spread_begin(struct job *j)
{
    struct spread *s = &j->spread;

    if (s->of.strategy != DESTINATIONS_ROUND_ROBIN)
        return;
    s->home =
        (s->of.sticky ? (unsigned)(sv_hash(sv_of(j->d->group_key)) % s->of.n) : j->shared->turn++) % s->of.n;
}

void spread_choose(const struct notify *n, struct job *j)
{
    struct spread *s = &j->spread;
    const uint32_t fresh = open_ones(s) & ~s->tried, among = fresh != 0 ? fresh : open_ones(s);
    struct rank best = {3, 0};

    for (unsigned k = 0; k < s->of.n; k++) {
        const unsigned i = (s->home + k) % s->of.n;
        const struct rank rank = rank_at(n, j, i);
        if ((among & bit(i)) != 0 && is_better(rank, best)) {
            best = rank;
            s->at = i;
        }
    }
}

/* Whether one of `among` could send. */
static bool any_awake(const struct notify *n, const struct job *j, uint32_t among)
{
    for (unsigned i = 0; i < j->spread.of.n; i++)
        if ((among & bit(i)) != 0 && rest_at(n, j, i) == 0)
            return true;
    return false;
}

bool spread_tries_next(const struct notify *n, struct job *j)
{
    struct spread *s = &j->spread;

    s->tried |= bit(s->at);
    if (any_awake(n, j, open_ones(s) & ~s->tried))
        return true;
    s->tried = 0;
    return false;
}

bool spread_can_leave(const struct notify *n, const struct job *j)
{
    return any_awake(n, j, open_ones(&j->spread) & ~bit(j->spread.at));
}

bool spread_gives_up_one(const struct notify *n, struct job *j)
{
    struct spread *s = &j->spread;

    if (s->of.n == 1)
        return false;
    s->refused |= bit(s->at);
    j->shared->destinations[s->at].avoided_until = n->now.mono + AVOIDED;
    return open_ones(s) != 0;
}

bool spread_goes_on(struct job *j)
{
    struct spread *s = &j->spread;

    s->done |= bit(s->at);
    s->tried = 0;
    return s->of.strategy == DESTINATIONS_BROADCAST && open_ones(s) != 0;
}

bool spread_is_complete(const struct job *j)
{
    return j->spread.of.strategy != DESTINATIONS_BROADCAST || j->spread.done == all_of(&j->spread);
}
