#include "support/engine_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "support/probe_receiver.h"
#include "support/test.h"

#define START_SEC INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

/* ---- configuration ---- */

const struct config *fixture_config(const char *yaml)
{
    const struct config_env env = {.receivers = probe_receivers};
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct err err;

    struct config *c = config_load(sv_of(yaml), "test.yml", &env, &errors, &err);
    FAIL_IF(c == NULL, "%s: %s", err.text, errors.n != 0 ? errors.p : "");
    return c;
}

/* ---- time ---- */

static dur_ns ns(double seconds)
{
    return (dur_ns)llround(seconds * 1e6) * 1000;
}

struct stamp fixture_stamp(double at)
{
    return isnan(at) ? STAMP_UNSET : stamp_add((struct stamp){.sec = START_SEC}, ns(at));
}

double fixture_seconds(struct stamp t)
{
    return (double)stamp_sub(t, (struct stamp){.sec = START_SEC}) / 1e9;
}

static void add_time(struct strbuf *out, struct stamp t)
{
    strbuf_addf(out, "%.6g", fixture_seconds(t));
}

static void advance(struct fixture *f, mono_ns to)
{
    if (to <= f->now.mono)
        return;
    f->now.wall = stamp_add(f->now.wall, to - f->now.mono);
    f->now.mono = to;
}

/* ---- what is persisted ---- */

static bool same_row(const struct record *a, const struct record *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case RECORD_ALERT:
        return a->alert->labels->fp == b->alert->labels->fp;
    case RECORD_SILENCE:
        return strcmp(a->silence->id, b->silence->id) == 0;
    case RECORD_LEDGER:
        return strcmp(a->ledger->key, b->ledger->key) == 0;
    case RECORD_GROUP:
        return strcmp(a->group->route_id, b->group->route_id) == 0 &&
               labels_equal(a->group->labels, b->group->labels);
    case RECORD_OWED:
        return strcmp(a->owed->key, b->owed->key) == 0;
    case RECORD_LETTER:
        return strcmp(a->letter->id, b->letter->id) == 0;
    }
    return false;
}

static void persist(struct fixture_rows *rows, struct record r)
{
    size_t at = 0;

    rows->writes++;
    while (at < rows->n && !same_row(&rows->v[at], &r))
        at++;
    FAIL_IF(r.del && at == rows->n, "a row of kind %d is deleted that was never written", (int)r.kind);
    if (at < rows->n)
        record_done(&rows->v[at]);
    if (!r.del) {
        rows->v = xgrow(rows->v, &rows->cap, rows->n + 1, sizeof(*rows->v));
        rows->v[at] = r;
        rows->n += at == rows->n;
        return;
    }
    record_done(&r);
    rows->v[at] = rows->v[--rows->n];
}

/* ---- what is told ---- */

void fixture_name(struct strbuf *out, const struct labels *ls)
{
    const struct sv name = labels_get(ls, SV("alertname"));
    const char *before = "{";

    strbuf_addsv(out, name);
    for (size_t i = 0; i < ls->n; i++) {
        if (sv_eq(istr_sv(ls->v[i].name), SV("alertname")))
            continue;
        strbuf_addf(out, "%s%s=%s", before, ls->v[i].name->s, ls->v[i].value->s);
        before = ",";
    }
    if (*before == ',')
        strbuf_addc(out, '}');
}

static void add_alert(struct strbuf *out, const struct delivery_alert *a, bool show_times)
{
    strbuf_addc(out, ' ');
    strbuf_addc(out, a->firing ? '+' : '-');
    fixture_name(out, a->alert->labels);
    if (!show_times)
        return;
    strbuf_addc(out, '(');
    add_time(out, a->alert->starts_at);
    strbuf_adds(out, "..");
    if (!a->firing)
        add_time(out, a->alert->ends_at);
    if (a->alert->annotations->n != 0)
        strbuf_addf(out, " %s", a->alert->annotations->v[0].value->s);
    strbuf_addc(out, ')');
}

static void hear(struct fixture *f, const struct delivery *d)
{
    strbuf_addc(&f->heard, '@');
    add_time(&f->heard, f->now.wall);
    strbuf_addf(&f->heard, " %s/%zu", d->receiver->name, d->integration->index);
    for (size_t i = 0; i < d->n_alerts; i++)
        add_alert(&f->heard, &d->alerts[i], f->show_times);
    strbuf_addf(&f->heard, " %s\n", notify_reason_text(d->reason));
}

static bool is_listed(const char *names, const struct delivery *d)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s/%zu ", d->receiver->name, d->integration->index);
    return strstr(names, name) != NULL;
}

static dur_ns latency(const struct fixture *f, const struct delivery *d)
{
    const bool slow = f->slow[0] == '\0' || is_listed(f->slow, d);
    return slow && d->n_alerts != 0 ? f->latency : 0;
}

/* A delivery that fails is heard of, too: its receiver got it and refused. */
static void take_delivery(struct fixture *f, struct delivery *d)
{
    if (d->n_alerts != 0)
        hear(f, d);
    f->flying = xgrow(f->flying, &f->cap_flying, f->n_flying + 1, sizeof(*f->flying));
    f->flying[f->n_flying++] =
        (struct fixture_flying){.d = d, .back = f->now.mono + latency(f, d), .ok = !is_listed(f->failing, d)};
}

static void write_down(struct fixture *f, const struct event *ev)
{
    struct strbuf *out = &f->happened;
    const struct event *about = ev->decision != NULL ? ev->decision : ev;

    strbuf_addc(out, '@');
    add_time(out, ev->at);
    strbuf_addf(out, " %s", event_kind_text(ev->kind));
    if (about->integration != NULL)
        strbuf_addf(out, " %s/%zu", about->group->route->receiver->name, about->integration->index);
    else if (about->group != NULL) {
        strbuf_addc(out, ' ');
        fixture_name(out, about->group->labels);
    }
    if (ev->alert != NULL) {
        strbuf_addc(out, ' ');
        fixture_name(out, ev->alert->labels);
    }
    if (ev->mute.cause != MUTE_NONE)
        strbuf_addf(out, " by %s", mute_cause_text(ev->mute.cause));
    if (ev->mute.silence != NULL || ev->silence != NULL)
        strbuf_addf(out, " %s", (ev->silence != NULL ? ev->silence : ev->mute.silence)->id);
    if (ev->letter != NULL)
        strbuf_addf(out, " %s: %s", ev->letter->receiver, letter_cause_text(ev->letter->cause));
    if (ev->ack != NULL)
        strbuf_addf(out, "by %s: %zu", ev->ack->by, ev->ack->n);
    if (ev->mute.intervals != NULL)
        strbuf_addf(out, " %s", ev->mute.intervals);
    if (ev->kind == EVENT_MUTE_ENDED) {
        strbuf_adds(out, " since ");
        add_time(out, ev->since);
    }
    for (size_t i = 0; i < ev->n_alerts; i++)
        add_alert(out, &ev->alerts[i], false);
    if (ev->kind == EVENT_GROUP_FLUSHED)
        strbuf_addf(out, " %zu, %zu held", ev->n_batch, ev->n_held);
    if (ev->reason != REASON_NONE)
        strbuf_addf(out, " %s", notify_reason_text(ev->reason));
    strbuf_addc(out, '\n');
}

void fixture_want(struct fixture *f, event_mask kinds)
{
    f->wanted = kinds;
    engine_want_events(f->engine, kinds);
}

static void take_effects(struct fixture *f, struct effects *fx)
{
    for (size_t i = 0; i < fx->n_events; i++)
        write_down(f, fx->events[i]);
    for (size_t i = 0; i < fx->n_records; i++)
        persist(&f->rows, fx->records[i]);
    for (size_t i = 0; i < fx->n_deliveries; i++)
        take_delivery(f, fx->deliveries[i]);
    fx->n_records = fx->n_deliveries = 0;
    effects_done(fx);
}

/* ---- running ---- */

static mono_ns next_event(const struct fixture *f)
{
    mono_ns next = f->engine != NULL ? engine_next(f->engine) : MONO_NEVER;
    for (size_t i = 0; i < f->n_flying; i++)
        if (f->flying[i].back < next)
            next = f->flying[i].back;
    return next;
}

static void come_back(struct fixture *f, struct effects *fx)
{
    for (size_t i = 0; i < f->n_flying;) {
        const struct fixture_flying back = f->flying[i];
        if (back.back > f->now.mono) {
            i++;
            continue;
        }
        memmove(&f->flying[i], &f->flying[i + 1], (--f->n_flying - i) * sizeof(*f->flying));
        back.d->ok = back.ok;
        back.d->failure = back.ok ? FAILURE_NONE : FAILURE_SERVER;
        back.d->finished_at = f->now.wall;
        if (back.ok && f->on_told != NULL)
            f->on_told(f, back.d);
        engine_delivered(f->engine, back.d, f->now, fx);
    }
}

void fixture_run(struct fixture *f, double at, bool inclusive)
{
    const mono_ns until = ns(at);

    for (mono_ns next = next_event(f); inclusive ? next <= until : next < until; next = next_event(f)) {
        struct effects fx = {0};
        advance(f, next);
        come_back(f, &fx);
        engine_tick(f->engine, f->now, &fx);
        take_effects(f, &fx);
    }
    advance(f, until);
}

void fixture_init(struct fixture *f, const char *yaml, const struct engine_opts *opts)
{
    *f = (struct fixture){.config = fixture_config(yaml), .opts = *opts, .now.wall.sec = START_SEC};
    f->engine = engine_new(opts, f->config, f->now);
}

static void drop_flying(struct fixture *f)
{
    for (size_t i = 0; i < f->n_flying; i++)
        delivery_free(f->flying[i].d);
    f->n_flying = 0;
}

void fixture_done(struct fixture *f)
{
    fixture_kill(f);
    for (size_t i = 0; i < f->rows.n; i++)
        record_done(&f->rows.v[i]);
    free(f->rows.v);
    free(f->flying);
    strbuf_done(&f->happened);
    strbuf_done(&f->heard);
    strbuf_done(&f->rejected);
    config_unref(f->config);
}

void fixture_kill(struct fixture *f)
{
    drop_flying(f);
    engine_free(f->engine);
    f->engine = NULL;
}

void fixture_stop(struct fixture *f)
{
    struct effects fx = {0};

    for (size_t i = 0; i < f->n_flying; i++) {
        f->flying[i].d->failure = FAILURE_CANCELED;
        engine_delivered(f->engine, f->flying[i].d, f->now, &fx);
    }
    f->n_flying = 0;
    for (size_t i = 0; i < fx.n_records; i++)
        persist(&f->rows, fx.records[i]);
    fx.n_records = 0;
    effects_done(&fx); /* no delivery leaves any more */
    fixture_kill(f);
}

void fixture_start(struct fixture *f, double last_alive)
{
    struct effects fx = {0};

    f->opts.uuid_seed[0]++;
    f->engine = engine_new(&f->opts, f->config, f->now);
    for (size_t i = f->rows.n; i-- > 0;) {
        struct record r = record_ref(&f->rows.v[i]);
        engine_restore(f->engine, &r, f->now);
    }
    engine_want_events(f->engine, f->wanted);
    engine_restored(f->engine, fixture_stamp(last_alive), f->now, &fx);
    take_effects(f, &fx);
}

void fixture_reload(struct fixture *f, const char *yaml)
{
    struct effects fx = {0};
    const struct config *c = fixture_config(yaml);

    engine_set_config(f->engine, c, f->now, &fx);
    config_unref(f->config);
    f->config = c;
    take_effects(f, &fx);
}

/* ---- alerts ---- */

#define MAX_LABELS 16

static size_t parse_labels(char *text, struct label_sv *out)
{
    size_t n = 0;
    char *rest = strchr(text, '{');

    if (rest != NULL)
        *rest++ = '\0';
    if (*text != '\0')
        out[n++] = (struct label_sv){SV("alertname"), sv_of(text)};
    for (char *state, *pair = rest != NULL ? strtok_r(rest, ",}", &state) : NULL; pair != NULL;
         pair = strtok_r(NULL, ",}", &state)) {
        char *value = strchr(pair, '=');
        FAIL_IF(value == NULL || n == MAX_LABELS, "bad label %s", pair);
        *value++ = '\0';
        out[n++] = (struct label_sv){sv_of(pair), sv_of(value)};
    }
    return n;
}

struct post {
    struct ingest_alert alert;
    struct label_sv labels[MAX_LABELS], annotation;
    char *text;
};

static void post(struct fixture *f, struct ingest *b)
{
    struct effects fx = {0};

    strbuf_reset(&f->rejected);
    ingest_prepare(b, f->config->global.resolve_timeout, MATCHER_FALLBACK, f->now.wall, &f->rejected);
    engine_lookup(f->engine, b);
    ingest_build(b);
    engine_ingest(f->engine, b, f->now, &fx);
    ingest_done(b);
    take_effects(f, &fx);
}

void fixture_post(struct fixture *f, const char *const *alerts, size_t n, double start, double end,
                  const char *annotation)
{
    struct ingest_alert *v = xcalloc(n, sizeof(*v));
    struct post *posts = xcalloc(n, sizeof(*posts));

    for (size_t i = 0; i < n; i++) {
        struct post *p = &posts[i];
        p->text = xstrdup(alerts[i]);
        p->annotation = (struct label_sv){SV("summary"), sv_of(annotation)};
        v[i] = (struct ingest_alert){
            .labels = p->labels,
            .n_labels = parse_labels(p->text, p->labels),
            .annotations = &p->annotation,
            .n_annotations = annotation != NULL,
            .starts_at = fixture_stamp(start),
            .ends_at = fixture_stamp(end),
        };
    }
    struct ingest b = {.v = v, .n = n};
    post(f, &b);
    for (size_t i = 0; i < n; i++)
        free(posts[i].text);
    free(posts);
    free(v);
}

void fixture_post_one(struct fixture *f, const char *alert, double start, double end)
{
    fixture_post(f, &alert, 1, start, end, NULL);
}

/* ---- silences ---- */

bool fixture_silence(struct fixture *f, const char *id, const char *fresh_id, const char *matchers,
                     double start, double end, struct err *err)
{
    struct matchers ms = {0};
    struct effects fx = {0};
    struct silence *s;

    FAIL_IF(!matchers_parse(sv_of(matchers), MATCHER_FALLBACK, &ms, NULL, err), "%s", err->text);
    struct silence_in in = {.id = sv_of(id),
                            .matchers = &ms,
                            .starts_at = fixture_stamp(start),
                            .ends_at = fixture_stamp(end),
                            .created_by = SV("me"),
                            .comment = SV("why")};
    (void)snprintf(in.fresh_id, sizeof in.fresh_id, "%s", fresh_id);
    const bool ok = engine_silence_set(f->engine, &in, f->now, &fx, &s, err);
    if (ok)
        silence_unref(s);
    take_effects(f, &fx);
    matchers_done(&ms);
    return ok;
}

void fixture_expire(struct fixture *f, const char *id)
{
    struct effects fx = {0};
    struct err err;

    FAIL_IF(!engine_silence_expire(f->engine, sv_of(id), f->now, &fx, &err), "%s", err.text);
    take_effects(f, &fx);
}

/* ---- what people do about groups ---- */

void fixture_ack(struct fixture *f, const char *by, const char *alertname)
{
    struct matchers ms = {0};
    struct matcher m;
    struct effects fx = {0};
    struct err err;
    size_t n;
    const struct group_pick which = {.matchers = &ms};

    if (alertname != NULL) {
        FAIL_IF(!matcher_init(&m, MATCH_EQ, SV("alertname"), sv_of(alertname), &err), "%s", err.text);
        matchers_push(&ms, m);
    }
    FAIL_IF(!engine_ack(f->engine, &which, sv_of(by), SV(""), f->now, &fx, &n, &err), "%s", err.text);
    take_effects(f, &fx);
    matchers_done(&ms);
}

struct group_id fixture_only_group(const struct fixture *f)
{
    struct arena mem;
    struct groups_view view;

    arena_init(&mem, (size_t)1 << 20);
    engine_view_groups(f->engine, f->now, &mem, &view);
    FAIL_IF(view.n != 1, "%zu groups", view.n);
    const struct group_id id = group_id_of(view.v[0].route, view.v[0].labels);
    groups_view_done(&view);
    arena_done(&mem);
    return id;
}

void fixture_hush(struct fixture *f, const char *id, double seconds)
{
    struct group_silence in = {.group = fixture_only_group(f),
                               .length = (dur_ns)(seconds * 1e9),
                               .created_by = SV("me"),
                               .comment = SV("why"),
                               .mark = SV("test")};
    struct effects fx = {0};
    struct silence *s;
    struct err err;

    (void)snprintf(in.fresh_id, sizeof in.fresh_id, "%s", id);
    FAIL_IF(!engine_silence_group(f->engine, &in, f->now, &fx, &s, &err), "%s", err.text);
    silence_unref(s);
    take_effects(f, &fx);
}
