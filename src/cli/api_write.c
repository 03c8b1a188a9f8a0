#include "api.h"
#include "codec/goquote.h"

void api_write_pairs(struct jw *w, const struct pairs_sv *pairs)
{
    jw_object(w);
    for (size_t i = 0; i < pairs->n; i++)
        jw_kstr(w, pairs->v[i].name, pairs->v[i].value);
    jw_end(w);
}

static void write_strings(struct jw *w, struct sv key, const struct strings_sv *s)
{
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < s->n; i++)
        jw_str(w, s->v[i]);
    jw_end(w);
}

void api_write_alert(struct jw *w, const struct api_alert *a)
{
    jw_object(w);
    jw_key(w, SV("annotations"));
    api_write_pairs(w, &a->annotations);
    jw_kstr(w, SV("endsAt"), a->ends_at.text);
    jw_kstr(w, SV("fingerprint"), a->fingerprint);
    jw_key(w, SV("receivers"));
    jw_array(w);
    for (size_t i = 0; i < a->receivers.n; i++) {
        jw_object(w);
        jw_kstr(w, SV("name"), a->receivers.v[i]);
        jw_end(w);
    }
    jw_end(w);
    jw_kstr(w, SV("startsAt"), a->starts_at.text);
    jw_key(w, SV("status"));
    jw_object(w);
    write_strings(w, SV("inhibitedBy"), &a->inhibited_by);
    write_strings(w, SV("mutedBy"), &a->muted_by);
    write_strings(w, SV("silencedBy"), &a->silenced_by);
    jw_kstr(w, SV("state"), a->state);
    jw_end(w);
    jw_kstr(w, SV("updatedAt"), a->updated_at.text);
    if (a->generator_url.n != 0)
        jw_kstr(w, SV("generatorURL"), a->generator_url);
    jw_key(w, SV("labels"));
    api_write_pairs(w, &a->labels);
    jw_end(w);
}

void api_write_matcher(struct jw *w, const struct api_matcher *m)
{
    jw_object(w);
    jw_kbool(w, SV("isEqual"), m->is_equal);
    jw_kbool(w, SV("isRegex"), m->is_regex);
    jw_kstr(w, SV("name"), m->name);
    jw_kstr(w, SV("value"), m->value);
    jw_end(w);
}

/* What comes after id, status and updatedAt. */
static void write_silence_body(struct jw *w, const struct api_silence *s)
{
    if (s->annotations.n != 0) {
        jw_key(w, SV("annotations"));
        api_write_pairs(w, &s->annotations);
    }
    jw_kstr(w, SV("comment"), s->comment);
    jw_kstr(w, SV("createdBy"), s->created_by);
    jw_kstr(w, SV("endsAt"), s->ends_at.text);
    jw_key(w, SV("matchers"));
    jw_array(w);
    for (size_t i = 0; i < s->n_matchers; i++)
        api_write_matcher(w, &s->matchers[i]);
    jw_end(w);
    jw_kstr(w, SV("startsAt"), s->starts_at.text);
}

void api_write_silence(struct jw *w, const struct api_silence *s)
{
    jw_object(w);
    jw_kstr(w, SV("id"), s->id);
    jw_key(w, SV("status"));
    jw_object(w);
    jw_kstr(w, SV("state"), s->state);
    jw_end(w);
    jw_kstr(w, SV("updatedAt"), s->updated_at.text);
    write_silence_body(w, s);
    jw_end(w);
}

void api_write_postable(struct jw *w, const struct api_silence *s, bool with_id)
{
    jw_object(w);
    if (with_id)
        jw_kstr(w, SV("id"), s->id);
    write_silence_body(w, s);
    jw_end(w);
}

void api_write_cluster(struct jw *w, const struct api_status *s)
{
    jw_object(w);
    if (s->has_cluster_name)
        jw_kstr(w, SV("name"), s->cluster_name);
    jw_key(w, SV("peers"));
    jw_array(w);
    for (size_t i = 0; i < s->n_peers; i++) {
        jw_object(w);
        jw_kstr(w, SV("address"), s->peers[i].address);
        jw_kstr(w, SV("name"), s->peers[i].name);
        jw_end(w);
    }
    jw_end(w);
    jw_kstr(w, SV("status"), s->cluster_status);
    jw_end(w);
}

void api_write_status(struct jw *w, const struct api_status *s)
{
    jw_object(w);
    jw_key(w, SV("cluster"));
    api_write_cluster(w, s);
    jw_key(w, SV("config"));
    jw_object(w);
    jw_kstr(w, SV("original"), s->original);
    jw_end(w);
    jw_kstr(w, SV("uptime"), s->uptime);
    jw_key(w, SV("versionInfo"));
    api_write_pairs(w, &s->version);
    jw_end(w);
}

void api_matcher_print(struct strbuf *out, const struct api_matcher *m)
{
    strbuf_addsv(out, m->name);
    strbuf_adds(out, m->is_equal ? (m->is_regex ? "=~" : "=") : m->is_regex ? "!~" : "!=");
    go_quote(out, m->value);
}

struct api_matcher api_matcher_of(const struct matcher *m)
{
    return (struct api_matcher){
        .name = istr_sv(m->name),
        .value = istr_sv(m->value),
        .is_regex = m->op == MATCH_RE || m->op == MATCH_NRE,
        .is_equal = m->op == MATCH_EQ || m->op == MATCH_RE,
    };
}

struct sv pairs_get(const struct pairs_sv *pairs, struct sv name)
{
    for (size_t i = 0; i < pairs->n; i++)
        if (sv_eq(pairs->v[i].name, name))
            return pairs->v[i].value;
    return (struct sv){0};
}
