#include "notify/compose.h"

#include "fixture.h"

typedef bool cut(struct render *r, const char *option, size_t max, struct sv *text, struct err *err);

static void check_cut(const char *name, cut *run, size_t max, const char *text, const char *want)
{
    struct fixture f;
    struct err err = {0};
    struct sv out = sv_of(text);

    fixture_start(&f, "webhook", "{url: 'http://x/'}", true);
    fixture_must_render(&f);
    FAIL_IF(!run(&f.render, "text", max, &out, &err), "%s", err.text);
    FAIL_IF(!sv_eq(out, sv_of(want)), "%s(\"%s\", %zu) is \"%.*s\", want \"%s\"", name, text, max,
            SV_ARG(out), want);
    fixture_end(&f);
}

/* the ellipsis counts; where it would leave nothing, there is none, or nothing but dots. */
TEST(compose, texts_are_cut_by_runes_or_bytes)
{
    static const struct {
        size_t max;
        const char *text, *runes, *bytes;
    } rows[] = {
        {0, "abc", "", ""},
        {1, "abc", "a", "."},
        {2, "磁盘满", "磁盘", ".."},
        {3, "磁盘满了", "磁盘满", "…"},
        {3, "abc", "abc", "abc"},
        {4, "abcde", "abc…", "a…"},
        {4, "磁盘满了吧", "磁盘满…", "…"},
        {8, "磁盘满了吧", "磁盘满了吧", "磁…"},
        {15, "磁盘满了吧", "磁盘满了吧", "磁盘满了吧"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_cut("runes", compose_cut_runes, rows[i].max, rows[i].text, rows[i].runes);
        check_cut("bytes", compose_cut_bytes, rows[i].max, rows[i].text, rows[i].bytes);
    }
}
