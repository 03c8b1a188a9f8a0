#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#include "support/test.h"

TEST(mem, arena_memory_is_aligned_and_disjoint)
{
    struct arena a;
    unsigned char *block[200];
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(block); i++) {
        block[i] = arena_alloc(&a, i);
        CHECK(block[i] != NULL);
        CHECK_EQ((uintptr_t)block[i] % 16, 0);
        memset(block[i], (int)i, i);
    }
    for (size_t i = 0; i < COUNT_OF(block); i++)
        for (size_t j = 0; j < i; j++)
            FAIL_IF(block[i][j] != i, "byte %zu of block %zu was overwritten", j, i);
    arena_done(&a);
    arena_done(&a);
}

TEST(mem, an_arena_stops_at_its_ceiling_and_starts_again_after_a_reset)
{
    struct arena a;
    arena_init(&a, 100000);
    CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX - 8) == NULL);
    CHECK(arena_alloc(&a, 100001) == NULL);
    size_t n = 0;
    while (arena_alloc(&a, 1000) != NULL)
        n++;
    CHECK(n >= 98 && n <= 100);
    CHECK(arena_strndup(&a, "0123456789012345678901234567890123456789", 4000) == NULL);
    arena_reset(&a);
    CHECK_EQ(a.used, 0u);
    CHECK_STR(arena_strndup(&a, "abcdef", 3), "abc");
    CHECK_STR(arena_strndup(&a, NULL, 0), "");
    arena_done(&a);
}

TEST(mem, zalloc_clears_what_an_earlier_request_left)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    memset(arena_alloc(&a, 4096), 0xFF, 4096);
    arena_reset(&a);
    const unsigned char *p = arena_zalloc(&a, 4096);
    for (size_t i = 0; i < 4096; i++)
        CHECK_EQ(p[i], 0);
    const int *array = ARENA_ARRAY(&a, int, 3);
    CHECK(array[0] == 0 && array[2] == 0);
    arena_done(&a);
}

TEST(mem, xgrow_keeps_the_items_and_is_amortised)
{
    int *items = NULL;
    size_t cap = 0, moves = 0;
    for (int i = 0; i < 10000; i++) {
        const size_t before = cap;
        items = xgrow(items, &cap, (size_t)i + 1, sizeof *items);
        moves += cap != before;
        items[i] = i;
    }
    for (int i = 0; i < 10000; i++)
        CHECK_EQ(items[i], i);
    CHECK(moves < 20);
    items = xgrow(items, &cap, 1000000, sizeof *items);
    CHECK_EQ(cap, 1000000u);
    free(items);
}

TEST(mem, copies_end_with_nul)
{
    char *s = xstrndup("abcdef", 2), *t = xstrdup("xyz"), *e = xstrndup(NULL, 0);
    CHECK_STR(s, "ab");
    CHECK_STR(t, "xyz");
    CHECK_STR(e, "");
    free(s);
    free(t);
    free(e);
    free(xmalloc(0));
    free(xcalloc(0, 8));
}
