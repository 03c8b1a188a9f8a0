/* Files of templates with the output or error of the reference engine: one JSON object a line, with "t" (the
 * template), "out" or "err", and "html". */
#pragma once

#include <jansson.h>

#include "support/tmpl_world.h"

static inline struct sv text_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return (struct sv){json_string_value(value), json_string_length(value)};
}

static inline struct sv wanted(const json_t *row)
{
    return json_object_get(row, "out") != NULL ? text_of(row, "out") : text_of(row, "err");
}

static inline bool row_fits(struct world *w, const json_t *row)
{
    const bool html = json_is_true(json_object_get(row, "html"));
    const struct sv got = render(w, html, text_of(row, "t"));

    if (sv_eq(got, wanted(row)))
        return true;
    (void)fprintf(stderr, "%s\n  template %s\n  is       %.*s\n  want     %.*s\n",
                  json_string_value(json_object_get(row, "id")), text_of(row, "t").p, SV_ARG(got),
                  SV_ARG(wanted(row)));
    return false;
}

/* Each row gets memory of its own. */
static inline size_t count_fitting(const struct world *w, const json_t *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        struct world one = *w;
        arena_init(&one.mem, (size_t)64 << 20);
        n += row_fits(&one, json_array_get(rows, i));
        arena_done(&one.mem);
    }
    return n;
}

/* An array of the rows; lines that are no objects are headings. */
static inline json_t *read_corpus(const char *name)
{
    struct strbuf path = {0};
    char *save;
    json_t *rows = json_array();

    strbuf_addf(&path, TEST_DATA "/tmpl/%s", name);
    char *text = read_file(path.p);
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        if (line[0] == '{')
            CHECK_EQ(json_array_append_new(rows, json_loads(line, JSON_ALLOW_NUL, NULL)), 0);
    free(text);
    strbuf_done(&path);
    return rows;
}
