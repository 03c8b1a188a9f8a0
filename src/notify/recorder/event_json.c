#include "event_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "codec/digest.h"
#include "codec/jw.h"
#include "codec/rfc3339.h"

static const struct {
    const char *type, *member;
} kinds[EVENT_KINDS] = {
    [EVENT_ALERT_CREATED] = {"alert_created", "alertCreated"},
    [EVENT_ALERT_GROUPED] = {"alert_grouped", "alertGrouped"},
    [EVENT_ALERT_SETTLED] = {"alert_resolved", "alertResolved"},
    [EVENT_ALERT_SILENCED] = {"silence_muted_alert", "silenceMutedAlert"},
    [EVENT_ALERT_INHIBITED] = {"inhibition_muted_alert", "inhibitionMutedAlert"},
    [EVENT_NOTIFICATION_DELIVERED] = {"notification", "notification"},
    [EVENT_SILENCE_CREATED] = {"silence_created", "silenceCreated"},
    [EVENT_SILENCE_UPDATED] = {"silence_updated", "silenceUpdated"},
    [EVENT_STARTUP] = {"alertmanager_startup_event", "alertmanagerStartupEvent"},
    [EVENT_SHUTDOWN] = {"alertmanager_shutdown_event", "alertmanagerShutdownEvent"},
};

const char *event_json_type(const struct event *ev)
{
    /* Where nothing had to be sent, nobody was notified. */
    if (ev->kind == EVENT_NOTIFICATION_DELIVERED && ev->decision->n_alerts == 0)
        return NULL;
    return kinds[ev->kind].type;
}

/* ---- values ---- */

/* 0, 3, 6 or 9 digits of the second. */
static void put_stamp(struct jw *w, struct sv key, struct stamp t)
{
    char text[STAMP_TEXT_MAX], out[STAMP_TEXT_MAX + 16];
    struct stamp whole = stamp_utc(t);
    const int32_t nsec = whole.nsec;

    whole.nsec = 0;
    const size_t n = stamp_print_nano(whole, text) - 1; /* without the Z */
    if (nsec == 0)
        (void)snprintf(out, sizeof out, "%.*sZ", (int)n, text);
    else if (nsec % 1000000 == 0)
        (void)snprintf(out, sizeof out, "%.*s.%03" PRId32 "Z", (int)n, text, nsec / 1000000);
    else if (nsec % 1000 == 0)
        (void)snprintf(out, sizeof out, "%.*s.%06" PRId32 "Z", (int)n, text, nsec / 1000);
    else
        (void)snprintf(out, sizeof out, "%.*s.%09" PRId32 "Z", (int)n, text, nsec);
    jw_kstr(w, key, sv_of(out));
}

static void put_u64(struct jw *w, struct sv key, uint64_t v)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, v);
    jw_kstr(w, key, sv_of(text));
}

static void put_text(struct jw *w, struct sv key, struct sv text)
{
    if (text.n != 0)
        jw_kstr(w, key, text);
}

static void put_seconds(struct jw *w, struct sv key, dur_ns d)
{
    char text[48];

    if (d % NS_PER_S == 0)
        (void)snprintf(text, sizeof text, "%" PRId64 "s", d / NS_PER_S);
    else
        (void)snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64 "s", d / NS_PER_S,
                       d % NS_PER_S / NS_PER_MS);
    jw_kstr(w, key, sv_of(text));
}

static void open_member(struct jw *w, struct sv key)
{
    jw_key(w, key);
    jw_object(w);
}

static void open_list(struct jw *w, struct sv key)
{
    jw_key(w, key);
    jw_array(w);
}

static void put_labels(struct jw *w, struct sv key, const struct labels *ls)
{
    open_member(w, key);
    if (ls->n != 0)
        open_list(w, SV("labels"));
    for (size_t i = 0; i < ls->n; i++) {
        jw_object(w);
        put_text(w, SV("key"), istr_sv(ls->v[i].name));
        put_text(w, SV("value"), istr_sv(ls->v[i].value));
        jw_end(w);
    }
    if (ls->n != 0)
        jw_end(w);
    jw_end(w);
}

static void put_matchers(struct jw *w, struct sv key, const struct matchers *ms)
{
    static const char *const types[] = {[MATCH_EQ] = "TYPE_EQUAL",
                                        [MATCH_NE] = "TYPE_NOT_EQUAL",
                                        [MATCH_RE] = "TYPE_REGEXP",
                                        [MATCH_NRE] = "TYPE_NOT_REGEXP"};
    if (ms->n == 0)
        return;
    open_list(w, key);
    for (size_t i = 0; i < ms->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        matcher_print(&text, &ms->v[i]);
        jw_object(w);
        jw_kstr(w, SV("type"), sv_of(types[ms->v[i].op]));
        put_text(w, SV("name"), istr_sv(ms->v[i].name));
        put_text(w, SV("pattern"), istr_sv(ms->v[i].value));
        put_text(w, SV("rendered"), strbuf_sv(&text));
        jw_end(w);
    }
    jw_end(w);
}

/* ---- alerts and groups ---- */

static void put_alert(struct jw *w, struct sv key, const struct alert *a, struct stamp ends_at, bool firing)
{
    open_member(w, key);
    put_u64(w, SV("fingerprint"), a->labels->fp);
    put_text(w, SV("name"), labels_get(a->labels, SV("alertname")));
    put_labels(w, SV("labels"), a->labels);
    put_labels(w, SV("annotations"), a->annotations);
    put_stamp(w, SV("startsAt"), a->starts_at);
    put_stamp(w, SV("endsAt"), ends_at);
    if (!firing)
        jw_kbool(w, SV("resolved"), true);
    jw_end(w);
}

static void put_hash(struct jw *w, const struct alert *a)
{
    put_u64(w, SV("hash"), labels_dedup_hash(a->labels));
}

static void put_group(struct jw *w, const struct event_group *g, bool whole)
{
    char id[65];

    sha256_hex(sv_of(g->key), id);
    open_member(w, SV("groupInfo"));
    jw_kstr(w, SV("groupKey"), sv_of(g->key));
    put_labels(w, SV("groupLabels"), g->labels);
    jw_kstr(w, SV("groupId"), sv_of(id));
    jw_kstr(w, SV("receiverName"), sv_of(g->route->receiver->name));
    if (whole) {
        put_matchers(w, SV("matchers"), &g->route->matchers);
        jw_kstr(w, SV("groupUuid"), sv_of(g->uuid));
    }
    jw_end(w);
}

static void put_created(struct jw *w, const struct event *ev)
{
    put_alert(w, SV("alert"), ev->alert, ev->alert->ends_at, !alert_resolved_at(ev->alert, ev->at));
}

static void put_grouped(struct jw *w, const struct event *ev)
{
    open_member(w, SV("alert"));
    put_hash(w, ev->alert);
    put_alert(w, SV("details"), ev->alert, ev->alert->ends_at, !alert_resolved_at(ev->alert, ev->at));
    jw_end(w);
    put_group(w, ev->group, false);
}

/* ---- notifications ---- */

static const char *reason_name(enum notify_reason r)
{
    static const char *const names[] = {[REASON_NONE] = "NOTIFY_REASON_UNSPECIFIED",
                                        [REASON_FIRST] = "NOTIFY_REASON_FIRST_NOTIFICATION",
                                        [REASON_NEW_ALERTS] = "NOTIFY_REASON_NEW_ALERTS_IN_GROUP",
                                        [REASON_SOME_RESOLVED] = "NOTIFY_REASON_NEW_RESOLVED_ALERTS",
                                        [REASON_ALL_RESOLVED] = "NOTIFY_REASON_ALL_ALERTS_RESOLVED",
                                        [REASON_REPEAT] = "NOTIFY_REASON_REPEAT_INTERVAL_ELAPSED"};
    return names[(size_t)r < COUNT_OF(names) ? r : REASON_NONE];
}

static void put_told(struct jw *w, const struct event *decision)
{
    open_list(w, SV("alerts"));
    for (size_t i = 0; i < decision->n_alerts; i++) {
        const struct delivery_alert *a = &decision->alerts[i];
        jw_object(w);
        put_hash(w, a->alert);
        /* One that fires is shown without the end that it was given. */
        put_alert(w, SV("details"), a->alert, a->firing ? STAMP_UNSET : a->alert->ends_at, a->firing);
        jw_end(w);
    }
    jw_end(w);
}

enum part { PART_FIRING, PART_RESOLVED, PART_MUTED };

static enum part part_of(const struct event_alert *a)
{
    if (a->muted)
        return PART_MUTED;
    return a->firing ? PART_FIRING : PART_RESOLVED;
}

static void put_part(struct jw *w, struct sv key, const struct event *decision, enum part part)
{
    bool open = false;

    for (size_t i = 0; i < decision->n_batch; i++) {
        if (part_of(&decision->batch[i]) != part)
            continue;
        if (!open)
            open_list(w, key);
        open = true;
        jw_object(w);
        put_hash(w, decision->batch[i].alert);
        jw_end(w);
    }
    if (open)
        jw_end(w);
}

static void put_notification(struct jw *w, const struct event *ev)
{
    const struct event *decision = ev->decision;

    put_told(w, decision);
    put_part(w, SV("firingAlerts"), decision, PART_FIRING);
    put_part(w, SV("resolvedAlerts"), decision, PART_RESOLVED);
    put_part(w, SV("mutedAlerts"), decision, PART_MUTED);
    put_group(w, decision->group, true);
    put_seconds(w, SV("repeatInterval"), decision->group->route->repeat_interval);
    jw_kstr(w, SV("reason"), sv_of(reason_name(decision->reason)));
    put_u64(w, SV("flushId"), decision->flush_id);
    open_member(w, SV("integration"));
    jw_kstr(w, SV("name"), sv_of(decision->integration->type->name));
    if (decision->integration->index != 0)
        put_u64(w, SV("index"), decision->integration->index);
    jw_end(w);
}

/* ---- silences and inhibition ---- */

static void put_silence(struct jw *w, const struct silence *s)
{
    open_member(w, SV("silence"));
    jw_kstr(w, SV("id"), sv_of(s->id));
    put_matchers(w, SV("matchers"), &s->matchers);
    put_stamp(w, SV("startsAt"), s->starts_at);
    put_stamp(w, SV("endsAt"), s->ends_at);
    put_stamp(w, SV("updatedAt"), s->updated_at);
    put_text(w, SV("createdBy"), istr_sv(s->created_by));
    put_text(w, SV("comment"), istr_sv(s->comment));
    open_list(w, SV("matcherSets"));
    jw_object(w);
    put_matchers(w, SV("matchers"), &s->matchers);
    jw_end(w);
    jw_end(w);
    jw_end(w);
}

static void put_muted(struct jw *w, const struct event *ev)
{
    open_member(w, SV("mutedAlert"));
    put_labels(w, SV("labels"), ev->alert->labels);
    put_u64(w, SV("fingerprint"), ev->alert->labels->fp);
    jw_end(w);
}

static void put_inhibition(struct jw *w, const struct event *ev)
{
    const struct inhibit_rule *rule = &ev->group->config->inhibit_rules[ev->mute.rule];
    char source[24];

    open_list(w, SV("inhibitRules"));
    jw_object(w);
    put_text(w, SV("name"), sv_of(rule->name));
    put_matchers(w, SV("sourceMatchers"), &rule->source);
    put_matchers(w, SV("targetMatchers"), &rule->target);
    if (rule->n_equal != 0) {
        open_list(w, SV("equalLabels"));
        for (size_t i = 0; i < rule->n_equal; i++)
            jw_str(w, istr_sv(rule->equal[i]));
        jw_end(w);
    }
    jw_end(w);
    jw_end(w);
    put_muted(w, ev);
    (void)snprintf(source, sizeof source, "%" PRIu64, ev->mute.source);
    open_list(w, SV("inhibitingFingerprints"));
    jw_str(w, sv_of(source));
    jw_end(w);
}

/* ---- the envelope ---- */

static void put_data(struct jw *w, const struct event_envelope *env, const struct event *ev)
{
    switch (ev->kind) {
    case EVENT_ALERT_CREATED:
        put_created(w, ev);
        break;
    case EVENT_ALERT_GROUPED:
    case EVENT_ALERT_SETTLED:
        put_grouped(w, ev);
        break;
    case EVENT_NOTIFICATION_DELIVERED:
        put_notification(w, ev);
        break;
    case EVENT_SILENCE_CREATED:
    case EVENT_SILENCE_UPDATED:
        put_silence(w, ev->silence);
        break;
    case EVENT_ALERT_SILENCED:
        put_silence(w, ev->mute.silence);
        put_muted(w, ev);
        break;
    case EVENT_ALERT_INHIBITED:
        put_inhibition(w, ev);
        break;
    case EVENT_STARTUP:
        put_text(w, SV("version"), sv_of(env->version));
        put_text(w, SV("buildContext"), sv_of(env->build_context));
        break;
    default:
        break;
    }
}

void event_json(struct strbuf *out, const struct event_envelope *env, const struct event *ev)
{
    struct jw w;

    jw_init(&w, out, false);
    jw_object(&w);
    put_stamp(&w, SV("@timestamp"), ev->at);
    jw_kstr(&w, SV("instance"), sv_of(env->instance));
    open_member(&w, SV("data"));
    open_member(&w, sv_of(kinds[ev->kind].member));
    put_data(&w, env, ev);
    jw_end(&w);
    jw_end(&w);
    jw_end(&w);
}
