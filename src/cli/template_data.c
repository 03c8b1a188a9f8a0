#include "template_data.h"

#include "codec/tz.h"
#include "load.h"
#include "notify/kv.h"
#include "read.h"

#define FILE_MAX ((size_t)64 << 20)

/* Reading. Go's decoder takes keys in any letter case. */

static bool alert_member(struct jr *r, struct sv key, void *object)
{
    struct template_alert *a = object;

    if (sv_eq_nocase(key, SV("status")))
        return read_text(r, &a->status);
    if (sv_eq_nocase(key, SV("labels")))
        return read_pairs(r, &a->labels);
    if (sv_eq_nocase(key, SV("annotations")))
        return read_pairs(r, &a->annotations);
    if (sv_eq_nocase(key, SV("startsAt")))
        return read_time(r, &a->starts_at);
    if (sv_eq_nocase(key, SV("endsAt")))
        return read_time(r, &a->ends_at);
    if (sv_eq_nocase(key, SV("generatorURL")))
        return read_text(r, &a->generator_url);
    if (sv_eq_nocase(key, SV("fingerprint")))
        return read_text(r, &a->fingerprint);
    return jr_skip(r);
}

static bool alert_item(struct jr *r, void *object)
{
    struct template_alert *a = object;

    a->starts_at.at = a->ends_at.at = STAMP_UNSET;
    return read_object(r, alert_member, a);
}

static bool read_alerts(struct jr *r, struct template_data *d)
{
    void *v;

    const bool ok = read_array(r, sizeof(struct template_alert), alert_item, &v, &d->n_alerts);
    d->alerts = v;
    return ok;
}

static bool data_member(struct jr *r, struct sv key, void *object)
{
    struct template_data *d = object;

    if (sv_eq_nocase(key, SV("receiver")))
        return read_text(r, &d->receiver);
    if (sv_eq_nocase(key, SV("status")))
        return read_text(r, &d->status);
    if (sv_eq_nocase(key, SV("alerts")))
        return read_alerts(r, d);
    if (sv_eq_nocase(key, SV("notification_reason")))
        return read_text(r, &d->reason);
    if (sv_eq_nocase(key, SV("groupLabels")))
        return read_pairs(r, &d->group_labels);
    if (sv_eq_nocase(key, SV("commonLabels")))
        return read_pairs(r, &d->common_labels);
    if (sv_eq_nocase(key, SV("commonAnnotations")))
        return read_pairs(r, &d->common_annotations);
    if (sv_eq_nocase(key, SV("routeLabels")))
        return read_pairs(r, &d->route_labels);
    if (sv_eq_nocase(key, SV("actions")))
        return read_pairs(r, &d->actions);
    if (sv_eq_nocase(key, SV("externalURL")))
        return read_text(r, &d->external_url);
    return jr_skip(r);
}

bool template_data_read(struct sv json, struct arena *mem, struct template_data *out, struct err *err)
{
    struct jr r;

    *out = (struct template_data){0};
    jr_init(&r, json, mem);
    return read_finish(&r, read_object(&r, data_member, out), err);
}

bool template_data_file(struct cli *c, const char *path, struct template_data *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (!cli_read_file(path, FILE_MAX, &text, err))
        return false;
    const char *kept = arena_strndup(&c->mem, text.n != 0 ? text.p : "", text.n);
    return template_data_read((struct sv){kept, text.n}, &c->mem, out, err);
}

#define SAMPLE                                                                                               \
    "{\"receiver\":\"receiver\",\"status\":\"alertstatus\",\"externalURL\":\"https://example.com\","         \
    "\"groupLabels\":{\"grouplabelkey1\":\"grouplabelvalue1\",\"grouplabelkey2\":\"grouplabelvalue2\"},"     \
    "\"commonLabels\":{\"commonlabelkey1\":\"commonlabelvalue1\",\"commonlabelkey2\":\"commonlabelvalue2\"}" \
    ","                                                                                                      \
    "\"commonAnnotations\":{\"commonannotationkey1\":\"commonannotationvalue1\","                            \
    "\"commonannotationkey2\":\"commonannotationvalue2\"},"                                                  \
    "\"alerts\":[{\"status\":\"firing\",\"labels\":{\"commonlabelkey1\":\"commonlabelvalue1\","              \
    "\"commonlabelkey2\":\"commonlabelvalue2\",\"instance\":\"foo.bar:1234\",\"label1\":\"value1\","         \
    "\"label2\":\"value2\"},\"annotations\":{\"annotation1\":\"value1\",\"annotation2\":\"value2\","         \
    "\"commonannotationkey1\":\"commonannotationvalue1\","                                                   \
    "\"commonannotationkey2\":\"commonannotationvalue2\"},\"generatorURL\":\"https://generatorurl.com\","    \
    "\"fingerprint\":\"fingerprint1\"},"                                                                     \
    "{\"status\":\"resolved\",\"labels\":{\"baz\":\"qux\",\"commonlabelkey1\":\"commonlabelvalue1\","        \
    "\"commonlabelkey2\":\"commonlabelvalue2\",\"foo\":\"bar\"},\"annotations\":{\"aaa\":\"bbb\","           \
    "\"ccc\":\"ddd\",\"commonannotationkey1\":\"commonannotationvalue1\","                                   \
    "\"commonannotationkey2\":\"commonannotationvalue2\"},\"generatorURL\":\"https://generatorurl.com\","    \
    "\"fingerprint\":\"fingerprint2\"}]}"

void template_data_sample(struct template_data *out, struct stamp now, struct arena *mem)
{
    struct err err;

    (void)!template_data_read(SV(SAMPLE), mem, out, &err); /* a constant that the tests read */
    for (size_t i = 0; i < out->n_alerts; i++) {
        out->alerts[i].starts_at.at = stamp_add(now, -(dur_ns)(i + 1) * 300 * NS_PER_S);
        out->alerts[i].ends_at.at = now;
    }
}

/* Showing */

static struct tval kv_of(struct tmpl_run *run, const struct pairs_sv *pairs)
{
    return kv_of_pairs(run, pairs->v, pairs->n);
}

/* As Go reads a time: an offset that is the local zone's at that time gets that zone and its name. */
static struct tval time_of(const struct api_time *t)
{
    struct tval v = tval_time(t->at);
    struct err ignored;
    const bool utc = t->text.n == 0 || t->text.p[t->text.n - 1] == 'Z';
    const struct tz *local = utc ? NULL : tz_load("Local", &ignored);

    if (local != NULL && tz_at(local, t->at.sec).seconds_east == t->at.off_min * 60)
        v.zone = local;
    return v;
}

#define ALERT ((const struct template_alert *)p)
TVAL_FIELD(alert_status)
{
    return tval_str(ALERT->status);
}
TVAL_FIELD(alert_labels)
{
    return kv_of(run, &ALERT->labels);
}
TVAL_FIELD(alert_annotations)
{
    return kv_of(run, &ALERT->annotations);
}
TVAL_FIELD(alert_starts_at)
{
    return time_of(&ALERT->starts_at);
}
TVAL_FIELD(alert_ends_at)
{
    return time_of(&ALERT->ends_at);
}
TVAL_FIELD(alert_generator_url)
{
    return tval_str(ALERT->generator_url);
}
TVAL_FIELD(alert_fingerprint)
{
    return tval_str(ALERT->fingerprint);
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

#define DATA ((const struct template_data *)p)

static struct tval alerts_at(struct tmpl_run *run TVAL_UNUSED, const void *p, size_t i)
{
    return (struct tval){.kind = TVAL_OBJECT, .obj = {&alert_type, &DATA->alerts[i]}};
}

static size_t alerts_len(const void *p)
{
    return DATA->n_alerts;
}

static const struct tlist_type alert_list_type = {
    .go_type = "[]template.Alert",
    .len = tval_array_len,
    .at = tval_array_at,
};

static bool alerts_with(struct tmpl_run *run, const struct template_data *d, struct sv status,
                        struct tval *ret, struct err *err)
{
    struct tval *v = ARENA_ARRAY(tmpl_run_arena(run), struct tval, d->n_alerts);
    size_t n = 0;

    if (v == NULL)
        return tval_out_of_memory(err);
    for (size_t i = 0; i < d->n_alerts; i++)
        if (sv_eq(d->alerts[i].status, status))
            v[n++] = alerts_at(run, d, i);
    *ret = tval_array(run, &alert_list_type, v, n);
    return true;
}

TVAL_METHOD(alerts_firing)
{
    return alerts_with(run, self.list.p, SV("firing"), ret, err);
}
TVAL_METHOD(alerts_resolved)
{
    return alerts_with(run, self.list.p, SV("resolved"), ret, err);
}

static const struct tmethod alerts_methods[] = {
    {"Firing", 0, 0, alerts_firing, NULL},
    {"Resolved", 0, 0, alerts_resolved, NULL},
    {0},
};
static const struct tlist_type alerts_type = {
    .go_type = "template.Alerts",
    .len = alerts_len,
    .at = alerts_at,
    .methods = alerts_methods,
};

TVAL_FIELD(data_receiver)
{
    return tval_str(DATA->receiver);
}
TVAL_FIELD(data_status)
{
    return tval_str(DATA->status);
}
TVAL_FIELD(data_alerts)
{
    return (struct tval){.kind = TVAL_LIST, .list = {&alerts_type, p}};
}
TVAL_FIELD(data_reason)
{
    return tval_str(DATA->reason);
}
TVAL_FIELD(data_group_labels)
{
    return kv_of(run, &DATA->group_labels);
}
TVAL_FIELD(data_common_labels)
{
    return kv_of(run, &DATA->common_labels);
}
TVAL_FIELD(data_common_annotations)
{
    return kv_of(run, &DATA->common_annotations);
}
TVAL_FIELD(data_route_labels)
{
    return kv_of(run, &DATA->route_labels);
}
TVAL_FIELD(data_actions)
{
    return kv_of(run, &DATA->actions);
}
TVAL_FIELD(data_external_url)
{
    return tval_str(DATA->external_url);
}

static const struct tfield data_fields[] = {
    {"Receiver", data_receiver, "receiver"},
    {"Status", data_status, "status"},
    {"Alerts", data_alerts, "alerts"},
    {"NotificationReason", data_reason, "notification_reason"},
    {"GroupLabels", data_group_labels, "groupLabels"},
    {"CommonLabels", data_common_labels, "commonLabels"},
    {"CommonAnnotations", data_common_annotations, "commonAnnotations"},
    {"RouteLabels", data_route_labels, "routeLabels"},
    {"ExternalURL", data_external_url, "externalURL"},
    {"Actions", data_actions, .hidden = true},
    {0},
};
static const struct tobj_type data_type = {.go_type = "template.Data", .fields = data_fields};

struct tval template_data_tval(const struct template_data *data)
{
    return (struct tval){.kind = TVAL_OBJECT, .obj = {&data_type, data}};
}
