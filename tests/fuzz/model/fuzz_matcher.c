#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "codec/re.h"
#include "model/matcher.h"

static bool is_text(const struct istr *s)
{
    return utf8_valid(istr_sv(s));
}

/* The canonical form reads back as the same matchers, unless a name is empty or a byte is not text: those
 * have no form that the grammar could read. */
static void check_round_trip(const struct matchers *ms)
{
    struct strbuf text = {0};
    struct matchers again = {0};
    struct err err;

    for (size_t i = 0; i < ms->n; i++)
        if (ms->v[i].name->n == 0 || !is_text(ms->v[i].name) || !is_text(ms->v[i].value))
            return;
    matchers_print(&text, ms);
    assert(matchers_parse(strbuf_sv(&text), MATCHER_UTF8_STRICT, &again, NULL, &err));
    assert(matchers_equal(ms, &again));
    matchers_done(&again);
    strbuf_done(&text);
}

/* The shortcuts for literal patterns mean what the regex engine means. */
static void check_matching(const struct matcher *m, struct sv value)
{
    struct err err;

    if (m->prog == NULL || !utf8_valid(value))
        return;
    struct re *re = re_new_anchored(istr_sv(m->value), &err);
    if (re == NULL)
        return;
    assert(matcher_matches(m, value) == (re_match(re, value) == (m->op == MATCH_RE)));
    re_free(re);
}

static void check_mode(struct sv text, struct sv value, enum matcher_mode mode)
{
    struct matcher_warning warn;
    struct matchers ms = {0};
    struct matcher m;
    struct err err;

    if (matcher_parse(text, mode, &m, &warn, &err))
        matchers_push(&ms, m);
    else
        assert(err.kind == ERR_INVALID);
    if (!matchers_parse(text, mode, &ms, &warn, &err))
        assert(err.kind == ERR_INVALID);
    for (size_t i = 0; i < ms.n; i++)
        check_matching(&ms.v[i], value);
    check_round_trip(&ms);
    matchers_done(&ms);
}

/* A value to match, NUL, and the text of matchers; without a NUL all is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size != 0 ? memchr(data, 0, size) : NULL;
    const size_t n_value = nul != NULL ? (size_t)(nul - data) : 0, skipped = nul != NULL ? n_value + 1 : 0;
    const struct sv value = {(const char *)data, n_value};
    const struct sv text = {(const char *)data + skipped, size - skipped};

    if (size == 0)
        return 0;
    check_mode(text, value, MATCHER_FALLBACK);
    check_mode(text, value, MATCHER_CLASSIC);
    check_mode(text, value, MATCHER_UTF8_STRICT);
    return 0;
}
