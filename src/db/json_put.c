#include "json_put.h"

#include "base/intern.h"
#include "codec/rfc3339.h"

/* At the very ends of the calendar the local year may leave the range that RFC 3339 can write. */
static struct stamp writable(struct stamp t)
{
    const int64_t day = 86400;
    const int64_t first = INT64_C(-62167219200), last = INT64_C(253402300799);

    return t.sec < first + day || t.sec > last - day ? stamp_utc(t) : t;
}

void put_stamp(struct jw *w, struct sv key, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_nano(writable(t), text);

    jw_kplain(w, key, (struct sv){text, n});
}

void put_istr(struct jw *w, struct sv key, const struct istr *s)
{
    if (s->plain)
        jw_kplain(w, key, istr_sv(s));
    else
        jw_kstr(w, key, istr_sv(s));
}

void put_fp(struct jw *w, uint64_t fp)
{
    char text[FP_DIGITS + 1];

    fingerprint_print(fp, text);
    jw_str(w, (struct sv){text, FP_DIGITS});
}

void put_labels(struct jw *w, struct sv key, const struct labels *ls)
{
    jw_key(w, key);
    jw_object(w);
    for (size_t i = 0; i < ls->n; i++)
        if (ls->v[i].name->plain)
            put_istr(w, istr_sv(ls->v[i].name), ls->v[i].value);
        else
            jw_kstr(w, istr_sv(ls->v[i].name), istr_sv(ls->v[i].value));
    jw_end(w);
}

void put_hashes(struct jw *w, struct sv key, const uint64_t *hashes, size_t n)
{
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        put_fp(w, hashes[i]);
    jw_end(w);
}

void put_matchers(struct jw *w, const struct matchers *ms)
{
    jw_key(w, SV("matchers"));
    jw_array(w);
    for (size_t i = 0; i < ms->n; i++) {
        const struct matcher *m = &ms->v[i];
        jw_object(w);
        jw_kstr(w, SV("name"), istr_sv(m->name));
        jw_kstr(w, SV("value"), istr_sv(m->value));
        jw_kbool(w, SV("isRegex"), m->op == MATCH_RE || m->op == MATCH_NRE);
        jw_kbool(w, SV("isEqual"), m->op == MATCH_EQ || m->op == MATCH_RE);
        jw_end(w);
    }
    jw_end(w);
}
