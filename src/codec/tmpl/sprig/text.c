/* Strings: case, cutting, joining, quoting. As in sprig, lengths and places are in bytes. */
#include <stdint.h>

#include "base/utf8.h"
#include "codec/goquote.h"
#include "tmpl/chars.h"
#include "tmpl/sprig/sprig.h"
#include "tmpl/unicode.h"

#define ABBREVIATION_MIN 4

static bool return_slice(struct tval *ret, struct sv s, size_t from, size_t to)
{
    *ret = tval_str((struct sv){s.p + from, to - from});
    return true;
}

static void add_rune(struct strbuf *out, uint32_t rune)
{
    char bytes[4];
    strbuf_add(out, bytes, utf8_encode(rune, bytes));
}

/* ---- case ---- */

static bool separates_words(uint32_t rune)
{
    if (rune <= 0x7F)
        return !char_is_alnum((char)rune) && rune != '_';
    return !rune_is_letter(rune) && !rune_is_digit(rune) && rune_is_space(rune);
}

/* Only the first letter of each word changes, unlike Alertmanager's. */
TMPL_FUNCTION(title)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    uint32_t before = ' ', rune;

    for (size_t i = 0; i < args[0].s.n; before = rune) {
        i += utf8_decode(sv_from(args[0].s, i), &rune, NULL);
        add_rune(&out, separates_words(before) ? rune_title(rune) : rune);
    }
    return return_string(run, &out, ret, err);
}

/* ---- trimming ---- */

static bool in_set(struct sv set, uint32_t rune)
{
    uint32_t member;

    for (size_t i = 0; i < set.n;) {
        i += utf8_decode(sv_from(set, i), &member, NULL);
        if (member == rune)
            return true;
    }
    return false;
}

/* Without the runes of `set` on both ends. */
TMPL_FUNCTION(trim_all)
{
    const struct sv set = args[0].s, s = args[1].s;
    size_t first = s.n, last = s.n;
    uint32_t rune;

    if (!function_spend(run, s.n / 16 * (1 + set.n / 16), err))
        return false;
    for (size_t i = 0, length; i < s.n; i += length) {
        length = utf8_decode(sv_from(s, i), &rune, NULL);
        if (in_set(set, rune))
            continue;
        first = first < i ? first : i;
        last = i + length;
    }
    return return_slice(ret, s, first, last);
}

TMPL_FUNCTION(trim_prefix)
{
    const struct sv prefix = args[0].s, s = args[1].s;
    return return_slice(ret, s, sv_has_prefix(s, prefix) ? prefix.n : 0, s.n);
}

static bool has_suffix(struct sv s, struct sv suffix)
{
    return s.n >= suffix.n && sv_eq(sv_from(s, s.n - suffix.n), suffix);
}

TMPL_FUNCTION(trim_suffix)
{
    const struct sv suffix = args[0].s, s = args[1].s;
    return return_slice(ret, s, 0, has_suffix(s, suffix) ? s.n - suffix.n : s.n);
}

TMPL_FUNCTION(no_space)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const struct sv s = args[0].s;
    uint32_t rune;

    for (size_t i = 0, length; i < s.n; i += length) {
        length = utf8_decode(sv_from(s, i), &rune, NULL);
        if (!rune_is_space(rune))
            strbuf_add(&out, s.p + i, length);
    }
    return return_string(run, &out, ret, err);
}

/* ---- search ---- */

/* The offset of `what`, or SIZE_MAX; neither is empty. */
static size_t find(struct sv s, struct sv what)
{
    const char *p = memmem(s.p, s.n, what.p, what.n);
    return p != NULL ? (size_t)(p - s.p) : SIZE_MAX;
}

TMPL_FUNCTION(contains)
{
    return return_bool(ret, args[0].s.n == 0 || (args[1].s.n != 0 && find(args[1].s, args[0].s) != SIZE_MAX));
}

TMPL_FUNCTION(has_prefix)
{
    return return_bool(ret, sv_has_prefix(args[1].s, args[0].s));
}

TMPL_FUNCTION(has_suffix_of)
{
    return return_bool(ret, has_suffix(args[1].s, args[0].s));
}

/* Cuts off what stands before the separator; an empty one stands behind each rune. False: that was the rest.
 */
static bool take_part(struct sv *rest, struct sv separator, struct sv *part)
{
    uint32_t rune;
    size_t at = SIZE_MAX;

    if (separator.n != 0)
        at = rest->n != 0 ? find(*rest, separator) : SIZE_MAX;
    else if (rest->n != 0)
        at = utf8_decode(*rest, &rune, NULL);
    *part = (struct sv){rest->p, at != SIZE_MAX ? at : rest->n};
    *rest = sv_from(*rest, at != SIZE_MAX ? at + separator.n : rest->n);
    return at != SIZE_MAX && (separator.n != 0 || rest->n != 0);
}

TMPL_FUNCTION(replace)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const struct sv old = args[0].s, with = args[1].s;
    struct sv rest = args[2].s, part;
    bool more = old.n != 0 || rest.n != 0;

    if (old.n == 0)
        strbuf_addsv(&out, with);
    while (more && !out.overflow) {
        more = take_part(&rest, old, &part);
        strbuf_addsv(&out, part);
        if (more || old.n == 0)
            strbuf_addsv(&out, with);
    }
    return return_string(run, &out, ret, err);
}

/* ---- parts ---- */

static bool split(struct tmpl_run *run, struct sv separator, struct sv s, struct texts *out, struct err *err)
{
    struct sv rest = s, part;
    size_t n = 1;

    while (take_part(&rest, separator, &part))
        n++;
    *out = (struct texts){.v = ARENA_ARRAY(run->mem, struct sv, n)};
    if (out->v == NULL)
        return fail_memory(err);
    if (s.n == 0 && separator.n == 0)
        return true;
    for (rest = s; take_part(&rest, separator, &out->v[out->n++]);)
        ;
    return function_spend(run, n, err);
}

TMPL_FUNCTION(split_list)
{
    struct texts t;
    return split(run, args[0].s, args[1].s, &t, err) && return_strings(run, t.v, t.n, ret, err);
}

/* A map: _0, _1 ... */
TMPL_FUNCTION(split_map)
{
    struct texts t;

    if (!split(run, args[0].s, args[1].s, &t, err))
        return false;
    struct tval_pair *pairs = ARENA_ARRAY(run->mem, struct tval_pair, t.n);
    if (pairs == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < t.n; i++) {
        struct strbuf key CLEANUP(strbuf_donep) = {0};
        strbuf_addf(&key, "_%zu", i);
        const char *name = arena_strndup(run->mem, key.p, key.n);
        if (name == NULL)
            return fail_memory(err);
        pairs[i] = (struct tval_pair){{name, key.n}, tval_str(t.v[i]), i};
    }
    *ret = tval_string_map(tval_dict_of(run->mem, pairs, t.n));
    return ret->kind != TVAL_NIL || fail_memory(err);
}

TMPL_FUNCTION(join)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    struct texts t;

    if (!sprig_texts(run, args[1], &t, err))
        return false;
    for (size_t i = 0; i < t.n; i++) {
        if (i != 0)
            strbuf_addsv(&out, args[0].s);
        strbuf_addsv(&out, t.v[i]);
    }
    return return_string(run, &out, ret, err);
}

/* A negative length counts from the end. */
TMPL_FUNCTION(truncate_text)
{
    const struct sv s = args[1].s;
    const int64_t n = args[0].i, length = (int64_t)s.n;

    if (n < 0)
        return return_slice(ret, s, n > -length ? (size_t)(length + n) : 0, s.n);
    return return_slice(ret, s, 0, n < length ? (size_t)n : s.n);
}

TMPL_FUNCTION(abbrev)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const int64_t width = args[0].i;

    if (width < ABBREVIATION_MIN || (uint64_t)width >= args[1].s.n) {
        *ret = args[1];
        return true;
    }
    strbuf_add(&out, args[1].s.p, (size_t)width - 3);
    strbuf_adds(&out, "...");
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(substr)
{
    const struct sv s = args[2].s;
    const int64_t from = args[0].i < 0 ? 0 : args[0].i, length = (int64_t)s.n;
    const int64_t to = (args[1].i < 0 && args[0].i >= 0) || args[1].i > length ? length : args[1].i;

    if (to < from)
        return err_set(err, ERR_INVALID, "substr: bounds out of range: %lld to %lld", (long long)args[0].i,
                       (long long)args[1].i);
    return return_slice(ret, s, (size_t)from, (size_t)to);
}

/* ---- growing ---- */

static void add_repeated(struct strbuf *out, struct sv s, int64_t count)
{
    for (int64_t i = 0; i < count && s.n != 0 && !out->overflow; i++)
        strbuf_addsv(out, s);
}

TMPL_FUNCTION(repeat)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);

    if (args[0].i < 0)
        return err_set(err, ERR_INVALID, "repeat: negative count");
    add_repeated(&out, args[1].s, args[0].i);
    return return_string(run, &out, ret, err);
}

static bool indented(struct tmpl_run *run, const char *before, int64_t by, struct sv s, struct tval *ret,
                     struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);

    if (by < 0)
        return err_set(err, ERR_INVALID, "indent: negative width");
    strbuf_adds(&out, before);
    add_repeated(&out, SV(" "), by);
    for (size_t i = 0; i < s.n && !out.overflow; i++) {
        strbuf_addc(&out, s.p[i]);
        if (s.p[i] == '\n')
            add_repeated(&out, SV(" "), by);
    }
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(indent)
{
    return indented(run, "", args[0].i, args[1].s, ret, err);
}

TMPL_FUNCTION(nindent)
{
    return indented(run, "\n", args[0].i, args[1].s, ret, err);
}

/* All that is not nil, with blanks between. */
static bool spaced(struct tmpl_run *run, const struct tval *args, size_t n_args, char quote, struct tval *ret,
                   struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    struct sv text;

    for (size_t i = 0; i < n_args; i++) {
        if (args[i].kind == TVAL_NIL)
            continue;
        if (!sprig_text(run, args[i], &text, err))
            return false;
        if (out.n != 0)
            strbuf_addc(&out, ' ');
        if (quote == '"')
            go_quote(&out, text);
        else if (quote == '\'')
            strbuf_addf(&out, "'%.*s'", SV_ARG(text));
        else
            strbuf_addsv(&out, text);
    }
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(quote)
{
    return spaced(run, args, n_args, '"', ret, err);
}

TMPL_FUNCTION(squote)
{
    return spaced(run, args, n_args, '\'', ret, err);
}

TMPL_FUNCTION(cat)
{
    return spaced(run, args, n_args, '\0', ret, err);
}

/* prometheus-webhook-dingtalk's: what DingTalk's markdown would take for emphasis or code is escaped. */
TMPL_FUNCTION(markdown)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);

    for (size_t i = 0; i < args[0].s.n; i++) {
        if (char_is_one_of(args[0].s.p[i], "_*`"))
            strbuf_addc(&out, '\\');
        strbuf_addc(&out, args[0].s.p[i]);
    }
    return return_string(run, &out, ret, err);
}

const struct tmethod sprig_text_functions[] = {
    {"title", 1, 1, title, "s"},
    {"trimAll", 2, 2, trim_all, "s"},
    {"trimPrefix", 2, 2, trim_prefix, "s"},
    {"trimSuffix", 2, 2, trim_suffix, "s"},
    {"nospace", 1, 1, no_space, "s"},
    {"contains", 2, 2, contains, "s"},
    {"hasPrefix", 2, 2, has_prefix, "s"},
    {"hasSuffix", 2, 2, has_suffix_of, "s"},
    {"replace", 3, 3, replace, "s"},
    {"splitList", 2, 2, split_list, "s"},
    {"split", 2, 2, split_map, "s"},
    {"join", 2, 2, join, "s*"},
    {"trunc", 2, 2, truncate_text, "is"},
    {"abbrev", 2, 2, abbrev, "is"},
    {"substr", 3, 3, substr, "iis"},
    {"repeat", 2, 2, repeat, "is"},
    {"indent", 2, 2, indent, "is"},
    {"nindent", 2, 2, nindent, "is"},
    {"quote", 0, -1, quote, NULL},
    {"squote", 0, -1, squote, NULL},
    {"cat", 0, -1, cat, NULL},
    {"markdown", 1, 1, markdown, "s"},
    {.name = NULL},
};
