#include "codec/yw.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "codec/ytree.h"

struct yw {
    yaml_emitter_t emitter;
    struct strbuf *out;
    bool failed;
};

static int write_out(void *data, unsigned char *text, size_t n)
{
    struct yw *w = data;
    strbuf_add(w->out, (const char *)text, n);
    return 1;
}

/* The emitter takes the event over, whatever it says. After a failure nothing more reaches it. */
static void emit(struct yw *w, yaml_event_t *ev, int made)
{
    if (made == 0) {
        w->failed = true;
    } else if (w->failed) {
        yaml_event_delete(ev);
    } else {
        w->failed = yaml_emitter_emit(&w->emitter, ev) == 0;
    }
}

struct yw *yw_new(struct strbuf *out)
{
    struct yw *w = xcalloc(1, sizeof(*w));
    yaml_event_t ev;
    w->out = out;
    if (yaml_emitter_initialize(&w->emitter) == 0) {
        w->failed = true;
        return w;
    }
    yaml_emitter_set_output(&w->emitter, write_out, w);
    yaml_emitter_set_unicode(&w->emitter, 1);
    emit(w, &ev, yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING));
    emit(w, &ev, yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 1));
    return w;
}

/* libyaml marks the end of a document that holds a text with several newlines at its end; yaml.v2 does not.
 */
static void drop_end_marker(struct strbuf *out)
{
    const struct sv marker = SV("\n...\n");
    if (out->n >= marker.n && memcmp(out->p + out->n - marker.n, marker.p, marker.n) == 0) {
        out->n -= marker.n - 1;
        out->p[out->n] = '\0';
    }
}

bool yw_free(struct yw *w)
{
    yaml_event_t ev;
    emit(w, &ev, yaml_document_end_event_initialize(&ev, 1));
    emit(w, &ev, yaml_stream_end_event_initialize(&ev));
    const bool ok = !w->failed && !w->out->overflow;
    drop_end_marker(w->out);
    yaml_emitter_delete(&w->emitter);
    free(w);
    return ok;
}

void yw_map_begin(struct yw *w)
{
    yaml_event_t ev;
    emit(w, &ev, yaml_mapping_start_event_initialize(&ev, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

void yw_map_end(struct yw *w)
{
    yaml_event_t ev;
    emit(w, &ev, yaml_mapping_end_event_initialize(&ev));
}

void yw_seq_begin(struct yw *w, bool flow)
{
    yaml_event_t ev;
    emit(w, &ev,
         yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1,
                                              flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE));
}

void yw_seq_end(struct yw *w)
{
    yaml_event_t ev;
    emit(w, &ev, yaml_sequence_end_event_initialize(&ev));
}

static void scalar(struct yw *w, struct sv text, yaml_scalar_style_t style)
{
    yaml_event_t ev;
    const int plain = style == YAML_PLAIN_SCALAR_STYLE ? 1 : 0;
    const unsigned char *p = (const unsigned char *)(text.n != 0 ? text.p : "");
    emit(w, &ev, yaml_scalar_event_initialize(&ev, NULL, NULL, p, (int)text.n, plain, 1, style));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Base 60, which other readers take for numbers: [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)? */
static bool looks_like_base_60(struct sv s)
{
    size_t i = s.n != 0 && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    if (i == s.n || !is_digit(s.p[i]))
        return false;
    while (i < s.n && (is_digit(s.p[i]) || s.p[i] == '_'))
        i++;
    size_t groups = 0;
    for (; i + 1 < s.n && s.p[i] == ':' && is_digit(s.p[i + 1]); groups++)
        i += i + 2 < s.n && s.p[i + 1] <= '5' && is_digit(s.p[i + 2]) ? 3 : 2;
    if (groups != 0 && i < s.n && s.p[i] == '.')
        for (i++; i < s.n && (is_digit(s.p[i]) || s.p[i] == '_');)
            i++;
    return groups != 0 && i == s.n;
}

static yaml_scalar_style_t style_of(struct sv text)
{
    if (text.n != 0 && memchr(text.p, '\n', text.n) != NULL)
        return YAML_LITERAL_SCALAR_STYLE;
    if (ytree_resolve(text) != YT_STR || looks_like_base_60(text))
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    return YAML_PLAIN_SCALAR_STYLE;
}

void yw_string(struct yw *w, struct sv text)
{
    if (utf8_valid(text)) {
        scalar(w, text, style_of(text));
        return;
    }
    struct strbuf clean = {0};
    utf8_add_clean(&clean, text);
    scalar(w, strbuf_sv(&clean), style_of(strbuf_sv(&clean)));
    strbuf_done(&clean);
}

void yw_plain(struct yw *w, struct sv text)
{
    scalar(w, text, YAML_PLAIN_SCALAR_STYLE);
}

/* Every byte of a rune above ASCII counts as a letter: UTF-8 keeps the order of code points. */
static bool is_letter(char c)
{
    const char lower = (char)(c | 0x20);
    return (unsigned char)c >= 0x80 || (lower >= 'a' && lower <= 'z');
}

struct digits {
    uint64_t value;
    size_t end;
};

/* The run of digits at `at`. `prefix` stands for digits in front of it that both texts share. */
static struct digits read_digits(struct sv s, size_t at, uint64_t prefix)
{
    struct digits d = {prefix, at};
    for (; d.end < s.n && is_digit(s.p[d.end]); d.end++)
        d.value = d.value * 10 + (uint64_t)(s.p[d.end] - '0');
    return d;
}

static bool follows_nonzero_digit(struct sv s, size_t at)
{
    while (at-- > 0 && is_digit(s.p[at]))
        if (s.p[at] != '0')
            return true;
    return false;
}

static int cmp_digits(struct sv a, struct sv b, size_t at)
{
    const bool zero = a.p[at] == '0' || b.p[at] == '0';
    const uint64_t prefix = zero && follows_nonzero_digit(a, at) ? 1 : 0;
    const struct digits x = read_digits(a, at, prefix), y = read_digits(b, at, prefix);
    if (x.value != y.value)
        return x.value < y.value ? -1 : 1;
    if (x.end != y.end)
        return x.end < y.end ? -1 : 1;
    return (unsigned char)a.p[at] < (unsigned char)b.p[at] ? -1 : 1;
}

int yw_key_cmp(struct sv a, struct sv b)
{
    size_t i = 0;
    while (i < a.n && i < b.n && a.p[i] == b.p[i])
        i++;
    if (i == a.n || i == b.n)
        return a.n < b.n ? -1 : a.n > b.n;
    const bool letter_a = is_letter(a.p[i]), letter_b = is_letter(b.p[i]);
    if (letter_a && letter_b)
        return (unsigned char)a.p[i] < (unsigned char)b.p[i] ? -1 : 1;
    if (letter_a || letter_b)
        return letter_b ? -1 : 1;
    return cmp_digits(a, b, i);
}
