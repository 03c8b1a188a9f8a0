/* The bridge: POST /dingtalk/{receiver}/send and POST /wecom/{receiver}/send, where other Alertmanagers hand
 * over what they send to a webhook; served at --compat.dingtalk-listen alone (receivers.md B8.4).
 *
 * The message takes the receiver's way: its templates, its robots, their lanes. It passes the engine by, and
 * nothing of it is stored: the sender is answered when the platform has taken it, and keeps it until then.
 *
 *   200 OK    every integration of that kind has told it
 *   400       no such document; or the platform refused it, and would refuse it again
 *   404       no receiver of that name has an integration of that kind
 *   413       the body is larger than 16 MiB
 *   503       try again: the platform was slow or asked for patience, or too many messages wait here
 */
#include <stdlib.h>

#include "api.h"
#include "base/mem.h"
#include "bridge_json.h"
#include "codec/url.h"
#include "reply.h"
#include "trials.h"

#define BODY_MAX      ((size_t)16 << 20)
#define SENDS_AT_ONCE 1000
/* Alertmanager gives a webhook ten seconds or more: it must not send again what is still waiting here. */
#define SEND_LIMIT (9 * NS_PER_S)

/* ---- the answer ---- */

static void answer(struct exchange *x, struct pending *base)
{
    const struct trials *t = CONTAINER_OF(base, struct trials, base);
    const struct delivery *failed = NULL;

    for (size_t i = 0; i < t->n; i++)
        if (!t->v[i].d->ok && (failed == NULL || failed->refused)) /* what can be mended counts more */
            failed = t->v[i].d;
    if (failed == NULL) {
        reply_text(x, 200, "text/plain; charset=utf-8", SV("OK"));
        return;
    }
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "%s\n", failed->error);
    if (!failed->refused)
        reply_header(x, "Retry-After", "5");
    reply_plain(x, failed->refused ? 400 : 503, strbuf_sv(&text));
}

/* ---- the delivery ---- */

static struct labels *make_labels(const struct json_map *map)
{
    return labels_new(map->v, label_sv_normalize(map->v, map->n, true));
}

static struct alert *make_alert(const struct bridge_alert *a, struct stamp now)
{
    const struct stamp starts_at = stamp_is_unset(a->starts_at) ? now : a->starts_at;
    const struct stamp ends_at = a->firing ? STAMP_UNSET : stamp_is_unset(a->ends_at) ? now : a->ends_at;

    return alert_new(make_labels(&a->labels), make_labels(&a->annotations), intern(a->generator_url),
                     starts_at, ends_at, now, false);
}

/* The sender's address without a slash at its end; NULL when it is no web address: then links lead here. */
static char *sender_url(struct sv url, struct arena *mem)
{
    struct url parsed;
    struct err ignored;

    while (url.n != 0 && url.p[url.n - 1] == '/')
        url.n--;
    return url_parse_http(url, mem, &parsed, &ignored) ? xstrndup(url.p, url.n) : NULL;
}

static void fill(struct delivery *d, const struct bridge_message *m, struct alert *const *alerts,
                 struct arena *mem)
{
    d->route = NULL; /* it came by none of ours */
    d->group_key = xstrndup(m->group_key.p, m->group_key.n);
    d->group_labels = make_labels(&m->group_labels);
    d->reason = notify_reason_parse(m->reason);
    d->external_url = sender_url(m->external_url, mem);
    d->receiver_name = m->receiver.n != 0 ? xstrndup(m->receiver.p, m->receiver.n) : NULL;
    d->alerts = xcalloc(m->n + 1, sizeof *d->alerts);
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i].firing || d->integration->settings->send_resolved)
            d->alerts[d->n_alerts++] = (struct delivery_alert){alert_ref(alerts[i]), m->v[i].firing};
}

/* Takes over `config` and the place. */
static void deliver(struct exchange *x, const struct config *config, const struct receiver *r,
                    const char *type, const struct bridge_message *m)
{
    struct trials *t = trials_new(x, config, r, r->n_integrations, SEND_LIMIT, &server_of(x)->bridged);
    struct alert **alerts = xcalloc(m->n + 1, sizeof *alerts);

    for (size_t i = 0; i < m->n; i++)
        alerts[i] = make_alert(&m->v[i], t->began.wall);
    for (size_t i = 0; i < r->n_integrations; i++)
        if (strcmp(r->integrations[i].type->name, type) == 0)
            fill(trials_add(t, &r->integrations[i]), m, alerts, &x->loop->arena);
    for (size_t i = 0; i < m->n; i++)
        alert_unref(alerts[i]);
    free(alerts);
    trials_send(t, x, answer);
}

/* ---- the request ---- */

static bool has_type(const struct receiver *r, const char *type)
{
    for (size_t i = 0; i < r->n_integrations; i++)
        if (strcmp(r->integrations[i].type->name, type) == 0)
            return true;
    return false;
}

static const struct receiver *find_receiver(const struct config *config, struct sv escaped, const char *type)
{
    CLEANUP(strbuf_donep) struct strbuf name = {0};

    if (!url_unescape(&name, escaped, false))
        return NULL;
    const struct receiver *r = config_receiver(config, strbuf_sv(&name));
    return r != NULL && has_type(r, type) ? r : NULL;
}

static bool read_message(struct exchange *x, struct bridge_message *m)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct err err;

    if (exchange_body(x).n > BODY_MAX) {
        reply_plain(x, 413, SV("request body too large\n"));
        return false;
    }
    if (bridge_read_json(exchange_body(x), &x->loop->arena, m, &err))
        return true;
    strbuf_addf(&text, "Bad Request: %s\n", err.text);
    reply_plain(x, err.kind == ERR_LIMIT ? 413 : 400, strbuf_sv(&text));
    return false;
}

static void take(struct exchange *x, const char *type)
{
    struct bridge_message m;
    const struct config *config = exchange_config(x);
    const struct receiver *r = find_receiver(config, x->routed.param, type);

    if (r == NULL)
        reply_plain(x, 404, SV("404 page not found\n"));
    else if (!read_message(x, &m))
        ; /* answered */
    else if (!trials_take_place(&server_of(x)->bridged, SENDS_AT_ONCE))
        reply_busy(x);
    else {
        deliver(x, config, r, type, &m);
        return;
    }
    config_unref(config);
}

void bridge_dingtalk(struct exchange *x)
{
    take(x, "dingtalk");
}

void bridge_wecom(struct exchange *x)
{
    take(x, "wecom");
}
