/* Thousands of small templates, each with what the real engine says of it: made by tests/golden/templates.py.
 */
#include "codec/tmpl.h"

#include "support/tmpl_corpus.h"

#define ROWS_MIN 3000 /* fewer would mean that the file is not what it was made to be */

TEST(tmpl_golden, all_rows)
{
    struct world w = world_new("UTC");
    json_t *rows = read_corpus("golden.jsonl");

    CHECK(json_array_size(rows) >= ROWS_MIN);
    CHECK_EQ(count_fitting(&w, rows), json_array_size(rows));
    json_decref(rows);
    world_done(&w);
}

/* Whole messages as people write them: each of these channels has some, and they do not fail. */
TEST(tmpl_golden, styles_of_channels)
{
    static const char *const channels[] = {"slack", "email", "dingtalk", "wecom"};
    struct world w = world_new("UTC");
    json_t *rows = read_corpus("golden.jsonl");

    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        size_t n = 0;
        for (size_t j = 0; j < json_array_size(rows); j++) {
            const json_t *row = json_array_get(rows, j), *channel = json_object_get(row, "channel");
            if (channel == NULL || strcmp(json_string_value(channel), channels[i]) != 0)
                continue;
            CHECK(json_object_get(row, "out") != NULL && row_fits(&w, row));
            n++;
        }
        FAIL_IF(n < 2, "%s: %zu", channels[i], n);
    }
    json_decref(rows);
    world_done(&w);
}
