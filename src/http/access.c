#include "access.h"

#include "model/duration.h"
#include "query.h"
#include "reach.h"
#include "reply.h"

/* A page's refusal is text, the API's is JSON. */
static void refuse(struct exchange *x, int status, const struct strbuf *why)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    if (x->routed.api) {
        reply_fault(x, status, strbuf_sv(why));
        return;
    }
    strbuf_addsv(&text, strbuf_sv(why));
    strbuf_addc(&text, '\n');
    reply_plain(x, status, strbuf_sv(&text));
}

bool access_allows(struct exchange *x, unsigned right)
{
    CLEANUP(strbuf_donep) struct strbuf why = {0};
    if ((x->rights & right) == right)
        return true;
    strbuf_addf(&why, "%s may not do that", x->user_name[0] != '\0' ? x->user_name : "anonymous");
    refuse(x, 403, &why);
    return false;
}

/* ---- silences ---- */

/* `m` lets nothing through that `scope` does not: it is the same, or a value that matches. */
static bool is_narrower(const struct matcher *m, const struct matcher *scope)
{
    return matcher_equal(m, scope) ||
           (m->op == MATCH_EQ && m->name == scope->name && matcher_matches(scope, istr_sv(m->value)));
}

static bool is_within(const struct matchers *ms, const struct matchers *scope)
{
    for (size_t i = 0; i < scope->n; i++) {
        bool found = false;
        for (size_t k = 0; k < ms->n && !found; k++)
            found = is_narrower(&ms->v[k], &scope->v[i]);
        if (!found)
            return false;
    }
    return true;
}

static bool in_scope(struct exchange *x, const struct matchers *ms)
{
    CLEANUP(strbuf_donep) struct strbuf why = {0};
    if (is_within(ms, &x->user->silence_scope))
        return true;
    strbuf_addf(&why, "silences of %s have to be within ", x->user_name);
    matchers_print(&why, &x->user->silence_scope);
    refuse(x, 403, &why);
    return false;
}

static bool short_enough(struct exchange *x, const struct silence_in *in)
{
    const dur_ns max = x->user->max_silence_duration;
    const struct stamp now = host_of(x)->now(host_of(x)->ctx).wall;
    const struct stamp from = stamp_before(in->starts_at, now) ? now : in->starts_at;
    if (max <= 0 || stamp_sub(in->ends_at, from) <= max)
        return true;
    CLEANUP(strbuf_donep) struct strbuf why = {0};
    strbuf_addf(&why, "silences of %s may last up to ", x->user_name);
    duration_print(&why, max);
    refuse(x, 403, &why);
    return false;
}

static bool is_forced(const struct exchange *x)
{
    struct query q;
    return query_parse(x->routed.query, &x->loop->arena, &q) && query_bool(&q, "force", false);
}

static bool small_enough(struct exchange *x, const struct silence_in *in)
{
    const int64_t max = x->user->max_muted_groups;
    if (max < 0 || is_forced(x))
        return true;
    struct reach reach;
    const bool known = reach_take(&reach, host_of(x), in->matchers);
    const size_t n = reach.n_groups;
    reach_done(&reach);
    if (known && n <= (size_t)max)
        return true;
    CLEANUP(strbuf_donep) struct strbuf why = {0};
    strbuf_addf(
        &why,
        "the silence would mute alerts of %zu groups, which is more than %lld: ?force=true if that is meant",
        n, (long long)max);
    refuse(x, 409, &why);
    return false;
}

bool access_allows_silence(struct exchange *x, const struct silence_in *in, const struct silence *old)
{
    if (x->user == NULL)
        return true;
    if (old != NULL && !in_scope(x, &old->matchers))
        return false;
    return in == NULL || (in_scope(x, in->matchers) && short_enough(x, in) && small_enough(x, in));
}
