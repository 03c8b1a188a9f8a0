#include "world.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/mem.h"
#include "core/act.h"

#define START_SEC  INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define START_MONO (1000 * NS_PER_S)
#define LEAP_MS    5000             /* a downtime that may be too long for a line of the log */
#define ASKED      (7 * NS_PER_S)   /* by a receiver that wants to be left alone */
#define MAX_AGE    (300 * NS_PER_S) /* what is owed for longer is given up */
/* So many calls at one instant are no progress. */
#define MAX_CALLS_PER_INSTANT 10000

struct behaviour {
    enum answer answer;
    dur_ns latency;
};

struct flying {
    struct delivery *d;
    mono_ns back;
    enum answer answer;
};

struct lost_post {
    size_t step, batch;
};

struct world {
    const struct script *script;
    struct plan plans[SIM_CONFIGS];
    size_t config; /* of the file */
    struct engine_opts opts;
    struct engine *engine;
    struct now now;
    struct archive archive;
    struct model model;
    struct behaviour receivers[SIM_RECEIVERS][SIM_INTEGRATIONS];
    struct flying *flying;
    size_t n_flying, cap_flying;
    dur_ns commit_time, lateness;
    char silences[SIM_SILENCES][37]; /* their present ids; "": not created yet */
    struct lost_post *posts;         /* not committed yet: the sender repeats them after a crash */
    size_t n_posts, cap_posts;
    bool crash_armed;
    unsigned crash_after, crash_given;
    size_t step;
    unsigned ids;
    uint64_t hash;
    bool judged; /* rows and memory are compared, too */
    FILE *trace;
};

static void play_post(struct world *w, const struct step *st, size_t at);

/* ---- the record of what happens ---- */

static double seconds(const struct world *w)
{
    return (double)(w->now.mono - START_MONO) / 1e9;
}

#define TRACE(w, ...)                                                                                        \
    do {                                                                                                     \
        if ((w)->trace != NULL) {                                                                            \
            fprintf((w)->trace, "%10.3f  ", seconds(w));                                                     \
            fprintf((w)->trace, __VA_ARGS__);                                                                \
            fputc('\n', (w)->trace);                                                                         \
        }                                                                                                    \
    } while (0)

static void mix(struct world *w, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    for (size_t i = 0; i < n; i++)
        w->hash = (w->hash ^ bytes[i]) * UINT64_C(1099511628211);
}

static void mix_text(struct world *w, const char *s)
{
    mix(w, s, strlen(s) + 1);
}

static void mix_number(struct world *w, uint64_t v)
{
    mix(w, &v, sizeof v);
}

static void mix_stamp(struct world *w, struct stamp t)
{
    mix_number(w, (uint64_t)t.sec);
    mix_number(w, (uint64_t)t.nsec);
}

static void mix_alert(struct world *w, const struct alert *a)
{
    mix_number(w, a->labels->fp);
    mix_number(w, a->annotations->fp);
    mix_stamp(w, a->starts_at);
    mix_stamp(w, a->ends_at);
    mix_stamp(w, a->updated_at);
}

static void mix_record(struct world *w, const struct record *r)
{
    mix_number(w, (uint64_t)r->kind * 4 + r->del * 2 + r->resolved);
    switch (r->kind) {
    case RECORD_ALERT:
        mix_alert(w, r->alert);
        break;
    case RECORD_SILENCE:
        mix_text(w, r->silence->id);
        mix_stamp(w, r->silence->starts_at);
        mix_stamp(w, r->silence->ends_at);
        mix_stamp(w, r->silence->updated_at);
        break;
    case RECORD_LEDGER:
        mix_text(w, r->ledger->key);
        mix_number(w, (uint64_t)r->ledger->underway);
        mix_stamp(w, r->ledger->at);
        mix(w, r->ledger->firing, r->ledger->n_firing * sizeof(uint64_t));
        mix(w, r->ledger->resolved, r->ledger->n_resolved * sizeof(uint64_t));
        break;
    case RECORD_GROUP:
        mix_text(w, r->group->route_id);
        mix_text(w, r->group->uuid);
        mix_number(w, r->group->labels->fp);
        mix_number(w, r->group->flush_id);
        mix_stamp(w, r->group->next_flush);
        break;
    case RECORD_OWED:
        mix_text(w, r->owed->key);
        mix_stamp(w, r->owed->since);
        mix_stamp(w, r->owed->next);
        mix_number(w, r->owed->attempts);
        break;
    case RECORD_LETTER:
        mix_text(w, r->letter->id);
        mix_text(w, r->letter->receiver);
        mix_number(w, r->letter->n_alerts);
        break;
    }
}

static void mix_delivery(struct world *w, const struct delivery *d)
{
    mix_number(w, d->id);
    mix_text(w, d->group_key);
    mix_text(w, d->receiver->name);
    mix_number(w, d->integration->index);
    mix_number(w, (uint64_t)d->reason);
    mix_number(w, (uint64_t)d->deadline);
    for (size_t i = 0; i < d->n_alerts; i++) {
        mix_alert(w, d->alerts[i].alert);
        mix_number(w, d->alerts[i].firing);
    }
}

static void trace_delivery(const struct world *w, const struct delivery *d, const char *what)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};

    if (w->trace == NULL)
        return;
    strbuf_addf(&line, "%s %llu %s %s/%zu", what, (unsigned long long)d->id, d->group_key, d->receiver->name,
                d->integration->index);
    for (size_t i = 0; i < d->n_alerts; i++)
        strbuf_addf(&line, " %c%zu", d->alerts[i].firing ? '+' : '-',
                    model_alert_of(&w->model, d->alerts[i].alert->labels));
    TRACE(w, "%s: %s", line.p, notify_reason_text(d->reason));
}

static void trace_record(const struct world *w, const struct record *r)
{
    const char *what = r->del ? "delete" : "write";

    switch (r->kind) {
    case RECORD_ALERT:
        TRACE(w, "    %s alert %zu%s", what, model_alert_of(&w->model, r->alert->labels),
              r->resolved ? ", resolved" : "");
        break;
    case RECORD_SILENCE:
        TRACE(w, "    %s silence %s", what, r->silence->id);
        break;
    case RECORD_LEDGER:
        TRACE(w, "    %s ledger %s: %zu firing, %zu resolved", what, r->ledger->key, r->ledger->n_firing,
              r->ledger->n_resolved);
        break;
    case RECORD_GROUP:
        if (!r->del && r->group->flush_id != 0) /* every flush writes it */
            break;
        TRACE(w, "    %s group %s flush %llu", what, r->group->route_id,
              (unsigned long long)r->group->flush_id);
        break;
    case RECORD_OWED:
        TRACE(w, "    %s owed %s: %u attempts", what, r->owed->key, r->owed->attempts);
        break;
    case RECORD_LETTER:
        TRACE(w, "    %s dead letter to %s: %s", what, r->letter->receiver,
              letter_cause_text(r->letter->cause));
        break;
    }
}

/* ---- effects ---- */

static void launch(struct world *w, struct delivery *d)
{
    const size_t receiver = (size_t)(d->receiver->name[1] - '0');
    const struct behaviour *b = &w->receivers[receiver][d->integration->index];
    struct flying f = {.d = d, .back = w->now.mono + b->latency, .answer = b->answer};

    if (d->n_alerts == 0)
        f = (struct flying){.d = d, .back = w->now.mono, .answer = ANSWER_OK};
    if (f.answer == ANSWER_RETRIED || f.back > d->deadline) {
        f.back = d->deadline;
        f.answer = f.answer == ANSWER_LOST ? ANSWER_LOST : ANSWER_RETRIED;
    }
    trace_delivery(w, d, "tell");
    w->flying = xgrow(w->flying, &w->cap_flying, w->n_flying + 1, sizeof(*w->flying));
    w->flying[w->n_flying++] = f;
}

static void take_effects(struct world *w, struct effects *fx)
{
    const bool counts = w->crash_armed && fx->n_records + fx->n_deliveries != 0;
    const bool dies = counts && --w->crash_after == 0;

    for (size_t i = 0; i < fx->n_records; i++) {
        mix_record(w, &fx->records[i]);
        if (w->trace != NULL)
            trace_record(w, &fx->records[i]);
    }
    for (size_t i = 0; i < fx->n_deliveries; i++)
        mix_delivery(w, fx->deliveries[i]);
    model_match(&w->model, fx, w->now);
    if (!archive_write(&w->archive, fx->records, fx->n_records, w->now.mono))
        model_violated(&w->model, "row", "a row is deleted that was never written");
    for (size_t i = 0; i < fx->n_deliveries; i++)
        if (!dies || i < w->crash_given) {
            launch(w, fx->deliveries[i]);
            fx->deliveries[i] = NULL;
        }
    const bool changed = fx->n_records + fx->n_deliveries != 0;
    fx->n_records = 0;
    effects_done(fx);
    if (changed && w->judged && model_ok(&w->model))
        model_check(&w->model, &w->archive, w->now.wall);
}

static bool dying(const struct world *w)
{
    return w->crash_armed && w->crash_after == 0;
}

/* ---- time ---- */

static void advance(struct world *w, mono_ns to)
{
    if (to > w->now.mono) {
        w->now.wall = stamp_add(w->now.wall, to - w->now.mono);
        w->now.mono = to;
    }
    model_observe(&w->model, w->now.wall);
    archive_commit(&w->archive, w->now.mono - w->commit_time);
}

static mono_ns next_tick(const struct world *w)
{
    const mono_ns next = engine_next(w->engine);
    return next == MONO_NEVER ? MONO_NEVER : next + w->lateness;
}

static mono_ns next_event(const struct world *w)
{
    mono_ns next = next_tick(w);
    for (size_t i = 0; i < w->n_flying; i++)
        if (w->flying[i].back < next)
            next = w->flying[i].back;
    return next;
}

static void come_back(struct world *w, size_t at)
{
    const struct flying f = w->flying[at];
    struct effects fx = {0};
    const bool ok = f.answer == ANSWER_OK;

    memmove(&w->flying[at], &w->flying[at + 1], (--w->n_flying - at) * sizeof(*w->flying));
    f.d->ok = ok;
    f.d->failure = ok ? FAILURE_NONE : FAILURE_SERVER;
    f.d->finished_at = w->now.wall;
    TRACE(w, "back %llu: %s", (unsigned long long)f.d->id, ok ? "ok" : "failed");
    if (ok || f.answer == ANSWER_LOST)
        model_heard(&w->model, f.d->id, w->now.wall);
    f.d->attempts = 1;
    f.d->retry_after = f.answer == ANSWER_THROTTLED ? ASKED : 0;
    model_delivered(&w->model, f.d->id, ok, f.d->retry_after, w->now);
    engine_delivered(w->engine, f.d, w->now, &fx);
    take_effects(w, &fx);
}

static void tick(struct world *w)
{
    struct effects fx = {0};

    model_tick(&w->model, w->now);
    engine_tick(w->engine, w->now, &fx);
    take_effects(w, &fx);
}

static bool goes_on(const struct world *w)
{
    return model_ok(&w->model) && !dying(w);
}

static void run_instant(struct world *w)
{
    for (size_t i = 0; i < w->n_flying && goes_on(w);) {
        if (w->flying[i].back <= w->now.mono)
            come_back(w, i);
        else
            i++;
    }
    if (goes_on(w) && next_tick(w) <= w->now.mono)
        tick(w);
}

static void run(struct world *w, mono_ns until)
{
    unsigned calls = 0;

    for (mono_ns next = next_event(w); next <= until && goes_on(w); next = next_event(w)) {
        calls = next > w->now.mono ? 0 : calls + 1;
        if (calls > MAX_CALLS_PER_INSTANT) {
            model_violated(&w->model, "spins", "the engine does not let time pass");
            return;
        }
        advance(w, next);
        run_instant(w);
    }
    if (goes_on(w))
        advance(w, until);
}

/* ---- alerts ---- */

#define MAX_LABELS SIM_NAMES

struct post {
    struct ingest_alert v[SIM_ALERTS];
    struct label_sv labels[SIM_ALERTS][MAX_LABELS], annotation;
    size_t alert[SIM_ALERTS];
    size_t n;
};

static size_t labels_of(const struct sim_alert *a, struct label_sv *out)
{
    size_t n = 0;
    for (size_t i = 0; i < SIM_NAMES; i++)
        if (a->value[i] != 0)
            out[n++] = (struct label_sv){sv_of(sim_label_name(i)), sv_of(sim_label_value(i, a->value[i]))};
    return n;
}

static struct stamp start_of(const struct world *w, const struct step *st, size_t alert)
{
    const struct model_alert *a = &w->model.alerts[alert];
    const dur_ns amount = st->post.amount * NS_PER_MS;

    switch (st->post.start) {
    case START_NONE:
        return STAMP_UNSET;
    case START_SAME:
        return a->known && stamp_before(w->now.wall, a->ends_at) ? a->starts_at : w->now.wall;
    case START_OLD:
        return stamp_add(w->now.wall, -amount);
    case START_FUTURE:
        return stamp_add(w->now.wall, amount);
    }
    return STAMP_UNSET;
}

static struct stamp end_of(const struct world *w, const struct step *st)
{
    switch (st->post.end) {
    case END_NONE:
        return STAMP_UNSET;
    case END_NOW:
        return w->now.wall;
    case END_PAST:
        return stamp_add(w->now.wall, -st->post.amount * NS_PER_MS);
    case END_SKEWED:
        return stamp_add(w->now.wall, 300 * NS_PER_MS);
    case END_LATER:
        return stamp_add(w->now.wall, st->post.amount * 5 * NS_PER_MS);
    }
    return STAMP_UNSET;
}

static void fill_post(const struct world *w, const struct step *st, struct post *p)
{
    static const char *const annotations[] = {"", "one", "two"};

    p->n = 0;
    p->annotation = (struct label_sv){SV("summary"), sv_of(annotations[st->post.annotation])};
    for (size_t i = 0; i < w->script->n_alerts; i++) {
        if ((st->post.alerts >> i & 1) == 0)
            continue;
        p->v[p->n] = (struct ingest_alert){
            .labels = p->labels[p->n],
            .n_labels = labels_of(&w->script->alerts[i], p->labels[p->n]),
            .annotations = &p->annotation,
            .n_annotations = st->post.annotation != 0,
            .starts_at = start_of(w, st, i),
            .ends_at = end_of(w, st),
        };
        p->alert[p->n++] = i;
    }
}

/* The version that the engine has of each alert: references. */
static void look_up(const struct world *w, struct alert **versions)
{
    struct ingest_alert v[SIM_ALERTS];
    struct ingest b = {.v = v, .n = w->script->n_alerts};

    for (size_t i = 0; i < b.n; i++)
        v[i] = (struct ingest_alert){.valid = true, .fp = w->model.alerts[i].labels->fp};
    engine_lookup(w->engine, &b);
    for (size_t i = 0; i < b.n; i++)
        versions[i] = v[i].known;
}

static void drop_versions(const struct world *w, struct alert **versions)
{
    for (size_t i = 0; i < w->script->n_alerts; i++)
        alert_unref(versions[i]);
}

static void show_post_to_model(struct world *w, const struct post *p)
{
    struct alert *versions[SIM_ALERTS];

    look_up(w, versions);
    for (size_t i = 0; i < p->n; i++) {
        const struct ingest_alert *a = &p->v[i];
        const bool valid = stamp_cmp(a->starts_at, a->ends_at) <= 0;
        if (a->valid != valid)
            model_violated(&w->model, "ingest", "alert %zu is %s", p->alert[i], valid ? "refused" : "taken");
        else if (valid)
            model_put(&w->model, p->alert[i], a->starts_at, a->ends_at, a->timeout, versions[p->alert[i]],
                      w->now);
    }
    drop_versions(w, versions);
}

static void remember_post(struct world *w, size_t step)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->n_posts; i++)
        if (w->posts[i].batch >= w->archive.n_durable)
            w->posts[kept++] = w->posts[i];
    w->n_posts = kept;
    w->posts = xgrow(w->posts, &w->cap_posts, w->n_posts + 1, sizeof(*w->posts));
    w->posts[w->n_posts++] = (struct lost_post){.step = step, .batch = w->archive.n_batches};
}

static void play_post(struct world *w, const struct step *st, size_t at)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    const dur_ns resolve_timeout = w->plans[w->config].config->global.resolve_timeout;
    struct effects fx = {0};
    struct post p;

    fill_post(w, st, &p);
    struct ingest b = {.v = p.v, .n = p.n};
    ingest_prepare(&b, resolve_timeout, MATCHER_FALLBACK, w->now.wall, &errors);
    engine_lookup(w->engine, &b);
    ingest_build(&b);
    engine_ingest(w->engine, &b, w->now, &fx);
    ingest_done(&b);
    show_post_to_model(w, &p);
    remember_post(w, at);
    take_effects(w, &fx);
}

/* ---- silences ---- */

static void parse_matchers(const struct sim_matchers *from, struct matchers *out)
{
    for (size_t i = 0; i < from->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf pattern = {0};
        struct matcher m;
        struct err err;
        const char *between = "";
        for (size_t v = 0; v < SIM_VALUES; v++) {
            if ((from->v[i].values >> v & 1) == 0)
                continue;
            strbuf_addf(&pattern, "%s%s", between, sim_label_value(from->v[i].name, v));
            between = "|";
        }
        if (!matcher_init(&m, from->v[i].op, sv_of(sim_label_name(from->v[i].name)), strbuf_sv(&pattern),
                          &err))
            abort();
        matchers_push(out, m);
    }
}

static void play_silence(struct world *w, const struct step *st)
{
    char *name = w->silences[st->silence.name];
    const struct model_silence *old =
        st->silence.edit && name[0] != '\0' ? model_silence(&w->model, name) : NULL;
    const struct sim_matchers wanted =
        old != NULL && st->silence.keep_matchers ? old->matchers : st->silence.matchers;
    struct matchers matchers = {0};
    struct effects fx = {0};
    struct silence *s = NULL;
    struct err err;
    const char *in_force = NULL;

    parse_matchers(&wanted, &matchers);
    struct silence_in in = {
        .id = sv_of(old != NULL ? old->id : ""),
        .matchers = &matchers,
        .starts_at = stamp_add(w->now.wall, st->silence.start * NS_PER_MS),
        .ends_at = stamp_add(w->now.wall, st->silence.end * NS_PER_MS),
        .created_by = SV("me"),
        .comment = SV("why"),
    };
    if (old != NULL && st->silence.start <= 0) /* as a client does that wants to change the end only */
        in.starts_at = old->starts_at;
    (void)snprintf(in.fresh_id, sizeof in.fresh_id, "00000000-0000-4000-8000-%012u", ++w->ids);
    char id[37];
    (void)snprintf(id, sizeof id, "%s", old != NULL ? old->id : "");
    const bool ok = engine_silence_set(w->engine, &in, w->now, &fx, &s, &err);
    const bool want = model_silence_set(&w->model, id, in.fresh_id, &wanted, in.starts_at, in.ends_at,
                                        w->now.wall, &in_force);
    if (ok != want)
        model_violated(&w->model, "silence", "%s is %s: %s", in.fresh_id, ok ? "taken" : "refused",
                       ok ? "" : err.text);
    else if (ok && strcmp(s->id, in_force) != 0)
        model_violated(&w->model, "silence", "%s is in force instead of %s", s->id, in_force);
    if (ok) {
        (void)snprintf(name, sizeof w->silences[0], "%s", s->id);
        silence_unref(s);
    }
    matchers_done(&matchers);
    take_effects(w, &fx);
}

static void play_expire(struct world *w, const struct step *st)
{
    const char *id = w->silences[st->silence.name];
    struct effects fx = {0};
    struct err err;

    if (id[0] == '\0' || model_silence(&w->model, id) == NULL)
        return;
    model_silence_expire(&w->model, id, w->now.wall);
    if (!engine_silence_expire(w->engine, sv_of(id), w->now, &fx, &err))
        model_violated(&w->model, "silence", "%s cannot be expired: %s", id, err.text);
    take_effects(w, &fx);
}

static void play_ack(struct world *w, const struct step *st)
{
    const size_t want = model_ack(&w->model, &st->ack.matchers, w->now);
    struct matchers matchers = {0};
    struct effects fx = {0};
    struct err err;
    size_t n = 0;

    parse_matchers(&st->ack.matchers, &matchers);
    const bool ok = engine_ack(w->engine, &(struct group_pick){.matchers = &matchers}, SV("sim"), SV(""),
                               w->now, &fx, &n, &err);
    if (ok != (want != 0) || n != want)
        model_violated(&w->model, "ack", "%zu groups instead of %zu", n, want);
    matchers_done(&matchers);
    take_effects(w, &fx);
}

/* ---- the rest ---- */

static size_t config_of(const struct world *w, unsigned wanted)
{
    return wanted < w->script->n_configs ? wanted : 0;
}

static void play_reload(struct world *w, const struct step *st)
{
    struct effects fx = {0};

    w->config = config_of(w, st->reload.config);
    model_reload(&w->model, &w->plans[w->config], w->now);
    engine_set_config(w->engine, w->plans[w->config].config, w->now, &fx);
    take_effects(w, &fx);
}

/* Some of what was on its way arrives all the same. */
static void drop_flying(struct world *w, unsigned reached)
{
    for (size_t i = 0; i < w->n_flying; i++) {
        if (w->flying[i].d->n_alerts != 0 && (reached >> i % 16 & 1) != 0) {
            TRACE(w, "arrived without an answer: %llu", (unsigned long long)w->flying[i].d->id);
            model_heard(&w->model, w->flying[i].d->id, w->now.wall);
        }
        delivery_free(w->flying[i].d);
    }
    w->n_flying = 0;
}

static void repeat_lost_posts(struct world *w, size_t durable)
{
    struct lost_post *posts = w->posts;
    const size_t n = w->n_posts;

    w->posts = NULL;
    w->n_posts = w->cap_posts = 0;
    for (size_t i = 0; i < n && model_ok(&w->model); i++)
        if (posts[i].batch >= durable)
            play_post(w, &w->script->steps[posts[i].step], posts[i].step);
    free(posts);
}

static void start(struct world *w, bool other_config, struct stamp last_alive)
{
    struct alert *versions[SIM_ALERTS];
    struct effects fx = {0};

    w->opts.uuid_seed[0]++;
    w->engine = engine_new(&w->opts, w->plans[w->config].config, w->now);
    for (size_t i = w->archive.latest.n; i-- > 0;) {
        struct record r = record_ref(&w->archive.latest.v[i].r);
        engine_restore(w->engine, &r, w->now);
    }
    engine_restored(w->engine, last_alive, w->now, &fx);
    look_up(w, versions);
    model_restart(&w->model, &w->plans[w->config], other_config, &w->archive, versions, last_alive, w->now);
    drop_versions(w, versions);
    take_effects(w, &fx);
}

static void crash(struct world *w, const struct step *st)
{
    const struct stamp alive = st->crash.alive_known ? w->now.wall : STAMP_UNSET;
    const size_t lost = (w->archive.n_waiting * st->crash.lost + 15) / 16, config = w->config;

    TRACE(w, "crash: %zu batches of %zu are lost", lost, w->archive.n_waiting);
    w->crash_armed = false;
    w->model.tally.lost_batches += lost;
    drop_flying(w, st->crash.reached);
    engine_free(w->engine);
    w->engine = NULL;
    archive_crash(&w->archive, lost);
    const size_t durable = w->archive.n_durable;
    w->model.leapt = w->model.leapt || lost != 0 || st->crash.down >= LEAP_MS;
    advance(w, w->now.mono + st->crash.down * NS_PER_MS);
    if (st->crash.config >= 0)
        w->config = config_of(w, (unsigned)st->crash.config);
    start(w, w->config != config, alive);
    repeat_lost_posts(w, durable);
}

static void play_crash(struct world *w, const struct step *st)
{
    w->crash_armed = true;
    w->crash_after = st->crash.after + 1;
    w->crash_given = st->crash.given;
    run(w, w->now.mono + st->wait * NS_PER_MS);
    if (model_ok(&w->model))
        crash(w, st);
}

static void play_jump(struct world *w, const struct step *st)
{
    const struct stamp to = stamp_add(w->now.wall, st->jump.ms * NS_PER_MS);

    /* A crash might bring back something that has ended then. */
    const bool unsettled = st->jump.ms < 0 && w->archive.n_waiting != 0;
    if (unsettled || model_undoes_ends(&w->model, to, w->now.wall))
        return;
    w->now.wall = to;
    w->model.leapt = w->model.leapt || st->jump.ms > 0;
    model_observe(&w->model, w->now.wall);
}

static void play_receiver(struct world *w, const struct step *st)
{
    w->receivers[st->receiver.receiver][st->receiver.integration] =
        (struct behaviour){.answer = st->receiver.answer, .latency = st->receiver.latency * NS_PER_MS};
}

static void play_step(struct world *w, const struct step *st)
{
    switch (st->kind) {
    case STEP_WAIT:
        break;
    case STEP_POST:
        play_post(w, st, w->step);
        break;
    case STEP_SILENCE:
        play_silence(w, st);
        break;
    case STEP_EXPIRE:
        play_expire(w, st);
        break;
    case STEP_ACK:
        play_ack(w, st);
        break;
    case STEP_RELOAD:
        play_reload(w, st);
        break;
    case STEP_RECEIVER:
        play_receiver(w, st);
        break;
    case STEP_JUMP:
        play_jump(w, st);
        break;
    case STEP_SLOW:
        w->commit_time = st->slow.disk * NS_PER_MS;
        w->lateness = st->slow.dispatcher * NS_PER_MS;
        break;
    case STEP_CRASH:
        play_crash(w, st);
        return;
    }
    run(w, w->now.mono + st->wait * NS_PER_MS);
}

/* Everybody answers, everything ends by itself, and all that is kept for a while is over. */
static void play_the_end(struct world *w)
{
    struct stamp last = w->now.wall;

    memset(w->receivers, 0, sizeof w->receivers);
    for (size_t i = 0; i < w->script->n_alerts; i++)
        if (stamp_before(last, w->model.alerts[i].ends_at))
            last = w->model.alerts[i].ends_at;
    for (size_t i = 0; i < w->model.n_silences; i++)
        if (w->model.silences[i].exists && stamp_before(last, w->model.silences[i].ends_at))
            last = w->model.silences[i].ends_at;
    for (size_t i = 0; i < w->model.n_accounts; i++)
        if (w->model.accounts[i]->has && stamp_before(last, w->model.accounts[i]->line.at))
            last = w->model.accounts[i]->line.at;
    run(w, w->now.mono + stamp_sub(last, w->now.wall) + 60 * NS_PER_S);
    run(w, w->now.mono + w->opts.retention + 60 * NS_PER_S + w->opts.maintenance_interval +
               w->opts.alerts_gc_interval);
    if (model_ok(&w->model))
        model_check_empty(&w->model, w->engine, &w->archive, w->now);
}

static void world_init(struct world *w, const struct script *s, bool judged, FILE *trace)
{
    *w = (struct world){
        .script = s,
        .judged = judged,
        .trace = trace,
        .hash = UINT64_C(14695981039346656037),
        .now = {.mono = START_MONO, .wall.sec = START_SEC},
        .opts = {.retention = s->retention,
                 .alerts_gc_interval = s->gc_interval,
                 .maintenance_interval = s->maintenance_interval,
                 .start_delay = s->start_delay,
                 .outbox_max_age = MAX_AGE,
                 .letter_retention = s->retention,
                 .uuid_seed = {s->seed, 0}},
    };
    for (size_t i = 0; i < s->n_configs; i++)
        plan_init(&w->plans[i], s, &s->configs[i]);
    w->engine = engine_new(&w->opts, w->plans[0].config, w->now);
    model_init(&w->model, s, &w->plans[0], &w->opts, w->now);
}

static void world_done(struct world *w)
{
    for (size_t i = 0; i < w->n_flying; i++)
        delivery_free(w->flying[i].d);
    free(w->flying);
    free(w->posts);
    engine_free(w->engine);
    model_done(&w->model);
    archive_done(&w->archive);
    for (size_t i = 0; i < w->script->n_configs; i++)
        plan_done(&w->plans[i]);
}

static void trace_step(struct world *w, const struct step *st)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};

    if (w->trace == NULL)
        return;
    sim_step_print(&line, st);
    TRACE(w, "---- step %zu: %s", w->step, line.p);
}

void world_play(const struct script *s, bool judged, FILE *trace, struct outcome *out)
{
    struct world *w = xmalloc(sizeof(*w));

    world_init(w, s, judged, trace);
    for (; w->step < s->n_steps && model_ok(&w->model); w->step++) {
        trace_step(w, &s->steps[w->step]);
        play_step(w, &s->steps[w->step]);
        if (model_ok(&w->model))
            model_check_stats(&w->model, w->engine, w->now);
        if (!model_ok(&w->model))
            break;
    }
    if (model_ok(&w->model))
        play_the_end(w);
    *out = (struct outcome){.step = w->step, .at = seconds(w), .hash = w->hash, .tally = w->model.tally};
    memcpy(out->kind, w->model.kind, sizeof out->kind);
    memcpy(out->text, w->model.text, sizeof out->text);
    world_done(w);
    free(w);
}
