/* Drives the engine through a scenario. What happens at a moment happens before the timers that are due then,
 * and every delivery succeeds at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/view.h"
#include "scenario_told.h"

#define MAX_TOLD    ((size_t)10000)
#define MAX_MOMENTS ((size_t)1000000)                           /* also of those at which nothing is told */
#define FOREVER     (INT64_C(100) * 365 * 24 * 3600 * NS_PER_S) /* longer than any test */

/* An alert that was sent. */
struct sent {
    const struct scenario_alert *alert;
    struct stamp starts_at, ends_at;
};

struct world {
    const struct scenario *s;
    const struct config *config;
    struct scenario_report *report;
    struct engine *engine;
    struct now now;
    struct arena mem;
    struct sent *sent;
    size_t n_sent, cap_sent;
    struct told_list told;
    const char **why; /* by expectation: how its alert stood at its time */
    bool ok;          /* so far */
};

/* ---- the engine ---- */

/* Tells what has to be told, until nothing is left. */
static void settle(struct world *w, struct effects *fx)
{
    while (fx->n_deliveries != 0) {
        struct effects next = {0};
        for (size_t i = 0; i < fx->n_deliveries; i++) {
            struct delivery *d = fx->deliveries[i];
            told_add(&w->told, w->now.mono, d);
            d->ok = true;
            d->attempts = 1;
            d->finished_at = w->now.wall;
            engine_delivered(w->engine, d, w->now, &next);
        }
        fx->n_deliveries = 0;
        effects_done(fx);
        *fx = next;
    }
    effects_done(fx);
}

static void tick(struct world *w)
{
    while (engine_next(w->engine) <= w->now.mono && w->told.n < MAX_TOLD) {
        struct effects fx = {0};
        engine_tick(w->engine, w->now, &fx);
        settle(w, &fx);
    }
}

static struct stamp after(const struct world *w, const struct opt_duration *d)
{
    return stamp_add(w->now.wall, d->set ? d->d : FOREVER);
}

/* ---- steps ---- */

static struct label_sv *pairs_of(struct world *w, const struct string_map *m)
{
    struct label_sv *v = ARENA_ARRAY(&w->mem, struct label_sv, m->n + 1);
    for (size_t i = 0; i < m->n; i++)
        v[i] = (struct label_sv){sv_of(m->v[i].name), sv_of(m->v[i].value)};
    return v;
}

static bool send(struct world *w, const struct sent *v, size_t n, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct effects fx = {0};
    struct ingest batch = {.v = ARENA_ARRAY(&w->mem, struct ingest_alert, n + 1), .n = n};
    for (size_t i = 0; i < n; i++)
        batch.v[i] = (struct ingest_alert){
            .labels = pairs_of(w, &v[i].alert->labels),
            .n_labels = v[i].alert->labels.n,
            .annotations = pairs_of(w, &v[i].alert->annotations),
            .n_annotations = v[i].alert->annotations.n,
            .starts_at = v[i].starts_at,
            .ends_at = v[i].ends_at,
        };
    ingest_prepare(&batch, w->config->global.resolve_timeout, w->report->mode, w->now.wall, &errors);
    engine_lookup(w->engine, &batch);
    ingest_build(&batch);
    engine_ingest(w->engine, &batch, w->now, &fx);
    ingest_done(&batch);
    settle(w, &fx);
    return errors.n == 0 || err_set(err, ERR_INVALID, "an alert is not valid: %s", errors.p);
}

static bool fire(struct world *w, const struct list *alerts, struct err *err)
{
    const size_t first = w->n_sent;
    for (size_t i = 0; i < alerts->n; i++) {
        const struct scenario_alert *a = alerts->v[i];
        if (a == NULL)
            continue;
        w->sent = xgrow(w->sent, &w->cap_sent, w->n_sent + 1, sizeof(*w->sent));
        w->sent[w->n_sent++] = (struct sent){a, w->now.wall, after(w, &a->lasts)};
    }
    return w->n_sent == first || send(w, w->sent + first, w->n_sent - first, err);
}

static bool map_fits(const struct string_map *labels, const struct string_map *pattern)
{
    for (size_t p = 0; p < pattern->n; p++) {
        const char *found = "";
        for (size_t i = 0; i < labels->n; i++)
            if (strcmp(labels->v[i].name, pattern->v[p].name) == 0)
                found = labels->v[i].value;
        if (strcmp(found, pattern->v[p].value) != 0)
            return false;
    }
    return true;
}

static bool resolve_one(struct world *w, const struct string_map *pattern, struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < w->n_sent; i++) {
        struct sent *s = &w->sent[i];
        if (stamp_cmp(s->ends_at, w->now.wall) <= 0 || !map_fits(&s->alert->labels, pattern))
            continue;
        s->ends_at = w->now.wall;
        any = true;
        if (!send(w, s, 1, err))
            return false;
    }
    if (any)
        return true;
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    told_pattern(&text, pattern);
    return err_set(err, ERR_INVALID, "no alert with %s fires that could be resolved", text.p);
}

/* Names become ids: what the API calls silences by is made up by the server. */
static struct sv silence_id(struct world *w, const char *name)
{
    char text[37];
    (void)snprintf(text, sizeof text, "%08x-0000-4000-8000-000000000000", (unsigned)sv_hash(sv_of(name)));
    return sv_of(arena_strndup(&w->mem, text, 36));
}

static bool silence(struct world *w, const struct scenario_silence *s, struct err *err)
{
    struct matchers ms = {0};
    struct effects fx = {0};
    struct silence *made = NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < s->matchers.n; i++)
        ok = matchers_parse(sv_of(s->matchers.v[i]), w->report->mode, &ms, NULL, err);
    struct silence_in in = {
        .matchers = &ms,
        .starts_at = w->now.wall,
        .ends_at = after(w, &s->lasts),
        .created_by = SV("test"),
        .comment = sv_of(s->name != NULL ? s->name : "silence"),
        .annotations = labels_empty(),
    };
    memcpy(in.fresh_id, silence_id(w, s->name != NULL ? s->name : "").p, 36);
    ok = ok && engine_silence_set(w->engine, &in, w->now, &fx, &made, err);
    settle(w, &fx);
    silence_unref(made);
    labels_unref(in.annotations);
    matchers_done(&ms);
    return ok;
}

static bool expire(struct world *w, const char *name, struct err *err)
{
    struct effects fx = {0};
    const bool ok = engine_silence_expire(w->engine, silence_id(w, name), w->now, &fx, err);
    settle(w, &fx);
    return ok || err_set(err, ERR_INVALID, "no silence with the name %s is active", name);
}

static bool do_step(struct world *w, const struct scenario_step *step, struct err *err)
{
    for (size_t i = 0; i < step->silences.n; i++)
        if (step->silences.v[i] != NULL && !silence(w, step->silences.v[i], err))
            return false;
    for (size_t i = 0; i < step->expire.n; i++)
        if (!expire(w, step->expire.v[i], err))
            return false;
    for (size_t i = 0; i < step->resolve.n; i++)
        if (!resolve_one(w, &step->resolve.v[i], err))
            return false;
    return fire(w, &step->alerts, err);
}

/* ---- why an alert is not told ---- */

struct standing {
    bool found, silence, inhibition, interval, told;
};

static bool all_muted(const struct alert_view *v, struct stamp now)
{
    size_t muted = 0;
    for (size_t i = 0; i < v->n_routes; i++) {
        const char **names;
        muted += route_muted_by(v->routes[i], now, &names) != 0 ? 1 : 0;
        free(names);
    }
    return muted != 0 && muted == v->n_routes;
}

/* Of the first alert that fits. */
static struct standing standing_of(struct world *w, const struct string_map *pattern)
{
    struct standing s = {0};
    struct alerts_view view = {0};
    engine_view_alerts(w->engine, w->now, &w->mem, &view);
    for (size_t i = 0; i < view.n && !s.found; i++) {
        const struct alert_view *v = &view.v[i];
        if (labels_fit(v->alert->labels, pattern))
            s = (struct standing){
                .found = true,
                .silence = v->n_silenced_by != 0,
                .inhibition = v->inhibited,
                .interval = all_muted(v, w->now.wall),
                .told = told_firing(&w->told, v->alert->labels),
            };
    }
    alerts_view_done(&view);
    return s;
}

static const char *standing_text(const struct standing *s)
{
    return !s->found       ? "no such alert fires"
           : s->silence    ? "silenced"
           : s->inhibition ? "inhibited"
           : s->interval   ? "muted by a time interval"
           : s->told       ? "told already"
                           : "waiting for its group's timer";
}

static bool stands(const struct standing *s, const char *because)
{
    const bool held = s->silence || s->inhibition || s->interval;
    return strcmp(because, "silence") == 0      ? s->silence
           : strcmp(because, "inhibition") == 0 ? s->inhibition
           : strcmp(because, "interval") == 0   ? s->interval
                                                : s->found && !held && !s->told;
}

static void check_held(struct world *w, const struct scenario_held *h)
{
    const struct standing s = standing_of(w, &h->labels);
    struct strbuf *out = w->report->out;
    if (stands(&s, h->because))
        return;
    w->ok = false;
    strbuf_addf(out, "    line %d: at ", h->at.line);
    told_time(out, h->at.at);
    strbuf_addc(out, ' ');
    told_pattern(out, &h->labels);
    strbuf_addf(out, " has to be held because of: %s; but it is: %s\n", h->because, standing_text(&s));
}

static void note_standing(struct world *w, size_t i)
{
    const struct scenario_expect *e = w->s->expect.v[i];
    if (e->firing.n == 0)
        return;
    const struct standing s = standing_of(w, &e->firing.v[0]);
    if (!s.told)
        w->why[i] = standing_text(&s);
}

/* ---- time ---- */

static dur_ns last_moment(const struct scenario *s)
{
    const struct scenario_step *step = s->steps.n != 0 ? s->steps.v[s->steps.n - 1] : NULL;
    const struct scenario_expect *e = s->expect.n != 0 ? s->expect.v[s->expect.n - 1] : NULL;
    const struct scenario_held *h = s->held.n != 0 ? s->held.v[s->held.n - 1] : NULL;
    dur_ns last = step != NULL ? step->at.at : 0;
    if (e != NULL && e->at.at > last)
        last = e->at.at;
    if (h != NULL && h->at.at > last)
        last = h->at.at;
    return s->until.set ? s->until.d : last;
}

static void advance(struct world *w, mono_ns to)
{
    w->now.wall = stamp_add(w->s->start, to);
    w->now.mono = to;
}

/* Where the scenario's lists have been read to. */
struct cursor {
    size_t step, expect, held;
};

static mono_ns next_moment(const struct world *w, const struct cursor *c)
{
    const struct scenario *s = w->s;
    mono_ns next = engine_next(w->engine);
    if (c->step < s->steps.n && ((struct scenario_step *)s->steps.v[c->step])->at.at < next)
        next = ((struct scenario_step *)s->steps.v[c->step])->at.at;
    if (c->expect < s->expect.n && ((struct scenario_expect *)s->expect.v[c->expect])->at.at < next)
        next = ((struct scenario_expect *)s->expect.v[c->expect])->at.at;
    if (c->held < s->held.n && ((struct scenario_held *)s->held.v[c->held])->at.at < next)
        next = ((struct scenario_held *)s->held.v[c->held])->at.at;
    return next > w->now.mono ? next : w->now.mono;
}

static bool do_moment(struct world *w, struct cursor *c, struct err *err)
{
    const struct scenario *s = w->s;
    for (; c->step < s->steps.n; c->step++) {
        const struct scenario_step *step = s->steps.v[c->step];
        if (step->at.at > w->now.mono)
            break;
        if (!do_step(w, step, err))
            return err_wrap(err, "%s:%d", w->report->path, step->at.line);
    }
    tick(w);
    for (; c->expect < s->expect.n; c->expect++) {
        if (((struct scenario_expect *)s->expect.v[c->expect])->at.at > w->now.mono)
            break;
        note_standing(w, c->expect);
    }
    for (; c->held < s->held.n; c->held++) {
        if (((struct scenario_held *)s->held.v[c->held])->at.at > w->now.mono)
            break;
        check_held(w, s->held.v[c->held]);
    }
    return w->told.n < MAX_TOLD ||
           err_set(err, ERR_LIMIT, "test `%s` sends more than %zu notifications", s->name, MAX_TOLD);
}

static bool run_all(struct world *w, struct err *err)
{
    const mono_ns until = last_moment(w->s);
    struct cursor c = {0};
    size_t moments = 0;
    for (mono_ns next = next_moment(w, &c); next <= until; next = next_moment(w, &c)) {
        if (++moments > MAX_MOMENTS)
            return err_set(err, ERR_LIMIT, "test `%s` goes on for too long", w->s->name);
        advance(w, next);
        if (!do_moment(w, &c, err))
            return false;
    }
    return true;
}

bool scenario_run(const struct scenario *s, const struct config *config, struct scenario_report *r,
                  struct err *err)
{
    const struct engine_opts opts = {
        .retention = FOREVER,
        .alerts_gc_interval = 1800 * NS_PER_S,
        .maintenance_interval = 900 * NS_PER_S,
    };
    CLEANUP(strbuf_donep) struct strbuf lines = {0};
    struct scenario_report own = {.path = r->path, .verbose = r->verbose, .mode = r->mode, .out = &lines};
    struct world w = {.s = s, .config = config, .report = &own, .now.wall = s->start, .ok = true};

    arena_init(&w.mem, (size_t)1 << 30);
    w.why = ARENA_ARRAY(&w.mem, const char *, s->expect.n + 1);
    w.engine = engine_new(&opts, config, w.now);
    const bool ran = run_all(&w, err);
    if (ran) {
        own.verbose = own.verbose || !w.ok; /* a wrong standing is easier to see beside what was told */
        w.ok = told_compare(&w.told, s, w.why, &own) && w.ok;
        strbuf_addf(r->out, "  %s  %s\n", w.ok ? "ok  " : "FAIL", s->name);
        strbuf_addsv(r->out, strbuf_sv(&lines));
        *(w.ok ? &r->passed : &r->failed) += 1;
    }
    told_done(&w.told);
    engine_free(w.engine);
    free(w.sent);
    arena_done(&w.mem);
    return ran;
}

/* ---- routing alone ---- */

static void add_names(struct strbuf *out, const struct strings *names)
{
    for (size_t i = 0; i < names->n; i++)
        strbuf_addf(out, "%s%s", i != 0 ? ", " : "", names->v[i]);
}

void scenario_check_route(const struct scenario_route *t, const struct config *c, struct scenario_report *r)
{
    CLEANUP(strbuf_donep) struct strbuf want = {0}, got = {0};
    struct label_sv *pairs = xcalloc(t->labels.n + 1, sizeof(*pairs));
    const struct route **routes = xcalloc(c->n_routes, sizeof(*routes));
    for (size_t i = 0; i < t->labels.n; i++)
        pairs[i] = (struct label_sv){sv_of(t->labels.v[i].name), sv_of(t->labels.v[i].value)};
    struct labels *labels = labels_new(pairs, label_sv_normalize(pairs, t->labels.n, true));
    const size_t n = config_routes(c, labels, routes, c->n_routes);
    for (size_t i = 0; i < n; i++)
        strbuf_addf(&got, "%s%s", i != 0 ? ", " : "", routes[i]->receiver->name);
    add_names(&want, &t->receivers);
    const bool ok = sv_eq(strbuf_sv(&want), strbuf_sv(&got));
    strbuf_addf(r->out, "  %s  route ", ok ? "ok  " : "FAIL");
    told_pattern(r->out, &t->labels);
    strbuf_addf(r->out, ok ? "\n" : " (line %d)\n", t->at.line);
    if (!ok)
        strbuf_addf(r->out, "    - %s\n    + %s\n", want.n != 0 ? want.p : "", got.p);
    *(ok ? &r->passed : &r->failed) += 1;
    labels_unref(labels);
    free(routes);
    free(pairs);
}
