/* What matches what. A pair of a silence and an alert is looked at once, when the later of the two comes, and
 * the verdict is kept in the slot's list: edits keep the matchers and time does not change them (W-08). */

#include <stdlib.h>

#include "base/mem.h"
#include "mute_index.h"

static void mutes_add(struct slot *s, struct silence_rec *rec)
{
    struct mute_list *l = s->mutes;
    if (l == NULL || l->n == l->cap) {
        const uint32_t n = l != NULL ? l->n : 0, cap = n != 0 ? n * 2 : 1;
        l = xrealloc(l, sizeof(*l) + cap * sizeof(struct silence_rec *));
        l->n = n;
        l->cap = cap;
        s->mutes = l;
    }
    l->v[l->n++] = rec;
}

static void try_pair(void *ctx, struct slot *s, struct silence_rec *rec)
{
    struct engine *e = ctx;

    e->stats.silence_evaluations++;
    if (matchers_match(&rec->version->matchers, slot_labels(s)))
        mutes_add(s, rec);
}

void silence_match(struct engine *e, struct silence_rec *rec)
{
    mute_index_each_slot(&e->slots, rec, try_pair, e);
}

struct newcomer {
    struct engine *engine;
    struct stamp now;
};

static void try_unless_overdue(void *ctx, struct slot *s, struct silence_rec *rec)
{
    const struct newcomer *n = ctx;

    if (!silence_overdue(rec->version, n->now))
        try_pair(n->engine, s, rec);
}

static int by_creation(const void *a, const void *b)
{
    const uint64_t x = (*(struct silence_rec *const *)a)->seq, y = (*(struct silence_rec *const *)b)->seq;
    return x < y ? -1 : x > y;
}

void slot_match(struct engine *e, struct slot *s, struct stamp now)
{
    struct mute_index *ix = &e->silences.index;
    struct newcomer newcomer = {e, now};

    mute_index_add_slot(ix, s);
    mute_index_each_silence(ix, s, try_unless_overdue, &newcomer);
    if (s->mutes != NULL && s->mutes->n > 1)
        qsort(s->mutes->v, s->mutes->n, sizeof(s->mutes->v[0]), by_creation);
}

void slot_unmatch(struct engine *e, struct slot *s)
{
    mute_index_drop_slot(&e->silences.index, s);
    free(s->mutes);
    s->mutes = NULL;
}

void slot_drop_doomed(struct slot *s)
{
    struct mute_list *l = s->mutes;
    uint32_t kept = 0;

    if (l == NULL)
        return;
    for (uint32_t i = 0; i < l->n; i++)
        if (!l->v[i]->doomed)
            l->v[kept++] = l->v[i];
    l->n = kept;
    if (kept == 0) {
        free(l);
        s->mutes = NULL;
    }
}

/* ---- what holds now ---- */

struct silence *slot_next_silence(const struct slot *s, size_t *it, struct stamp now)
{
    while (s->mutes != NULL && *it < s->mutes->n) {
        struct silence *silence = s->mutes->v[(*it)++]->version;
        if (silence_mutes(silence, now))
            return silence;
    }
    return NULL;
}

bool slot_silenced(const struct slot *s, struct stamp now)
{
    size_t it = 0;
    return slot_next_silence(s, &it, now) != NULL;
}

struct stamp slot_silenced_until(const struct slot *s, struct stamp now)
{
    struct stamp end = now;

    for (size_t i = 0; s->mutes != NULL && i < s->mutes->n; i++) {
        const struct silence *silence = s->mutes->v[i]->version;
        if (silence_mutes(silence, now) && stamp_before(end, silence->ends_at))
            end = silence->ends_at;
    }
    return end;
}
