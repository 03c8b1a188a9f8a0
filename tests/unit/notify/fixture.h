/* Deliveries for tests: a configuration from YAML, and alerts from text. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "codec/tmpl.h"
#include "notify/data.h"
#include "notify/receiver.h"
#include "support/test.h"

#define EXTERNAL_URL "http://am.example:9093"

/* 2024-01-02T03:04:05.12Z and some time later. */
#define STARTED ((struct stamp){.sec = 1704164645, .nsec = 120000000})
#define ENDED   ((struct stamp){.sec = 1704170000})

static inline struct config *fixture_config(const char *yaml, struct err *err)
{
    const struct config_env env = {.receivers = receiver_schemas()};
    struct strbuf errors = {0};
    struct config *c = config_load(sv_of(yaml), "test.yml", &env, &errors, err);
    strbuf_done(&errors);
    return c;
}

/* A receiver `ops.team` with one integration: `type: [settings]`. Route label team=sre. */
static inline struct config *fixture_load(const char *type, const char *settings, struct err *err)
{
    struct strbuf yaml = {0};
    strbuf_addf(&yaml,
                "route: {receiver: ops.team, labels: {team: sre}}\n"
                "receivers:\n- name: ops.team\n  %s_configs:\n  - %s\n",
                type, settings);
    struct config *c = fixture_config(yaml.p, err);
    strbuf_done(&yaml);
    return c;
}

/* The same with a set of templates; fails the test on an error. */
static inline struct config *fixture_receiver(const char *type, const char *settings, const char *templates)
{
    struct err err = {0};
    struct config *c = fixture_load(type, settings, &err);
    FAIL_IF(c == NULL, "%s", err.text);
    c->tmpl = tmpl_set_new();
    FAIL_IF(!tmpl_set_add(c->tmpl, "test.tmpl", sv_of(templates), &err), "%s", err.text);
    return c;
}

/* The same with the built-in templates. */
static inline struct config *fixture_builtin(const char *type, const char *settings)
{
    struct err err = {0};
    struct config *c = fixture_load(type, settings, &err);
    FAIL_IF(c == NULL, "%s", err.text);
    FAIL_IF(!config_load_templates(c, &err), "%s", err.text);
    return c;
}

/* "a=1 b=2": no blanks inside. */
static inline struct labels *fixture_labels(const char *text)
{
    struct label_sv pairs[32];
    size_t n = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, "|"), eq = strcspn(text, "=");
        pairs[n++] = (struct label_sv){{text, eq}, {text + eq + 1, length - eq - 1}};
        text += length + (text[length] == '|');
    }
    n = label_sv_normalize(pairs, n, false);
    return labels_new(pairs, n);
}

/* Labels and annotations are "a=1|b=2". */
static inline struct delivery_alert fixture_alert(const char *labels, const char *annotations, bool firing)
{
    struct alert *a = alert_new(fixture_labels(labels), fixture_labels(annotations),
                                intern(SV("http://prom:9090/graph?g0.expr=up&g0.tab=1")), STARTED,
                                firing ? STAMP_UNSET : ENDED, STARTED, false);
    return (struct delivery_alert){a, firing};
}

/* Takes the alerts over. */
static inline struct delivery *fixture_delivery(const struct config *c, const struct delivery_alert *alerts,
                                                size_t n)
{
    struct delivery *d = xcalloc(1, sizeof *d);
    d->config = config_ref(c);
    d->route = c->root;
    d->receiver = c->receivers[0];
    d->integration = &c->receivers[0]->integrations[0];
    d->group_key = xstrdup("{}:{alertname=\"HighCPU\"}");
    d->group_labels = fixture_labels("alertname=HighCPU");
    d->alerts = xcalloc(n, sizeof *alerts);
    if (n != 0)
        memcpy(d->alerts, alerts, n * sizeof *alerts);
    d->n_alerts = n;
    d->reason = REASON_FIRST;
    d->deadline = MONO_NEVER;
    return d;
}

#define HIGH_CPU                                                                                             \
    fixture_alert("alertname=HighCPU|instance=web-1:9100|severity=critical", "summary=CPU <96%> & rising",   \
                  true)

/* One delivery of HIGH_CPU, rendered by its receiver: what pool and job do, without them. */
struct fixture {
    struct config *config;
    struct delivery *delivery;
    const struct receiver_type *type;
    struct render render;
    struct request request;
    struct arena mem;
    void *state, *shared;
    unsigned step;
    bool compat_strict;
    const struct action_keys *action_keys; /* NULL: messages have no links to act by */
};

static inline void fixture_begin(struct fixture *f, struct config *c, struct delivery *d)
{
    *f = (struct fixture){.config = c, .delivery = d, .type = receiver_type_of(d->integration)};
    f->state = xcalloc(1, f->type->state_size + 1);
    f->shared = xcalloc(1, f->type->shared_size + 1);
    arena_init(&f->mem, (size_t)64 << 20);
}

static inline bool fixture_render(struct fixture *f, struct now now, struct err *err)
{
    arena_reset(&f->mem);
    f->render = (struct render){.delivery = f->delivery,
                                .settings = f->delivery->integration->settings,
                                .external_url = EXTERNAL_URL,
                                .user_agent = "Alertmanager/0.34.0",
                                .now = now,
                                .hostname = "host",
                                .compat_strict = f->compat_strict,
                                .random = 42,
                                .mem = &f->mem,
                                .step = f->step,
                                .state = f->state,
                                .shared = f->shared,
                                .kept = &f->delivery->receiver_data};
    f->request = (struct request){0};
    struct notify_data *data = notify_data_new(f->delivery, 0, EXTERNAL_URL, f->render.now, &f->mem);
    CHECK(notify_data_add_actions(data, f->action_keys, 3600 * NS_PER_S, now, &f->mem));
    f->render.data = notify_data_tval(data);
    return f->type->render(&f->render, &f->request, err);
}

static inline struct verdict fixture_reply(struct fixture *f, int status, const char *body)
{
    const struct reply reply = {
        .transported = true, .status = status, .body = sv_of(body), .date = STAMP_UNSET};
    struct verdict v = {0};
    f->type->classify(&f->render, &f->request, &reply, &v);
    return v;
}

static inline void fixture_verdict(struct fixture *f, int status, const char *body, enum verdict_kind kind,
                                   const char *text)
{
    const struct verdict v = fixture_reply(f, status, body);
    FAIL_IF(v.kind != kind || strcmp(v.text, text) != 0, "%d %s: kind %d \"%s\"", status, body, v.kind,
            v.text);
}

static inline size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

/* What a server answers, and what is to be made of it. */
struct reply_row {
    int status;
    const char *body;
    enum verdict_kind kind;
    const char *text;
};
static inline void fixture_answer(struct fixture *f, const struct reply_row *r)
{
    fixture_verdict(f, r->status, r->body, r->kind, r->text);
}

/* Settings that the loader must not take. */
static inline void fixture_refused(const char *type, const char *settings, const char *error)
{
    struct err err = {0};
    struct config *c = fixture_load(type, settings, &err);
    FAIL_IF(c != NULL, "%s is accepted", settings);
    FAIL_IF(strstr(err.text, error) == NULL, "%s: \"%s\"", settings, err.text);
}

static inline void fixture_end(struct fixture *f)
{
    free(f->state);
    free(f->shared);
    arena_done(&f->mem);
    delivery_free(f->delivery);
    config_unref(f->config);
}

/* One delivery of HIGH_CPU to a receiver with the built-in templates. */
static inline void fixture_start(struct fixture *f, const char *type, const char *settings, bool firing)
{
    const struct delivery_alert alerts[] = {fixture_alert(
        "alertname=HighCPU|instance=web-1:9100|severity=critical", "summary=CPU <96%> & rising", firing)};
    struct config *c = fixture_builtin(type, settings);
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

static inline void fixture_must_render(struct fixture *f)
{
    static const struct now some_time = {0, {.sec = 1700000000}};
    struct err err = {0};
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
}

/* What a receiver sends, byte for byte. */
struct golden {
    const char *settings;
    bool firing;
    const char *url, *body; /* without the newline */
};
static inline void check_golden(const char *type, const struct golden *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct strbuf body = {0};
        struct fixture f;
        fixture_start(&f, type, rows[i].settings, rows[i].firing);
        fixture_must_render(&f);
        CHECK_STR(f.request.method, "POST");
        CHECK_STR(f.request.url, rows[i].url);
        CHECK_STR(f.request.content_type, "application/json");
        strbuf_addf(&body, "%s\n", rows[i].body);
        CHECK_SV(f.request.body, body.p);
        strbuf_done(&body);
        fixture_end(&f);
    }
}

/* Verdicts on replies. */
struct outcome {
    int status;
    const char *body;
    enum verdict_kind kind;
    enum failure failure;
    const char *text;
};
static inline void check_outcomes(const char *type, const char *settings, const struct outcome *rows,
                                  size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fixture f;
        fixture_start(&f, type, settings, true);
        fixture_must_render(&f);
        const struct verdict v = fixture_reply(&f, rows[i].status, rows[i].body);
        FAIL_IF(v.kind != rows[i].kind || v.failure != rows[i].failure || strcmp(v.text, rows[i].text) != 0,
                "%d %s: kind %d failure %d \"%s\"", rows[i].status, rows[i].body, v.kind, v.failure, v.text);
        fixture_end(&f);
    }
}

/* Settings that are refused. */
struct refusal {
    const char *settings, *error;
};
static inline void check_refusals(const char *type, const struct refusal *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct err err = {0};
        struct config *c = fixture_load(type, rows[i].settings, &err);
        FAIL_IF(c != NULL, "%s is accepted", rows[i].settings);
        FAIL_IF(strstr(err.text, rows[i].error) == NULL, "%s: \"%s\"", rows[i].settings, err.text);
    }
}
