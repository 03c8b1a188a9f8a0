/* Silencing a group (core/act.h). */
#include "base/mem.h"
#include "internal.h"

/* Who presses twice does not mean two things. */
#define SAME_END (60 * NS_PER_S)

/* ---- the matchers ---- */

static bool has_name(const struct labels *ls, const struct istr *name)
{
    return labels_find(ls, name) != NULL;
}

static void add_equal(struct matchers *out, struct sv name, struct sv value)
{
    struct matcher m;
    struct err cannot_happen; /* there is no pattern to compile */

    if (matcher_init(&m, MATCH_EQ, name, value, &cannot_happen))
        matchers_push(out, m);
}

static bool has_matcher(const struct matchers *ms, const struct matcher *m)
{
    size_t i = 0;
    while (i < ms->n && !matcher_equal(&ms->v[i], m))
        i++;
    return i < ms->n;
}

/* What a label of the group is asked for is known to hold. */
static void add_route(const struct route *r, const struct labels *labels, struct matchers *out)
{
    if (r->parent != NULL)
        add_route(r->parent, labels, out);
    for (size_t i = 0; i < r->matchers.n; i++) {
        struct matcher copy;
        if (has_name(labels, r->matchers.v[i].name) || has_matcher(out, &r->matchers.v[i]))
            continue;
        matcher_copy(&copy, &r->matchers.v[i]);
        matchers_push(out, copy);
    }
}

void group_matchers(const struct group *g, struct matchers *out)
{
    const struct route *r = g->route;

    *out = (struct matchers){0};
    for (size_t i = 0; i < g->labels->n; i++)
        add_equal(out, istr_sv(g->labels->v[i].name), istr_sv(g->labels->v[i].value));
    for (size_t i = 0; !r->group_by_all && i < r->n_group_by; i++)
        if (!has_name(g->labels, r->group_by[i]))
            add_equal(out, istr_sv(r->group_by[i]), SV(""));
    add_route(r, g->labels, out);
}

/* ---- the silence ---- */

struct silence *group_silence_of(const struct engine *e, const struct matchers *ms, struct stamp now)
{
    return silences_find(&e->silences, ms, SV(SILENCE_LINK), now);
}

static bool any_fires(const struct group *g, struct stamp now)
{
    const struct member *m = g->first;
    while (m != NULL && alert_resolved_at(m->slot->version, now))
        m = m->next;
    return m != NULL;
}

/* As long as `length`, or until the group's end, which is longer than anything. */
static bool lasts_enough(const struct group *g, const struct silence *s, const struct group_silence *in,
                         struct stamp ends_at)
{
    const bool until_resolved = strcmp(g->until_resolved, s->id) == 0;

    if (until_resolved || in->length == 0)
        return until_resolved;
    return stamp_sub(ends_at, s->ends_at) < SAME_END;
}

static bool set(struct engine *e, struct group *g, const struct group_silence *in,
                const struct matchers *matchers, const struct silence *old, struct stamp ends_at,
                struct now now, struct effects *fx, struct silence **out, struct err *err)
{
    struct label_sv mark = {SV(SILENCE_LINK), in->mark};
    CLEANUP(labels_unrefp) struct labels *annotations = labels_new(&mark, 1);
    struct silence_in set = {.id = old != NULL ? sv_of(old->id) : (struct sv){0},
                             .matchers = matchers,
                             .starts_at = old != NULL ? old->starts_at : STAMP_UNSET,
                             .ends_at = ends_at,
                             .created_by = in->created_by,
                             .comment = in->comment,
                             .annotations = annotations};

    memcpy(set.fresh_id, in->fresh_id, sizeof(set.fresh_id));
    if (!engine_silence_set(e, &set, now, fx, out, err))
        return false;
    if (in->length != 0)
        return true;
    memcpy(g->until_resolved, (*out)->id, sizeof(g->until_resolved));
    group_record(g, false, now, fx);
    return true;
}

bool engine_silence_group(struct engine *e, const struct group_silence *in, struct now now,
                          struct effects *fx, struct silence **out, struct err *err)
{
    struct group *g = group_by_id(e, in->group);
    struct matchers matchers;

    if (g == NULL || (in->length == 0 && !any_fires(g, now.wall)))
        return err_set(err, ERR_NOT_FOUND, "nothing fires in that group");
    const struct stamp ends_at =
        stamp_add(stamp_utc(now.wall), in->length != 0 ? in->length : SILENCE_RESOLVED_MAX);
    group_matchers(g, &matchers);
    struct silence *old = group_silence_of(e, &matchers, now.wall);
    const bool enough = old != NULL && lasts_enough(g, old, in, ends_at);
    if (enough)
        *out = silence_ref(old);
    const bool ok = enough || set(e, g, in, &matchers, old, ends_at, now, fx, out, err);
    matchers_done(&matchers);
    return ok;
}
