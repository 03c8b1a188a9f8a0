#include "codec/jw.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_DEPTH 64

void jw_init(struct jw *w, struct strbuf *out, bool html)
{
    *w = (struct jw){.out = out, .html = html};
}

static void before_item(struct jw *w)
{
    if (w->comma)
        strbuf_addc(w->out, ',');
    w->comma = true;
}

static void open_container(struct jw *w, bool array)
{
    assert(w->depth < MAX_DEPTH);
    before_item(w);
    strbuf_addc(w->out, array ? '[' : '{');
    const uint64_t bit = UINT64_C(1) << w->depth++;
    w->arrays = array ? w->arrays | bit : w->arrays & ~bit;
    w->comma = false;
}

void jw_object(struct jw *w)
{
    open_container(w, false);
}

void jw_array(struct jw *w)
{
    open_container(w, true);
}

void jw_end(struct jw *w)
{
    assert(w->depth > 0);
    strbuf_addc(w->out, (w->arrays >> --w->depth & 1) != 0 ? ']' : '}');
    w->comma = true;
}

void jw_key(struct jw *w, struct sv key)
{
    before_item(w);
    jw_quote(w->out, key, w->html);
    strbuf_addc(w->out, ':');
    w->comma = false;
}

void jw_str(struct jw *w, struct sv s)
{
    before_item(w);
    jw_quote(w->out, s, w->html);
}

void jw_raw(struct jw *w, struct sv json)
{
    before_item(w);
    strbuf_addsv(w->out, json);
}

void jw_bool(struct jw *w, bool v)
{
    jw_raw(w, v ? SV("true") : SV("false"));
}

void jw_int(struct jw *w, int64_t v)
{
    before_item(w);
    strbuf_addi64(w->out, v);
}

void jw_null(struct jw *w)
{
    jw_raw(w, SV("null"));
}

void jw_kstr(struct jw *w, struct sv key, struct sv s)
{
    jw_key(w, key);
    jw_str(w, s);
}

static char *put(char *p, struct sv s)
{
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    return p + s.n;
}

void jw_kplain(struct jw *w, struct sv key, struct sv s)
{
    const size_t n = w->comma + key.n + s.n + sizeof("\"\":\"\"") - 1;

    strbuf_reserve(w->out, n);
    if (w->out->overflow)
        return;
    char *p = w->out->p + w->out->n;
    if (w->comma)
        *p++ = ',';
    *p++ = '"';
    p = put(put(p, key), SV("\":\""));
    p = put(p, s);
    *p++ = '"';
    *p = '\0';
    w->out->n += n;
    w->comma = true;
}

void jw_kbool(struct jw *w, struct sv key, bool v)
{
    jw_key(w, key);
    jw_bool(w, v);
}

void jw_kint(struct jw *w, struct sv key, int64_t v)
{
    jw_key(w, key);
    jw_int(w, v);
}

/* The letter after the backslash for the characters that have one, 'u' for those that are written in hex, 0
 * for those that stay. */
static char ascii_escape(unsigned char c, bool html)
{
    static const char control[32] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    if (c < 0x20)
        return control[c] != 0 ? control[c] : 'u';
    if (c == '"' || c == '\\')
        return (char)c;
    return html && (c == '<' || c == '>' || c == '&') ? 'u' : 0;
}

static bool needs_escape(uint32_t rune, bool valid, bool html)
{
    if (rune < 0x80)
        return ascii_escape((unsigned char)rune, html) != 0;
    return !valid || rune == 0x2028 || rune == 0x2029;
}

static void add_escape(struct strbuf *out, uint32_t rune, bool html)
{
    const char letter = rune < 0x80 ? ascii_escape((unsigned char)rune, html) : 'u';

    if (letter == 'u')
        strbuf_addf(out, "\\u%04x", rune);
    else
        strbuf_add(out, (const char[]){'\\', letter}, 2);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The top bit of every byte of w that is zero is set in the result; other bits may be, but only above it. */
static uint64_t zero_bytes(uint64_t w)
{
    return (w - EACH(1)) & ~w;
}

/* None of the eight bytes at p needs a second look: all are printable ASCII without an escape. */
static bool eight_plain(const char *p, bool html)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
    uint64_t special = w | (w - EACH(0x20)) | zero_bytes(w ^ EACH('"')) | zero_bytes(w ^ EACH('\\'));
    if (html)
        special |= zero_bytes(w ^ EACH('<')) | zero_bytes(w ^ EACH('>')) | zero_bytes(w ^ EACH('&'));
    return (special & EACH(0x80)) == 0;
}

/* The end of the run of plain bytes at i. The last step of eight looks back, so that most texts need no
 * others. */
static size_t skip_plain(struct sv s, size_t i, bool html)
{
    while (s.n - i >= 8 && eight_plain(s.p + i, html))
        i += 8;
    if (s.n - i < 8 && s.n >= 8 && eight_plain(s.p + s.n - 8, html))
        return s.n;
    while (i < s.n && (unsigned char)s.p[i] < 0x80 && ascii_escape((unsigned char)s.p[i], html) == 0)
        i++;
    return i;
}

static void quote_plain(struct strbuf *out, struct sv s)
{
    strbuf_reserve(out, s.n + 2);
    if (out->overflow)
        return;
    char *p = out->p + out->n;
    *p++ = '"';
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '"';
    p[s.n + 1] = '\0';
    out->n += s.n + 2;
}

void jw_quote(struct strbuf *out, struct sv s, bool html)
{
    size_t from = 0, n, i = skip_plain(s, 0, html);

    if (i == s.n) {
        quote_plain(out, s);
        return;
    }
    strbuf_addc(out, '"');
    for (; i < s.n; i = skip_plain(s, i + n, html)) {
        uint32_t rune = (unsigned char)s.p[i];
        bool valid = true;
        n = rune < 0x80 ? 1 : utf8_decode((struct sv){s.p + i, s.n - i}, &rune, &valid);
        if (!needs_escape(rune, valid, html))
            continue;
        strbuf_add(out, s.p + from, i - from);
        add_escape(out, rune, html);
        from = i + n;
    }
    if (from < s.n)
        strbuf_add(out, s.p + from, s.n - from);
    strbuf_addc(out, '"');
}
