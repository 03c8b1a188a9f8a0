/* print, println, printf; html, js, urlquery. */
#include "base/utf8.h"
#include "codec/goquote.h"
#include "codec/htmlesc.h"
#include "codec/url.h"
#include "tmpl/format.h"
#include "tmpl/funcs.h"
#include "tmpl/html.h"
#include "tmpl/run.h"
#include "tmpl/value.h"

/* What an escaper makes of nil is a string. */
static struct tval printable(struct tval v)
{
    return v.kind == TVAL_NIL ? tval_str(SV("<no value>")) : v;
}

/* Go's fmt.Sprint: a space between two operands when neither is a string. */
static void sprint(struct tmpl_run *run, struct strbuf *out, const struct tval *args, size_t n_args)
{
    for (size_t i = 0; i < n_args; i++) {
        if (i != 0 && args[i].kind != TVAL_STR && args[i - 1].kind != TVAL_STR)
            strbuf_addc(out, ' ');
        tval_print(run, out, &args[i]);
    }
}

TMPL_FUNCTION(builtin_print)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    sprint(run, &out, args, n_args);
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(builtin_println)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    for (size_t i = 0; i < n_args; i++) {
        if (i != 0)
            strbuf_addc(&out, ' ');
        tval_print(run, &out, &args[i]);
    }
    strbuf_addc(&out, '\n');
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(builtin_printf)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    format_printf(run, &out, args[0].s, args + 1, n_args - 1);
    return return_string(run, &out, ret, err);
}

/* ---- escapers ---- */

static void escape_js(struct strbuf *out, struct sv s)
{
    uint32_t rune;

    for (size_t i = 0, len; i < s.n; i += len) {
        len = utf8_decode((struct sv){s.p + i, s.n - i}, &rune, NULL);
        if (rune == '\\' || rune == '\'' || rune == '"')
            strbuf_addf(out, "\\%c", (char)rune);
        else if (rune == '<' || rune == '>' || rune == '&' || rune == '=' || rune < ' ' || !go_is_print(rune))
            strbuf_addf(out, "\\u%04X", (unsigned)rune);
        else
            strbuf_add(out, s.p + i, len);
    }
}

typedef void escape(struct strbuf *out, struct sv s);

static bool escape_args(struct tmpl_run *run, escape *fn, const struct tval *args, size_t n_args,
                        struct tval *ret, struct err *err)
{
    struct strbuf text CLEANUP(strbuf_donep) = run_buffer(run);
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, n_args);

    if (v == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < n_args; i++)
        v[i] = printable(args[i]);
    sprint(run, &text, v, n_args);
    fn(&out, strbuf_sv(&text));
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(builtin_html)
{
    return escape_args(run, htmlesc_add, args, n_args, ret, err);
}

TMPL_FUNCTION(builtin_js)
{
    return escape_args(run, escape_js, args, n_args, ret, err);
}

TMPL_FUNCTION(builtin_urlquery)
{
    return escape_args(run, url_escape_query, args, n_args, ret, err);
}

const struct tmethod print_functions[] = {
    {"print", 0, -1, builtin_print, NULL},
    {"println", 0, -1, builtin_println, NULL},
    {"printf", 1, -1, builtin_printf, "s*"},
    {"html", 0, -1, builtin_html, NULL},
    {"js", 0, -1, builtin_js, NULL},
    {"urlquery", 0, -1, builtin_urlquery, NULL},
    {.name = NULL},
};
