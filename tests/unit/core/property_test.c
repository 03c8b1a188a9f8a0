/* Random histories with failures, slow receivers, silences, reloads, stops and kills. Whatever happened:
 *
 *   - nobody has two deliveries about one group on their way;
 *   - the notification log says exactly what was told last;
 *   - nothing is told that was told before, except as a repeat that is due, or when a kill or a stop left
 *     it in doubt;
 *   - in the end, when all alerts have resolved, everybody who was told that an alert fires, or may have
 *     been, was told that it resolved, and no row is left over;
 *   - the same inputs give the same outputs, byte for byte.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "support/test.h"

#include "support/engine_fixture.c"

/* Long enough that no entry expires while its receiver fails. */
#define REPEAT 400
#define STEPS  100
#define SEEDS  200

#define ROUTES                                                                                               \
    "route:\n"                                                                                               \
    "  receiver: d\n"                                                                                        \
    "  group_by: [g]\n"                                                                                      \
    "  group_wait: 1s\n"                                                                                     \
    "  group_interval: 3s\n"                                                                                 \
    "  repeat_interval: 400s\n"                                                                              \
    "  routes:\n"                                                                                            \
    "    - {matchers: [alertname=~\"a|b\"], continue: true, receiver: e}\n"                                  \
    "    - {matchers: [alertname=~\"b|c\"], group_by: []}\n"

static const char *const configs[] = {
    ROUTES "receivers:\n"
           "  - {name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/', send_resolved: false}]}\n"
           "  - {name: e, webhook_configs: [{url: 'http://c/'}], fallback: {receiver: f, after: 6s}}\n"
           "  - {name: f, webhook_configs: [{url: 'http://d/'}]}\n",
    ROUTES "receivers:\n"
           "  - {name: e, webhook_configs: [{url: 'http://x/'}], fallback: {receiver: f, after: 6s}}\n"
           "  - {name: f, webhook_configs: [{url: 'http://d/'}]}\n"
           "  - {name: d, webhook_configs: [{url: 'http://b/'}, {url: 'http://a/', send_resolved: false}]}\n",
};

/* What one integration was told last about one group. */
struct told {
    char *key;
    struct hashes {
        uint64_t v[16];
        size_t n;
    } firing, resolved, owed; /* owed: told firing at some time and not resolved since */
    struct stamp at;
    bool doubt; /* more was on its way at a kill; `firing` is all that may have been told */
};

struct world {
    struct fixture f;
    uint64_t random;
    struct strmap told; /* by ledger key */
    unsigned seed, silences;
};

static uint64_t roll(struct world *w, uint64_t sides)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random % sides;
}

static bool has(const struct hashes *h, uint64_t v)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->v[i] == v)
            return true;
    return false;
}

static bool within(const struct hashes *some, const struct hashes *all)
{
    for (size_t i = 0; i < some->n; i++)
        if (!has(all, some->v[i]))
            return false;
    return true;
}

static bool meet(const struct hashes *some, const struct hashes *others)
{
    for (size_t i = 0; i < some->n; i++)
        if (has(others, some->v[i]))
            return true;
    return false;
}

static bool is_news(const struct told *last, const struct told *now, bool send_resolved)
{
    if (last == NULL)
        return now->firing.n != 0;
    if (!within(&now->firing, &last->firing) || (now->firing.n == 0 && last->firing.n != 0))
        return true;
    if (meet(&now->resolved, &last->owed))
        return true;
    return send_resolved && now->firing.n != 0 && !within(&now->resolved, &last->resolved);
}

/* Who is not told of an end is told when the alert fires again. */
static bool fires_anew(const struct told *last, const struct delivery *d)
{
    for (size_t i = 0; i < d->n_alerts && last != NULL; i++)
        if (d->alerts[i].firing && !stamp_before(d->alerts[i].alert->starts_at, last->at))
            return true;
    return false;
}

static void add(struct hashes *h, uint64_t v)
{
    if (!has(h, v))
        h->v[h->n++] = v;
}

static void carry_owed(const struct told *last, struct told *now)
{
    now->owed = now->firing;
    for (size_t i = 0; last != NULL && i < last->owed.n; i++)
        if (!has(&now->resolved, last->owed.v[i]))
            add(&now->owed, last->owed.v[i]);
}

static struct told *told_of(const struct fixture *f, const struct delivery *d)
{
    struct told *t = xcalloc(1, sizeof(*t));
    struct strbuf key = {0};

    for (size_t i = 0; i < d->n_alerts; i++) {
        struct hashes *h = d->alerts[i].firing ? &t->firing : &t->resolved;
        h->v[h->n++] = labels_dedup_hash(d->alerts[i].alert->labels);
    }
    strbuf_addf(&key, "%s%s:%s/webhook/%zu", d->group_key, d->fallback != NULL ? "#fallback" : "",
                d->receiver->name, d->integration->index);
    t->key = strbuf_take(&key);
    t->at = f->now.wall;
    return t;
}

static void told_free(struct told *t)
{
    if (t == NULL)
        return;
    free(t->key);
    free(t);
}

static void check_alone(const struct world *w, const struct delivery *d)
{
    for (size_t i = 0; i < w->f.n_flying; i++) {
        const struct delivery *other = w->f.flying[i].d;
        FAIL_IF(other->integration->index == d->integration->index &&
                    strcmp(other->receiver->name, d->receiver->name) == 0 &&
                    strcmp(other->group_key, d->group_key) == 0,
                "seed %u, @%.6g: %s is on its way twice", w->seed, fixture_seconds(w->f.now.wall),
                d->group_key);
    }
}

static void on_told(struct fixture *f, struct delivery *d)
{
    struct world *w = f->ctx;
    struct told *now = told_of(f, d), *last = strmap_get(&w->told, sv_of(now->key));
    const bool send_resolved = d->integration->settings->send_resolved;
    const bool doubt = last != NULL && last->doubt;
    const bool news = is_news(last, now, send_resolved) || (!send_resolved && fires_anew(last, d));
    const bool takes_over = last == NULL && d->fallback != NULL; /* the end of what another one was told */
    const bool repeat_is_due = last != NULL && stamp_sub(f->now.wall, last->at) > REPEAT * NS_PER_S;

    check_alone(w, d);
    FAIL_IF(!news && !takes_over && !repeat_is_due && !doubt, "seed %u, @%.6g: %s was told nothing new: %s",
            w->seed, fixture_seconds(f->now.wall), now->key, notify_reason_text(d->reason));
    FAIL_IF(d->reason == REASON_FIRST && last != NULL && last->firing.n != 0 && !doubt,
            "seed %u: second first notification", w->seed);
    carry_owed(last, now);
    strmap_put(&w->told, sv_of(now->key), now);
    told_free(last);
}

/* Only the firing side can be compared for all: resolved alerts are left out of what some are sent. For those
 * the log knows better what fires still. */
static void check_ledger(const struct world *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->f.rows.n; i++) {
        const struct record *r = &w->f.rows.v[i];
        if (r->kind != RECORD_LEDGER)
            continue;
        const struct told *t = strmap_get(&w->told, sv_of(r->ledger->key));
        FAIL_IF(t == NULL, "seed %u: %s was never told", w->seed, r->ledger->key);
        FAIL_IF(t->firing.n != r->ledger->n_firing, "seed %u: %s", w->seed, r->ledger->key);
        for (size_t k = 0; k < r->ledger->n_firing; k++)
            FAIL_IF(!has(&t->firing, r->ledger->firing[k]), "seed %u: %s", w->seed, r->ledger->key);
        n++;
    }
    FAIL_IF(n != w->told.n, "seed %u: %zu lines in the log, %zu told", w->seed, n, w->told.n);
}

/* d/1 does not hear of ends. */
static void check_owed(const struct world *w)
{
    struct told *t;
    for (size_t it = 0; (t = strmap_next(&w->told, &it)) != NULL;)
        FAIL_IF(t->owed.n != 0 && strstr(t->key, ":d/webhook/1") == NULL,
                "seed %u: %s was never told the end of %zu", w->seed, t->key, t->owed.n);
}

static void post_some(struct world *w, bool resolve)
{
    static const char *const names[] = {"a{g=1}", "a{g=2}", "b{g=1}", "b{g=2}", "c{g=1}", "c{g=2}", "z"};
    const double now = fixture_seconds(w->f.now.wall);

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (roll(w, 3) == 0)
            fixture_post_one(&w->f, names[i], now, resolve ? now : NAN);
}

static void silence_some(struct world *w)
{
    static const char *const what[] = {"alertname=\"a\"", "g=\"1\"", "alertname=~\"b|z\""};
    const double now = fixture_seconds(w->f.now.wall);
    char id[37];
    struct err err = {0};

    (void)snprintf(id, sizeof id, "s%u", w->silences++);
    FAIL_IF(!fixture_silence(&w->f, "", id, what[roll(w, COUNT_OF(what))], now, now + 1 + (double)roll(w, 20),
                             &err),
            "seed %u: %s", w->seed, err.text);
}

static const char *some_integrations(struct world *w)
{
    static const char *const sets[] = {"", "", "d/0 ", "d/1 ", "e/0 ", "e/0 f/0 ", "d/0 d/1 e/0 "};
    return sets[roll(w, COUNT_OF(sets))];
}

static void doubt(struct world *w, const struct delivery *d)
{
    struct told *maybe = told_of(&w->f, d), *last = strmap_get(&w->told, sv_of(maybe->key));

    if (last == NULL) {
        last = maybe;
        strmap_put(&w->told, sv_of(last->key), last);
    }
    for (size_t i = 0; i < maybe->firing.n; i++) {
        add(&last->firing, maybe->firing.v[i]);
        add(&last->owed, maybe->firing.v[i]);
    }
    last->doubt = true;
    if (maybe != last)
        told_free(maybe);
}

static void restart(struct world *w)
{
    const double at = fixture_seconds(w->f.now.wall);
    for (size_t i = 0; i < w->f.n_flying; i++)
        doubt(w, w->f.flying[i].d);
    if (roll(w, 3) == 0)
        fixture_stop(&w->f);
    else
        fixture_kill(&w->f);
    fixture_run(&w->f, at + (double)roll(w, 100) / 10, true);
    fixture_start(&w->f, roll(w, 2) == 0 ? at : NAN);
}

static void step(struct world *w)
{
    switch (roll(w, 14)) {
    case 0:
        restart(w);
        break;
    case 1:
        fixture_reload(&w->f, configs[roll(w, COUNT_OF(configs))]);
        break;
    case 2:
        snprintf(w->f.failing, sizeof w->f.failing, "%s", some_integrations(w));
        break;
    case 3:
        w->f.latency = (dur_ns)roll(w, 5) * NS_PER_S;
        snprintf(w->f.slow, sizeof w->f.slow, "%s", some_integrations(w));
        break;
    case 4:
        silence_some(w);
        break;
    case 5:
    case 6:
    case 7:
        post_some(w, true);
        break;
    default:
        post_some(w, false);
        break;
    }
    fixture_run(&w->f, fixture_seconds(w->f.now.wall) + (double)roll(w, 40) / 10, true);
}

/* Everything resolves by time, everybody answers: nothing may be left. */
static void settle(struct world *w)
{
    w->f.failing[0] = '\0';
    w->f.latency = 0;
    fixture_run(&w->f, fixture_seconds(w->f.now.wall) + 1000, true);
    check_ledger(w);
    for (size_t i = 0; i < w->f.rows.n; i++) {
        const struct record *r = &w->f.rows.v[i];
        if (r->kind == RECORD_SILENCE || r->kind == RECORD_LETTER)
            continue;
        FAIL_IF(r->kind != RECORD_LEDGER, "seed %u: a row of kind %d is left", w->seed, (int)r->kind);
        FAIL_IF(r->ledger->n_firing != 0 || r->ledger->n_held != 0, "seed %u: %s still waits for the end",
                w->seed, r->ledger->key);
    }
    check_owed(w);
}

static struct world *live(unsigned seed)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct engine_opts opts = FIXTURE_OPTS;

    opts.alerts_gc_interval = 7 * NS_PER_S;
    opts.maintenance_interval = 3600 * NS_PER_S; /* the notification log is compared as a whole */
    opts.uuid_seed[0] = seed;
    w->seed = seed;
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15);
    fixture_init(&w->f, configs[0], &opts);
    w->f.on_told = on_told;
    w->f.ctx = w;
    for (size_t i = 0; i < STEPS; i++)
        step(w);
    settle(w);
    return w;
}

static void world_free(struct world *w)
{
    struct told *t;
    for (size_t it = 0; (t = strmap_next(&w->told, &it)) != NULL;)
        told_free(t);
    strmap_done(&w->told);
    fixture_done(&w->f);
    free(w);
}

/* P-123 */
TEST(engine, tells_everything_once_over_any_history)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct world *w = live(seed), *again = live(seed);
        CHECK_STR(w->f.heard.n != 0 ? w->f.heard.p : "", again->f.heard.n != 0 ? again->f.heard.p : "");
        CHECK_EQ(w->f.rows.writes, again->f.rows.writes);
        world_free(w);
        world_free(again);
    }
}
