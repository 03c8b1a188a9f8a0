#include "history_json.h"

#include <string.h>

#include "codec/jw.h"
#include "core/act.h"
#include "json_put.h"

/* Of a notification for more alerts, the rest is only counted. */
#define ALERTS_MAX 500

static void put_kfp(struct jw *w, struct sv key, uint64_t fp)
{
    jw_key(w, key);
    put_fp(w, fp);
}

static void put_text(struct jw *w, struct sv key, const char *text)
{
    jw_kstr(w, key, sv_of(text != NULL ? text : ""));
}

static struct sv without_prefix(const char *text, const char *prefix)
{
    const size_t n = strlen(prefix);
    return sv_of(strncmp(text, prefix, n) == 0 ? text + n : text);
}

static void put_state(struct jw *w, bool firing)
{
    jw_kstr(w, SV("state"), firing ? SV("firing") : SV("resolved"));
}

/* ---- notifications ---- */

static void put_told(struct jw *w, const struct event *decision)
{
    jw_key(w, SV("alerts"));
    jw_array(w);
    for (size_t i = 0; i < decision->n_alerts && i < ALERTS_MAX; i++) {
        const struct delivery_alert *a = &decision->alerts[i];
        jw_object(w);
        put_kfp(w, SV("fingerprint"), a->alert->labels->fp);
        put_state(w, a->firing);
        put_labels(w, SV("labels"), a->alert->labels);
        jw_end(w);
    }
    jw_end(w);
}

static void put_counts(struct jw *w, const struct event *decision)
{
    int64_t firing = 0, resolved = 0;

    for (size_t i = 0; i < decision->n_alerts; i++)
        ++*(decision->alerts[i].firing ? &firing : &resolved);
    jw_kint(w, SV("firing"), firing);
    jw_kint(w, SV("resolved"), resolved);
    jw_kint(w, SV("muted"), (int64_t)decision->n_held);
}

static void put_seconds(struct jw *w, struct sv key, dur_ns d)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addg(&text, (double)d / (double)NS_PER_S);
    jw_key(w, key);
    jw_raw(w, strbuf_sv(&text));
}

static void put_notification(struct jw *w, const struct event *ev)
{
    const struct event *decision = ev->decision;
    const struct event_group *g = decision->group;

    jw_kstr(w, SV("kind"), without_prefix(event_kind_text(ev->kind), "notification_"));
    put_stamp(w, SV("decidedAt"), decision->at);
    put_text(w, SV("receiver"), g->route->receiver->name);
    put_text(w, SV("integration"), decision->integration->type->name);
    jw_kint(w, SV("index"), (int64_t)decision->integration->index);
    put_text(w, SV("groupKey"), g->key);
    put_labels(w, SV("groupLabels"), g->labels);
    put_text(w, SV("groupId"), g->uuid);
    jw_kint(w, SV("flush"), (int64_t)decision->flush_id);
    put_text(w, SV("reason"), notify_reason_text(decision->reason));
    jw_kint(w, SV("attempts"), ev->attempts);
    jw_kint(w, SV("status"), ev->status);
    put_text(w, SV("failure"), failure_text(ev->failure));
    put_text(w, SV("error"), ev->error);
    put_seconds(w, SV("durationSeconds"), ev->took);
    put_counts(w, decision);
    put_told(w, decision);
}

/* ---- mutings ---- */

static void put_cause(struct jw *w, const struct event *ev)
{
    const struct silence *s = ev->mute.silence;
    const struct config *c = ev->group->config;

    jw_key(w, SV("silence"));
    if (s != NULL) {
        jw_object(w);
        put_text(w, SV("id"), s->id);
        jw_kstr(w, SV("createdBy"), istr_sv(s->created_by));
        jw_kstr(w, SV("comment"), istr_sv(s->comment));
        put_stamp(w, SV("endsAt"), s->ends_at);
        jw_end(w);
    } else {
        jw_null(w);
    }
    jw_key(w, SV("inhibition"));
    if (ev->mute.cause == MUTE_INHIBITION) {
        jw_object(w);
        put_kfp(w, SV("source"), ev->mute.source);
        jw_kint(w, SV("rule"), (int64_t)ev->mute.rule);
        put_text(w, SV("name"), c->inhibit_rules[ev->mute.rule].name);
        jw_end(w);
    } else {
        jw_null(w);
    }
    put_text(w, SV("intervals"), ev->mute.intervals);
    jw_kbool(w, SV("outsideActive"), ev->mute.outside_active);
}

static void put_muting(struct jw *w, const struct event *ev)
{
    const struct event_group *g = ev->group;

    jw_kstr(w, SV("kind"), sv_of(mute_cause_text(ev->mute.cause)));
    if (ev->alert != NULL) {
        jw_kstr(w, SV("scope"), SV("alert"));
        put_kfp(w, SV("fingerprint"), ev->alert->labels->fp);
        put_labels(w, SV("labels"), ev->alert->labels);
    } else {
        jw_kstr(w, SV("scope"), SV("group"));
        jw_kstr(w, SV("fingerprint"), SV(""));
        put_labels(w, SV("labels"), g->labels);
    }
    put_text(w, SV("receiver"), g->route->receiver->name);
    put_text(w, SV("groupKey"), g->key);
    put_cause(w, ev);
}

/* ---- audit ---- */

static void put_silence(struct jw *w, const struct silence *s)
{
    jw_key(w, SV("silence"));
    if (s == NULL) {
        jw_null(w);
        return;
    }
    jw_object(w);
    put_text(w, SV("id"), s->id);
    put_matchers(w, &s->matchers);
    put_stamp(w, SV("startsAt"), s->starts_at);
    put_stamp(w, SV("endsAt"), s->ends_at);
    jw_kstr(w, SV("createdBy"), istr_sv(s->created_by));
    jw_kstr(w, SV("comment"), istr_sv(s->comment));
    put_labels(w, SV("annotations"), s->annotations);
    jw_end(w);
}

static void put_letter(struct jw *w, const struct dead_letter *l)
{
    jw_key(w, SV("letter"));
    if (l == NULL) {
        jw_null(w);
        return;
    }
    jw_object(w);
    put_text(w, SV("id"), l->id);
    put_text(w, SV("receiver"), l->receiver);
    put_text(w, SV("integration"), l->type);
    jw_kint(w, SV("index"), (int64_t)l->index);
    put_text(w, SV("groupKey"), l->group_key);
    put_text(w, SV("cause"), letter_cause_text(l->cause));
    put_text(w, SV("error"), l->error);
    jw_end(w);
}

/* The group, and for how many of its alerts that was. */
static void put_ack(struct jw *w, const struct event *ev)
{
    jw_key(w, SV("ack"));
    if (ev->ack == NULL) {
        jw_null(w);
        return;
    }
    jw_object(w);
    put_text(w, SV("groupKey"), ev->group->key);
    put_text(w, SV("receiver"), ev->group->route->receiver->name);
    put_labels(w, SV("labels"), ev->group->labels);
    put_text(w, SV("by"), ev->ack->by);
    put_text(w, SV("comment"), ev->ack->comment);
    put_stamp(w, SV("at"), ev->ack->at);
    jw_kint(w, SV("alerts"), (int64_t)ev->ack->n);
    jw_end(w);
}

static void put_audit(struct jw *w, const struct event *ev)
{
    put_text(w, SV("kind"), event_kind_text(ev->kind));
    put_text(w, SV("user"), ev->by.name);
    put_text(w, SV("address"), ev->by.address);
    put_text(w, SV("agent"), ev->by.agent);
    put_silence(w, ev->silence);
    put_letter(w, ev->letter);
    jw_kbool(w, SV("byLink"), ev->by.by_link);
    put_ack(w, ev);
}

/* ---- the whole ---- */

void history_encode(struct strbuf *out, const struct event *ev)
{
    struct jw w;

    jw_init(&w, out, false);
    jw_object(&w);
    put_stamp(&w, SV("at"), stamp_utc(ev->at));
    if (ev->decision != NULL)
        put_notification(&w, ev);
    else if (ev->mute.cause != MUTE_NONE)
        put_muting(&w, ev);
    else
        put_audit(&w, ev);
    jw_end(&w);
}

static void put_id(struct jw *w, int64_t id)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addi64(&text, id);
    jw_kstr(w, SV("id"), strbuf_sv(&text));
}

void history_encode_change(struct strbuf *out, int64_t id, const struct record *r)
{
    const struct alert *a = r->alert;
    struct jw w;

    jw_init(&w, out, false);
    jw_object(&w);
    put_id(&w, id);
    put_stamp(&w, SV("at"), stamp_utc(r->at));
    jw_kstr(&w, SV("kind"), without_prefix(event_kind_text(r->change), "alert_"));
    put_kfp(&w, SV("fingerprint"), a->labels->fp);
    put_state(&w, !r->resolved);
    put_labels(&w, SV("labels"), a->labels);
    put_labels(&w, SV("annotations"), a->annotations);
    jw_kstr(&w, SV("generatorURL"), istr_sv(a->generator_url));
    put_stamp(&w, SV("startsAt"), a->starts_at);
    put_stamp(&w, SV("endsAt"), a->ends_at);
    jw_end(&w);
}
