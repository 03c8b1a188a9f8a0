/* The corpus of templates.md 15: templates with the output or error of the reference engine. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static bool row_fits(struct world *w, const json_t *row, bool html)
{
    const json_t *want = json_object_get(row, "out");
    if (want == NULL)
        want = json_object_get(row, "err");
    struct sv got = render(w, html, sv_of(json_string_value(json_object_get(row, "t"))));
    if (sv_eq(got, (struct sv){json_string_value(want), json_string_length(want)}))
        return true;
    (void)fprintf(stderr, "%s\n  is   %.*s\n  want %s\n", json_string_value(json_object_get(row, "id")),
                  SV_ARG(got), json_string_value(want));
    return false;
}

static void check_corpus(bool html, size_t n_rows)
{
    struct world w = world_new("UTC");
    char *text = read_file(TEST_DATA "/tmpl/cases.jsonl"), *save;
    size_t n = 0, good = 0;

    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (line[0] != '{')
            continue; /* a heading */
        json_t *row = json_loads(line, 0, NULL);
        CHECK(row != NULL);
        if (json_is_true(json_object_get(row, "html")) == html) {
            n++;
            good += row_fits(&w, row, html);
        }
        json_decref(row);
    }
    free(text);
    world_done(&w);
    CHECK_EQ(n, n_rows);
    CHECK_EQ(good, n_rows);
}

TEST(tmpl_corpus, text)
{
    check_corpus(false, 164);
}

TEST(tmpl_corpus, html)
{
    check_corpus(true, 27);
}
