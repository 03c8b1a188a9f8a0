#include "api.h"
#include "read.h"

static bool alert_status_member(struct jr *r, struct sv key, void *object)
{
    struct api_alert *a = object;

    if (sv_eq(key, SV("state")))
        return read_text(r, &a->state);
    if (sv_eq(key, SV("inhibitedBy")))
        return read_strings(r, &a->inhibited_by);
    if (sv_eq(key, SV("mutedBy")))
        return read_strings(r, &a->muted_by);
    if (sv_eq(key, SV("silencedBy")))
        return read_strings(r, &a->silenced_by);
    return jr_skip(r);
}

static bool name_member(struct jr *r, struct sv key, void *object)
{
    return sv_eq(key, SV("name")) ? read_text(r, object) : jr_skip(r);
}

static bool name_item(struct jr *r, void *object)
{
    return read_object(r, name_member, object);
}

static bool read_receivers(struct jr *r, struct strings_sv *out)
{
    void *v;

    const bool ok = read_array(r, sizeof(struct sv), name_item, &v, &out->n);
    out->v = v;
    return ok;
}

static bool alert_member(struct jr *r, struct sv key, void *object)
{
    struct api_alert *a = object;

    if (sv_eq(key, SV("labels")))
        return read_pairs(r, &a->labels);
    if (sv_eq(key, SV("annotations")))
        return read_pairs(r, &a->annotations);
    if (sv_eq(key, SV("startsAt")))
        return read_time(r, &a->starts_at);
    if (sv_eq(key, SV("endsAt")))
        return read_time(r, &a->ends_at);
    if (sv_eq(key, SV("updatedAt")))
        return read_time(r, &a->updated_at);
    if (sv_eq(key, SV("fingerprint")))
        return read_text(r, &a->fingerprint);
    if (sv_eq(key, SV("generatorURL")))
        return read_text(r, &a->generator_url);
    if (sv_eq(key, SV("receivers")))
        return read_receivers(r, &a->receivers);
    if (sv_eq(key, SV("status")))
        return read_object(r, alert_status_member, a);
    return jr_skip(r);
}

static bool alert_item(struct jr *r, void *object)
{
    return read_object(r, alert_member, object);
}

static bool read_alert_list(struct jr *r, struct api_alerts *out)
{
    void *v;

    const bool ok = read_array(r, sizeof(struct api_alert), alert_item, &v, &out->n);
    out->v = v;
    return ok;
}

static bool group_member(struct jr *r, struct sv key, void *object)
{
    struct api_group *g = object;

    if (sv_eq(key, SV("labels")))
        return read_pairs(r, &g->labels);
    if (sv_eq(key, SV("routeLabels")))
        return read_pairs(r, &g->route_labels);
    if (sv_eq(key, SV("receiver")))
        return read_object(r, name_member, &g->receiver);
    if (sv_eq(key, SV("alerts")))
        return read_alert_list(r, &g->alerts);
    return jr_skip(r);
}

static bool group_item(struct jr *r, void *object)
{
    return read_object(r, group_member, object);
}

static bool matcher_member(struct jr *r, struct sv key, void *object)
{
    struct api_matcher *m = object;

    if (sv_eq(key, SV("name")))
        return read_text(r, &m->name);
    if (sv_eq(key, SV("value")))
        return read_text(r, &m->value);
    if (sv_eq(key, SV("isRegex")))
        return jr_bool(r, &m->is_regex);
    if (sv_eq(key, SV("isEqual")))
        return jr_peek(r) == JR_NULL ? jr_null(r) : jr_bool(r, &m->is_equal);
    return jr_skip(r);
}

static bool matcher_item(struct jr *r, void *object)
{
    ((struct api_matcher *)object)->is_equal = true; /* what older servers mean when they leave it out */
    return read_object(r, matcher_member, object);
}

static bool state_member(struct jr *r, struct sv key, void *object)
{
    return sv_eq(key, SV("state")) ? read_text(r, object) : jr_skip(r);
}

static bool silence_member(struct jr *r, struct sv key, void *object)
{
    struct api_silence *s = object;
    void *v;

    if (sv_eq(key, SV("id")))
        return read_text(r, &s->id);
    if (sv_eq(key, SV("comment")))
        return read_text(r, &s->comment);
    if (sv_eq(key, SV("createdBy")))
        return read_text(r, &s->created_by);
    if (sv_eq(key, SV("startsAt")))
        return read_time(r, &s->starts_at);
    if (sv_eq(key, SV("endsAt")))
        return read_time(r, &s->ends_at);
    if (sv_eq(key, SV("updatedAt")))
        return read_time(r, &s->updated_at);
    if (sv_eq(key, SV("status")))
        return read_object(r, state_member, &s->state);
    if (sv_eq(key, SV("annotations"))) {
        s->has_annotations = true;
        return read_pairs(r, &s->annotations);
    }
    if (!sv_eq(key, SV("matchers")))
        return jr_skip(r);
    const bool ok = read_array(r, sizeof(struct api_matcher), matcher_item, &v, &s->n_matchers);
    s->matchers = v;
    return ok;
}

static bool silence_item(struct jr *r, void *object)
{
    return read_object(r, silence_member, object);
}

static bool peer_member(struct jr *r, struct sv key, void *object)
{
    struct api_peer *p = object;

    if (sv_eq(key, SV("address")))
        return read_text(r, &p->address);
    if (sv_eq(key, SV("name")))
        return read_text(r, &p->name);
    return jr_skip(r);
}

static bool peer_item(struct jr *r, void *object)
{
    return read_object(r, peer_member, object);
}

static bool cluster_member(struct jr *r, struct sv key, void *object)
{
    struct api_status *s = object;
    void *v;

    if (sv_eq(key, SV("status")))
        return read_text(r, &s->cluster_status);
    if (sv_eq(key, SV("name"))) {
        s->has_cluster_name = true;
        return read_text(r, &s->cluster_name);
    }
    if (!sv_eq(key, SV("peers")))
        return jr_skip(r);
    const bool ok = read_array(r, sizeof(struct api_peer), peer_item, &v, &s->n_peers);
    s->peers = v;
    return ok;
}

static bool original_member(struct jr *r, struct sv key, void *object)
{
    return sv_eq(key, SV("original")) ? read_text(r, object) : jr_skip(r);
}

static bool status_member(struct jr *r, struct sv key, void *object)
{
    struct api_status *s = object;

    if (sv_eq(key, SV("cluster")))
        return read_object(r, cluster_member, s);
    if (sv_eq(key, SV("config")))
        return read_object(r, original_member, &s->original);
    if (sv_eq(key, SV("uptime")))
        return read_text(r, &s->uptime);
    if (sv_eq(key, SV("versionInfo")))
        return read_pairs(r, &s->version);
    return jr_skip(r);
}

static bool status_item(struct jr *r, void *object)
{
    return read_object(r, status_member, object);
}

bool api_read_alerts(struct sv json, struct arena *mem, struct api_alerts *out, struct err *err)
{
    struct jr r;

    jr_init(&r, json, mem);
    return read_finish(&r, read_alert_list(&r, out), err);
}

bool api_read_groups(struct sv json, struct arena *mem, struct api_groups *out, struct err *err)
{
    struct jr r;
    void *v;

    jr_init(&r, json, mem);
    const bool ok = read_array(&r, sizeof(struct api_group), group_item, &v, &out->n);
    out->v = v;
    return read_finish(&r, ok, err);
}

bool api_read_silences(struct sv json, struct arena *mem, struct api_silences *out, struct err *err)
{
    struct jr r;
    void *v;

    jr_init(&r, json, mem);
    const bool ok = read_array(&r, sizeof(struct api_silence), silence_item, &v, &out->n);
    out->v = v;
    return read_finish(&r, ok, err);
}

bool api_read_silence(struct sv json, struct arena *mem, struct api_silence *out, struct err *err)
{
    struct jr r;

    *out = (struct api_silence){0};
    jr_init(&r, json, mem);
    return read_finish(&r, silence_item(&r, out), err);
}

bool api_read_status(struct sv json, struct arena *mem, struct api_status *out, struct err *err)
{
    struct jr r;

    *out = (struct api_status){0};
    jr_init(&r, json, mem);
    return read_finish(&r, status_item(&r, out), err);
}

bool api_read_pairs(struct sv json, struct arena *mem, struct pairs_sv *out, struct err *err)
{
    struct jr r;

    jr_init(&r, json, mem);
    return read_finish(&r, read_pairs(&r, out), err);
}
