#include "base/str.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define DEFAULT_CEILING ((size_t)64 << 20)

int sv_cmp(struct sv a, struct sv b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n != 0 ? memcmp(a.p, b.p, n) : 0;
    if (c != 0)
        return c;
    return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool sv_eq_nocase(struct sv a, struct sv b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool sv_has_prefix(struct sv s, struct sv prefix)
{
    return s.n >= prefix.n && sv_eq((struct sv){s.p, prefix.n}, prefix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sv sv_trim(struct sv s)
{
    while (s.n != 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n != 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool sv_pop_line(struct sv *rest, struct sv *line)
{
    if (rest->n == 0)
        return false;
    const char *newline = memchr(rest->p, '\n', rest->n);
    const size_t n = newline != NULL ? (size_t)(newline - rest->p) : rest->n;
    const size_t taken = newline != NULL ? n + 1 : n;
    *line = (struct sv){rest->p, n};
    *rest = (struct sv){rest->p + taken, rest->n - taken};
    return true;
}

/* wyhash's mixing step over 8-byte words: fast for the short strings that labels are. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 m = (u128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t sv_hash(struct sv s)
{
    uint64_t h = UINT64_C(0xa0761d6478bd642f) ^ s.n;
    const char *p = s.p;
    size_t n = s.n;
    uint64_t w;

    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&w, p, 8);
        h = mix(h ^ w, UINT64_C(0xe7037ed1a0b428db));
    }
    w = 0;
    if (n != 0)
        memcpy(&w, p, n);
    return mix(h ^ w, UINT64_C(0x8ebc6af09c88c6e3));
}

void strbuf_done(struct strbuf *b)
{
    free(b->p);
    *b = (struct strbuf){.ceiling = b->ceiling};
}

static bool room(struct strbuf *b, size_t more)
{
    const size_t ceiling = b->ceiling != 0 ? b->ceiling : DEFAULT_CEILING;
    if (b->overflow || more > ceiling || b->n > ceiling - more) {
        b->overflow = true;
        return false;
    }
    b->p = xgrow(b->p, &b->cap, b->n + more + 1, 1);
    return true;
}

void strbuf_reserve(struct strbuf *b, size_t more)
{
    if (room(b, more))
        b->p[b->n] = '\0';
}

void strbuf_add(struct strbuf *b, const char *p, size_t n)
{
    if (!room(b, n))
        return;
    if (n != 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
    strbuf_add(b, s, strlen(s));
}

void strbuf_addsv(struct strbuf *b, struct sv s)
{
    strbuf_add(b, s.p, s.n);
}

void strbuf_addc(struct strbuf *b, char c)
{
    strbuf_add(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap, again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0 && room(b, (size_t)n)) {
        (void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void strbuf_addu64(struct strbuf *b, uint64_t v)
{
    char digits[20];
    size_t i = sizeof digits;

    do {
        digits[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    strbuf_add(b, digits + i, sizeof digits - i);
}

void strbuf_addi64(struct strbuf *b, int64_t v)
{
    if (v < 0)
        strbuf_addc(b, '-');
    strbuf_addu64(b, v < 0 ? UINT64_C(0) - (uint64_t)v : (uint64_t)v);
}

void strbuf_addg(struct strbuf *b, double v)
{
    char text[32];
    int precision = 0;

    if (isnan(v)) {
        strbuf_adds(b, "NaN");
        return;
    }
    if (isinf(v)) {
        strbuf_adds(b, v < 0 ? "-Inf" : "+Inf");
        return;
    }
    do
        (void)snprintf(text, sizeof text, "%.*e", precision, v);
    while (strtod(text, NULL) != v && ++precision < DBL_DECIMAL_DIG);
    const int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent >= -4 && exponent < 6)
        strbuf_addf(b, "%.*f", precision > exponent ? precision - exponent : 0, v);
    else
        strbuf_adds(b, text);
}

char *strbuf_take(struct strbuf *b)
{
    char *p = b->p != NULL ? b->p : xstrdup("");
    b->p = NULL;
    strbuf_done(b);
    return p;
}
