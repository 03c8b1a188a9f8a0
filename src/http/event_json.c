#include "event_json.h"

#include "alert_json.h"
#include "core/act.h"
#include "silence_json.h"

static void write_alert(struct jw *w, const struct alert *a)
{
    char fp[17];
    fingerprint_print(a->labels->fp, fp);
    jw_key(w, SV("alert"));
    jw_object(w);
    jw_kstr(w, SV("fingerprint"), sv_of(fp));
    jw_key(w, SV("labels"));
    labels_write_json(w, a->labels);
    jw_key(w, SV("annotations"));
    labels_write_json(w, a->annotations);
    stamp_write_json(w, SV("startsAt"), a->starts_at);
    stamp_write_json(w, SV("endsAt"), a->ends_at);
    jw_end(w);
}

static void write_group(struct jw *w, const struct event_group *g)
{
    jw_key(w, SV("group"));
    jw_object(w);
    jw_kstr(w, SV("key"), sv_of(g->key));
    jw_key(w, SV("labels"));
    labels_write_json(w, g->labels);
    jw_kstr(w, SV("receiver"), sv_of(g->route->receiver->name));
    jw_end(w);
}

static void write_mute(struct jw *w, const struct event_mute *m)
{
    char fp[17];
    jw_key(w, SV("mute"));
    jw_object(w);
    jw_kstr(w, SV("cause"), sv_of(mute_cause_text(m->cause)));
    if (m->silence != NULL)
        jw_kstr(w, SV("silence"), sv_of(m->silence->id));
    if (m->cause == MUTE_INHIBITION) {
        fingerprint_print(m->source, fp);
        jw_kstr(w, SV("source"), sv_of(fp));
    }
    if (m->intervals != NULL)
        jw_kstr(w, SV("intervals"), sv_of(m->intervals));
    jw_end(w);
}

static void write_flush(struct jw *w, const struct event *ev)
{
    jw_key(w, SV("flush"));
    jw_object(w);
    jw_kint(w, SV("id"), (int64_t)ev->flush_id);
    jw_kint(w, SV("alertCount"), (int64_t)ev->n_batch);
    jw_kint(w, SV("heldCount"), (int64_t)ev->n_held);
    jw_end(w);
}

static void write_decision(struct jw *w, const struct event *ev)
{
    jw_kint(w, SV("id"), (int64_t)ev->delivery_id);
    jw_kstr(w, SV("integration"), sv_of(ev->integration->type->name));
    jw_kint(w, SV("index"), (int64_t)ev->integration->index);
    jw_kstr(w, SV("reason"), sv_of(notify_reason_text(ev->reason)));
    jw_kint(w, SV("alertCount"), (int64_t)ev->n_alerts);
}

static void write_outcome(struct jw *w, const struct event *ev)
{
    jw_kint(w, SV("attempts"), ev->attempts);
    jw_kint(w, SV("status"), ev->status);
    jw_kint(w, SV("durationMs"), ev->took / NS_PER_MS);
    if (ev->kind != EVENT_NOTIFICATION_FAILED)
        return;
    jw_kstr(w, SV("failure"), sv_of(failure_text(ev->failure)));
    jw_kstr(w, SV("error"), sv_of(ev->error != NULL ? ev->error : ""));
}

static void write_notification(struct jw *w, const struct event *ev)
{
    const struct event *decision = ev->decision != NULL ? ev->decision : ev;
    if (decision->group != NULL && ev->group == NULL)
        write_group(w, decision->group);
    jw_key(w, SV("notification"));
    jw_object(w);
    write_decision(w, decision);
    if (decision != ev)
        write_outcome(w, ev);
    jw_end(w);
}

static void write_silence(struct jw *w, const struct event *ev)
{
    jw_key(w, SV("silence"));
    silence_write_json(w, ev->silence, ev->at);
}

static void write_ack(struct jw *w, const struct ack *a)
{
    jw_key(w, SV("ack"));
    jw_object(w);
    jw_kstr(w, SV("by"), sv_of(a->by));
    jw_kstr(w, SV("comment"), sv_of(a->comment));
    stamp_write_json(w, SV("at"), a->at);
    jw_kint(w, SV("alertCount"), (int64_t)a->n);
    jw_end(w);
}

static void write_actor(struct jw *w, const struct actor *by)
{
    jw_key(w, SV("by"));
    jw_object(w);
    jw_kstr(w, SV("name"), sv_of(by->name));
    jw_kstr(w, SV("address"), sv_of(by->address));
    jw_kstr(w, SV("agent"), sv_of(by->agent));
    if (by->by_link)
        jw_kbool(w, SV("byLink"), true);
    jw_end(w);
}

static bool is_notification(enum event_kind k)
{
    return k == EVENT_NOTIFICATION_DECIDED || k == EVENT_NOTIFICATION_DELIVERED ||
           k == EVENT_NOTIFICATION_FAILED;
}

void event_write_json(struct jw *w, const struct event *ev)
{
    jw_object(w);
    stamp_write_json(w, SV("at"), ev->at);
    jw_kstr(w, SV("kind"), sv_of(event_kind_text(ev->kind)));
    if (ev->alert != NULL)
        write_alert(w, ev->alert);
    if (ev->group != NULL)
        write_group(w, ev->group);
    if (ev->mute.cause != MUTE_NONE)
        write_mute(w, &ev->mute);
    if (ev->kind == EVENT_GROUP_FLUSHED)
        write_flush(w, ev);
    if (is_notification(ev->kind))
        write_notification(w, ev);
    if (ev->silence != NULL)
        write_silence(w, ev);
    if (ev->letter != NULL)
        jw_kstr(w, SV("letter"), sv_of(ev->letter->id));
    if (ev->ack != NULL)
        write_ack(w, ev->ack);
    if (ev->silence != NULL || ev->letter != NULL || ev->ack != NULL || ev->kind == EVENT_CONFIG_LOADED)
        write_actor(w, &ev->by);
    jw_end(w);
}
