#include "alert_json.h"

#include "codec/rfc3339.h"
#include "config/config.h"

void labels_write_json(struct jw *w, const struct labels *ls)
{
    jw_object(w);
    for (uint32_t i = 0; ls != NULL && i < ls->n; i++)
        jw_kstr(w, istr_sv(ls->v[i].name), istr_sv(ls->v[i].value));
    jw_end(w);
}

void stamp_write_json(struct jw *w, struct sv key, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_ms(t, text);
    jw_kstr(w, key, (struct sv){text, n});
}

void stamp_write_json_if_set(struct jw *w, struct sv key, struct stamp t)
{
    if (!stamp_is_unset(t))
        stamp_write_json(w, key, t);
}

static void write_receiver(struct jw *w, const struct receiver *r)
{
    jw_object(w);
    jw_kstr(w, SV("name"), sv_of(r->name));
    jw_end(w);
}

static void write_receivers(struct jw *w, const struct alert_view *a, const struct group_view *group)
{
    jw_key(w, SV("receivers"));
    jw_array(w);
    if (group != NULL)
        for (size_t i = 0; i < a->n_receivers; i++)
            write_receiver(w, a->receivers[i]);
    else
        for (size_t i = 0; i < a->n_routes; i++)
            write_receiver(w, a->routes[i]->receiver);
    jw_end(w);
}

static void write_status(struct jw *w, const struct alert_view *a, const struct group_view *group)
{
    const size_t n_muted_by = group != NULL ? group->n_muted_by : 0;
    const bool suppressed = a->inhibited || a->n_silenced_by != 0 || n_muted_by != 0;
    char fp[17];
    jw_key(w, SV("status"));
    jw_object(w);
    jw_key(w, SV("inhibitedBy"));
    jw_array(w);
    if (a->inhibited) {
        fingerprint_print(a->inhibited_by, fp);
        jw_str(w, sv_of(fp));
    }
    jw_end(w);
    jw_key(w, SV("mutedBy"));
    jw_array(w);
    for (size_t i = 0; i < n_muted_by; i++)
        jw_str(w, sv_of(group->muted_by[i]));
    jw_end(w);
    jw_key(w, SV("silencedBy"));
    jw_array(w);
    for (size_t i = 0; i < a->n_silenced_by; i++)
        jw_str(w, sv_of(a->silenced_by[i]->id));
    jw_end(w);
    jw_kstr(w, SV("state"), suppressed ? SV("suppressed") : SV("active"));
    jw_end(w);
}

void alert_write_json(struct jw *w, const struct alert_view *a, const struct group_view *group)
{
    const struct alert *alert = a->alert;
    char fp[17];
    fingerprint_print(alert->labels->fp, fp);
    jw_object(w);
    jw_key(w, SV("annotations"));
    labels_write_json(w, alert->annotations);
    stamp_write_json(w, SV("endsAt"), alert->ends_at);
    jw_kstr(w, SV("fingerprint"), sv_of(fp));
    write_receivers(w, a, group);
    stamp_write_json(w, SV("startsAt"), alert->starts_at);
    write_status(w, a, group);
    stamp_write_json(w, SV("updatedAt"), alert->updated_at);
    if (alert->generator_url != NULL && alert->generator_url->n != 0)
        jw_kstr(w, SV("generatorURL"), istr_sv(alert->generator_url));
    jw_key(w, SV("labels"));
    labels_write_json(w, alert->labels);
    jw_end(w);
}
