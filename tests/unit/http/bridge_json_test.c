/* The document of a webhook, as the bridge reads it. */
#include "http/bridge_json.h"

#include "support/test.h"

struct fixture {
    struct arena mem;
    struct bridge_message m;
    struct err err;
    bool ok;
};

static void read_text(struct fixture *f, const char *body)
{
    *f = (struct fixture){0};
    arena_init(&f->mem, 1 << 20);
    f->ok = bridge_read_json(sv_of(body), &f->mem, &f->m, &f->err);
}

TEST(bridge_json, reads_what_alertmanager_sends)
{
    struct fixture f;
    read_text(
        &f,
        "{\"receiver\":\"ops\\\\.team\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{"
        "\"alertname\":\"A\"},\"annotations\":{\"s\":\"\\u003c1\\u003e\"},\"startsAt\":\"2024-01-02T03:04:05."
        "12Z\","
        "\"endsAt\":\"0001-01-01T00:00:00Z\",\"generatorURL\":\"http://p/"
        "g\",\"fingerprint\":\"cc6e49118c0ea32b\"},"
        "{\"status\":\"resolved\",\"labels\":{},\"endsAt\":\"2024-01-02T03:05:05Z\"}],\"groupLabels\":{\"a\":"
        "\"b\"},"
        "\"commonLabels\":{},\"commonAnnotations\":{},\"externalURL\":\"http://am:9093\",\"version\":\"4\","
        "\"groupKey\":\"{}:{}\",\"truncatedAlerts\":0,\"notification_reason\":\"first notification\"}\n");
    FAIL_IF(!f.ok, "%s", f.err.text);
    CHECK_SV(f.m.receiver, "ops\\.team");
    CHECK_SV(f.m.external_url, "http://am:9093");
    CHECK_SV(f.m.group_key, "{}:{}");
    CHECK_SV(f.m.reason, "first notification");
    CHECK_EQ(f.m.group_labels.n, 1);
    CHECK_EQ(f.m.n, 2);
    CHECK(f.m.v[0].firing && !f.m.v[1].firing);
    CHECK_SV(f.m.v[0].annotations.v[0].value, "<1>");
    CHECK_SV(f.m.v[0].generator_url, "http://p/g");
    CHECK_EQ(f.m.v[0].starts_at.sec, 1704164645);
    CHECK(stamp_is_unset(f.m.v[1].starts_at));
    CHECK_EQ(f.m.v[1].ends_at.sec, 1704164705);
    arena_done(&f.mem);
}

TEST(bridge_json, takes_what_go_takes)
{
    static const struct {
        const char *body;
        size_t n;
    } rows[] = {
        {"{}", 0},
        {"{\"alerts\":null}", 0},
        {"{\"alerts\":[{}],\"ALERTS\":[{},{}]}", 2},
        {"{\"alerts\":[{\"labels\":null,\"startsAt\":null,\"status\":null}]} trailing", 1},
        {"{\"unknown\":[{\"deep\":[1,2,{}]}],\"alerts\":[{\"x\":1}]}", 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        read_text(&f, rows[i].body);
        FAIL_IF(!f.ok, "%s: %s", rows[i].body, f.err.text);
        CHECK_EQ(f.m.n, rows[i].n);
        arena_done(&f.mem);
    }
}

TEST(bridge_json, refuses_what_is_no_message)
{
    static const struct {
        const char *body, *text;
    } rows[] = {
        {"", "unexpected EOF"},
        {"{", "unexpected EOF"},
        {"[]", "json: cannot unmarshal array into Go value of type models.WebhookMessage"},
        {"null", "json: cannot unmarshal null into Go value of type models.WebhookMessage"},
        {"{\"alerts\":{}}", "json: cannot unmarshal object into Go value of type template.Alerts"},
        {"{\"alerts\":[1]}", "json: cannot unmarshal number into Go value of type template.Alert"},
        {"{\"alerts\":[{\"labels\":[]}]}",
         "json: cannot unmarshal array into Go value of type map[string]string"},
        {"{\"alerts\":[{\"status\":1}]}", "json: cannot unmarshal number into Go value of type string"},
        {"{\"externalURL\":1}", "json: cannot unmarshal number into Go value of type string"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        read_text(&f, rows[i].body);
        FAIL_IF(f.ok, "%s is taken", rows[i].body);
        CHECK_STR(f.err.text, rows[i].text);
        arena_done(&f.mem);
    }
}

TEST(bridge_json, memory_is_limited)
{
    struct strbuf body CLEANUP(strbuf_donep) = {0};
    struct fixture f = {0};

    strbuf_adds(&body, "{\"alerts\":[{}");
    for (int i = 0; i < 1000; i++)
        strbuf_adds(&body, ",{}");
    strbuf_adds(&body, "]}");
    arena_init(&f.mem, 1 << 14);
    CHECK(!bridge_read_json(strbuf_sv(&body), &f.mem, &f.m, &f.err));
    CHECK_EQ(f.err.kind, ERR_LIMIT);
    arena_done(&f.mem);
}
