/* The three modes: which grammar is asked, and which one is believed (config.md 14.3). */
#include "matcher_parse.h"
#include <assert.h>

#include "base/utf8.h"

typedef bool (*grammar)(struct sv text, struct matchers *ms, struct err *err);

static void move_all(struct matchers *to, struct matchers *from)
{
    for (size_t i = 0; i < from->n; i++)
        matchers_push(to, from->v[i]);
    from->n = 0;
    matchers_done(from);
}

static void copy_cut(char *to, size_t size, struct sv text)
{
    const size_t n = utf8_cut(text, size - 1);
    memcpy(to, text.p, n);
    to[n] = '\0';
}

static void warn_classic_only(struct matcher_warning *warn, const struct matchers *ms, const struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_reserve(&text, 1);
    matchers_print_list(&text, ms);
    *warn = (struct matcher_warning){.classic_only = true};
    copy_cut(warn->suggestion, sizeof warn->suggestion, strbuf_sv(&text));
    copy_cut(warn->reason, sizeof warn->reason, sv_of(err->text));
}

/* Two lists without an element count as different, which says: `{}` and "" will go on meaning this. */
static bool disagree(const struct matchers *a, const struct matchers *b)
{
    return a->n == 0 || !matchers_equal(a, b);
}

/* The classic grammar wins wherever it can parse, so that no existing file changes its meaning. */
static bool parse_fallback(struct sv text, grammar classic, grammar utf8, struct matchers *ms,
                           struct matcher_warning *warn, struct err *err)
{
    struct matchers by_classic = {0}, by_utf8 = {0};
    struct err utf8_err, classic_err;

    const bool utf8_ok = utf8(text, &by_utf8, &utf8_err);
    const bool classic_ok = classic(text, &by_classic, &classic_err);
    if (classic_ok && !utf8_ok)
        warn_classic_only(warn, &by_classic, &utf8_err);
    else if (classic_ok)
        warn->disagreement = disagree(&by_classic, &by_utf8);
    if (classic_ok)
        move_all(ms, &by_classic);
    else if (utf8_ok)
        move_all(ms, &by_utf8);
    else
        *err = classic_err;
    matchers_done(&by_classic);
    matchers_done(&by_utf8);
    return classic_ok || utf8_ok;
}

static bool parse_with(struct sv text, grammar parse, struct matchers *ms, struct err *err)
{
    struct matchers found = {0};

    const bool ok = parse(text, &found, err);
    if (ok)
        move_all(ms, &found);
    matchers_done(&found);
    return ok;
}

static bool parse_in_mode(struct sv text, enum matcher_mode mode, grammar classic, grammar utf8,
                          struct matchers *ms, struct matcher_warning *warn, struct err *err)
{
    struct matcher_warning unread;

    if (warn == NULL)
        warn = &unread;
    *warn = (struct matcher_warning){0};
    if (text.n == 0)
        text = SV(""); /* the grammars point into the text */
    switch (mode) {
    case MATCHER_CLASSIC:
        return parse_with(text, classic, ms, err);
    case MATCHER_UTF8_STRICT:
        return parse_with(text, utf8, ms, err);
    case MATCHER_FALLBACK:
        break;
    }
    return parse_fallback(text, classic, utf8, ms, warn, err);
}

bool matchers_parse(struct sv text, enum matcher_mode mode, struct matchers *ms, struct matcher_warning *warn,
                    struct err *err)
{
    return parse_in_mode(text, mode, matchers_parse_classic, matchers_parse_utf8, ms, warn, err);
}

static bool parse_one_utf8(struct sv text, struct matchers *ms, struct err *err)
{
    if (!matchers_parse_utf8(text, ms, err))
        return false;
    if (ms->n == 0)
        return err_set(err, ERR_INVALID, "no matchers");
    if (ms->n > 1)
        return err_set(err, ERR_INVALID, "expected 1 matcher, found %zu", ms->n);
    return true;
}

bool matcher_parse(struct sv text, enum matcher_mode mode, struct matcher *m, struct matcher_warning *warn,
                   struct err *err)
{
    const bool braced = text.n != 0 && (text.p[0] == '{' || text.p[text.n - 1] == '}');
    struct matchers found = {0};

    if (braced && mode != MATCHER_CLASSIC)
        return err_set(err, ERR_INVALID, "unexpected open or close brace: %.*s", SV_ARG(text));
    if (!parse_in_mode(text, mode, matcher_parse_classic, parse_one_utf8, &found, warn, err))
        return false;
    assert(found.n == 1);
    *m = found.v[0];
    found.n = 0;
    matchers_done(&found);
    return true;
}
