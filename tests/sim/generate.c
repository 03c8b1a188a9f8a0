/* From a seed to a script. The ranges are chosen so that things happen to each other: few labels, short
 * intervals, steps about as long as an interval. */

#include <stdlib.h>

#include "base/attr.h"
#include "base/mem.h"
#include "rng.h"
#include "script.h"

/* ---- alerts ---- */

static bool same_alert(const struct sim_alert *a, const struct sim_alert *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool known_alert(const struct script *s, const struct sim_alert *a)
{
    for (size_t i = 0; i < s->n_alerts; i++)
        if (same_alert(&s->alerts[i], a))
            return true;
    return false;
}

static void make_alerts(struct rng *r, struct script *s)
{
    const unsigned wanted = 2 + rng_below(r, SIM_ALERTS - 1);

    for (unsigned tries = 0; tries < 4 * SIM_ALERTS && s->n_alerts < wanted; tries++) {
        struct sim_alert a = {{0}};
        a.value[0] = (uint8_t)(1 + rng_below(r, SIM_VALUES - 1));
        for (size_t n = 1; n < SIM_NAMES; n++)
            a.value[n] = rng_chance(r, 70) ? (uint8_t)rng_below(r, SIM_VALUES) : 0;
        if (!known_alert(s, &a))
            s->alerts[s->n_alerts++] = a;
    }
}

/* ---- configurations ---- */

static struct sim_matcher make_matcher(struct rng *r)
{
    static const enum match_op ops[] = {MATCH_EQ, MATCH_EQ, MATCH_EQ, MATCH_NE,
                                        MATCH_RE, MATCH_RE, MATCH_NRE};
    struct sim_matcher m = {.op = RNG_PICK(r, ops), .name = (uint8_t)rng_below(r, SIM_NAMES)};

    if (m.op == MATCH_EQ || m.op == MATCH_NE)
        m.values = (uint8_t)(1u << (rng_chance(r, 90) ? 1 + rng_below(r, SIM_VALUES - 1) : 0));
    else
        m.values = (uint8_t)(1 + rng_below(r, (1u << SIM_VALUES) - 1));
    return m;
}

static struct sim_matchers make_matchers(struct rng *r)
{
    struct sim_matchers ms = {.n = 1 + (rng_chance(r, 25) ? 1 : 0)};

    for (size_t i = 0; i < ms.n; i++)
        ms.v[i] = make_matcher(r);
    return ms;
}

static int make_group_by(struct rng *r)
{
    const unsigned kind = rng_below(r, 10);
    if (kind < 2)
        return 0;
    return kind == 2 ? GROUP_BY_ALL : 1 << rng_below(r, SIM_NAMES);
}

static const int waits[] = {0, 1000, 1000, 2000, 5000};
static const int intervals[] = {1000, 2000, 3000, 5000, 10000};
static const int repeats[] = {1, 4000, 10000, 30000, 60000, 400000};

/* The parent is the route before or one of its ancestors, so that the list stays depth first. */
static int make_parent(struct rng *r, const struct sim_config *c)
{
    int parent = (int)c->n_routes - 1;
    while (parent > 0 && rng_chance(r, 60))
        parent = c->routes[parent].parent;
    return parent;
}

static void make_route(struct rng *r, struct sim_config *c)
{
    const bool root = c->n_routes == 0, inherits = !root && rng_chance(r, 50);
    struct sim_route route = {
        .parent = root ? -1 : make_parent(r, c),
        .continue_ = !root && rng_chance(r, 40),
        .receiver = rng_below(r, SIM_RECEIVERS),
        .group_by = !root && rng_chance(r, 40) ? GROUP_BY_INHERIT : make_group_by(r),
        .group_wait = inherits ? -1 : RNG_PICK(r, waits),
        .group_interval = inherits ? -1 : RNG_PICK(r, intervals),
        .repeat_interval = inherits ? -1 : RNG_PICK(r, repeats),
    };
    if (!root) {
        route.matchers = make_matchers(r);
        route.mute = rng_chance(r, 15) ? 1u << rng_below(r, SIM_INTERVALS) : 0;
        route.active = rng_chance(r, 10) ? 1u << rng_below(r, SIM_INTERVALS) : 0;
        if (rng_chance(r, 10)) /* a twin */
            route.matchers = c->routes[c->n_routes - 1].matchers;
        if (route.matchers.n == 0)
            route.matchers = make_matchers(r);
    }
    c->routes[c->n_routes++] = route;
}

static struct sim_receiver make_receiver(struct rng *r)
{
    const unsigned kind = rng_below(r, 10);
    struct sim_receiver rec = {.n = kind == 0 ? 0 : kind < 7 ? 1 : 2};

    for (size_t i = 0; i < SIM_INTEGRATIONS; i++)
        rec.send_resolved[i] = rng_chance(r, 75);
    return rec;
}

static void make_config(struct rng *r, struct sim_config *c)
{
    static const int timeouts[] = {10, 20, 60, 300};
    const unsigned n_routes = 1 + rng_below(r, SIM_ROUTES);

    *c = (struct sim_config){.resolve_timeout = RNG_PICK(r, timeouts)};
    for (size_t i = 0; i < SIM_RECEIVERS; i++)
        c->receivers[i] = make_receiver(r);
    for (size_t i = 0; i < SIM_INTERVALS; i++) {
        c->intervals[i].begin = (int)rng_below(r, 12);
        c->intervals[i].end = c->intervals[i].begin + 1 + (int)rng_below(r, 4);
    }
    while (c->n_routes < n_routes)
        make_route(r, c);
    while (c->n_rules < SIM_RULES && rng_chance(r, 40))
        c->rules[c->n_rules++] = (struct sim_rule){
            .source = make_matchers(r), .target = make_matchers(r), .equal = rng_below(r, 1u << SIM_NAMES)};
}

/* Most reloads change little. */
static void vary_config(struct rng *r, struct sim_config *c)
{
    struct sim_route *route = &c->routes[rng_below(r, (unsigned)c->n_routes)];

    switch (rng_below(r, 8)) {
    case 0:
        route->receiver = rng_below(r, SIM_RECEIVERS);
        break;
    case 1:
        route->group_by = make_group_by(r);
        break;
    case 2:
        route->group_interval = RNG_PICK(r, intervals);
        break;
    case 3:
        route->group_wait = RNG_PICK(r, waits);
        break;
    case 4:
        c->receivers[rng_below(r, SIM_RECEIVERS)] = make_receiver(r);
        break;
    case 5:
        route->repeat_interval = RNG_PICK(r, repeats);
        break;
    case 6:
        if (c->n_routes < SIM_ROUTES)
            make_route(r, c);
        break;
    default:
        if (route->parent >= 0)
            route->matchers = make_matchers(r);
        break;
    }
}

static void make_configs(struct rng *r, struct script *s)
{
    s->n_configs = 1 + rng_below(r, SIM_CONFIGS);
    make_config(r, &s->configs[0]);
    for (size_t i = 1; i < s->n_configs; i++) {
        if (rng_chance(r, 30)) {
            make_config(r, &s->configs[i]);
            continue;
        }
        s->configs[i] = s->configs[0];
        for (unsigned changes = 1 + rng_below(r, 3); changes > 0; changes--)
            vary_config(r, &s->configs[i]);
    }
}

/* ---- steps ---- */

static void make_post(struct rng *r, const struct script *s, struct step *st)
{
    static const enum start_mode starts[] = {START_SAME, START_SAME, START_SAME, START_SAME,  START_SAME,
                                             START_NONE, START_NONE, START_OLD,  START_FUTURE};
    static const enum end_mode ends[] = {END_NONE, END_NONE, END_NONE, END_NONE,   END_LATER,
                                         END_NOW,  END_NOW,  END_PAST, END_SKEWED, END_NOW};
    static const int amounts[] = {50, 300, 1000, 4000, 30000, 100000};
    const alert_set all = (1u << s->n_alerts) - 1;

    st->post.alerts = (alert_set)rng_next(r) & (alert_set)rng_next(r) & all;
    if (rng_chance(r, 15))
        st->post.alerts = all;
    if (st->post.alerts == 0)
        st->post.alerts = 1u << rng_below(r, (unsigned)s->n_alerts);
    st->post.start = RNG_PICK(r, starts);
    st->post.end = RNG_PICK(r, ends);
    st->post.amount = RNG_PICK(r, amounts);
    st->post.annotation = rng_chance(r, 30) ? 1 + rng_below(r, 2) : 0;
}

static void make_silence(struct rng *r, struct step *st)
{
    static const int starts[] = {0, 0, 0, -1000, 500, 3000};
    static const int ends[] = {200, 2000, 5000, 20000, 60000, -1};

    st->silence.name = rng_below(r, SIM_SILENCES);
    st->silence.edit = rng_chance(r, 40);
    st->silence.keep_matchers = rng_chance(r, 70);
    st->silence.matchers = make_matchers(r);
    st->silence.start = RNG_PICK(r, starts);
    st->silence.end = RNG_PICK(r, ends);
    if (st->silence.end > 0)
        st->silence.end += st->silence.start > 0 ? st->silence.start : 0;
}

static void make_receiver_step(struct rng *r, struct step *st)
{
    static const enum answer answers[] = {ANSWER_OK,      ANSWER_OK,      ANSWER_OK,        ANSWER_OK,
                                          ANSWER_RETRIED, ANSWER_REFUSED, ANSWER_THROTTLED, ANSWER_LOST};
    static const int latencies[] = {0, 0, 50, 400, 1500, 5000, 30000};

    st->receiver.receiver = rng_below(r, SIM_RECEIVERS);
    st->receiver.integration = rng_below(r, SIM_INTEGRATIONS);
    st->receiver.answer = RNG_PICK(r, answers);
    st->receiver.latency = RNG_PICK(r, latencies);
}

static void make_crash(struct rng *r, const struct script *s, struct step *st)
{
    static const int downs[] = {0, 100, 1000, 5000, 20000, 150000};

    st->crash.after = rng_below(r, 6);
    st->crash.lost = rng_below(r, 17);
    st->crash.reached = rng_below(r, 1u << 16);
    st->crash.given = rng_below(r, 4);
    st->crash.down = RNG_PICK(r, downs);
    st->crash.config = rng_chance(r, 10) ? (int)rng_below(r, (unsigned)s->n_configs) : -1;
    st->crash.alive_known = rng_chance(r, 70);
}

static enum step_kind make_kind(struct rng *r, bool jumps)
{
    const unsigned roll = rng_below(r, 100);

    if (roll < 50)
        return STEP_POST;
    if (roll < 62)
        return STEP_SILENCE;
    if (roll < 68)
        return STEP_EXPIRE;
    if (roll < 73)
        return STEP_RELOAD;
    if (roll < 76)
        return STEP_ACK;
    if (roll < 83)
        return STEP_RECEIVER;
    if (roll < 86)
        return jumps ? STEP_JUMP : STEP_WAIT;
    if (roll < 90)
        return STEP_SLOW;
    return roll < 94 ? STEP_CRASH : STEP_WAIT;
}

static struct step make_step(struct rng *r, const struct script *s, bool jumps)
{
    static const int pauses[] = {0, 0, 1, 100, 500, 1000, 1000, 2000, 2500, 5000, 12000, 45000};
    static const int jump_sizes[] = {-60000, -5000, -500, 500, 5000, 60000, 600000};
    static const int disks[] = {0, 0, 10, 50, 2000, 20000};
    static const int dispatchers[] = {0, 0, 0, 1, 30, 700};
    struct step st = {.kind = make_kind(r, jumps), .wait = RNG_PICK(r, pauses)};

    switch (st.kind) {
    case STEP_WAIT:
        break;
    case STEP_POST:
        make_post(r, s, &st);
        break;
    case STEP_SILENCE:
        make_silence(r, &st);
        break;
    case STEP_EXPIRE:
        st.silence.name = rng_below(r, SIM_SILENCES);
        break;
    case STEP_ACK:
        st.ack.matchers = make_matchers(r);
        break;
    case STEP_RELOAD:
        st.reload.config = rng_below(r, (unsigned)s->n_configs);
        break;
    case STEP_RECEIVER:
        make_receiver_step(r, &st);
        break;
    case STEP_JUMP:
        st.jump.ms = RNG_PICK(r, jump_sizes);
        break;
    case STEP_SLOW:
        st.slow.disk = RNG_PICK(r, disks);
        st.slow.dispatcher = RNG_PICK(r, dispatchers);
        break;
    case STEP_CRASH:
        make_crash(r, s, &st);
        break;
    }
    return st;
}

struct script *script_new(uint64_t seed, size_t n_steps)
{
    static const int retentions[] = {60, 600, 7200};
    static const int gcs[] = {7, 60, 1800};
    static const int maintenances[] = {11, 300, 900};
    struct script *s = xcalloc(1, sizeof(*s));
    struct rng r = {.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1};

    s->seed = seed;
    s->retention = RNG_PICK(&r, retentions) * NS_PER_S;
    s->gc_interval = RNG_PICK(&r, gcs) * NS_PER_S;
    s->maintenance_interval = RNG_PICK(&r, maintenances) * NS_PER_S + 7919; /* alone in its instant */
    s->start_delay = rng_chance(&r, 10) ? 5 * NS_PER_S : 0;
    make_alerts(&r, s);
    make_configs(&r, s);
    const bool jumps = rng_chance(&r, 25);
    while (s->n_steps < n_steps && s->n_steps < SIM_STEPS)
        s->steps[s->n_steps++] = make_step(&r, s, jumps);
    return s;
}
