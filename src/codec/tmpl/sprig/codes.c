/* Regular expressions, encodings, digests, JSON. */
#include "codec/digest.h"
#include "tmpl/json.h"
#include "tmpl/regex.h"
#include "tmpl/sprig/sprig.h"

/* ---- regular expressions; a bad pattern is an error, where sprig's match quietly says no ---- */

TMPL_FUNCTION(regex_match)
{
    const struct re *re = regex_get(run, args[0].s, err);
    return re != NULL && function_spend(run, args[1].s.n / 1024, err) &&
           return_bool(ret, re_match(re, args[1].s));
}

TMPL_FUNCTION(regex_find)
{
    const struct re *re = regex_get(run, args[0].s, err);
    int at[1][2];

    if (re == NULL || !function_spend(run, args[1].s.n / 1024, err))
        return false;
    *ret = tval_str(SV(""));
    if (re_find(re, args[1].s, 0, at, 1) != 0)
        ret->s = (struct sv){args[1].s.p + at[0][0], (size_t)(at[0][1] - at[0][0])};
    return true;
}

/* Up to `limit` matches into out->v, or only counted when that is NULL. An empty match right behind the one
 * before is none. */
static bool find_all(struct tmpl_run *run, const struct re *re, struct sv s, size_t limit, struct texts *out,
                     struct err *err)
{
    size_t before = SIZE_MAX; /* where the last match ended */
    int at[1][2];

    out->n = 0;
    for (size_t from = 0; from <= s.n && out->n < limit;) {
        if (!function_spend(run, 1 + (s.n - from) / 1024, err))
            return false;
        if (re_find(re, s, from, at, 1) == 0)
            break;
        const size_t start = (size_t)at[0][0], end = (size_t)at[0][1];
        const bool is_match = end > start || start != before;
        if (is_match && out->v != NULL)
            out->v[out->n] = (struct sv){s.p + start, end - start};
        out->n += is_match ? 1 : 0;
        before = end;
        from = end > start ? end : end + 1;
    }
    return true;
}

TMPL_FUNCTION(regex_find_all)
{
    const struct re *re = regex_get(run, args[0].s, err);
    const size_t limit = args[2].i < 0 ? SIZE_MAX : (size_t)args[2].i;
    struct texts found = {0};

    if (re == NULL || !find_all(run, re, args[1].s, limit, &found, err))
        return false;
    found.v = ARENA_ARRAY(run->mem, struct sv, found.n);
    if (found.v == NULL)
        return fail_memory(err);
    return find_all(run, re, args[1].s, limit, &found, err) &&
           return_strings(run, found.v, found.n, ret, err);
}

/* regexReplaceAll pattern text replacement: the replacement comes last. */
TMPL_FUNCTION(regex_replace_all_in)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const struct re *re = regex_get(run, args[0].s, err);
    return re != NULL && regex_replace_all(run, re, args[2].s, args[1].s, &out, err) &&
           return_string(run, &out, ret, err);
}

/* ---- encodings ---- */

TMPL_FUNCTION(base64_encode)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    base64_add(&out, args[0].s);
    return return_string(run, &out, ret, err);
}

/* What is no base64 yields the error as text, as sprig's does. */
TMPL_FUNCTION(base64_decode_text)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);

    if (!base64_decode(&out, args[0].s)) {
        strbuf_reset(&out);
        strbuf_adds(&out, "illegal base64 data");
    }
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(sha256_sum)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    char hex[65];

    if (!function_spend(run, args[0].s.n / 64, err))
        return false;
    sha256_hex(args[0].s, hex);
    strbuf_adds(&out, hex);
    return return_string(run, &out, ret, err);
}

/* ---- JSON ---- */

static void new_line(struct strbuf *out, size_t depth)
{
    strbuf_addc(out, '\n');
    for (size_t i = 0; i < depth; i++)
        strbuf_adds(out, "  ");
}

/* Compact JSON with two blanks per level; empty lists and maps stay on their line. */
static void add_pretty(struct strbuf *out, struct sv json)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < json.n && !out->overflow; i++) {
        const char c = json.p[i], before = i != 0 ? json.p[i - 1] : '\0';
        const bool opens = !quoted && (c == '{' || c == '['), closes = !quoted && (c == '}' || c == ']');
        const bool is_empty = closes && (before == '{' || before == '[');
        if (closes)
            depth--;
        if (closes && !is_empty)
            new_line(out, depth);
        strbuf_addc(out, c);
        if (quoted && c == '\\')
            strbuf_addc(out, json.p[++i]);
        else if (c == '"')
            quoted = !quoted;
        depth += opens ? 1 : 0;
        const bool opens_empty = opens && (json.p[i + 1] == '}' || json.p[i + 1] == ']');
        if ((opens && !opens_empty) || (!quoted && c == ','))
            new_line(out, depth);
        else if (!quoted && c == ':')
            strbuf_addc(out, ' ');
    }
}

TMPL_FUNCTION(to_pretty_json)
{
    struct strbuf json CLEANUP(strbuf_donep) = run_buffer(run), out CLEANUP(strbuf_donep) = run_buffer(run);

    if (!json_print(run, &json, args[0], err))
        return false;
    if (!json.overflow)
        add_pretty(&out, strbuf_sv(&json));
    out.overflow |= json.overflow;
    return return_string(run, &out, ret, err);
}

/* What is no JSON is nil. */
TMPL_FUNCTION(from_json)
{
    struct err why;

    if (!function_spend(run, args[0].s.n / 16, err))
        return false;
    if (tval_from_json(run->mem, args[0].s, ret, &why))
        return true;
    *ret = (struct tval){.kind = TVAL_NIL};
    return why.kind != ERR_LIMIT || fail_memory(err);
}

const struct tmethod sprig_code_functions[] = {
    {"regexMatch", 2, 2, regex_match, "s"},
    {"regexFind", 2, 2, regex_find, "s"},
    {"regexFindAll", 3, 3, regex_find_all, "ssi"},
    {"regexReplaceAll", 3, 3, regex_replace_all_in, "s"},
    {"b64enc", 1, 1, base64_encode, "s"},
    {"b64dec", 1, 1, base64_decode_text, "s"},
    {"sha256sum", 1, 1, sha256_sum, "s"},
    {"toPrettyJson", 1, 1, to_pretty_json, NULL},
    {"fromJson", 1, 1, from_json, "s"},
    {.name = NULL},
};
