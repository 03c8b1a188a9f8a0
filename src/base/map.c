#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define CAP_MIN ((size_t)16)

struct map_slot {
    uint64_t key;
    void *value; /* NULL: empty */
};

struct strmap_slot {
    uint64_t hash;
    struct sv key;
    void *value;
};

static uint64_t spread(uint64_t key)
{
    key ^= key >> 32;
    key *= UINT64_C(0xd6e8feb86659fd93);
    return key ^ (key >> 32);
}

void map_done(struct map *m)
{
    free(m->slot);
    *m = (struct map){0};
}

static size_t map_home(const struct map *m, uint64_t key)
{
    return spread(key) & (m->cap - 1);
}

/* The slot of `key`, or the empty slot where it would go. */
static size_t map_seek(const struct map *m, uint64_t key)
{
    size_t i = map_home(m, key);
    while (m->slot[i].value != NULL && m->slot[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return i;
}

static void map_resize(struct map *m, size_t cap)
{
    struct map old = *m;

    *m = (struct map){.slot = xcalloc(cap, sizeof(struct map_slot)), .cap = cap, .n = old.n};
    for (size_t i = 0; i < old.cap; i++)
        if (old.slot[i].value != NULL)
            m->slot[map_seek(m, old.slot[i].key)] = old.slot[i];
    free(old.slot);
}

void *map_get(const struct map *m, uint64_t key)
{
    return m->n != 0 ? m->slot[map_seek(m, key)].value : NULL;
}

void *map_put(struct map *m, uint64_t key, void *value)
{
    assert(value != NULL);
    if ((m->n + 1) * 4 > m->cap * 3)
        map_resize(m, m->cap != 0 ? m->cap * 2 : CAP_MIN);
    size_t i = map_seek(m, key);
    void *old = m->slot[i].value;
    m->slot[i] = (struct map_slot){key, value};
    m->n += old == NULL;
    return old;
}

void *map_del(struct map *m, uint64_t key)
{
    if (m->n == 0)
        return NULL;
    size_t hole = map_seek(m, key);
    void *old = m->slot[hole].value;
    if (old == NULL)
        return NULL;
    const size_t mask = m->cap - 1;
    for (size_t i = (hole + 1) & mask; m->slot[i].value != NULL; i = (i + 1) & mask) {
        size_t home = map_home(m, m->slot[i].key);
        if (((i - home) & mask) >= ((i - hole) & mask)) { /* may move back into the hole */
            m->slot[hole] = m->slot[i];
            hole = i;
        }
    }
    m->slot[hole].value = NULL;
    m->n--;
    return old;
}

void *map_next(const struct map *m, size_t *it)
{
    while (*it < m->cap) {
        void *v = m->slot[(*it)++].value;
        if (v != NULL)
            return v;
    }
    return NULL;
}

void strmap_done(struct strmap *m)
{
    free(m->slot);
    *m = (struct strmap){0};
}

static size_t strmap_seek(const struct strmap *m, struct sv key, uint64_t hash)
{
    size_t i = hash & (m->cap - 1);
    while (m->slot[i].value != NULL && (m->slot[i].hash != hash || !sv_eq(m->slot[i].key, key)))
        i = (i + 1) & (m->cap - 1);
    return i;
}

static void strmap_resize(struct strmap *m, size_t cap)
{
    struct strmap old = *m;

    *m = (struct strmap){.slot = xcalloc(cap, sizeof(struct strmap_slot)), .cap = cap, .n = old.n};
    for (size_t i = 0; i < old.cap; i++)
        if (old.slot[i].value != NULL)
            m->slot[strmap_seek(m, old.slot[i].key, old.slot[i].hash)] = old.slot[i];
    free(old.slot);
}

void *strmap_get(const struct strmap *m, struct sv key)
{
    return m->n != 0 ? m->slot[strmap_seek(m, key, sv_hash(key))].value : NULL;
}

void *strmap_put(struct strmap *m, struct sv key, void *value)
{
    const uint64_t hash = sv_hash(key);

    assert(value != NULL);
    if ((m->n + 1) * 4 > m->cap * 3)
        strmap_resize(m, m->cap != 0 ? m->cap * 2 : CAP_MIN);
    size_t i = strmap_seek(m, key, hash);
    void *old = m->slot[i].value;
    m->slot[i] = (struct strmap_slot){hash, key, value};
    m->n += old == NULL;
    return old;
}

void *strmap_del(struct strmap *m, struct sv key)
{
    if (m->n == 0)
        return NULL;
    size_t hole = strmap_seek(m, key, sv_hash(key));
    void *old = m->slot[hole].value;
    if (old == NULL)
        return NULL;
    const size_t mask = m->cap - 1;
    for (size_t i = (hole + 1) & mask; m->slot[i].value != NULL; i = (i + 1) & mask) {
        size_t home = m->slot[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->slot[hole] = m->slot[i];
            hole = i;
        }
    }
    m->slot[hole].value = NULL;
    m->n--;
    return old;
}

void *strmap_next(const struct strmap *m, size_t *it)
{
    while (*it < m->cap) {
        void *v = m->slot[(*it)++].value;
        if (v != NULL)
            return v;
    }
    return NULL;
}
