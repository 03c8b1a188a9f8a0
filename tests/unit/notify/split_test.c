#include "notify/split.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "codec/jw.h"
#include "support/test.h"

static void check_parts(const char *row, struct sv text, const struct split *s, enum split_measure measure,
                        size_t budget)
{
    (void)text;
    for (size_t i = 0; i < s->n; i++) {
        FAIL_IF(!utf8_valid(s->parts[i]), "%s: part %zu is not UTF-8", row, i);
        FAIL_IF(split_cost(s->parts[i], measure) > budget, "%s: part %zu costs %zu", row, i,
                split_cost(s->parts[i], measure));
    }
}

static char *join(const struct split *s)
{
    struct strbuf all = {0};
    for (size_t i = 0; i < s->n; i++)
        strbuf_addsv(&all, s->parts[i]);
    return strbuf_take(&all);
}

/* An alert as the DingTalk layout writes it. */
static void add_alert(struct strbuf *out, int i)
{
    strbuf_addf(out,
                "\n**<font color=\"#D93026\">●</font> critical · web-%d:9100**\n\n> 磁盘满了 %d\n\n"
                "01-02 11:04:05 起  \nzone=cn-hz \n\n[图表](http://prom:9090/graph?g0.expr=%d)\n\n",
                i, i, i);
}

TEST(split, short_text_is_one_part)
{
    struct arena mem;
    arena_init(&mem, 1 << 20);
    const struct split s = split_text(SV("hello"), SPLIT_BYTES, 128, 3, 0, &mem);
    CHECK_EQ(s.n, 1);
    CHECK_SV(s.parts[0], "hello");
    CHECK_EQ(s.rest.n, 0);
    const struct split empty = split_text(SV(""), SPLIT_BYTES, 128, 3, 0, &mem);
    CHECK_EQ(empty.n, 1);
    CHECK_SV(empty.parts[0], "");
    arena_done(&mem);
}

TEST(split, cuts_between_alerts_and_loses_none)
{
    struct strbuf text = {0};
    struct arena mem;

    arena_init(&mem, 1 << 20);
    strbuf_adds(&text, "#### title\n\n---\n");
    for (int i = 0; i < 40; i++)
        add_alert(&text, i);
    const struct split s = split_text(strbuf_sv(&text), SPLIT_BYTES, 1000, 100, 0, &mem);
    CHECK(s.n > 5);
    check_parts("alerts", strbuf_sv(&text), &s, SPLIT_BYTES, 1000);
    for (size_t i = 1; i < s.n; i++)
        FAIL_IF(!sv_has_prefix(s.parts[i], SV("**<font")), "part %zu starts with %.*s", i,
                SV_ARG(((struct sv){s.parts[i].p, 20})));
    char *all = join(&s);
    CHECK_STR(all, text.p);
    free(all);
    strbuf_done(&text);
    arena_done(&mem);
}

TEST(split, one_huge_alert_is_cut_at_line_ends)
{
    struct strbuf text = {0};
    struct arena mem;

    arena_init(&mem, 1 << 20);
    for (int i = 0; i < 200; i++)
        strbuf_addf(&text, "line number %d of this alert\n", i);
    const struct split s = split_text(strbuf_sv(&text), SPLIT_BYTES, 500, 100, 0, &mem);
    for (size_t i = 0; i < s.n; i++)
        CHECK(sv_has_prefix(s.parts[i], SV("line number ")));
    char *all = join(&s);
    CHECK_STR(all, text.p);
    free(all);
    strbuf_done(&text);
    arena_done(&mem);
}

TEST(split, never_divides_characters_links_tags_or_families)
{
    static const char *const units[] = {
        "中",
        "[图表](http://prom:9090/graph?x=1)",
        "<@zhangsan>",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", /* woman ZWJ girl */
        "e\xcc\x81",                                     /* e with an accent */
        "\xe2\x9d\xa4\xef\xb8\x8f",                      /* heart with a variation selector */
    };
    for (size_t u = 0; u < COUNT_OF(units); u++) {
        struct strbuf text = {0};
        struct arena mem;
        const size_t unit = strlen(units[u]);

        arena_init(&mem, 1 << 20);
        for (int i = 0; i < 200; i++)
            strbuf_adds(&text, units[u]);
        for (size_t budget = 128; budget < 180; budget++) {
            const struct split s = split_text(strbuf_sv(&text), SPLIT_BYTES, budget, 1000, 0, &mem);
            check_parts(units[u], strbuf_sv(&text), &s, SPLIT_BYTES, budget);
            for (size_t i = 0; i < s.n; i++)
                FAIL_IF(s.parts[i].n % unit != 0, "%s is divided with budget %zu", units[u], budget);
        }
        strbuf_done(&text);
        arena_done(&mem);
    }
}

TEST(split, open_markup_is_closed_and_opened_again)
{
    struct arena mem;
    struct strbuf font = {0}, fence = {0};

    arena_init(&mem, 1 << 20);
    strbuf_adds(&font, "<font color=\"warning\">");
    for (int i = 0; i < 100; i++)
        strbuf_adds(&font, "很长的摘要");
    strbuf_adds(&font, "</font>");
    const struct split a = split_text(strbuf_sv(&font), SPLIT_BYTES, 400, 100, 0, &mem);
    check_parts("font", strbuf_sv(&font), &a, SPLIT_BYTES, 400);
    CHECK(a.n > 2);
    for (size_t i = 0; i < a.n; i++) {
        CHECK(sv_has_prefix(a.parts[i], SV("<font color=\"warning\">")));
        CHECK(memcmp(a.parts[i].p + a.parts[i].n - 7, "</font>", 7) == 0);
    }

    strbuf_adds(&fence, "before\n```\n");
    for (int i = 0; i < 100; i++)
        strbuf_addf(&fence, "code %d\n", i);
    strbuf_adds(&fence, "```\nafter\n");
    const struct split b = split_text(strbuf_sv(&fence), SPLIT_BYTES, 300, 100, 0, &mem);
    check_parts("fence", strbuf_sv(&fence), &b, SPLIT_BYTES, 300);
    CHECK(b.n > 2);
    for (size_t i = 0; i < b.n; i++) {
        size_t fences = 0;
        for (const char *p = b.parts[i].p; (p = strstr(p, "```")) != NULL; p += 3)
            fences++;
        FAIL_IF(fences % 2 != 0, "part %zu has %zu fences", i, fences);
    }
    strbuf_done(&font);
    strbuf_done(&fence);
    arena_done(&mem);
}

TEST(split, what_does_not_fit_is_the_rest_and_leaves_room_for_a_remark)
{
    struct strbuf text = {0};
    struct arena mem;

    arena_init(&mem, 1 << 20);
    for (int i = 0; i < 100; i++)
        add_alert(&text, i);
    const struct split s = split_text(strbuf_sv(&text), SPLIT_BYTES, 1000, 2, 200, &mem);
    CHECK_EQ(s.n, 2);
    CHECK(s.parts[1].n <= 800);
    CHECK_EQ(s.parts[0].n + s.parts[1].n + s.rest.n, text.n);
    strbuf_done(&text);
    arena_done(&mem);
}

TEST(split, json_cost_is_what_the_writer_writes)
{
    static const char *const rows[] = {"plain", "q\"u\\o\n\r\t\b\f", "\x01\x1f", "中文 \xe2\x80\xa8 \xe2\x80\xa9",
                                       "<a>&"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf quoted = {0};
        jw_quote(&quoted, sv_of(rows[i]), false);
        FAIL_IF(split_cost(sv_of(rows[i]), SPLIT_JSON) != quoted.n - 2, "row %zu: cost %zu, written %zu", i,
                split_cost(sv_of(rows[i]), SPLIT_JSON), quoted.n - 2);
        strbuf_done(&quoted);
    }
}

TEST(split, json_budget_counts_escapes)
{
    struct strbuf text = {0};
    struct arena mem;

    arena_init(&mem, 1 << 20);
    for (int i = 0; i < 1000; i++)
        strbuf_adds(&text, "\"\n");
    const struct split s = split_text(strbuf_sv(&text), SPLIT_JSON, 300, 100, 0, &mem);
    check_parts("json", strbuf_sv(&text), &s, SPLIT_JSON, 300);
    char *all = join(&s);
    CHECK_STR(all, text.p);
    free(all);
    strbuf_done(&text);
    arena_done(&mem);
}
