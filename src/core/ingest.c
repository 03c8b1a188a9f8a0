/* A batch of alerts on its way in: the steps that need no lock, or only the read lock. */

#include "base/mem.h"
#include "codec/goquote.h"
#include "internal.h"

static void default_times(struct ingest_alert *a, dur_ns resolve_timeout, struct stamp now)
{
    if (stamp_is_unset(a->starts_at))
        a->starts_at = stamp_is_unset(a->ends_at) ? now : a->ends_at;
    a->timeout = stamp_is_unset(a->ends_at);
    if (a->timeout)
        a->ends_at = stamp_add(now, resolve_timeout);
}

/* The texts of one request end up in one answer, one line each. */
static bool invalid(struct strbuf *errors, const char *text)
{
    if (errors->n != 0)
        strbuf_addc(errors, '\n');
    strbuf_adds(errors, text);
    return false;
}

static bool names_are_valid(const struct label_sv *v, size_t n, enum matcher_mode mode, const char *what,
                            struct strbuf *errors)
{
    for (size_t i = 0; i < n; i++) {
        const struct sv name = v[i].name;
        if (mode == MATCHER_CLASSIC ? label_name_classic(name) : label_name_utf8(name))
            continue;
        (void)invalid(errors, what);
        strbuf_adds(errors, ": invalid name ");
        go_quote(errors, name);
        return false;
    }
    return true;
}

static bool is_valid(const struct ingest_alert *a, enum matcher_mode mode, struct strbuf *errors)
{
    if (stamp_before(a->ends_at, a->starts_at))
        return invalid(errors, "start time must be before end time");
    if (a->n_labels == 0)
        return invalid(errors, "at least one label pair required");
    return names_are_valid(a->labels, a->n_labels, mode, "invalid label set", errors) &&
           names_are_valid(a->annotations, a->n_annotations, mode, "invalid annotations", errors);
}

void ingest_prepare(struct ingest *b, dur_ns resolve_timeout, enum matcher_mode mode, struct stamp now,
                    struct strbuf *errors)
{
    b->received_at = now;
    b->n_firing = b->n_resolved = b->n_invalid = b->n_limited = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct ingest_alert *a = &b->v[i];
        default_times(a, resolve_timeout, now);
        if (stamp_before(now, a->ends_at))
            b->n_firing++;
        else
            b->n_resolved++;
        a->n_labels = label_sv_normalize(a->labels, a->n_labels, true);
        a->n_annotations = label_sv_normalize(a->annotations, a->n_annotations, false);
        a->known = a->version = NULL;
        a->valid = is_valid(a, mode, errors);
        if (a->valid)
            a->fp = label_sv_fingerprint(a->labels, a->n_labels);
        else
            b->n_invalid++;
    }
}

void engine_lookup(const struct engine *e, struct ingest *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct ingest_alert *a = &b->v[i];
        const struct slot *s = a->valid ? slot_find(e, a->fp) : NULL;
        a->known = s != NULL ? alert_ref(s->version) : NULL;
    }
}

static struct labels *build_labels(struct intern_memo *m, const struct ingest_alert *a)
{
    if (a->known != NULL && labels_equal_sv(a->known->labels, a->labels, a->n_labels))
        return labels_ref(a->known->labels);
    return labels_new_memo(m, a->labels, a->n_labels, a->fp);
}

static struct labels *build_annotations(struct intern_memo *m, const struct ingest_alert *a)
{
    if (a->known != NULL && labels_equal_sv(a->known->annotations, a->annotations, a->n_annotations))
        return labels_ref(a->known->annotations);
    return labels_new_memo(m, a->annotations, a->n_annotations,
                           label_sv_fingerprint(a->annotations, a->n_annotations));
}

static struct istr *build_generator_url(struct intern_memo *m, const struct ingest_alert *a)
{
    if (a->known != NULL && sv_eq(istr_sv(a->known->generator_url), a->generator_url))
        return istr_ref(a->known->generator_url);
    return intern_memo(m, a->generator_url);
}

void ingest_build(struct ingest *b)
{
    struct intern_memo memo = {0};

    for (size_t i = 0; i < b->n; i++) {
        struct ingest_alert *a = &b->v[i];
        if (a->valid)
            a->version =
                alert_new(build_labels(&memo, a), build_annotations(&memo, a), build_generator_url(&memo, a),
                          a->starts_at, a->ends_at, b->received_at, a->timeout);
    }
    intern_memo_settle(&memo);
}

void engine_ingest(struct engine *e, struct ingest *b, struct now now, struct effects *fx)
{
    for (size_t i = 0; i < b->n; i++) {
        struct alert *version = b->v[i].version;
        b->v[i].version = NULL;
        if (version != NULL && !store_put(e, version, now, fx))
            b->n_limited++;
    }
    e->stats.received_firing += b->n_firing;
    e->stats.received_resolved += b->n_resolved;
    e->stats.invalid += b->n_invalid;
    e->stats.limited += b->n_limited;
}

void ingest_done(struct ingest *b)
{
    for (size_t i = 0; i < b->n; i++) {
        alert_unref(b->v[i].known);
        alert_unref(b->v[i].version);
        b->v[i].known = b->v[i].version = NULL;
    }
}
