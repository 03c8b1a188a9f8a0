/* Alertmanager's functions on strings (templates.md 7). */
#include "base/utf8.h"
#include "codec/base64url.h"
#include "codec/goquote.h"
#include "codec/imtext.h"
#include "codec/url.h"
#include "tmpl/chars.h"
#include "tmpl/funcs.h"
#include "tmpl/regex.h"
#include "tmpl/run.h"
#include "tmpl/unicode.h"
#include "tmpl/value.h"

/* ---- case ---- */

static void add_rune(struct strbuf *out, uint32_t rune)
{
    char bytes[4];
    strbuf_add(out, bytes, utf8_encode(rune, bytes));
}

static bool map_runes(struct tmpl_run *run, uint32_t (*map)(uint32_t rune), struct sv s, struct tval *ret,
                      struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    uint32_t rune;

    for (size_t i = 0; i < s.n;) {
        i += utf8_decode((struct sv){s.p + i, s.n - i}, &rune, NULL);
        add_rune(&out, map(rune));
    }
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(to_upper)
{
    return map_runes(run, rune_upper, args[0].s, ret, err);
}

TMPL_FUNCTION(to_lower)
{
    return map_runes(run, rune_lower, args[0].s, ret, err);
}

/* Between letters these belong to the word: o'neil, foo_bar. */
static bool joins_letters(uint32_t rune)
{
    return rune == '\'' || rune == '.' || rune == ':' || rune == '_' || rune == 0xB7 || rune == 0x2019;
}

/* The first letter of each word in title case, the others in lower case. */
TMPL_FUNCTION(title)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const struct sv s = args[0].s;
    bool in_word = false;
    uint32_t rune;

    for (size_t i = 0; i < s.n;) {
        i += utf8_decode((struct sv){s.p + i, s.n - i}, &rune, NULL);
        bool letter = rune_is_letter(rune);
        add_rune(&out, !letter ? rune : in_word ? rune_lower(rune) : rune_title(rune));
        in_word = letter || (in_word && joins_letters(rune));
    }
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(trim_space)
{
    struct sv s = args[0].s;
    size_t first = s.n, last = 0;
    uint32_t rune;

    for (size_t i = 0, len; i < s.n; i += len) {
        len = utf8_decode((struct sv){s.p + i, s.n - i}, &rune, NULL);
        if (rune_is_space(rune))
            continue;
        if (first == s.n)
            first = i;
        last = i + len;
    }
    *ret = tval_str(last > first ? (struct sv){s.p + first, last - first} : SV(""));
    return true;
}

/* ---- lists of strings ---- */

TMPL_FUNCTION(join)
{
    return tval_join(run, args[1], args[0].s, ret, err);
}

TMPL_FUNCTION(string_slice)
{
    struct sv *v = ARENA_ARRAY(run->mem, struct sv, n_args);
    if (v == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < n_args; i++)
        v[i] = args[i].s;
    *ret = tval_string_slice(run, v, n_args);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

/* ---- regular expressions ---- */

TMPL_FUNCTION(match)
{
    const struct re *re = regex_get(run, args[0].s, err);
    return re != NULL && function_spend(run, args[1].s.n / 1024, err) &&
           return_bool(ret, re_match(re, args[1].s));
}

TMPL_FUNCTION(re_replace_all)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const struct sv pattern = args[0].s;
    const struct re *re = regex_get(run, pattern, err);

    if (re == NULL)
        return err_wrap(err, "regexp: Compile(`%.*s`)", SV_ARG(pattern));
    return regex_replace_all(run, re, args[1].s, args[2].s, &out, err) && return_string(run, &out, ret, err);
}

/* ---- encodings ---- */

TMPL_FUNCTION(base64_encode)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    base64url_add(&out, args[0].s);
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(base64_decode_text)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    return base64url_decode(&out, args[0].s, err) && return_string(run, &out, ret, err);
}

/* The first '%' without two hexadecimal digits, up to three bytes of it. */
static struct sv bad_escape(struct sv s)
{
    size_t i = 0;
    while (i + 2 < s.n && (s.p[i] != '%' || (char_hex(s.p[i + 1]) >= 0 && char_hex(s.p[i + 2]) >= 0)))
        i += s.p[i] == '%' ? 3 : 1;
    while (i < s.n && s.p[i] != '%')
        i++;
    return (struct sv){s.p + i, s.n - i < 3 ? s.n - i : 3};
}

TMPL_FUNCTION(url_unescape_text)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};

    if (url_unescape(&out, args[0].s, true))
        return return_string(run, &out, ret, err);
    go_quote(&quoted, bad_escape(args[0].s));
    return err_set(err, ERR_INVALID, "invalid URL escape %s", quoted.p);
}

static bool tagged(struct tval s, enum tval_tag tag, struct tval *ret)
{
    *ret = s;
    ret->tag = tag;
    return true;
}

TMPL_FUNCTION(safe_html)
{
    return tagged(args[0], TVAL_HTML, ret);
}

TMPL_FUNCTION(safe_url)
{
    return tagged(args[0], TVAL_URL, ret);
}

TMPL_FUNCTION(im_text)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    enum imtext platform;

    if (!imtext_named(args[0].s, &platform))
        return err_set(err, ERR_INVALID, "unknown platform %.*s", SV_ARG(args[0].s));
    imtext_add(&out, platform, args[1].s);
    return return_string(run, &out, ret, err);
}

const struct tmethod text_functions[] = {
    {"toUpper", 1, 1, to_upper, "s"},
    {"toLower", 1, 1, to_lower, "s"},
    {"title", 1, 1, title, "s"},
    {"trimSpace", 1, 1, trim_space, "s"},
    {"join", 2, 2, join, "sS"},
    {"stringSlice", 0, -1, string_slice, "s"},
    {"match", 2, 2, match, "ss"},
    {"reReplaceAll", 3, 3, re_replace_all, "sss"},
    {"base64encode", 1, 1, base64_encode, "s"},
    {"base64decode", 1, 1, base64_decode_text, "s"},
    {"urlUnescape", 1, 1, url_unescape_text, "s"},
    {"safeHtml", 1, 1, safe_html, "s"},
    {"safeUrl", 1, 1, safe_url, "s"},
    {"imText", 2, 2, im_text, "ss"},
    {.name = NULL},
};
