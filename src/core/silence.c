#include "core/silence.h"

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

struct silence *silence_new(const char id[37], const struct matchers *matchers, struct stamp starts_at,
                            struct stamp ends_at, struct stamp updated_at, struct sv created_by,
                            struct sv comment, struct labels *annotations)
{
    struct silence *s = xmalloc(sizeof(*s));

    *s = (struct silence){
        .refs = 1,
        .starts_at = stamp_utc(starts_at),
        .ends_at = stamp_utc(ends_at),
        .updated_at = stamp_utc(updated_at),
        .created_by = intern(created_by),
        .comment = intern(comment),
        .annotations = annotations,
    };
    memcpy(s->id, id, sizeof(s->id));
    s->matchers.v = xcalloc(matchers->n, sizeof(*matchers->v));
    for (; s->matchers.n < matchers->n; s->matchers.n++)
        matcher_copy(&s->matchers.v[s->matchers.n], &matchers->v[s->matchers.n]);
    return s;
}

struct silence *silence_ref(struct silence *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void silence_unref(struct silence *s)
{
    if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    matchers_done(&s->matchers);
    istr_unref(s->created_by);
    istr_unref(s->comment);
    labels_unref(s->annotations);
    free(s);
}

enum silence_state silence_state(const struct silence *s, struct stamp now)
{
    if (stamp_before(now, s->starts_at))
        return SILENCE_PENDING;
    return stamp_before(now, s->ends_at) ? SILENCE_ACTIVE : SILENCE_EXPIRED;
}

bool silence_mutes(const struct silence *s, struct stamp now)
{
    return !stamp_before(now, s->starts_at) && !stamp_before(s->ends_at, now);
}

bool silence_overdue(const struct silence *s, struct stamp now)
{
    return stamp_before(s->ends_at, now);
}

/* ---- size in upstream's encoding: protocol buffers, where every field number below is under 16, so that a
 * tag takes one byte, and a zero value is left out ---- */

static size_t varint_size(uint64_t v)
{
    size_t n = 1;
    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

static size_t bytes_field(size_t n)
{
    return 1 + varint_size(n) + n;
}

static size_t text_field(size_t n)
{
    return n != 0 ? bytes_field(n) : 0;
}

static size_t int_field(int64_t v)
{
    return v != 0 ? 1 + varint_size((uint64_t)v) : 0;
}

static size_t stamp_field(struct stamp t)
{
    return bytes_field(int_field(t.sec) + int_field(t.nsec));
}

static size_t matcher_field(const struct matcher *m)
{
    const size_t op = m->op != MATCH_EQ ? 2 : 0;
    return bytes_field(op + text_field(m->name->n) + text_field(m->value->n));
}

size_t silence_encoded_size(const struct silence *s, dur_ns retention)
{
    size_t set = 0;
    for (size_t i = 0; i < s->matchers.n; i++)
        set += matcher_field(&s->matchers.v[i]);

    size_t body = text_field(strlen(s->id)) + bytes_field(set) + stamp_field(s->starts_at) +
                  stamp_field(s->ends_at) + stamp_field(s->updated_at) + text_field(s->created_by->n) +
                  text_field(s->comment->n);
    for (size_t i = 0; s->annotations != NULL && i < s->annotations->n; i++) {
        const struct label *a = &s->annotations->v[i];
        /* the key and the value of a map entry are written even when they are empty */
        body += bytes_field(bytes_field(a->name->n) + bytes_field(a->value->n));
    }
    return bytes_field(body) + stamp_field(stamp_add(s->ends_at, retention));
}
