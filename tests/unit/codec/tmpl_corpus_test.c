/* The corpus of templates.md 15: templates with the output or error of the reference engine. */
#include "codec/tmpl.h"

#include <pthread.h>

#include "support/tmpl_corpus.h"

/* T-001 */
TEST(tmpl_corpus, all_rows)
{
    struct world w = world_new("UTC");
    json_t *rows = read_corpus("cases.jsonl");

    CHECK_EQ(json_array_size(rows), 191);
    CHECK_EQ(count_fitting(&w, rows), 191);
    json_decref(rows);
    world_done(&w);
}

/* ---- which cases prove which rows of the checklist ---- */

static const struct {
    const char *row, *cases; /* the cases' numbers */
} proofs[] = {
    {"T-002 trim markers", "2 3 4 5 6 7"},
    {"T-003 comments", "8 9 132 133 157"},
    {"T-004 newlines inside actions", "10 11"},
    {"T-005 names", "140"},
    {"T-006 scopes", "25 26 27 28 30 36 51 82 130"},
    {"T-007 range", "15 16 17 18 19 20 34 152"},
    {"T-008 else", "21 22 29 31 142"},
    {"T-009 break and continue", "23 24 35 135"},
    {"T-010 truth", "53 60 74"},
    {"T-011 what is missing", "37 38 39"},
    {"T-012 a missing struct field", "40 115"},
    {"T-014 and, or", "53 54"},
    {"T-015 eq", "55 56 117 118"},
    {"T-016 bytes of strings", "57 58 59 120"},
    {"T-017 print", "61"},
    {"T-018 printf", "62 63 64 65 70 73"},
    {"T-019 floats", "71 72"},
    {"T-020 definitions of one unit", "78 79"},
    {"T-022 a definition in an option", "77"},
    {"T-024 recursion", "156"},
    {"T-027 lists", "44 84 92 148 154"},
    {"T-028 title", "83"},
    {"T-029 reReplaceAll", "85 86 87 144 145"},
    {"T-030 base64", "91 146"},
    {"T-031 toJson", "88 89 90"},
    {"T-032 humanizeDuration", "93 103 149"},
    {"T-033 tz", "105 108 151"},
    {"T-034 times as they are printed", "100"},
    {"T-035 layouts", "101 102 112 113 114"},
    {"T-036 Add, Sub", "52 103 104 106 110 111"},
    {"T-037 durations", "103 107"},
    {"T-038 where errors are", "115 116 121 122 124 125 136 137"},
    {"T-040 HTML text", "165 166 176 186"},
    {"T-041 attributes without quotes", "166 170"},
    {"T-042 addresses", "167 168 169 180 181 182"},
    {"T-043 addresses of scripts", "167"},
    {"T-044 marked values", "169 183 184 187"},
    {"T-045 HTML comments", "175"},
    {"T-046 ends in different contexts", "189 190"},
    {"T-047 the template's own escapers", "177 188"},
    {"T-048 scripts and style sheets", "171 172 173 174"},
    {"T-049 one template in two contexts", "178 185"},
    {"T-050 the receiver's name", "158"},
    {"T-054 route labels", "94"},
    {"T-055 default templates", "158 159 160 161 162 163 164"},
    {"T-065 a pipeline in a template call", "155"},
};

static const json_t *case_numbered(const json_t *rows, long number)
{
    char id[16];

    (void)snprintf(id, sizeof id, "E%03ld", number);
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(rows, i), "id")), id) == 0)
            return json_array_get(rows, i);
    return NULL;
}

TEST(tmpl_corpus, rows_of_the_checklist)
{
    struct world w = world_new("UTC");
    json_t *rows = read_corpus("cases.jsonl");

    for (size_t i = 0; i < COUNT_OF(proofs); i++) {
        char *next = NULL;
        for (const char *at = proofs[i].cases; *at != '\0'; at = next) {
            const json_t *row = case_numbered(rows, strtol(at, &next, 10));
            FAIL_IF(row == NULL || !row_fits(&w, row), "%s: case %.4s", proofs[i].row, at);
        }
    }
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

/* T-066 */
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
