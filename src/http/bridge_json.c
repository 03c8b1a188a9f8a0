#include "bridge_json.h"

#include <string.h>

enum { STATUS, LABELS, ANNOTATIONS, STARTS_AT, ENDS_AT, GENERATOR_URL };
static const char *const alert_keys[] = {"status", "labels",       "annotations", "startsAt",
                                         "endsAt", "generatorURL", NULL};

enum { RECEIVER, EXTERNAL_URL, GROUP_KEY, REASON, GROUP_LABELS, ALERTS };
static const char *const message_keys[] = {"receiver",    "externalURL", "groupKey", "notification_reason",
                                           "groupLabels", "alerts",      NULL};

static bool read_status(struct jr *r, bool *firing)
{
    struct sv status = SV("firing");

    if (!json_string(r, &status))
        return false;
    *firing = !sv_eq(status, SV("resolved"));
    return true;
}

static bool read_alert_field(struct jr *r, int field, struct bridge_alert *a)
{
    bool present;

    switch (field) {
    case STATUS:
        return read_status(r, &a->firing);
    case LABELS:
        return json_map(r, &a->labels);
    case ANNOTATIONS:
        return json_map(r, &a->annotations);
    case STARTS_AT:
        return json_stamp(r, &a->starts_at, &present);
    case ENDS_AT:
        return json_stamp(r, &a->ends_at, &present);
    case GENERATOR_URL:
        return json_string(r, &a->generator_url);
    default:
        return jr_skip(r);
    }
}

static bool read_alert(struct jr *r, struct bridge_alert *a)
{
    struct sv key;

    *a = (struct bridge_alert){.starts_at = STAMP_UNSET, .ends_at = STAMP_UNSET, .firing = true};
    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "template.Alert");
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key))
        if (!read_alert_field(r, json_field(key, alert_keys), a))
            return false;
    return !r->failed;
}

static bool read_alerts(struct jr *r, struct bridge_message *m)
{
    size_t cap = 0;

    m->n = 0; /* given twice, the last one counts */
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    if (jr_peek(r) != JR_ARRAY)
        return json_wrong_type(r, "template.Alerts");
    if (!jr_array(r))
        return false;
    while (jr_next(r)) {
        if (!json_grow(r, &m->v, m->n, &cap, sizeof *m->v))
            return false;
        if (!read_alert(r, &m->v[m->n]))
            return false;
        m->n++;
    }
    return !r->failed;
}

static bool read_message_field(struct jr *r, int field, struct bridge_message *m)
{
    switch (field) {
    case RECEIVER:
        return json_string(r, &m->receiver);
    case EXTERNAL_URL:
        return json_string(r, &m->external_url);
    case GROUP_KEY:
        return json_string(r, &m->group_key);
    case REASON:
        return json_string(r, &m->reason);
    case GROUP_LABELS:
        return json_map(r, &m->group_labels);
    case ALERTS:
        return read_alerts(r, m);
    default:
        return jr_skip(r);
    }
}

static bool read_message(struct jr *r, struct bridge_message *m)
{
    struct sv key;

    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "models.WebhookMessage");
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key))
        if (!read_message_field(r, json_field(key, message_keys), m))
            return false;
    return !r->failed;
}

bool bridge_read_json(struct sv body, struct arena *mem, struct bridge_message *out, struct err *err)
{
    struct jr r;

    *out = (struct bridge_message){0};
    jr_init(&r, body, mem);
    if (read_message(&r, out))
        return true;
    *err = r.err;
    return false;
}
