/* Inhibition (pipeline.md 2): alerts that keep others quiet.
 *
 * Per rule, the values of the `equal` labels lead to the sources that fire, however many they are: when one
 * resolves, the others go on inhibiting (W-04). Sources that are targets of the rule as well are kept apart,
 * because they count only for targets that are not sources (W-05). Under --compat.strict there is one source
 * per rule and values, as upstream has it: the one that ends last by what was known when it was heard of.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

enum sides { SOURCE_ONLY, TWO_SIDED, SIDES };

/* What one slot is to one rule. */
struct source {
    struct source *next; /* of the slot, in no particular order */
    struct slot *slot;
    uint32_t rule;
    enum sides sides;
    struct source_set *set; /* NULL: believed to be resolved */
    size_t at;              /* place in set->v */
};

/* The sources of one rule with the same values of the equal labels. */
struct source_set {
    uint64_t key;
    struct source **v;
    size_t n, cap;
    struct stamp latest; /* none ends later; unset: some may never end */
};

/* A lookup that may leave the sets in better order: it is made under the write lock. */
struct tidy {
    uint64_t steps; /* sources looked at */
};

struct rule_state {
    const struct inhibit_rule *rule;
    struct map sets[SIDES]; /* fingerprint of the equal labels: struct source_set; strict: the first only */
};

static uint64_t equal_key(const struct inhibit_rule *rule, const struct labels *ls)
{
    /* Labels that are missing do not count, so that two sets without them are equal. */
    return labels_fingerprint_only(ls, (const struct istr *const *)rule->equal, rule->n_equal);
}

void inhibitor_init(struct inhibitor *in, const struct config *c, bool strict)
{
    *in = (struct inhibitor){.rules = xcalloc(c->n_inhibit_rules, sizeof(*in->rules)),
                             .n_rules = c->n_inhibit_rules,
                             .strict = strict};
    for (size_t i = 0; i < in->n_rules; i++)
        in->rules[i].rule = &c->inhibit_rules[i];
}

void inhibitor_done(struct inhibitor *in)
{
    for (size_t i = 0; i < in->n_rules; i++)
        for (size_t k = 0; k < SIDES; k++)
            map_done(&in->rules[i].sets[k]);
    free(in->rules);
    *in = (struct inhibitor){0};
}

/* ---- sets ---- */

/* The end that is later; one that is unset never comes. */
static struct stamp later_end(struct stamp a, struct stamp b)
{
    if (stamp_is_unset(a) || stamp_is_unset(b))
        return STAMP_UNSET;
    return stamp_before(a, b) ? b : a;
}

static struct stamp end_of(const struct source *src)
{
    return src->slot->version->ends_at;
}

static void put(struct source_set *set, size_t at, struct source *src)
{
    set->v[at] = src;
    src->set = set;
    src->at = at;
}

static struct map *sets_of(struct inhibitor *in, const struct source *src)
{
    return &in->rules[src->rule].sets[in->strict ? SOURCE_ONLY : src->sides];
}

static void enter(struct inhibitor *in, struct source *src)
{
    struct map *sets = sets_of(in, src);
    const uint64_t key = equal_key(in->rules[src->rule].rule, slot_labels(src->slot));
    struct source_set *set = map_get(sets, key);

    if (set == NULL) {
        set = xcalloc(1, sizeof(*set));
        set->key = key;
        set->latest = end_of(src);
        map_put(sets, key, set);
    }
    if (in->strict && set->n != 0) {
        if (stamp_cmp(end_of(set->v[0]), end_of(src)) > 0)
            return;
        set->v[0]->set = NULL;
        set->n = 0;
    }
    set->v = xgrow(set->v, &set->cap, set->n + 1, sizeof(struct source *));
    put(set, set->n++, src);
}

static void leave(struct inhibitor *in, struct source *src)
{
    struct source_set *set = src->set;

    src->set = NULL;
    if (--set->n != src->at)
        put(set, src->at, set->v[set->n]);
    if (set->n != 0)
        return;
    map_del(sets_of(in, src), set->key);
    free(set->v);
    free(set);
}

/* ---- sources ---- */

void inhibitor_admit(struct inhibitor *in, struct slot *s, struct stamp now)
{
    const struct labels *ls = slot_labels(s);

    for (size_t i = 0; i < in->n_rules; i++) {
        const struct inhibit_rule *rule = in->rules[i].rule;
        if (!matchers_match(&rule->source, ls))
            continue;
        struct source *src = xmalloc(sizeof(*src));
        *src = (struct source){
            .next = s->sources,
            .slot = s,
            .rule = (uint32_t)i,
            .sides = matchers_match(&rule->target, ls) ? TWO_SIDED : SOURCE_ONLY,
        };
        s->sources = src;
    }
    inhibitor_update(in, s, now);
}

void inhibitor_update(struct inhibitor *in, struct slot *s, struct stamp now)
{
    if (!in->strict && alert_resolved_at(s->version, now)) {
        inhibitor_collect(in, s);
        return;
    }
    for (struct source *src = s->sources; src != NULL; src = src->next) {
        if (src->set == NULL)
            enter(in, src);
        if (src->set != NULL)
            src->set->latest = later_end(src->set->latest, end_of(src));
    }
}

void inhibitor_collect(struct inhibitor *in, struct slot *s)
{
    for (struct source *src = s->sources; src != NULL; src = src->next)
        if (src->set != NULL)
            leave(in, src);
}

void inhibitor_forget(struct inhibitor *in, struct slot *s)
{
    while (s->sources != NULL) {
        struct source *src = s->sources;
        s->sources = src->next;
        if (src->set != NULL)
            leave(in, src);
        free(src);
    }
}

/* ---- lookup ---- */

static bool is_over(struct stamp end, struct stamp now)
{
    return !stamp_is_unset(end) && stamp_cmp(end, now) <= 0;
}

static void note_latest(struct source_set *set)
{
    set->latest = end_of(set->v[0]);
    for (size_t i = 1; i < set->n; i++)
        set->latest = later_end(set->latest, end_of(set->v[i]));
}

/* Those whose end has passed without a word stay in the set until the next garbage collection. With `tidy`
 * the next to ask does not meet them again: the one found goes to the front, and if all are over that is
 * known without looking. */
static const struct source *first_firing(struct source_set *set, struct stamp now, struct tidy *tidy)
{
    size_t i = 0;

    if (set == NULL || is_over(set->latest, now))
        return NULL;
    while (i < set->n && is_over(end_of(set->v[i]), now))
        i++;
    if (tidy != NULL)
        tidy->steps += i + 1;
    if (i == set->n) {
        if (tidy != NULL)
            note_latest(set);
        return NULL;
    }
    struct source *found = set->v[i];
    if (tidy != NULL && i != 0) {
        put(set, i, set->v[0]);
        put(set, 0, found);
    }
    return found;
}

static const struct source *find_by_rule(const struct rule_state *r, const struct labels *ls,
                                         struct stamp now, struct tidy *tidy)
{
    if ((r->sets[SOURCE_ONLY].n == 0 && r->sets[TWO_SIDED].n == 0) || !matchers_match(&r->rule->target, ls))
        return NULL;
    const uint64_t key = equal_key(r->rule, ls);
    const struct source *src = first_firing(map_get(&r->sets[SOURCE_ONLY], key), now, tidy);
    if (src == NULL)
        src = first_firing(map_get(&r->sets[TWO_SIDED], key), now, tidy);
    return src != NULL && src->sides == TWO_SIDED && matchers_match(&r->rule->source, ls) ? NULL : src;
}

static const struct slot *find(const struct inhibitor *in, const struct labels *ls, struct stamp now,
                               size_t *rule, struct tidy *tidy)
{
    const struct source *src = NULL;
    for (; *rule < in->n_rules; ++*rule)
        if ((src = find_by_rule(&in->rules[*rule], ls, now, tidy)) != NULL)
            break;
    return src != NULL ? src->slot : NULL;
}

const struct slot *inhibitor_find_rule(const struct inhibitor *in, const struct labels *ls, struct stamp now,
                                       size_t *rule)
{
    return find(in, ls, now, rule, NULL);
}

const struct slot *inhibitor_find(const struct inhibitor *in, const struct labels *ls, struct stamp now)
{
    size_t rule = 0;
    return find(in, ls, now, &rule, NULL);
}

bool inhibitor_inhibits(struct inhibitor *in, const struct labels *ls, struct stamp now, uint64_t *steps)
{
    struct tidy tidy = {0};
    size_t rule = 0;
    const bool inhibited = find(in, ls, now, &rule, &tidy) != NULL;

    *steps += tidy.steps;
    return inhibited;
}
