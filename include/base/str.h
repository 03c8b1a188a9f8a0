/* Strings: slices that are borrowed, and a growing buffer with a ceiling. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

/* A borrowed run of bytes, not NUL-terminated. {NULL, 0} is the empty slice. */
struct sv {
    const char *p;
    size_t n;
};

#define SV(literal)   ((struct sv){"" literal, sizeof(literal) - 1})
#define SV_ARG(slice) (int)(slice).n, (slice).p /* for "%.*s" */
static inline struct sv sv_of(const char *s)
{
    const struct sv all = {s, s != NULL ? strlen(s) : 0}; /* not a compound literal: re.cc is C++ */
    return all;
}
static inline bool sv_eq(struct sv a, struct sv b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
int sv_cmp(struct sv a, struct sv b);        /* bytewise, a prefix first */
bool sv_eq_nocase(struct sv a, struct sv b); /* ASCII */
bool sv_has_prefix(struct sv s, struct sv prefix);
struct sv sv_trim(struct sv s); /* ASCII white space on both ends */
/* Takes the first line off, without its '\n'. False: there is none left. */
bool sv_pop_line(struct sv *rest, struct sv *line);
uint64_t sv_hash(struct sv s); /* not stable over versions: for tables in memory only */

/* A growing string. `p` is always NUL-terminated once something was added; NULL before. Past `ceiling` (0:
 * the default of 64 MiB) nothing more is added and `overflow` stays set: check it once, at the end. */
struct strbuf {
    char *p;
    size_t n, cap, ceiling;
    bool overflow;
};

void strbuf_done(struct strbuf *b); /* frees; zeroed memory is fine */
static inline void strbuf_reset(struct strbuf *b)
{
    b->n = 0;
    b->overflow = false;
}
void strbuf_reserve(struct strbuf *b, size_t more); /* makes room, so that adds do not reallocate */
void strbuf_add(struct strbuf *b, const char *p, size_t n);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addsv(struct strbuf *b, struct sv s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF(2, 3);
void strbuf_addu64(struct strbuf *b, uint64_t v);
void strbuf_addi64(struct strbuf *b, int64_t v);
void strbuf_addg(struct strbuf *b,
                 double v);          /* shortest that reads back, as Go's FormatFloat(v, 'g', -1, 64) */
char *strbuf_take(struct strbuf *b); /* the caller frees; never NULL; the buffer is empty again */
static inline struct sv strbuf_sv(const struct strbuf *b)
{
    const struct sv all = {b->p, b->n};
    return all;
}

static inline void strbuf_donep(struct strbuf *b)
{
    strbuf_done(b);
}
