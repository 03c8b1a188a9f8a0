/* Literal text of a template, as it goes into the output of the HTML engine. */
#include "tmpl/html_text.h"

#include "tmpl/chars.h"

/* A comment's beginning: <!-- or --> or two characters. */
static size_t comment_mark_length(uint8_t state)
{
    return state == STATE_COMMENT || state == STATE_JS_HTML_OPEN_COMMENT ? 4
           : state == STATE_JS_HTML_CLOSE_COMMENT                        ? 3
                                                                         : 2;
}

struct edit {
    struct sv s;
    struct strbuf out;
    size_t written; /* how much of s is in `out`, or left out on purpose */
};

static void copy_to(struct edit *e, size_t end)
{
    if (end > e->written)
        strbuf_add(&e->out, e->s.p + e->written, end - e->written);
    e->written = end;
}

/* A '<' that begins no tag must not begin one together with a value behind it. */
static void escape_lone_brackets(struct edit *e, size_t from, size_t to)
{
    static const struct sv doctype = {"<!DOCTYPE", 9};

    for (size_t i = from; i < to; i++) {
        const struct sv rest = sv_from(e->s, i);
        if (e->s.p[i] != '<' ||
            (rest.n >= doctype.n && sv_eq_nocase((struct sv){rest.p, doctype.n}, doctype)))
            continue;
        copy_to(e, i);
        strbuf_adds(&e->out, "&lt;");
        e->written = i + 1;
    }
}

/* Where the tag that made the state change begins. */
static size_t text_end(struct sv s, size_t from, size_t to)
{
    for (size_t i = to; i > from; i--)
        if (s.p[i - 1] == '<')
            return i - 1;
    return to;
}

/* What a comment leaves behind, so that the words around it stay apart. */
static void close_comment(struct edit *e, uint8_t state, size_t to)
{
    const size_t from = e->written < to ? e->written : to;
    const bool line =
        memchr(e->s.p + from, '\n', to - from) != NULL || memchr(e->s.p + from, '\r', to - from) != NULL;

    if (state == STATE_JS_BLOCK_COMMENT)
        strbuf_addc(&e->out, line ? '\n' : ' ');
    else if (state == STATE_CSS_BLOCK_COMMENT)
        strbuf_addc(&e->out, ' ');
    e->written = to;
}

/* "<script", "</script" and "<!--" in literals of scripts. */
static void escape_script_tags(struct edit *e, size_t from, size_t to)
{
    static const struct sv marks[] = {{"<script", 7}, {"</script", 8}, {"<!--", 4}};

    for (size_t i = from; i < to; i++)
        for (size_t m = 0; m < COUNT_OF(marks); m++) {
            if (to - i < marks[m].n || !sv_eq_nocase((struct sv){e->s.p + i, marks[m].n}, marks[m]))
                continue;
            copy_to(e, i);
            strbuf_adds(&e->out, "\\x3C");
            e->written = i + 1;
        }
}

static void edit_piece(struct edit *e, struct context before, struct context after, size_t from, size_t to)
{
    if (before.state == STATE_TEXT || before.state == STATE_RCDATA)
        escape_lone_brackets(e, from, after.state != before.state ? text_end(e->s, from, to) : to);
    else if (state_is_comment(before.state) && before.delim == DELIM_NONE)
        close_comment(e, before.state, to);
    if (before.state != after.state && state_is_comment(after.state) && after.delim == DELIM_NONE) {
        copy_to(e, to - comment_mark_length(after.state));
        e->written = to;
    }
    if (state_is_script_literal(before.state))
        escape_script_tags(e, from, to);
}

struct context html_edit_text(struct context c, struct sv s, struct strbuf *out, struct html_error *error)
{
    struct edit e = {.s = s, .out = *out};

    for (size_t at = 0, n; at < s.n && c.state != STATE_ERROR; at += n) {
        const struct context after = context_after(c, sv_from(s, at), &n, error);
        edit_piece(&e, c, after, at, at + n);
        c = after;
    }
    if (!state_is_comment(c.state) || c.delim != DELIM_NONE)
        copy_to(&e, s.n);
    *out = e.out;
    return c;
}
