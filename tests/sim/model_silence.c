/* The model's silences (pipeline.md 3). */

#include "base/mem.h"
#include "model_internal.h"

struct model_silence *model_silence(struct model *m, const char *id)
{
    for (size_t i = 0; i < m->n_silences; i++)
        if (m->silences[i].exists && strcmp(m->silences[i].id, id) == 0)
            return &m->silences[i];
    return NULL;
}

static bool matches_something(const struct sim_matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        const struct sim_matcher *x = &ms->v[i];
        if (x->op == MATCH_NE || x->op == MATCH_NRE || (x->values & 1) == 0)
            return true;
    }
    return false;
}

static bool same_matchers(const struct sim_matchers *a, const struct sim_matchers *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i].op != b->v[i].op || a->v[i].name != b->v[i].name || a->v[i].values != b->v[i].values)
            return false;
    return true;
}

/* pipeline.md 3.2 */
static bool edits_in_place(const struct model_silence *s, const struct sim_matchers *ms,
                           struct stamp starts_at, struct stamp now)
{
    if (!same_matchers(&s->matchers, ms) || stamp_before(s->ends_at, now))
        return false;
    if (stamp_before(now, s->starts_at))
        return !stamp_before(starts_at, now);
    return starts_at.sec == s->starts_at.sec;
}

static void add_silence(struct model *m, const char *id, const struct sim_matchers *ms,
                        struct stamp starts_at, struct stamp ends_at)
{
    struct model_silence s = {.exists = true, .matchers = *ms, .starts_at = starts_at, .ends_at = ends_at};

    (void)snprintf(s.id, sizeof s.id, "%s", id);
    for (size_t i = 0; i < m->script->n_alerts; i++)
        s.matched |= (alert_set)sim_matches(ms, &m->script->alerts[i]) << i;
    m->silences = xgrow(m->silences, &m->cap_silences, m->n_silences + 1, sizeof(*m->silences));
    m->silences[m->n_silences++] = s;
}

bool model_silence_set(struct model *m, const char *id, const char *fresh_id, const struct sim_matchers *ms,
                       struct stamp starts_at, struct stamp ends_at, struct stamp now, const char **in_force)
{
    struct model_silence *old = id[0] != '\0' ? model_silence(m, id) : NULL;

    if (stamp_cmp(starts_at, ends_at) >= 0 || stamp_before(ends_at, now) || !matches_something(ms) ||
        (id[0] != '\0' && old == NULL))
        return false;
    if (old != NULL && edits_in_place(old, ms, starts_at, now)) {
        old->starts_at = starts_at;
        old->ends_at = ends_at;
        *in_force = old->id;
        return true;
    }
    if (old != NULL && !stamp_before(old->ends_at, now))
        model_silence_expire(m, id, now);
    add_silence(m, fresh_id, ms, stamp_before(starts_at, now) ? now : starts_at, ends_at);
    *in_force = fresh_id;
    return true;
}

void model_silence_expire(struct model *m, const char *id, struct stamp now)
{
    struct model_silence *s = model_silence(m, id);

    if (s == NULL || stamp_before(s->ends_at, now))
        return;
    if (stamp_before(now, s->starts_at))
        s->starts_at = now;
    s->ends_at = now;
}

static bool mutes(const struct model_silence *s, struct stamp now)
{
    return s->exists && !stamp_before(now, s->starts_at) && !stamp_before(s->ends_at, now);
}

alert_set model_silenced(const struct model *m, struct stamp now)
{
    alert_set set = 0;
    for (size_t i = 0; i < m->n_silences; i++)
        if (mutes(&m->silences[i], now))
            set |= m->silences[i].matched;
    return set;
}

struct stamp model_silenced_until(const struct model *m, size_t alert, struct stamp now)
{
    struct stamp end = now;
    for (size_t i = 0; i < m->n_silences; i++) {
        const struct model_silence *s = &m->silences[i];
        if (mutes(s, now) && (s->matched >> alert & 1) != 0 && stamp_before(end, s->ends_at))
            end = s->ends_at;
    }
    return end;
}
