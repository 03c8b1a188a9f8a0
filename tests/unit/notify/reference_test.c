/* The reference: nothing in it without words. The tables of all receivers are in it. */
#include "notify/receiver.h"
#include "support/test.h"

static struct sv line_at(const char *p)
{
    return (struct sv){p, strcspn(p, "\n")};
}

/* | `key` | type | default | text | */
static bool cell(struct sv line, size_t index, struct sv *out)
{
    size_t at = 1;
    for (size_t i = 0;; i++) {
        size_t end = at;
        while (end < line.n && !(line.p[end] == '|' && line.p[end - 1] != '\\'))
            end++;
        if (end >= line.n)
            return false;
        *out = sv_trim((struct sv){line.p + at, end - at});
        if (i == index)
            return true;
        at = end + 1;
    }
}

TEST(reference, every_key_has_a_type_and_a_sentence)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    size_t rows = 0;
    config_reference(receiver_schemas(), &text);
    for (const char *p = text.p; *p != '\0'; p += line_at(p).n + 1) {
        const struct sv line = line_at(p);
        struct sv type, words;
        if (!sv_has_prefix(line, SV("| `")))
            continue;
        rows++;
        FAIL_IF(!cell(line, 1, &type) || type.n == 0, "no type: %.*s", SV_ARG(line));
        FAIL_IF(!cell(line, 3, &words) && !cell(line, 2, &words), "no text: %.*s", SV_ARG(line));
        FAIL_IF(words.n < 5 || words.p[words.n - 1] != '.', "no sentence: %.*s", SV_ARG(line));
    }
    CHECK(rows > 400);
}

TEST(reference, every_block_is_there_and_has_a_name_of_its_own)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    config_reference(receiver_schemas(), &text);
    for (const char *p = text.p; (p = strstr(p, "](#")) != NULL; p += 3) {
        const char *from = p;
        while (from[-1] != '[')
            from--;
        CLEANUP(strbuf_donep) struct strbuf heading = {0};
        strbuf_addf(&heading, "\n## %.*s\n", (int)(p - from), from);
        FAIL_IF(strstr(text.p, heading.p) == NULL, "no block for%s", heading.p);
    }
    for (const char *p = text.p; (p = strstr(p, "\n## ")) != NULL; p++) {
        CLEANUP(strbuf_donep) struct strbuf heading = {0};
        strbuf_addf(&heading, "%.*s\n", (int)line_at(p + 1).n + 1, p);
        FAIL_IF(strstr(p + 1, heading.p) != NULL, "two blocks with the name%s", heading.p);
    }
    for (const struct receiver_schema *const *r = receiver_schemas(); *r != NULL; r++)
        FAIL_IF(strstr(text.p, (*r)->key) == NULL, "%s is missing", (*r)->key);
}
