/* The corpus of templates.md 15: templates with the output or error of the reference engine. */
#include "codec/tmpl.h"

#include <pthread.h>

#include "support/tmpl_world.h"

static bool is_html(const json_t *row)
{
    return json_is_true(json_object_get(row, "html"));
}

static struct sv text_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return (struct sv){json_string_value(value), json_string_length(value)};
}

static struct sv wanted(const json_t *row)
{
    return json_object_get(row, "out") != NULL ? text_of(row, "out") : text_of(row, "err");
}

static bool row_fits(struct world *w, const json_t *row)
{
    struct sv got = render(w, is_html(row), text_of(row, "t"));
    if (sv_eq(got, wanted(row)))
        return true;
    (void)fprintf(stderr, "%s\n  is   %.*s\n  want %.*s\n", json_string_value(json_object_get(row, "id")),
                  SV_ARG(got), SV_ARG(wanted(row)));
    return false;
}

/* An array of the rows; lines that are no objects are headings. */
static json_t *read_corpus(void)
{
    char *text = read_file(TEST_DATA "/tmpl/cases.jsonl"), *save;
    json_t *rows = json_array();

    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        if (line[0] == '{')
            CHECK_EQ(json_array_append_new(rows, json_loads(line, 0, NULL)), 0);
    free(text);
    return rows;
}

static size_t count_fitting(struct world *w, const json_t *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        n += row_fits(w, json_array_get(rows, i));
    return n;
}

TEST(tmpl_corpus, all_rows)
{
    struct world w = world_new("UTC");
    json_t *rows = read_corpus();

    CHECK_EQ(json_array_size(rows), 191);
    CHECK_EQ(count_fitting(&w, rows), 191);
    json_decref(rows);
    world_done(&w);
}

/* ---- a set is shared by all threads ---- */

struct reader {
    pthread_t thread;
    struct world w; /* with memory of its own */
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
    json_t *rows = read_corpus();

    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        readers[i] = (struct reader){.w = w, .rows = rows};
        arena_init(&readers[i].w.mem, (size_t)64 << 20);
        CHECK_EQ(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        CHECK_EQ(pthread_join(readers[i].thread, NULL), 0);
        CHECK_EQ(readers[i].fitting, json_array_size(rows));
        arena_done(&readers[i].w.mem);
    }
    json_decref(rows);
    world_done(&w);
}
