/* The corpus of templates.md 15: templates with the output or error of the reference engine. */
#include "codec/tmpl.h"

#include <pthread.h>

#include "support/tmpl_corpus.h"

TEST(tmpl_corpus, all_rows)
{
    struct world w = world_new("UTC");
    json_t *rows = read_corpus("cases.jsonl");

    CHECK_EQ(json_array_size(rows), 191);
    CHECK_EQ(count_fitting(&w, rows), 191);
    json_decref(rows);
    world_done(&w);
}

/* ---- a set is shared by all threads ---- */

struct reader {
    pthread_t thread;
    struct world w;
    const json_t *rows;
    size_t fitting;
};

static void *read_all(void *arg)
{
    struct reader *r = arg;
    r->fitting = count_fitting(&r->w, r->rows);
    return NULL;
}

TEST(tmpl_corpus, ten_threads_agree)
{
    struct world w = world_new("UTC");
    struct reader readers[10];
    json_t *rows = read_corpus("cases.jsonl");

    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        readers[i] = (struct reader){.w = w, .rows = rows};
        CHECK_EQ(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        CHECK_EQ(pthread_join(readers[i].thread, NULL), 0);
        CHECK_EQ(readers[i].fitting, json_array_size(rows));
    }
    json_decref(rows);
    world_done(&w);
}
