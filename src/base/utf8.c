#include "base/utf8.h"

/* What may follow a lead byte: the length of the whole form, and the range of the second byte. Narrow ranges
 * are what keeps out overlong forms (E0, F0), surrogates (ED) and values above U+10FFFF (F4). */
struct form {
    uint8_t len, lo, hi;
};

static struct form form_of(uint8_t lead)
{
    if (lead < 0x80)
        return (struct form){1, 0, 0};
    if (lead < 0xC2 || lead > 0xF4)
        return (struct form){0, 0, 0};
    if (lead < 0xE0)
        return (struct form){2, 0x80, 0xBF};
    if (lead < 0xF0)
        return (struct form){3, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF};
    return (struct form){4, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF};
}

/* The length of the valid form at the start of `s`, 0 if there is none. */
static size_t valid_len(struct sv s)
{
    const struct form f = form_of((uint8_t)s.p[0]);

    if (f.len <= 1)
        return f.len;
    if (s.n < f.len || (uint8_t)s.p[1] < f.lo || (uint8_t)s.p[1] > f.hi)
        return 0;
    for (size_t i = 2; i < f.len; i++)
        if (((uint8_t)s.p[i] & 0xC0) != 0x80)
            return 0;
    return f.len;
}

static struct sv after(struct sv s, size_t n)
{
    return (struct sv){s.p + n, s.n - n};
}

/* How many ASCII bytes `s` starts with, in steps of a word: most text is nothing else. */
static size_t ascii_words(struct sv s)
{
    size_t i = 0;
    for (uint64_t w; i + sizeof w <= s.n; i += sizeof w) {
        memcpy(&w, s.p + i, sizeof w);
        if ((w & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return i;
}

/* The length of the valid text that `s` starts with. */
static size_t valid_prefix(struct sv s)
{
    size_t i = 0;
    while (i < s.n) {
        i += ascii_words(after(s, i));
        if (i == s.n)
            break;
        size_t n = valid_len(after(s, i));
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool utf8_valid(struct sv s)
{
    return valid_prefix(s) == s.n;
}

size_t utf8_decode(struct sv s, uint32_t *rune, bool *ok)
{
    static const uint8_t lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const size_t n = valid_len(s);

    if (ok != NULL)
        *ok = n != 0;
    if (n == 0) {
        *rune = UTF8_REPLACEMENT;
        return 1;
    }
    uint32_t r = (uint8_t)s.p[0] & lead_bits[n];
    for (size_t i = 1; i < n; i++)
        r = r << 6 | ((uint8_t)s.p[i] & 0x3F);
    *rune = r;
    return n;
}

size_t utf8_encode(uint32_t rune, char out[4])
{
    if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF))
        rune = UTF8_REPLACEMENT;
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    const size_t n = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, rune >>= 6)
        out[i] = (char)(0x80 | (rune & 0x3F));
    static const uint8_t mark[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(mark[n] | rune);
    return n;
}

size_t utf8_runes(struct sv s)
{
    size_t runes = 0;
    for (size_t i = 0; i < s.n; runes++) {
        size_t n = valid_len(after(s, i));
        i += n != 0 ? n : 1;
    }
    return runes;
}

size_t utf8_cut(struct sv s, size_t max)
{
    if (s.n <= max)
        return s.n;
    for (size_t back = 1; back <= 3 && back <= max; back++) {
        size_t n = valid_len(after(s, max - back));
        if (n > back)
            return max - back; /* this rune would be cut in two */
        if (n != 0)
            break;
    }
    return max;
}

void utf8_add_clean(struct strbuf *b, struct sv s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = valid_prefix(after(s, i));
        strbuf_add(b, s.p + i, n);
        i += n;
        if (i < s.n) {
            strbuf_add(b, "\xEF\xBF\xBD", 3);
            i++;
        }
    }
}
