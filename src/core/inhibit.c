/* Inhibition (pipeline.md 2): alerts that keep others quiet.
 *
 * Per rule, the values of the `equal` labels lead to the sources that fire, however many they are: when one
 * resolves, the others go on inhibiting (W-04). Sources that are targets of the rule as well are kept apart,
 * because they count only for targets that are not sources (W-05).
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
};

struct rule_state {
    const struct inhibit_rule *rule;
    struct map sets[SIDES]; /* fingerprint of the equal labels: struct source_set */
};

static uint64_t equal_key(const struct inhibit_rule *rule, const struct labels *ls)
{
    /* Labels that are missing do not count, so that two sets without them are equal. */
    return labels_fingerprint_only(ls, (const struct istr *const *)rule->equal, rule->n_equal);
}

void inhibitor_init(struct inhibitor *in, const struct config *c)
{
    *in = (struct inhibitor){.rules = xcalloc(c->n_inhibit_rules, sizeof(*in->rules)),
                             .n_rules = c->n_inhibit_rules};
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

static void enter(struct inhibitor *in, struct source *src)
{
    struct rule_state *r = &in->rules[src->rule];
    const uint64_t key = equal_key(r->rule, slot_labels(src->slot));
    struct source_set *set = map_get(&r->sets[src->sides], key);

    if (set == NULL) {
        set = xcalloc(1, sizeof(*set));
        set->key = key;
        map_put(&r->sets[src->sides], key, set);
    }
    set->v = xgrow(set->v, &set->cap, set->n + 1, sizeof(struct source *));
    src->set = set;
    src->at = set->n;
    set->v[set->n++] = src;
}

static void leave(struct inhibitor *in, struct source *src)
{
    struct source_set *set = src->set;

    src->set = NULL;
    set->v[src->at] = set->v[--set->n];
    set->v[src->at]->at = src->at;
    if (set->n != 0)
        return;
    map_del(&in->rules[src->rule].sets[src->sides], set->key);
    free(set->v);
    free(set);
}

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
    const bool firing = !alert_resolved_at(s->version, now);

    for (struct source *src = s->sources; src != NULL; src = src->next) {
        if (firing && src->set == NULL)
            enter(in, src);
        else if (!firing && src->set != NULL)
            leave(in, src);
    }
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

/* Those whose end has passed without a word stay in the set until the next garbage collection. */
static const struct slot *first_firing(const struct source_set *set, struct stamp now)
{
    for (size_t i = 0; set != NULL && i < set->n; i++)
        if (!alert_resolved_at(set->v[i]->slot->version, now))
            return set->v[i]->slot;
    return NULL;
}

static const struct slot *find_by_rule(const struct rule_state *r, const struct labels *ls, struct stamp now)
{
    if ((r->sets[SOURCE_ONLY].n == 0 && r->sets[TWO_SIDED].n == 0) || !matchers_match(&r->rule->target, ls))
        return NULL;
    const uint64_t key = equal_key(r->rule, ls);
    const struct slot *s = first_firing(map_get(&r->sets[SOURCE_ONLY], key), now);
    if (s != NULL)
        return s;
    const struct source_set *two_sided = map_get(&r->sets[TWO_SIDED], key);
    if (two_sided == NULL || matchers_match(&r->rule->source, ls))
        return NULL;
    return first_firing(two_sided, now);
}

const struct slot *inhibitor_find_rule(const struct inhibitor *in, const struct labels *ls, struct stamp now,
                                       size_t *rule)
{
    const struct slot *s = NULL;
    for (; *rule < in->n_rules; ++*rule)
        if ((s = find_by_rule(&in->rules[*rule], ls, now)) != NULL)
            break;
    return s;
}

const struct slot *inhibitor_find(const struct inhibitor *in, const struct labels *ls, struct stamp now)
{
    size_t rule = 0;
    return inhibitor_find_rule(in, ls, now, &rule);
}
