#include "notify/data.h"

#include "base/log.h"
#include "codec/jw.h"
#include "codec/rfc3339.h"
#include "core/act.h"
#include "text.h"

/* regexp.QuoteMeta: the receiver's name goes into links as a regular expression. */
struct sv notify_data_receiver(struct sv name, struct arena *mem)
{
    char *text = arena_alloc(mem, 2 * name.n + 1);
    size_t n = 0;

    if (text == NULL)
        return (struct sv){0};
    for (size_t i = 0; i < name.n; i++) {
        if (strchr("\\.+*?()|[]{}^$", name.p[i]) != NULL)
            text[n++] = '\\';
        text[n++] = name.p[i];
    }
    return (struct sv){text, n};
}

static const struct labels *labels_of(const struct alert *a)
{
    return a->labels;
}

static const struct labels *annotations_of(const struct alert *a)
{
    return a->annotations;
}

static bool all_have(const struct notify_data *data, const struct labels *(*side)(const struct alert *),
                     const struct label *pair)
{
    for (size_t i = 1; i < data->n_alerts; i++) {
        const struct istr *value = labels_find(side(data->delivery->alerts[i].alert), pair->name);
        /* As upstream has it, an annotation that is absent counts as empty. */
        if (value != pair->value && (value != NULL || pair->value->n != 0))
            return false;
    }
    return true;
}

/* The pairs that all alerts share. Interned values make that a comparison of pointers. */
static bool common_pairs(const struct notify_data *data, const struct labels *(*side)(const struct alert *),
                         struct arena *mem, struct label_sv **out, size_t *n)
{
    *n = 0;
    if (data->n_alerts == 0)
        return true;
    const struct labels *first = side(data->delivery->alerts[0].alert);
    *out = ARENA_ARRAY(mem, struct label_sv, first->n);
    if (*out == NULL)
        return false;
    for (size_t i = 0; i < first->n; i++)
        if (all_have(data, side, &first->v[i]))
            (*out)[(*n)++] = (struct label_sv){istr_sv(first->v[i].name), istr_sv(first->v[i].value)};
    return true;
}

/* A route label sees the others as they are written, and a reason that is always unknown (pipeline.md 8.5).
 */
static struct notify_data *route_label_view(const struct notify_data *data, const struct string_map *labels,
                                            struct arena *mem)
{
    struct notify_data *view = ARENA_NEW(mem, struct notify_data);

    if (view == NULL)
        return NULL;
    *view = *data;
    view->reason = REASON_UNKNOWN;
    view->route_labels = ARENA_ARRAY(mem, struct label_sv, labels->n);
    if (view->route_labels == NULL)
        return NULL;
    for (size_t i = 0; i < labels->n; i++)
        view->route_labels[view->n_route_labels++] =
            (struct label_sv){sv_of(labels->v[i].name), sv_of(labels->v[i].value)};
    return view;
}

static bool render_route_label(const struct notify_data *view, const struct string_pair *label,
                               struct now now, struct arena *mem, struct sv *out)
{
    static const struct tmpl_limits limits = {.expand_route_labels = true};
    struct err err = {0};

    *out = sv_of(label->value);
    if (!sv_contains(*out, SV("{{")))
        return true;
    if (tmpl_text(view->delivery->config->tmpl, *out, notify_data_tval(view), now, &limits, mem, out, &err))
        return true;
    log_warn("Failed to render route label", "label", label->name, "route", view->delivery->route->id, "err",
             err.text);
    return false;
}

static bool route_labels(struct notify_data *data, struct now now, struct arena *mem)
{
    const struct route *route = data->delivery->route;

    if (route == NULL || route->labels.n == 0)
        return true;
    const struct notify_data *view = route_label_view(data, &route->labels, mem);
    data->route_labels = ARENA_ARRAY(mem, struct label_sv, route->labels.n);
    if (view == NULL || data->route_labels == NULL)
        return false;
    for (size_t i = 0; i < route->labels.n; i++) {
        struct sv value;
        if (render_route_label(view, &route->labels.v[i], now, mem, &value))
            data->route_labels[data->n_route_labels++] =
                (struct label_sv){sv_of(route->labels.v[i].name), value};
    }
    return true;
}

struct notify_data *notify_data_new(const struct delivery *d, size_t max_alerts, const char *external_url,
                                    struct now now, struct arena *mem)
{
    struct notify_data *data = ARENA_NEW(mem, struct notify_data);

    if (data == NULL)
        return NULL;
    data->delivery = d;
    data->n_alerts = max_alerts != 0 && max_alerts < d->n_alerts ? max_alerts : d->n_alerts;
    data->receiver = d->receiver_name != NULL ? sv_of(d->receiver_name)
                                              : notify_data_receiver(sv_of(d->receiver->name), mem);
    data->reason = d->reason;
    data->external_url = external_url;
    for (size_t i = 0; i < data->n_alerts; i++)
        data->firing |= d->alerts[i].firing;
    if (!common_pairs(data, labels_of, mem, &data->common_labels, &data->n_common_labels) ||
        !common_pairs(data, annotations_of, mem, &data->common_annotations, &data->n_common_annotations) ||
        !route_labels(data, now, mem))
        return NULL;
    return data;
}

/* By name, as maps of templates are. */
static const char *const action_names[ACTION_KINDS] = {
    [ACTION_ACK] = "Ack",
    [ACTION_SILENCE_1H] = "Silence1h",
    [ACTION_SILENCE_4H] = "Silence4h",
    [ACTION_SILENCE_RESOLVED] = "SilenceResolved",
};

static bool has_actions(const struct notify_data *data)
{
    const struct delivery *d = data->delivery;
    return data->firing && d->route != NULL && d->trial == NULL;
}

bool notify_data_add_actions(struct notify_data *data, const struct action_keys *keys, dur_ns lifetime,
                             struct now now, struct arena *mem)
{
    const struct delivery *d = data->delivery;

    if (keys == NULL || !has_actions(data))
        return true;
    struct action_link link = {.group = group_id_of(d->route, d->group_labels),
                               .ends_at = stamp_add(now.wall, lifetime).sec};
    data->actions = ARENA_ARRAY(mem, struct label_sv, ACTION_KINDS);
    if (data->actions == NULL)
        return false;
    for (link.kind = 0; link.kind < ACTION_KINDS; link.kind++) {
        CLEANUP(strbuf_donep) struct strbuf url = {0};
        strbuf_addf(&url, "%s/action/", data->external_url);
        action_link_sign(keys, &link, &url);
        const char *kept = arena_strndup(mem, url.p, url.n);
        if (kept == NULL)
            return false;
        data->actions[data->n_actions++] =
            (struct label_sv){sv_of(action_names[link.kind]), (struct sv){kept, url.n}};
    }
    return true;
}

static void write_labels(struct jw *w, struct sv key, const struct labels *ls)
{
    jw_key(w, key);
    jw_object(w);
    for (size_t i = 0; i < ls->n; i++)
        jw_kstr(w, istr_sv(ls->v[i].name), istr_sv(ls->v[i].value));
    jw_end(w);
}

static void write_pairs(struct jw *w, struct sv key, const struct label_sv *pairs, size_t n)
{
    jw_key(w, key);
    jw_object(w);
    for (size_t i = 0; i < n; i++)
        jw_kstr(w, pairs[i].name, pairs[i].value);
    jw_end(w);
}

static void write_time(struct jw *w, struct sv key, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    jw_kstr(w, key, (struct sv){text, stamp_print_nano(t, text)});
}

static struct sv status_text(bool firing)
{
    return firing ? SV("firing") : SV("resolved");
}

static void write_alert(struct jw *w, const struct delivery_alert *item)
{
    const struct alert *a = item->alert;
    char fingerprint[17];

    fingerprint_print(a->labels->fp, fingerprint);
    jw_object(w);
    jw_kstr(w, SV("status"), status_text(item->firing));
    write_labels(w, SV("labels"), a->labels);
    write_labels(w, SV("annotations"), a->annotations);
    write_time(w, SV("startsAt"), a->starts_at);
    write_time(w, SV("endsAt"), item->firing ? STAMP_UNSET : a->ends_at);
    jw_kstr(w, SV("generatorURL"), istr_sv(a->generator_url));
    jw_kstr(w, SV("fingerprint"), sv_of(fingerprint));
    jw_end(w);
}

void notify_data_webhook(const struct notify_data *data, struct sv version, size_t truncated,
                         struct strbuf *out)
{
    const struct delivery *d = data->delivery;
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("receiver"), data->receiver);
    jw_kstr(&w, SV("status"), status_text(data->firing));
    jw_key(&w, SV("alerts"));
    jw_array(&w);
    for (size_t i = 0; i < data->n_alerts; i++)
        write_alert(&w, &d->alerts[i]);
    jw_end(&w);
    jw_kstr(&w, SV("notification_reason"), sv_of(notify_reason_text(data->reason)));
    write_labels(&w, SV("groupLabels"), d->group_labels);
    write_pairs(&w, SV("commonLabels"), data->common_labels, data->n_common_labels);
    write_pairs(&w, SV("commonAnnotations"), data->common_annotations, data->n_common_annotations);
    /* New in 0.34, and only there for routes that have labels: everybody else keeps getting the body they
     * know. */
    if (data->n_route_labels != 0)
        write_pairs(&w, SV("routeLabels"), data->route_labels, data->n_route_labels);
    jw_kstr(&w, SV("externalURL"), sv_of(data->external_url));
    jw_kstr(&w, SV("version"), version);
    jw_kstr(&w, SV("groupKey"), sv_of(d->group_key));
    jw_kint(&w, SV("truncatedAlerts"), (int64_t)truncated);
    jw_end(&w);
    strbuf_addc(out, '\n');
}
