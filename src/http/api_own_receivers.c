/* GET /api/tocsin/v1/receivers and POST /api/tocsin/v1/receivers/{name}/test.
 *
 * GET answers with all receivers in the order of the file. What has not happened since the start is left out:
 *   [{"name": "team", "labels": {...}, "used": true, "integrations": [
 *      {"type": "webhook", "index": 0, "sendResolved": true, "lastAttempt": time, "lastSuccess": time,
 *       "lastFailure": time, "lastError": "unexpected status code 500", "latencyMs": 12,
 *       "lanes": [{"name": "http://hooks:8080", ...}]}]}]
 * `lanes` are the ways that its notifications took lately (api_own_lanes.c); others may share them.
 *
 * A test sends one sample alert to each integration of the receiver (also of one that no route uses), past
 * the engine. The body says what differs from the sample; all of it is optional, but not the object:
 *   {"labels": {...}, "annotations": {...}, "status": "firing" | "resolved"}
 * It answers when all have ended, after at most 10 s, always 200:
 *   {"receiver": "team", "ok": false, "integrations": [{"type": "webhook", "index": 0, "ok": false,
 *    "attempts": 1, "reason": "serverError", "error": "...", "durationMs": 8}]}
 * 404: no such receiver. 503 with Retry-After: too many tests at once.
 */
#include <string.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "body_fault.h"
#include "codec/jr.h"
#include "codec/rfc3339.h"
#include "codec/url.h"
#include "json_in.h"
#include "lane_json.h"
#include "reply.h"
#include "trials.h"

#define TRIAL_LIMIT     (10 * NS_PER_S)
#define TRIALS_AT_ONCE  16
#define INTEGRATION_MAX 256 /* of one receiver, in one test */

/* ---- GET ---- */

/* Which lane an integration uses: sorted by the integration. */
struct use {
    const char *who; /* RECEIVER/TYPE[IDX] */
    const struct lane_view *lane;
};

struct uses {
    struct use *v;
    size_t n;
};

static int use_compare(const void *a, const void *b)
{
    return strcmp(((const struct use *)a)->who, ((const struct use *)b)->who);
}

static struct uses uses_of(const struct lanes_view *lanes, struct arena *mem)
{
    size_t n = 0;
    for (size_t i = 0; i < lanes->n; i++)
        n += lanes->v[i].n_receivers;
    struct uses u = {.v = ARENA_ARRAY(mem, struct use, n)};
    for (size_t i = 0; i < lanes->n && u.v != NULL; i++)
        for (size_t j = 0; j < lanes->v[i].n_receivers; j++)
            u.v[u.n++] = (struct use){lanes->v[i].receivers[j], &lanes->v[i]};
    if (u.n != 0)
        qsort(u.v, u.n, sizeof *u.v, use_compare);
    return u;
}

static void write_lanes(struct jw *w, const struct uses *uses, const char *who)
{
    const struct use key = {.who = who};
    const struct use *end = uses->v + uses->n;
    const struct use *u = uses->n != 0 ? bsearch(&key, uses->v, uses->n, sizeof key, use_compare) : NULL;
    while (u != NULL && u > uses->v && strcmp(u[-1].who, who) == 0)
        u--;
    jw_array(w);
    for (; u != NULL && u < end && strcmp(u->who, who) == 0; u++) {
        jw_object(w);
        lane_write_json(w, u->lane);
        jw_end(w);
    }
    jw_end(w);
}

static void write_integration(struct jw *w, const struct host *host, const struct uses *uses,
                              const struct receiver *r, const struct integration *i)
{
    CLEANUP(strbuf_donep) struct strbuf who = {0};
    struct integration_status st;
    host->integration_status(host->ctx, r, i, &st);
    jw_object(w);
    jw_kstr(w, SV("type"), sv_of(i->type->name));
    jw_kint(w, SV("index"), (int64_t)i->index);
    jw_kbool(w, SV("sendResolved"), i->settings->send_resolved);
    stamp_write_json_if_set(w, SV("lastAttempt"), st.last_attempt);
    stamp_write_json_if_set(w, SV("lastSuccess"), st.last_success);
    stamp_write_json_if_set(w, SV("lastFailure"), st.last_failure);
    if (!stamp_is_unset(st.last_failure))
        jw_kstr(w, SV("lastError"), sv_of(st.error));
    if (!stamp_is_unset(st.last_attempt))
        jw_kint(w, SV("latencyMs"), st.latency / NS_PER_MS);
    strbuf_addf(&who, "%s/%s[%zu]", r->name, i->type->name, i->index);
    jw_key(w, SV("lanes"));
    write_lanes(w, uses, who.p);
    jw_end(w);
}

static void write_receiver(struct jw *w, const struct host *host, const struct uses *uses,
                           const struct receiver *r)
{
    jw_object(w);
    jw_kstr(w, SV("name"), sv_of(r->name));
    jw_key(w, SV("labels"));
    jw_object(w);
    for (size_t i = 0; i < r->labels.n; i++)
        jw_kstr(w, sv_of(r->labels.v[i].name), sv_of(r->labels.v[i].value));
    jw_end(w);
    jw_kbool(w, SV("used"), r->used);
    jw_key(w, SV("integrations"));
    jw_array(w);
    for (size_t i = 0; i < r->n_integrations; i++)
        write_integration(w, host, uses, r, &r->integrations[i]);
    jw_end(w);
    jw_end(w);
}

void api_own_receivers_get(struct exchange *x)
{
    const struct host *host = host_of(x);
    const struct config *config = exchange_config(x);
    struct lanes_view lanes;
    struct strbuf out = {0};
    struct jw w;
    host->lanes(host->ctx, &x->loop->arena, &lanes);
    const struct uses uses = uses_of(&lanes, &x->loop->arena);
    jw_init(&w, &out, false);
    jw_array(&w);
    for (size_t i = 0; i < config->n_receivers; i++)
        write_receiver(&w, host, &uses, config->receivers[i]);
    jw_end(&w);
    config_unref(config);
    reply_json(x, &out);
}

/* ---- the sample ---- */

struct sample {
    struct json_map labels, annotations;
    bool resolved;
};

static bool read_status(struct jr *r, bool *resolved)
{
    struct sv status = SV("firing");
    if (!json_string(r, &status))
        return false;
    *resolved = sv_eq(status, SV("resolved"));
    return *resolved || sv_eq(status, SV("firing")) ||
           jr_fail(r, "status must be \"firing\" or \"resolved\"");
}

static bool read_sample(struct jr *r, struct sample *s)
{
    static const char *const fields[] = {"labels", "annotations", "status", NULL};
    struct sv key;
    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "object");
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key)) {
        const int field = json_field(key, fields);
        const bool ok = field == 0   ? json_map(r, &s->labels)
                        : field == 1 ? json_map(r, &s->annotations)
                        : field == 2 ? read_status(r, &s->resolved)
                                     : jr_skip(r);
        if (!ok)
            return false;
    }
    return !r->failed;
}

/* The pairs of the request over those of the sample. */
static struct labels *merge(const struct label_sv *base, size_t n_base, const struct json_map *over,
                            struct arena *mem)
{
    struct label_sv *pairs = ARENA_ARRAY(mem, struct label_sv, n_base + over->n);
    size_t n = 0;
    for (; pairs != NULL && n < n_base; n++)
        pairs[n] = base[n];
    for (size_t i = 0; pairs != NULL && i < over->n; i++)
        pairs[n++] = over->v[i];
    return labels_new(pairs, label_sv_normalize(pairs, n, true));
}

static struct alert *sample_alert(const struct sample *s, struct stamp now, struct arena *mem)
{
    static const struct label_sv labels[] = {{{"alertname", 9}, {"TocsinTest", 10}},
                                             {{"severity", 8}, {"none", 4}}};
    static const struct label_sv annotations[] = {
        {{"summary", 7}, {"Test notification", 17}},
        {{"description", 11}, {"Somebody asked Tocsin whether this receiver works. Nothing is wrong.", 68}}};
    const struct stamp ends_at = s->resolved ? now : stamp_add(now, 300 * NS_PER_S);
    return alert_new(merge(labels, COUNT_OF(labels), &s->labels, mem),
                     merge(annotations, COUNT_OF(annotations), &s->annotations, mem), intern(SV("")),
                     stamp_add(now, s->resolved ? -NS_PER_S : 0), ends_at, now, true);
}

/* ---- the test ---- */

static void write_attempt(struct jw *w, const struct attempt *a)
{
    const struct delivery *d = a->d;
    jw_object(w);
    jw_kstr(w, SV("type"), sv_of(d->integration->type->name));
    jw_kint(w, SV("index"), (int64_t)d->integration->index);
    jw_kbool(w, SV("ok"), d->ok);
    jw_kint(w, SV("attempts"), d->attempts);
    if (!d->ok) {
        jw_kstr(w, SV("reason"), sv_of(failure_text(d->failure)));
        jw_kstr(w, SV("error"), sv_of(d->error));
    }
    jw_kint(w, SV("durationMs"), a->took / NS_PER_MS);
    jw_end(w);
}

static void answer(struct exchange *x, struct pending *base)
{
    const struct trials *t = CONTAINER_OF(base, struct trials, base);
    bool ok = true;
    for (size_t i = 0; i < t->n; i++)
        ok = ok && t->v[i].d->ok;
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kstr(&w, SV("receiver"), sv_of(t->receiver->name));
    jw_kbool(&w, SV("ok"), ok);
    jw_key(&w, SV("integrations"));
    jw_array(&w);
    for (size_t i = 0; i < t->n; i++)
        write_attempt(&w, &t->v[i]);
    jw_end(&w);
    jw_end(&w);
    reply_json(x, &out);
}

static void add_test(struct trials *t, size_t i, struct alert *alert, bool firing)
{
    struct delivery *d = trials_add(t, &t->receiver->integrations[i]);
    struct strbuf key = {0};
    strbuf_addf(&key, "{}:test/%s", t->receiver->name);
    d->group_key = strbuf_take(&key);
    d->group_labels = labels_ref(alert->labels);
    d->alerts = xcalloc(1, sizeof *d->alerts);
    d->alerts[0] = (struct delivery_alert){.alert = alert_ref(alert), .firing = firing};
    d->n_alerts = 1;
    d->reason = firing ? REASON_FIRST : REASON_ALL_RESOLVED;
}

/* Takes over `config`. */
static void start(struct exchange *x, const struct config *config, const struct receiver *r,
                  const struct sample *sample)
{
    const size_t n = r->n_integrations < INTEGRATION_MAX ? r->n_integrations : INTEGRATION_MAX;
    struct trials *t = trials_new(x, config, r, n, TRIAL_LIMIT, &server_of(x)->trials);
    struct alert *alert = sample_alert(sample, t->began.wall, &x->loop->arena);
    for (size_t i = 0; i < n; i++)
        add_test(t, i, alert, !sample->resolved);
    alert_unref(alert);
    trials_send(t, x, answer);
}

static void reply_no_receiver(struct exchange *x, struct sv name)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "receiver \"%.*s\" not found", SV_ARG(name));
    reply_fault(x, 404, strbuf_sv(&text));
}

static void test_receiver(struct exchange *x, const struct sample *sample)
{
    CLEANUP(strbuf_donep) struct strbuf name = {0};
    const struct config *config = exchange_config(x);
    const struct receiver *r =
        url_unescape(&name, x->routed.param, false) ? config_receiver(config, strbuf_sv(&name)) : NULL;
    if (r == NULL) {
        config_unref(config);
        reply_no_receiver(x, strbuf_sv(&name));
        return;
    }
    if (!trials_take_place(&server_of(x)->trials, TRIALS_AT_ONCE)) {
        config_unref(config);
        reply_busy(x);
        return;
    }
    start(x, config, r, sample);
}

void api_own_receiver_test(struct exchange *x)
{
    struct sample sample = {0};
    struct body_fault fault = {0};
    struct jr r;
    jr_init(&r, exchange_body(x), &x->loop->arena);
    if (json_is_blank(exchange_body(x)))
        body_fault_field(&fault, FAULT_REQUIRED, "test", "is required");
    else if (!read_sample(&r, &sample))
        (void)body_fault_parse(&fault, "test", &r.err);
    if (fault.code == FAULT_NONE)
        test_receiver(x, &sample);
    else
        reply_fault(x, (int)fault.code, strbuf_sv(&fault.text));
    body_fault_done(&fault);
}
