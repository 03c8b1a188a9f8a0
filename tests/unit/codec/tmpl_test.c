#include "codec/tmpl.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"
#include "support/tmpl_data.h"

/* ---- the setting: default templates and the corpus' data ---- */

struct world {
    struct arena mem; /* data and results */
    struct tmpl_set *set;
    struct tval data;
};

static char *read_file(const char *path)
{
    struct strbuf text = {0};
    char chunk[4096];
    FILE *f = fopen(path, "re");
    FAIL_IF(f == NULL, "cannot open %s", path);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        strbuf_add(&text, chunk, n);
    (void)fclose(f);
    return strbuf_take(&text);
}

static void add_file(struct tmpl_set *set, const char *name, const char *path)
{
    struct err err = {0};
    char *text = read_file(path);
    FAIL_IF(!tmpl_set_add(set, name, sv_of(text), &err), "%s", err.text);
    free(text);
}

static struct world world_new(void)
{
    struct world w = {.set = tmpl_set_new()};
    (void)setenv("TZ", "UTC", 1);
    arena_init(&w.mem, (size_t)64 << 20);
    char *text = read_file(TEST_DATA "/tmpl/data.json");
    json_t *root = json_loads(text, 0, NULL);
    CHECK(root != NULL);
    w.data = test_data_from_json(&w.mem, root);
    json_decref(root);
    free(text);
    add_file(w.set, "", TEST_DATA "/../../../templates/default.tmpl");
    add_file(w.set, "", TEST_DATA "/../../../templates/email.tmpl");
    return w;
}

static void world_done(struct world *w)
{
    tmpl_set_free(w->set);
    arena_done(&w->mem);
}

static const struct tmpl_limits amtool = {.expand_route_labels = true};

/* The output, or the error's text. */
static struct sv render(struct world *w, bool html, const char *text)
{
    struct err err = {0};
    struct sv out;
    const struct now now = {.wall = {.sec = 1704200000}};
    bool ok = (html ? tmpl_html : tmpl_text)(w->set, sv_of(text), w->data, now, &amtool, &w->mem, &out, &err);
    return ok ? out : (struct sv){arena_strndup(&w->mem, err.text, strlen(err.text)), strlen(err.text)};
}

/* ---- the corpus of templates.md 15.2 ---- */

static size_t check_case(struct world *w, const char *line, bool html)
{
    json_t *row = json_loads(line, 0, NULL);
    CHECK(row != NULL);
    size_t bad = 0;
    if (json_is_true(json_object_get(row, "html")) == html) {
        const json_t *want = json_object_get(row, "out");
        if (want == NULL)
            want = json_object_get(row, "err");
        struct sv got = render(w, html, json_string_value(json_object_get(row, "t")));
        bad = !sv_eq(got, (struct sv){json_string_value(want), json_string_length(want)});
        if (bad != 0)
            (void)fprintf(stderr, "%s\n  is   %.*s\n  want %s\n",
                          json_string_value(json_object_get(row, "id")), SV_ARG(got),
                          json_string_value(want));
    }
    json_decref(row);
    return bad;
}

static void check_corpus(bool html)
{
    struct world w = world_new();
    char *text = read_file(TEST_DATA "/tmpl/cases.jsonl"), *save;
    size_t bad = 0;
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        if (line[0] == '{')
            bad += check_case(&w, line, html);
    free(text);
    world_done(&w);
    CHECK_EQ(bad, 0);
}

TEST(tmpl, corpus_of_text_templates)
{
    check_corpus(false);
}

TEST(tmpl, corpus_of_html_templates)
{
    check_corpus(true);
}
