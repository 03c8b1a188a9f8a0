#include "codec/goquote.h"

#include "base/utf8.h"
#include "goprint.h"

bool go_is_print(uint32_t rune)
{
    if (rune < 0x7F)
        return rune >= ' ';
    /* The table's entries are where printable ranges begin and end, in turn: odd places are inside. */
    size_t lo = 0, hi = COUNT_OF(go_print_edges);
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (go_print_edges[mid] <= rune)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo % 2 == 1;
}

/* The letter of a short escape, or 0. */
static char short_escape(uint32_t rune)
{
    static const char letters[] = "abtnvfr"; /* 7 to 13 */
    if (rune == '"' || rune == '\\')
        return (char)rune;
    return rune >= '\a' && rune <= '\r' ? letters[rune - '\a'] : 0;
}

static void quote_rune(struct strbuf *out, uint32_t rune, struct sv bytes)
{
    const char letter = short_escape(rune);

    if (letter != 0)
        strbuf_addf(out, "\\%c", letter);
    else if (go_is_print(rune))
        strbuf_addsv(out, bytes);
    else if (rune < ' ' || rune == 0x7F)
        strbuf_addf(out, "\\x%02x", rune);
    else
        strbuf_addf(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
}

void go_quote(struct strbuf *out, struct sv s)
{
    strbuf_addc(out, '"');
    for (size_t i = 0, n; i < s.n; i += n) {
        uint32_t rune;
        bool ok;
        n = utf8_decode((struct sv){s.p + i, s.n - i}, &rune, &ok);
        if (ok)
            quote_rune(out, rune, (struct sv){s.p + i, n});
        else
            strbuf_addf(out, "\\x%02x", (uint8_t)s.p[i]);
    }
    strbuf_addc(out, '"');
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Exactly `n` digits at the start of `s`. */
static bool number(struct sv s, size_t n, unsigned base, uint32_t *value)
{
    if (s.n < n)
        return false;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned d = (unsigned)digit(s.p[i]);
        if (d >= base)
            return false;
        *value = *value * base + d;
    }
    return true;
}

static size_t add_byte(struct strbuf *out, uint32_t byte, size_t used)
{
    if (byte > 0xFF)
        return 0;
    strbuf_addc(out, (char)byte);
    return used;
}

static size_t add_rune(struct strbuf *out, uint32_t rune, size_t used)
{
    char text[4];

    if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF))
        return 0;
    strbuf_add(out, text, utf8_encode(rune, text));
    return used;
}

/* Undoes the escape whose backslash stands before `s`. Returns how many bytes of `s` it takes, 0 if it is
 * none. */
static size_t unescape(struct sv s, struct strbuf *out)
{
    static const char letters[] = "abfnrtv\\\"", values[] = "\a\b\f\n\r\t\v\\\"";
    uint32_t v;

    if (s.n == 0 || s.p[0] == '\0')
        return 0;
    const char *letter = strchr(letters, s.p[0]);
    if (letter != NULL)
        return add_byte(out, (uint8_t)values[letter - letters], 1);
    const struct sv rest = {s.p + 1, s.n - 1};
    if (s.p[0] == 'x' && number(rest, 2, 16, &v))
        return add_byte(out, v, 3);
    if (s.p[0] == 'u' && number(rest, 4, 16, &v))
        return add_rune(out, v, 5);
    if (s.p[0] == 'U' && number(rest, 8, 16, &v))
        return add_rune(out, v, 9);
    return number(s, 3, 8, &v) ? add_byte(out, v, 3) : 0;
}

/* How many bytes may be taken as they are: up to a backslash, a quote, or a line feed. */
static size_t plain_run(struct sv s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] != '\\' && s.p[n] != '"' && s.p[n] != '\n')
        n++;
    return n;
}

bool go_unquote(struct sv s, struct strbuf *out)
{
    if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
        return false;
    s = (struct sv){s.p + 1, s.n - 2};
    while (s.n != 0) {
        size_t n = plain_run(s);
        utf8_add_clean(out, (struct sv){s.p, n});
        if (n == 0) {
            n = s.p[0] == '\\' ? unescape((struct sv){s.p + 1, s.n - 1}, out) : 0;
            if (n++ == 0)
                return false;
        }
        s = (struct sv){s.p + n, s.n - n};
    }
    return true;
}
