/* What templates see of a delivery: Data, Alerts and Alert (templates.md 5.1 and 12). */
#include "notify/data.h"
#include "notify/kv.h"

static struct sv status_text(bool firing)
{
    return firing ? SV("firing") : SV("resolved");
}

TVAL_FIELD(alert_status)
{
    return tval_str(status_text(((const struct delivery_alert *)p)->firing));
}

TVAL_FIELD(alert_labels)
{
    return kv_of_labels(((const struct delivery_alert *)p)->alert->labels);
}

TVAL_FIELD(alert_annotations)
{
    return kv_of_labels(((const struct delivery_alert *)p)->alert->annotations);
}

TVAL_FIELD(alert_starts_at)
{
    return tval_time(((const struct delivery_alert *)p)->alert->starts_at);
}

TVAL_FIELD(alert_ends_at)
{
    const struct delivery_alert *item = p;
    return tval_time(item->firing ? STAMP_UNSET : item->alert->ends_at);
}

TVAL_FIELD(alert_generator_url)
{
    return tval_str(istr_sv(((const struct delivery_alert *)p)->alert->generator_url));
}

TVAL_FIELD(alert_fingerprint)
{
    char text[17];
    fingerprint_print(((const struct delivery_alert *)p)->alert->labels->fp, text);
    const char *copy = arena_strndup(tmpl_run_arena(run), text, sizeof text - 1);
    return tval_str(sv_of(copy));
}

static const struct tfield alert_fields[] = {
    {"Status", alert_status, "status"},
    {"Labels", alert_labels, "labels"},
    {"Annotations", alert_annotations, "annotations"},
    {"StartsAt", alert_starts_at, "startsAt"},
    {"EndsAt", alert_ends_at, "endsAt"},
    {"GeneratorURL", alert_generator_url, "generatorURL"},
    {"Fingerprint", alert_fingerprint, "fingerprint"},
    {0},
};
static const struct tobj_type alert_type = {.go_type = "template.Alert", .fields = alert_fields};

static struct tval alert_at(const struct notify_data *data, size_t i)
{
    return (struct tval){.kind = TVAL_OBJECT, .obj = {&alert_type, &data->delivery->alerts[i]}};
}

static const struct tlist_type alert_list_type = {
    .go_type = "[]template.Alert",
    .len = tval_array_len,
    .at = tval_array_at,
};

static bool alerts_with(struct tmpl_run *run, const struct notify_data *data, bool firing, struct tval *ret,
                        struct err *err)
{
    struct tval *v = ARENA_ARRAY(tmpl_run_arena(run), struct tval, data->n_alerts);
    size_t n = 0;

    if (v == NULL)
        return tval_out_of_memory(err);
    for (size_t i = 0; i < data->n_alerts; i++)
        if (data->delivery->alerts[i].firing == firing)
            v[n++] = alert_at(data, i);
    *ret = tval_array(run, &alert_list_type, v, n);
    return true;
}

TVAL_METHOD(alerts_firing)
{
    return alerts_with(run, self.list.p, true, ret, err);
}

TVAL_METHOD(alerts_resolved)
{
    return alerts_with(run, self.list.p, false, ret, err);
}

static const struct tmethod alerts_methods[] = {
    {"Firing", 0, 0, alerts_firing, NULL},
    {"Resolved", 0, 0, alerts_resolved, NULL},
    {0},
};

static size_t alerts_len(const void *p)
{
    return ((const struct notify_data *)p)->n_alerts;
}

static struct tval alerts_at(struct tmpl_run *run TVAL_UNUSED, const void *p, size_t i)
{
    return alert_at(p, i);
}

static const struct tlist_type alerts_type = {
    .go_type = "template.Alerts",
    .len = alerts_len,
    .at = alerts_at,
    .methods = alerts_methods,
};

/* Data */

TVAL_FIELD(data_receiver)
{
    return tval_str(((const struct notify_data *)p)->receiver);
}

TVAL_FIELD(data_status)
{
    return tval_str(status_text(((const struct notify_data *)p)->firing));
}

TVAL_FIELD(data_alerts)
{
    return (struct tval){.kind = TVAL_LIST, .list = {&alerts_type, p}};
}

TVAL_FIELD(data_reason)
{
    return tval_str(sv_of(notify_reason_text(((const struct notify_data *)p)->reason)));
}

TVAL_FIELD(data_group_labels)
{
    return kv_of_labels(((const struct notify_data *)p)->delivery->group_labels);
}

TVAL_FIELD(data_common_labels)
{
    const struct notify_data *data = p;
    return kv_of_pairs(run, data->common_labels, data->n_common_labels);
}

TVAL_FIELD(data_common_annotations)
{
    const struct notify_data *data = p;
    return kv_of_pairs(run, data->common_annotations, data->n_common_annotations);
}

TVAL_FIELD(data_route_labels)
{
    const struct notify_data *data = p;
    return kv_of_pairs(run, data->route_labels, data->n_route_labels);
}

TVAL_FIELD(data_external_url)
{
    return tval_str(sv_of(((const struct notify_data *)p)->external_url));
}

TVAL_FIELD(data_actions)
{
    const struct notify_data *data = p;
    return kv_of_pairs(run, data->actions, data->n_actions);
}

TVAL_FIELD(data_at_mobiles)
{
    const struct notify_data *data = p;
    return tval_strings(run, data->at_mobiles, data->n_at_mobiles);
}

/* The route labels are shown as in the webhook's body. */
#define DATA_FIELDS                                                                                          \
    {"Receiver", data_receiver, "receiver"}, {"Status", data_status, "status"},                              \
        {"Alerts", data_alerts, "alerts"}, {"NotificationReason", data_reason, "notification_reason"},       \
        {"GroupLabels", data_group_labels, "groupLabels"},                                                   \
        {"CommonLabels", data_common_labels, "commonLabels"},                                                \
        {"CommonAnnotations", data_common_annotations, "commonAnnotations"},                                 \
        {"RouteLabels", data_route_labels, "routeLabels", .unless_empty = true},                             \
        {"ExternalURL", data_external_url, "externalURL"},                                                   \
    {                                                                                                        \
        "Actions", data_actions, .hidden = true                                                              \
    }

static const struct tfield data_fields[] = {DATA_FIELDS, {0}};
static const struct tobj_type data_type = {.go_type = "template.Data", .fields = data_fields};

/* As prometheus-webhook-dingtalk has it. */
static const struct tfield dingtalk_fields[] = {
    DATA_FIELDS, {"AtMobiles", data_at_mobiles, "atMobiles"}, {0}};
static const struct tobj_type dingtalk_type = {.go_type = "template.Data", .fields = dingtalk_fields};

struct tval notify_data_tval(const struct notify_data *data)
{
    const struct tobj_type *type = data->at_mobiles != NULL ? &dingtalk_type : &data_type;
    return (struct tval){.kind = TVAL_OBJECT, .obj = {type, data}};
}
