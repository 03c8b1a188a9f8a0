/* What template tests run in: the default templates, and the data of the corpus. */
#pragma once

#include <stdio.h>

#include "support/test.h"
#include "support/tmpl_data.h"

#define TEST_TEMPLATES TEST_DATA "/../../../templates"

struct world {
    struct arena mem; /* data and results */
    struct tmpl_set *set;
    struct tval data;
    struct tmpl_limits limits;
    struct now now;
};

static inline char *read_file(const char *path)
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

static inline void add_file(struct tmpl_set *set, const char *name, const char *path)
{
    struct err err = {0};
    char *text = read_file(path);
    FAIL_IF(!tmpl_set_add(set, name, sv_of(text), &err), "%s", err.text);
    free(text);
}

static inline struct tval read_data(struct arena *mem, const char *text)
{
    json_t *root = json_loads(text, 0, NULL);
    CHECK(root != NULL);
    struct tval data = test_data_from_json(mem, root);
    json_decref(root);
    return data;
}

/* The same templates for another set of functions. */
static inline void world_functions(struct world *w, enum tmpl_functions functions)
{
    tmpl_set_free(w->set);
    w->set = tmpl_set_new_with(functions);
    add_file(w->set, "", TEST_TEMPLATES "/default.tmpl");
}

/* `zone` becomes the process's local zone; only the first one does, per process. */
static inline struct world world_new(const char *zone)
{
    struct world w = {
        .set = tmpl_set_new(),
        .limits = {.expand_route_labels = true},
        .now = {.wall = {.sec = 1704200000}},
    };
    (void)setenv("TZ", zone, 1);
    arena_init(&w.mem, (size_t)64 << 20);
    char *text = read_file(TEST_DATA "/tmpl/data.json");
    w.data = read_data(&w.mem, text);
    free(text);
    add_file(w.set, "", TEST_TEMPLATES "/default.tmpl");
    add_file(w.set, "", TEST_TEMPLATES "/email.tmpl");
    return w;
}

static inline void world_done(struct world *w)
{
    tmpl_set_free(w->set);
    arena_done(&w->mem);
}

/* The output, or the error's text. */
static inline struct sv render(struct world *w, bool html, struct sv text)
{
    struct err err = {0};
    struct sv out;
    bool ok = (html ? tmpl_html : tmpl_text)(w->set, text, w->data, w->now, &w->limits, &w->mem, &out, &err);
    return ok ? out : (struct sv){arena_strndup(&w->mem, err.text, strlen(err.text)), strlen(err.text)};
}

/* A template of the set, in text mode. */
static inline struct sv render_named(struct world *w, const char *name)
{
    char text[160];
    (void)snprintf(text, sizeof text, "{{ template \"%s\" . }}", name);
    return render(w, false, sv_of(text));
}

/* Rows of a table: a template and its output or error. */
struct render_row {
    const char *text, *want;
};

static inline void check_rows(struct world *w, bool html, const struct render_row *rows, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        struct sv got = render(w, html, sv_of(rows[i].text));
        if (sv_eq(got, sv_of(rows[i].want)))
            continue;
        (void)fprintf(stderr, "%s\n  is   %.*s\n  want %s\n", rows[i].text, SV_ARG(got), rows[i].want);
        bad++;
    }
    CHECK_EQ(bad, 0);
}
#define CHECK_ROWS(world, html, rows) check_rows((world), (html), (rows), COUNT_OF(rows))
