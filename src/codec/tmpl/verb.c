#include "tmpl/verb.h"

#include <math.h>

#include "base/attr.h"
#include "base/utf8.h"
#include "codec/goquote.h"
#include "tmpl/chars.h"
#include "tmpl/gosyntax.h"
#include "tmpl/value.h"
#include "tmpl/verb_float.h"

static const char lower_digits[] = "0123456789abcdef", upper_digits[] = "0123456789ABCDEF";

static bool is_one_of(uint32_t letter, const char *set)
{
    return letter < 0x80 && char_is_one_of((char)letter, set);
}

/* ---- padding ---- */

static void add_padding(struct strbuf *out, int n, char c)
{
    for (; n > 0 && !out->overflow; n--)
        strbuf_addc(out, c);
}

static void add_padded(struct strbuf *out, const struct verb *v, struct sv s, bool zeros)
{
    int missing = v->has_width ? v->width - (int)utf8_runes(s) : 0;

    if (!v->minus)
        add_padding(out, missing, zeros && v->zero ? '0' : ' ');
    strbuf_addsv(out, s);
    if (v->minus)
        add_padding(out, missing, ' ');
}

/* ---- wrong uses ---- */

static void print_bad(struct tmpl_run *run, struct strbuf *out, struct verb v, struct tval value)
{
    char letter[4];

    strbuf_adds(out, "%!");
    strbuf_add(out, letter, utf8_encode(v.letter, letter));
    strbuf_addc(out, '(');
    if (value.kind != TVAL_NIL) {
        strbuf_adds(out, tval_type_name(value));
        strbuf_addc(out, '=');
        v.letter = 'v';
        v.erroring = true;
        verb_print(run, out, v, value);
    } else {
        strbuf_adds(out, "<nil>");
    }
    strbuf_addc(out, ')');
}

/* ---- strings ---- */

static struct sv truncate_runes(struct sv s, const struct verb *v)
{
    size_t at = 0;
    uint32_t rune;

    for (int n = 0; v->has_prec && at < s.n; n++) {
        if (n == v->prec)
            return (struct sv){s.p, at};
        at += utf8_decode((struct sv){s.p + at, s.n - at}, &rune, NULL);
    }
    return s;
}

static void print_hex_string(struct strbuf *out, const struct verb *v, struct sv s)
{
    const char *digits = v->letter == 'x' ? lower_digits : upper_digits;
    const char *prefix = !v->sharp ? "" : v->letter == 'x' ? "0x" : "0X";
    struct strbuf hex CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};

    if (v->has_prec && (size_t)v->prec < s.n)
        s.n = (size_t)v->prec;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (i != 0 && v->space)
            strbuf_addc(&hex, ' ');
        if (i == 0 || v->space)
            strbuf_adds(&hex, prefix);
        strbuf_addc(&hex, digits[c >> 4]);
        strbuf_addc(&hex, digits[c & 15]);
    }
    add_padded(out, v, strbuf_sv(&hex), true);
}

/* What a raw string literal can hold: no control characters but the tab, valid UTF-8, no byte order mark. */
static bool can_backquote(struct sv s)
{
    uint32_t rune;
    bool valid;

    for (size_t at = 0; at < s.n;) {
        at += utf8_decode((struct sv){s.p + at, s.n - at}, &rune, &valid);
        if (!valid || (rune < ' ' && rune != '\t') || rune == '`' || rune == 0x7F || rune == 0xFEFF)
            return false;
    }
    return true;
}

/* `quoted` is the output of go_quote(): what is not ASCII there is a printable rune. */
static void add_ascii(struct strbuf *out, struct sv quoted)
{
    uint32_t rune;

    for (size_t at = 0; at < quoted.n;) {
        at += utf8_decode((struct sv){quoted.p + at, quoted.n - at}, &rune, NULL);
        if (rune < 0x80)
            strbuf_addc(out, (char)rune);
        else
            strbuf_addf(out, rune <= 0xFFFF ? "\\u%04x" : "\\U%08x", rune);
    }
}

static void print_quoted(struct strbuf *out, const struct verb *v, struct sv s)
{
    struct strbuf plain CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
    struct strbuf quoted CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};

    s = truncate_runes(s, v);
    if (v->sharp && can_backquote(s)) {
        strbuf_addf(&quoted, "`%.*s`", SV_ARG(s));
    } else if (v->plus) {
        go_quote(&plain, s);
        add_ascii(&quoted, strbuf_sv(&plain));
    } else {
        go_quote(&quoted, s);
    }
    add_padded(out, v, strbuf_sv(&quoted), true);
}

static void print_string(struct strbuf *out, const struct verb *v, struct sv s)
{
    if (v->letter == 'x' || v->letter == 'X')
        print_hex_string(out, v, s);
    else if (v->letter == 'q')
        print_quoted(out, v, s);
    else
        add_padded(out, v, truncate_runes(s, v), true);
}

/* ---- integers ---- */

static int verb_base(uint32_t letter)
{
    switch (letter) {
    case 'b':
        return 2;
    case 'o':
    case 'O':
        return 8;
    case 'x':
    case 'X':
        return 16;
    default:
        return 10;
    }
}

static const char *base_prefix(const struct verb *v, bool leading_zero)
{
    if (v->letter == 'O')
        return "0o";
    if (!v->sharp)
        return "";
    switch (v->letter) {
    case 'b':
        return "0b";
    case 'o':
        return leading_zero ? "" : "0";
    case 'x':
        return "0x";
    case 'X':
        return "0X";
    default:
        return "";
    }
}

static const char *sign_text(const struct verb *v, bool negative)
{
    return negative ? "-" : v->plus ? "+" : v->space ? " " : "";
}

static void print_int(struct strbuf *out, const struct verb *v, int64_t i)
{
    const char *digits = v->letter == 'X' ? upper_digits : lower_digits;
    const uint64_t base = (uint64_t)verb_base(v->letter);
    const char *sign = sign_text(v, i < 0);
    struct strbuf text CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
    char reversed[64];
    int n = 0, min_digits = 1;

    if (v->has_prec)
        min_digits = v->prec;
    else if (v->zero && !v->minus && v->has_width)
        min_digits = v->width - (int)strlen(sign);
    for (uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i; u != 0; u /= base)
        reversed[n++] = digits[u % base];
    if (n == 0 && !(v->has_prec && v->prec == 0))
        reversed[n++] = '0';
    if (n != 0) {
        strbuf_adds(&text, sign);
        strbuf_adds(&text, base_prefix(v, min_digits > n || reversed[n - 1] == '0'));
    }
    add_padding(&text, min_digits - n, '0');
    while (n > 0)
        strbuf_addc(&text, reversed[--n]);
    add_padded(out, v, strbuf_sv(&text), false);
}

/* %q: the rune between single quotes. */
static void quote_rune(struct strbuf *out, const struct verb *v, struct sv rune)
{
    struct strbuf plain CLEANUP(strbuf_donep) = {0};
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};

    go_quote(&plain, rune);
    if (v->plus)
        add_ascii(&quoted, strbuf_sv(&plain));
    else
        strbuf_addsv(&quoted, strbuf_sv(&plain));
    if (sv_eq(rune, SV("'")) || sv_eq(rune, SV("\"")))
        strbuf_adds(out, rune.p[0] == '"' ? "'\"'" : "'\\''");
    else
        strbuf_addf(out, "'%.*s'", (int)quoted.n - 2, quoted.p + 1);
}

static void print_rune(struct strbuf *out, const struct verb *v, int64_t i)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};
    char bytes[4];
    const uint32_t r = i >= 0 && i <= 0x10FFFF ? (uint32_t)i : UTF8_REPLACEMENT;
    const struct sv rune = {bytes, utf8_encode(r, bytes)};

    if (v->letter == 'c')
        strbuf_addsv(&text, rune);
    else if (v->letter == 'q')
        quote_rune(&text, v, rune);
    else
        strbuf_addf(&text, "U+%04llX", (unsigned long long)i);
    if (v->letter == 'U' && v->sharp && go_is_print(r))
        strbuf_addf(&text, " '%.*s'", SV_ARG(rune));
    add_padded(out, v, strbuf_sv(&text), true);
}

/* ---- floating point ---- */

static void print_float(struct strbuf *out, const struct verb *v, double f)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};

    if (isnan(f) || isinf(f)) {
        const char *name = isnan(f) ? (v->plus ? "+NaN" : "NaN") : f < 0 ? "-Inf" : "+Inf";
        add_padded(out, v, sv_of(name), false);
        return;
    }
    strbuf_adds(&text, sign_text(v, signbit(f)));
    const size_t sign = text.n;
    verb_float_digits(&text, v, fabs(f));
    int missing = v->has_width ? v->width - (int)text.n : 0;
    if (!v->zero || v->minus || missing <= 0) {
        add_padded(out, v, strbuf_sv(&text), false);
        return;
    }
    strbuf_add(out, text.p, sign);
    add_padding(out, missing, '0');
    strbuf_add(out, text.p + sign, text.n - sign);
}

static void print_complex(struct strbuf *out, const struct verb *v, struct tval value)
{
    struct verb imaginary = *v;

    imaginary.plus = true;
    strbuf_addc(out, '(');
    print_float(out, v, value.complex.re);
    print_float(out, &imaginary, value.complex.im);
    strbuf_adds(out, "i)");
}

/* ---- any value ---- */

static void print_scalar(struct tmpl_run *run, struct strbuf *out, const struct verb *v, struct tval value)
{
    switch (value.kind) {
    case TVAL_BOOL:
        if (is_one_of(v->letter, "tv"))
            add_padded(out, v, value.b ? SV("true") : SV("false"), true);
        else
            print_bad(run, out, *v, value);
        break;
    case TVAL_INT:
    case TVAL_DURATION:
        if (is_one_of(v->letter, "vdboOxX"))
            print_int(out, v, value.i);
        else if (is_one_of(v->letter, "cqU"))
            print_rune(out, v, value.i);
        else
            print_bad(run, out, *v, value);
        break;
    case TVAL_FLOAT:
        if (is_one_of(v->letter, "vgGeEfFxXb"))
            print_float(out, v, value.f);
        else
            print_bad(run, out, *v, value);
        break;
    case TVAL_COMPLEX:
        if (is_one_of(v->letter, "vgGeEfFxXb"))
            print_complex(out, v, value);
        else
            print_bad(run, out, *v, value);
        break;
    case TVAL_STR:
        if (is_one_of(v->letter, "vsqxX"))
            print_string(out, v, value.s);
        else
            print_bad(run, out, *v, value);
        break;
    default:
        print_bad(run, out, *v, value);
        break;
    }
}

static void print_any(struct tmpl_run *run, struct strbuf *out, struct verb v, struct tval value,
                      unsigned depth);

static void print_elements(struct tmpl_run *run, struct strbuf *out, const struct verb *v, struct tval value,
                           unsigned depth)
{
    const size_t n = tval_len(value);
    bool found;

    strbuf_adds(out, value.kind == TVAL_MAP ? "map[" : "[");
    for (size_t i = 0; i < n && !out->overflow; i++) {
        struct tval element;
        strbuf_adds(out, i != 0 ? " " : "");
        if (value.kind == TVAL_MAP) {
            struct sv key = value.map.type->key(value.map.p, i);
            print_any(run, out, *v, tval_str(key), depth);
            strbuf_addc(out, ':');
            element = value.map.type->get(run, value.map.p, key, &found);
        } else {
            element = value.list.type->at(run, value.list.p, i);
        }
        print_any(run, out, *v, element, depth);
    }
    strbuf_addc(out, ']');
}

static void print_fields(struct tmpl_run *run, struct strbuf *out, const struct verb *v, struct tval value,
                         unsigned depth)
{
    const struct tfield *first = value.obj.type->fields;

    strbuf_addc(out, '{');
    for (const struct tfield *f = first; f != NULL && f->name != NULL && !out->overflow; f++) {
        const struct tval field = f->get(run, value.obj.p);
        if (!tfield_is_printed(f, field))
            continue;
        strbuf_adds(out, f != first ? " " : "");
        if (v->field_names)
            strbuf_addf(out, "%s:", f->name);
        print_any(run, out, *v, field, depth);
    }
    strbuf_addc(out, '}');
}

static void print_any(struct tmpl_run *run, struct strbuf *out, struct verb v, struct tval value,
                      unsigned depth)
{
    struct sv text;

    if (depth == VALUE_DEPTH_MAX) {
        strbuf_adds(out, "...");
        return;
    }
    if (v.letter == 'T') {
        add_padded(out, &v, sv_of(value.kind == TVAL_NIL ? "<nil>" : tval_type_name(value)), true);
        return;
    }
    const bool by_string = !v.erroring || value.kind == TVAL_TIME; /* a time has no other form */
    if (by_string && is_one_of(v.letter, "vsxXq") && tval_stringer(run, value, &text)) {
        print_string(out, &v, text);
        return;
    }
    if (value.kind == TVAL_NIL && (v.letter == 'v' || depth != 0))
        add_padded(out, &v, SV("<nil>"), true);
    else if (value.kind == TVAL_LIST || value.kind == TVAL_MAP)
        print_elements(run, out, &v, value, depth + 1);
    else if (value.kind == TVAL_OBJECT)
        print_fields(run, out, &v, value, depth + 1);
    else
        print_scalar(run, out, &v, value);
}

void verb_print(struct tmpl_run *run, struct strbuf *out, struct verb v, struct tval value)
{
    if (v.go_syntax) {
        gosyntax_print(run, out, value);
        return;
    }
    print_any(run, out, v, value, 0);
}
