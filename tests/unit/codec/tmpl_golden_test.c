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
