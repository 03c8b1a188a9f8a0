/* The objects of the v2 API: what is read is printed again as amtool prints it (row C-136). */
#include "cli/api.h"

#include "support/test.h"

struct world {
    struct arena mem;
    struct strbuf out;
    struct jw w;
    struct err err;
};

static void begin(struct world *w)
{
    *w = (struct world){0};
    arena_init(&w->mem, 1 << 20);
    jw_init(&w->w, &w->out, true);
}

static void end(struct world *w)
{
    strbuf_done(&w->out);
    arena_done(&w->mem);
}

TEST(api, an_alert_is_printed_in_gos_order_without_unknown_keys)
{
    static const char in[] =
        "[{\"labels\":{\"b\":\"2\",\"a\":\"<1>\"},\"annotations\":{},\"unknown\":{\"x\":[1]},\"fingerprint\":"
        "\"f\","
        "\"receivers\":[{\"name\":\"r\"},{\"name\":\"s\"}],\"startsAt\":\"2026-01-02T00:00:00.000+08:00\","
        "\"endsAt\":\"2026-01-02T00:05:00.000Z\",\"updatedAt\":\"2026-01-02T00:00:01.000Z\",\"status\":{"
        "\"state\":"
        "\"suppressed\",\"silencedBy\":[\"x\"],\"inhibitedBy\":[],\"mutedBy\":null}}]";
    static const char out[] = "{\"annotations\":{},\"endsAt\":\"2026-01-02T00:05:00.000Z\",\"fingerprint\":"
                              "\"f\",\"receivers\":[{\"name\":"
                              "\"r\"},{\"name\":\"s\"}],\"startsAt\":\"2026-01-02T00:00:00.000+08:00\","
                              "\"status\":{\"inhibitedBy\":[],"
                              "\"mutedBy\":[],\"silencedBy\":[\"x\"],\"state\":\"suppressed\"},\"updatedAt\":"
                              "\"2026-01-02T00:00:01.000Z\","
                              "\"labels\":{\"a\":\"\\u003c1\\u003e\",\"b\":\"2\"}}";
    struct api_alerts alerts;
    struct world w;

    begin(&w);
    CHECK(api_read_alerts(sv_of(in), &w.mem, &alerts, &w.err));
    CHECK_EQ(alerts.n, 1u);
    CHECK_EQ(alerts.v[0].starts_at.at.off_min, 480);
    api_write_alert(&w.w, &alerts.v[0]);
    CHECK_STR(w.out.p, out);
    end(&w);
}

TEST(api, a_silence_of_an_old_server_means_equality)
{
    static const char in[] = "{\"id\":\"i\",\"matchers\":[{\"name\":\"a\",\"value\":\"b\",\"isRegex\":true}],"
                             "\"createdBy\":\"me\",\"comment\":\"c\",\"startsAt\":\"2026-01-02T00:00:00Z\","
                             "\"endsAt\":\"2026-01-03T00:00:00Z\"}";
    struct api_silence s;
    struct strbuf matcher = {0};
    struct world w;

    begin(&w);
    CHECK(api_read_silence(sv_of(in), &w.mem, &s, &w.err));
    api_matcher_print(&matcher, &s.matchers[0]);
    CHECK_STR(matcher.p, "a=~\"b\"");
    api_write_postable(&w.w, &s, false);
    CHECK(strncmp(w.out.p, "{\"comment\":\"c\",", 15) == 0);
    strbuf_done(&matcher);
    end(&w);
}

TEST(api, refuses_what_is_something_else)
{
    static const char *const rows[] = {"",
                                       "{",
                                       "{}",
                                       "[1]",
                                       "[{\"labels\":[]}]",
                                       "[] x",
                                       "[{\"startsAt\":\"yesterday\"}]",
                                       "[{\"receivers\":[{\"name\":1}]}]"};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct api_alerts alerts;
        struct world w;
        begin(&w);
        FAIL_IF(api_read_alerts(sv_of(rows[i]), &w.mem, &alerts, &w.err), "%s was taken", rows[i]);
        FAIL_IF(w.err.text[0] == '\0', "%s: no reason", rows[i]);
        end(&w);
    }
}
