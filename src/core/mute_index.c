#include "mute_index.h"

#include <stdlib.h>

#include "base/mem.h"

/* A matcher with more values than this is not worth filing: the pattern is matched instead. */
#define VALUES_MAX 64

#define NO_PLACE UINT32_MAX

/* The alerts that have a value, and the silences that are filed under it. */
struct mute_key {
    struct istr *value;
    struct slot **slots;
    size_t n_slots, cap_slots;
    struct silence_rec **recs; /* in the order of their creation */
    size_t n_recs, cap_recs;
};

struct mute_name {
    struct istr *name;
    size_t asked;    /* how many matchers of silences ask for it */
    struct map keys; /* by the address of the interned value: struct mute_key */
};

/* Texts that are interned are told apart by their addresses. */
static uint64_t address(const struct istr *s)
{
    return (uint64_t)(uintptr_t)s;
}

static struct silence_rec **append_rec(struct silence_rec **v, size_t *n, size_t *cap,
                                       struct silence_rec *rec)
{
    v = xgrow(v, cap, *n + 1, sizeof(*v));
    v[(*n)++] = rec;
    return v;
}

/* Keeps the order. */
static void remove_rec(struct silence_rec **v, size_t *n, const struct silence_rec *rec)
{
    size_t at = 0;
    while (v[at] != rec)
        at++;
    memmove(&v[at], &v[at + 1], (--*n - at) * sizeof(*v));
}

/* ---- keys ---- */

static struct mute_key *key_of(struct mute_name *name, struct istr *value)
{
    struct mute_key *k = map_get(&name->keys, address(value));
    if (k != NULL)
        return k;
    k = xcalloc(1, sizeof(*k));
    k->value = istr_ref(value);
    map_put(&name->keys, address(value), k);
    return k;
}

static struct mute_key *key_find(const struct mute_name *name, struct sv value)
{
    struct istr *s = intern(value);
    struct mute_key *k = map_get(&name->keys, address(s));
    istr_unref(s);
    return k;
}

static void key_free(struct mute_key *k)
{
    istr_unref(k->value);
    free(k->slots);
    free(k->recs);
    free(k);
}

static void key_tidy(struct mute_name *name, struct mute_key *k)
{
    if (k->n_slots != 0 || k->n_recs != 0)
        return;
    map_del(&name->keys, address(k->value));
    key_free(k);
}

/* ---- slots ---- */

static size_t label_index(const struct labels *ls, const struct istr *name)
{
    size_t i = 0;
    while (i < ls->n && ls->v[i].name != name)
        i++;
    return i;
}

static void file_slot(struct mute_name *name, struct slot *s, size_t label)
{
    const struct labels *ls = slot_labels(s);
    struct mute_key *k = key_of(name, ls->v[label].value);

    if (s->places == NULL) {
        s->places = xmalloc(ls->n * sizeof(*s->places));
        memset(s->places, 0xff, ls->n * sizeof(*s->places)); /* NO_PLACE */
    }
    s->places[label] = (uint32_t)k->n_slots;
    k->slots = xgrow(k->slots, &k->cap_slots, k->n_slots + 1, sizeof(struct slot *));
    k->slots[k->n_slots++] = s;
}

/* The last one takes its place. */
static void unfile_slot(struct mute_name *name, struct slot *s, size_t label)
{
    struct mute_key *k = map_get(&name->keys, address(slot_labels(s)->v[label].value));
    struct slot *last = k->slots[--k->n_slots];

    k->slots[s->places[label]] = last;
    last->places[label_index(slot_labels(last), name->name)] = s->places[label];
    s->places[label] = NO_PLACE;
    key_tidy(name, k);
}

void mute_index_add_slot(struct mute_index *ix, struct slot *s)
{
    const struct labels *ls = slot_labels(s);

    for (size_t i = 0; i < ls->n && ix->names.n != 0; i++) {
        struct mute_name *name = map_get(&ix->names, address(ls->v[i].name));
        if (name != NULL)
            file_slot(name, s, i);
    }
}

void mute_index_drop_slot(struct mute_index *ix, struct slot *s)
{
    const struct labels *ls = slot_labels(s);

    for (size_t i = 0; s->places != NULL && i < ls->n; i++)
        if (s->places[i] != NO_PLACE)
            unfile_slot(map_get(&ix->names, address(ls->v[i].name)), s, i);
    free(s->places);
    s->places = NULL;
}

/* ---- names ---- */

static struct mute_name *name_ask(struct mute_index *ix, const struct map *slots, struct istr *text)
{
    struct mute_name *name = map_get(&ix->names, address(text));
    struct slot *s;

    if (name != NULL) {
        name->asked++;
        return name;
    }
    name = xcalloc(1, sizeof(*name));
    name->name = istr_ref(text);
    name->asked = 1;
    map_put(&ix->names, address(text), name);
    for (size_t it = 0; (s = map_next(slots, &it)) != NULL;) {
        const size_t label = label_index(slot_labels(s), text);
        if (label != slot_labels(s)->n)
            file_slot(name, s, label);
    }
    return name;
}

static void name_free(struct mute_name *name)
{
    struct mute_key *k;

    for (size_t it = 0; (k = map_next(&name->keys, &it)) != NULL;) {
        for (size_t i = 0; i < k->n_slots; i++)
            k->slots[i]->places[label_index(slot_labels(k->slots[i]), name->name)] = NO_PLACE;
        key_free(k);
    }
    map_done(&name->keys);
    istr_unref(name->name);
    free(name);
}

static void name_release(struct mute_index *ix, struct mute_name *name)
{
    if (--name->asked != 0)
        return;
    map_del(&ix->names, address(name->name));
    name_free(name);
}

/* ---- silences ---- */

/* What matching by this matcher would cost: alerts today; then silences, which stand for alerts to come. */
struct weight {
    size_t slots, recs;
};

static struct weight weigh(const struct mute_name *name, const struct sv *values, size_t n)
{
    struct weight w = {0};

    for (size_t i = 0; i < n; i++) {
        const struct mute_key *k = key_find(name, values[i]);
        if (k == NULL)
            continue;
        w.slots += k->n_slots;
        w.recs += k->n_recs;
    }
    return w;
}

static bool lighter(struct weight a, struct weight b)
{
    return a.slots != b.slots ? a.slots < b.slots : a.recs < b.recs;
}

/* Asks for the names of its matchers and chooses among them. */
static void choose(struct mute_index *ix, const struct map *slots, struct silence_rec *rec)
{
    const struct matchers *ms = &rec->version->matchers;
    struct mute_place *p = &rec->place;
    struct weight best = {0};
    struct sv values[VALUES_MAX];

    for (size_t i = 0; i < ms->n && p->n_asked < COUNT_OF(p->asked); i++) {
        const size_t n = matcher_values(&ms->v[i], values, COUNT_OF(values));
        if (n == 0)
            continue;
        struct mute_name *name = name_ask(ix, slots, ms->v[i].name);
        const struct weight w = weigh(name, values, n);
        if (p->n_asked == 0 || lighter(w, best)) {
            best = w;
            p->by = name;
            p->matcher = i;
        }
        p->asked[p->n_asked++] = name;
    }
}

static size_t filed_under(const struct silence_rec *rec, struct sv *values)
{
    return matcher_values(&rec->version->matchers.v[rec->place.matcher], values, VALUES_MAX);
}

void mute_index_add_silence(struct mute_index *ix, const struct map *slots, struct silence_rec *rec)
{
    struct sv values[VALUES_MAX];

    rec->place = (struct mute_place){.filed = true};
    choose(ix, slots, rec);
    if (rec->place.by == NULL) {
        ix->rest = append_rec(ix->rest, &ix->n_rest, &ix->cap_rest, rec);
        return;
    }
    const size_t n = filed_under(rec, values);
    for (size_t i = 0; i < n; i++) {
        struct istr *value = intern(values[i]);
        struct mute_key *k = key_of(rec->place.by, value);
        istr_unref(value);
        k->recs = append_rec(k->recs, &k->n_recs, &k->cap_recs, rec);
    }
}

void mute_index_drop_silence(struct mute_index *ix, struct silence_rec *rec)
{
    struct mute_place *p = &rec->place;
    struct sv values[VALUES_MAX];

    if (!p->filed)
        return;
    const size_t n = p->by != NULL ? filed_under(rec, values) : 0;
    for (size_t i = 0; i < n; i++) {
        struct mute_key *k = key_find(p->by, values[i]);
        remove_rec(k->recs, &k->n_recs, rec);
        key_tidy(p->by, k);
    }
    if (p->by == NULL)
        remove_rec(ix->rest, &ix->n_rest, rec);
    for (size_t i = 0; i < p->n_asked; i++)
        name_release(ix, p->asked[i]);
    *p = (struct mute_place){0};
}

/* ---- candidates ---- */

void mute_index_each_slot(const struct map *slots, struct silence_rec *rec,
                          void (*visit)(void *ctx, struct slot *s, struct silence_rec *rec), void *ctx)
{
    struct sv values[VALUES_MAX];
    struct slot *s;

    if (rec->place.by == NULL) {
        for (size_t it = 0; (s = map_next(slots, &it)) != NULL;)
            visit(ctx, s, rec);
        return;
    }
    const size_t n = filed_under(rec, values);
    for (size_t i = 0; i < n; i++) {
        const struct mute_key *k = key_find(rec->place.by, values[i]);
        for (size_t j = 0; j < k->n_slots; j++)
            visit(ctx, k->slots[j], rec);
    }
}

void mute_index_each_silence(const struct mute_index *ix, struct slot *s,
                             void (*visit)(void *ctx, struct slot *s, struct silence_rec *rec), void *ctx)
{
    const struct labels *ls = slot_labels(s);

    for (size_t i = 0; i < ls->n && ix->names.n != 0; i++) {
        const struct mute_name *name = map_get(&ix->names, address(ls->v[i].name));
        const struct mute_key *k = name != NULL ? map_get(&name->keys, address(ls->v[i].value)) : NULL;
        for (size_t j = 0; k != NULL && j < k->n_recs; j++)
            visit(ctx, s, k->recs[j]);
    }
    for (size_t i = 0; i < ix->n_rest; i++)
        visit(ctx, s, ix->rest[i]);
}

void mute_index_done(struct mute_index *ix)
{
    struct mute_name *name;

    for (size_t it = 0; (name = map_next(&ix->names, &it)) != NULL;)
        name_free(name);
    map_done(&ix->names);
    free(ix->rest);
    *ix = (struct mute_index){0};
}
