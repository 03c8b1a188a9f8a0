#include "base/map.h"

#include <stdio.h>

#include "support/test.h"

enum { KEYS = 700, STEPS = 60000 };

/* The model: an array indexed by key number. */
struct model {
    int *value[KEYS];
    size_t n;
    unsigned seed;
};

static unsigned next_random(struct model *m)
{
    m->seed = m->seed * 1103515245u + 12345u;
    return m->seed >> 8;
}

/* Replaces entry `k`, and says what was there. */
static int *model_set(struct model *m, size_t k, int *value)
{
    int *old = m->value[k];
    m->value[k] = value;
    m->n += (value != NULL) - (size_t)(old != NULL);
    return old;
}

TEST(map, agrees_with_an_array_over_random_operations)
{
    static int values[KEYS];
    struct model model = {.seed = 1};
    struct map m = {0};

    for (int step = 0; step < STEPS; step++) {
        const size_t k = next_random(&model) % KEYS;
        const uint64_t key = (uint64_t)k << (k % 3 * 20); /* clustered keys, and keys that differ high up */
        if (next_random(&model) % 3 == 0)
            CHECK(map_del(&m, key) == model_set(&model, k, NULL));
        else
            CHECK(map_put(&m, key, &values[k]) == model_set(&model, k, &values[k]));
        CHECK_EQ(m.n, model.n);
        const size_t probe = next_random(&model) % KEYS;
        CHECK(map_get(&m, (uint64_t)probe << (probe % 3 * 20)) == model.value[probe]);
    }

    size_t seen = 0;
    int *v;
    for (size_t it = 0; (v = map_next(&m, &it)) != NULL; seen++)
        CHECK(model.value[v - values] == v);
    CHECK_EQ(seen, model.n);
    map_done(&m);
    CHECK(map_get(&m, 0) == NULL);
}

TEST(map, strings_agree_with_an_array_over_random_operations)
{
    static int values[KEYS];
    static char names[KEYS][24];
    struct model model = {.seed = 2};
    struct strmap m = {0};

    for (size_t k = 0; k < KEYS; k++)
        (void)snprintf(names[k], sizeof names[k], "%.*s%zu", (int)(k % 12), "label_name__", k);
    for (int step = 0; step < STEPS; step++) {
        const size_t k = next_random(&model) % KEYS;
        if (next_random(&model) % 3 == 0)
            CHECK(strmap_del(&m, sv_of(names[k])) == model_set(&model, k, NULL));
        else
            CHECK(strmap_put(&m, sv_of(names[k]), &values[k]) == model_set(&model, k, &values[k]));
        CHECK_EQ(m.n, model.n);
        const size_t probe = next_random(&model) % KEYS;
        CHECK(strmap_get(&m, sv_of(names[probe])) == model.value[probe]);
    }

    size_t seen = 0;
    int *v;
    for (size_t it = 0; (v = strmap_next(&m, &it)) != NULL; seen++)
        CHECK(model.value[v - values] == v);
    CHECK_EQ(seen, model.n);
    strmap_done(&m);
}

TEST(map, zeroed_memory_is_an_empty_map)
{
    struct map m = {0};
    struct strmap s = {0};
    size_t it = 0;
    CHECK(map_get(&m, 1) == NULL && map_del(&m, 1) == NULL && map_next(&m, &it) == NULL);
    CHECK(strmap_get(&s, SV("a")) == NULL && strmap_del(&s, SV("a")) == NULL && strmap_next(&s, &it) == NULL);
    map_done(&m);
    strmap_done(&s);
}

TEST(map, a_replaced_key_is_the_new_one)
{
    struct strmap m = {0};
    char first[] = "key", second[] = "key";
    int one, two;
    CHECK(strmap_put(&m, sv_of(first), &one) == NULL);
    CHECK(strmap_put(&m, sv_of(second), &two) == &one);
    first[0] = 'x'; /* the map must not look at the old key any more */
    CHECK(strmap_get(&m, SV("key")) == &two);
    CHECK_EQ(m.n, 1u);
    strmap_done(&m);
}
