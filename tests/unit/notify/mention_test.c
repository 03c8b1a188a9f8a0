/* Who is mentioned when, and where each platform wants to read it (receivers.md B1.2, B2). */
#include "fixture.h"

TEST_ZONE("UTC") /* whose days are counted */

/* 2023-11-14T22:13:20Z, a Tuesday; and the day after. */
#define TUESDAY   INT64_C(1700000000)
#define WEDNESDAY INT64_C(1700086400)

#define DINGTALK_OK "{\"errcode\":0,\"errmsg\":\"ok\"}"

static struct config *load(const char *type, const char *settings)
{
    struct strbuf yaml = {0};
    struct err err = {0};

    strbuf_addf(&yaml,
                "route: {receiver: ops}\n"
                "time_intervals:\n"
                "- {name: tuesdays, time_intervals: [{weekdays: [tuesday]}]}\n"
                "- {name: never, time_intervals: [{years: ['1990']}]}\n"
                "receivers:\n- name: ops\n  %s_configs:\n  - %s\n",
                type, settings);
    struct config *c = fixture_config(yaml.p, &err);
    FAIL_IF(c == NULL, "%s: %s", settings, err.text);
    FAIL_IF(!config_load_templates(c, &err), "%s", err.text);
    strbuf_done(&yaml);
    return c;
}

/* One critical alert that fires, and a warning that is over. */
static void begin(struct fixture *f, const char *type, const char *settings, enum notify_reason reason)
{
    const struct delivery_alert alerts[] = {
        fixture_alert("alertname=A|severity=critical|instance=web-1|oncall=138", "", true),
        fixture_alert("alertname=A|severity=warning|instance=web-2|oncall=138", "", false),
    };
    struct config *c = load(type, settings);

    fixture_begin(f, c, fixture_delivery(c, alerts, COUNT_OF(alerts)));
    f->delivery->reason = reason;
}

static const char *render_at(struct fixture *f, int64_t sec)
{
    struct err err = {0};

    FAIL_IF(!fixture_render(f, (struct now){0, {.sec = sec}}, &err), "%s", err.text);
    return arena_strndup(&f->mem, f->request.body.p, f->request.body.n);
}

#define AT(mobiles, user_ids)                                                                                \
    "\"at\":{\"atMobiles\":[" mobiles "],\"atUserIds\":[" user_ids "],\"isAtAll\":false}}"
#define ALL "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":true}}"

/* */
TEST(mention, rules)
{
    static const struct {
        const char *rules, *at;
        enum notify_reason reason;
        int64_t now;
    } rows[] = {
        {"{mobiles: ['1']}", AT("\"1\"", ""), REASON_FIRST, TUESDAY},
        {"{mobiles: ['1']}", AT("\"1\"", ""), REASON_SOME_RESOLVED, TUESDAY},
        {"{mobiles: ['1']}", AT("", ""), REASON_REPEAT, TUESDAY},
        {"{mobiles: ['1'], reasons: [repeat interval elapsed]}", AT("\"1\"", ""), REASON_REPEAT, TUESDAY},
        {"{mobiles: ['1'], reasons: [new alerts added]}", AT("", ""), REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], matchers: ['severity=\"critical\"']}", AT("\"1\"", ""), REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], matchers: ['severity=\"warning\"']}", AT("", ""), REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], matchers: ['severity=\"warning\"'], on: [resolved]}", AT("\"1\"", ""),
         REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], matchers: ['severity=\"critical\"'], on: [resolved]}", AT("", ""), REASON_FIRST,
         TUESDAY},
        {"{mobiles: ['1'], matchers: ['severity=~\"warn.*\"'], on: [firing, resolved]}", AT("\"1\"", ""),
         REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], matchers: ['severity=\"critical\"', 'instance=\"web-2\"']}", AT("", ""),
         REASON_FIRST, TUESDAY},
        {"{mobiles: ['{{ .CommonLabels.oncall }}', '{{ .CommonLabels.nobody }}', '2,1']}",
         AT("\"138\",\"2\",\"1\"", ""), REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], active_time_intervals: [never, tuesdays]}", AT("\"1\"", ""), REASON_FIRST,
         TUESDAY},
        {"{mobiles: ['1'], active_time_intervals: [never, tuesdays]}", AT("", ""), REASON_FIRST, WEDNESDAY},
        {"{mobiles: ['1'], matchers: ['a=\"b\"']}, {mobiles: ['2']}, {mobiles: ['3']}", AT("\"2\"", ""),
         REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], continue: true}, {mobiles: ['2', '1']}, {mobiles: ['3']}", AT("\"1\",\"2\"", ""),
         REASON_FIRST, TUESDAY},
        /* Day 19675 since 1970. */
        {"{mobiles: ['0,1', '2'], user_ids: [a, b], rotate: daily}", AT("\"1\"", "\"b\""), REASON_FIRST,
         TUESDAY},
        {"{mobiles: ['0,1', '2'], user_ids: [a, b], rotate: daily}", AT("\"2\"", "\"a\""), REASON_FIRST,
         WEDNESDAY},
        {"{mobiles: ['1'], all: true}", ALL, REASON_FIRST, TUESDAY},
        {"{mobiles: ['1'], continue: true}, {all: true}", ALL, REASON_FIRST, TUESDAY},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct fixture f;

        strbuf_addf(&settings, "{access_token: T, title: T, text: x, at_rules: [%s]}", rows[i].rules);
        begin(&f, "dingtalk", settings.p, rows[i].reason);
        const char *at = strstr(render_at(&f, rows[i].now), "\"at\":");
        FAIL_IF(strcmp(at, rows[i].at) != 0, "%s: %s, want %s", rows[i].rules, at, rows[i].at);
        fixture_end(&f);
        strbuf_done(&settings);
    }
}

/* the token in the text, the lists beside it, the second message. */
TEST(mention, stands_where_the_platform_reads_it)
{
    static const struct {
        const char *type, *settings, *bodies[2];
    } rows[] = {
        {"dingtalk",
         "{access_token: T, title: T, text: 'x @2', at: {mobiles: ['2']}, at_rules: [{mobiles: ['1'], "
         "user_ids: [u]}]}",
         {"{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"T\",\"text\":\"x @2\\n\\n@1 @u\"},"
          "\"at\":{\"atMobiles\":[\"2\",\"1\"],\"atUserIds\":[\"u\"],\"isAtAll\":false}}"}},
        {"dingtalk",
         "{access_token: T, message_type: text, text: x, at_rules: [{mobiles: ['1']}]}",
         {"{\"msgtype\":\"text\",\"text\":{\"content\":\"x\\n\\n@1\"},"
          "\"at\":{\"atMobiles\":[\"1\"],\"atUserIds\":[],\"isAtAll\":false}}"}},
        {"wecom",
         "{key: K, title: T, text: x, at_rules: [{user_ids: [u]}]}",
         {"{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x <@u>\"}}"}},
        {"wecom",
         "{key: K, title: T, text: x, at_rules: [{user_ids: [u], mobiles: ['1']}]}",
         {"{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x <@u>\"}}",
          "{\"msgtype\":\"text\",\"text\":{\"content\":\"T\",\"mentioned_list\":[\"u\"],"
          "\"mentioned_mobile_list\":[\"1\"]}}"}},
        {"wecom",
         "{key: K, title: T, text: x, at_rules: [{all: true}]}",
         {"{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x\"}}",
          "{\"msgtype\":\"text\",\"text\":{\"content\":\"T\",\"mentioned_list\":[\"@all\"]}}"}},
        {"wecom",
         "{key: K, title: T, text: x, at_fallback: drop, at_rules: [{all: true}]}",
         {"{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x\"}}"}},
        {"wecom",
         "{key: K, message_type: text, text: x, at_rules: [{mobiles: ['1'], user_ids: [u]}]}",
         {"{\"msgtype\":\"text\",\"text\":{\"content\":\"x\",\"mentioned_list\":[\"u\"],"
          "\"mentioned_mobile_list\":[\"1\"]}}"}},
        {"feishu",
         "{hook_token: T, message_type: text, text: x, at_rules: [{user_ids: [ou_1, ou_2]}]}",
         {"{\"msg_type\":\"text\",\"content\":{\"text\":\"x\\n<at user_id=\\\"ou_1\\\"></at> "
          "<at user_id=\\\"ou_2\\\"></at>\"}}"}},
        {"feishu",
         "{hook_token: T, message_type: post, title: T, text: x, at_rules: [{all: true}]}",
         {"{\"msg_type\":\"post\",\"content\":{\"post\":{\"zh_cn\":{\"title\":\"T\",\"content\":[["
          "{\"tag\":\"text\",\"text\":\"x\"},{\"tag\":\"at\",\"user_id\":\"all\"}]]}}}}"}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].type, rows[i].settings, REASON_FIRST);
        CHECK_STR(render_at(&f, TUESDAY), rows[i].bodies[0]);
        const bool more = fixture_reply(&f, 200, DINGTALK_OK).kind == VERDICT_NEXT;
        FAIL_IF(strcmp(rows[i].type, "feishu") != 0 && more != (rows[i].bodies[1] != NULL), "%s",
                rows[i].settings);
        if (rows[i].bodies[1] != NULL)
            CHECK_STR(render_at(&f, TUESDAY), rows[i].bodies[1]);
        fixture_end(&f);
    }
}

TEST(mention, a_card_calls_in_its_first_element)
{
    struct fixture f;

    begin(&f, "feishu", "{hook_token: T, title: T, text: \"x\\n\\ny\", at_rules: [{user_ids: [ou_1]}]}",
          REASON_FIRST);
    CHECK(strstr(render_at(&f, TUESDAY), "{\"tag\":\"markdown\",\"content\":\"x\\n<at id=ou_1></at>\"},"
                                         "{\"tag\":\"markdown\",\"content\":\"y\"}") != NULL);
    fixture_end(&f);
}

/* ---- digests ---- */

static struct delivery *group(const struct config *c, int i)
{
    char labels[96];

    (void)snprintf(labels, sizeof labels, "alertname=A%d|severity=critical|oncall=1%02d", i, i);
    const struct delivery_alert alerts[] = {fixture_alert(labels, "summary=full", true)};
    struct delivery *d = fixture_delivery(c, alerts, 1);
    (void)snprintf(labels, sizeof labels, "alertname=A%d", i);
    labels_unref(d->group_labels);
    d->group_labels = fixture_labels(labels);
    return d;
}

#define MANY 60

/* The digest of `n` groups; *n is how many it tells. */
static const char *render_digest(struct fixture *f, const char *type, const char *settings, size_t *n)
{
    struct delivery *v[MANY];
    struct request request = {0};
    struct err err = {0};

    begin(f, type, settings, REASON_FIRST);
    (void)render_at(f, TUESDAY);
    for (size_t i = 0; i < *n; i++)
        v[i] = group(f->config, (int)i);
    const size_t all = *n;
    const bool ok = f->type->digest(&f->render, (const struct delivery *const *)v, n, &request, &err);
    for (size_t i = 0; i < all; i++)
        delivery_free(v[i]);
    FAIL_IF(!ok, "%s", err.text);
    return arena_strndup(&f->mem, request.body.p, request.body.n);
}

#define WECOM_TEXT                                                                                                             \
    "\"text\":{\"content\":\"🔴[合并告警] 2 组 2 条\\n\\n🔴 A0（触发 1 恢复 0）\\n- critical · A0 · full\\n" \
    "查看全部 " EXTERNAL_URL "/#/alerts?receiver=ops\\n\\n🔴 A1（触发 1 恢复 0）"
#define WECOM_MARKDOWN "\"markdown\":{\"content\":\"### 🔴[合并告警] 2 组 2 条\\n\\n**🔴 A0**（触发 1 恢复 0）"

TEST(mention, digests_mention_the_people_of_all_groups)
{
    static const struct {
        const char *type, *settings, *contains[2];
    } rows[] = {
        {"dingtalk",
         "{access_token: T, at_rules: [{mobiles: ['{{ .CommonLabels.oncall }}']}]}",
         {"\\n\\n@100 @101\"}", "\"at\":{\"atMobiles\":[\"100\",\"101\"],"}},
        {"wecom", "{key: K, at: {user_ids: [u]}}", {WECOM_MARKDOWN, " <@u>\"}}"}},
        {"wecom",
         "{key: K, at_rules: [{mobiles: ['{{ .CommonLabels.oncall }}'], user_ids: [u]}]}",
         {WECOM_TEXT, "\"mentioned_list\":[\"u\"],\"mentioned_mobile_list\":[\"100\",\"101\"]}}"}},
        {"wecom", "{key: K, at_rules: [{all: true}]}", {WECOM_TEXT, "\"mentioned_list\":[\"@all\"]}}"}},
        {"wecom",
         "{key: K, message_type: text, at_rules: [{all: true}]}",
         {WECOM_TEXT, "\"mentioned_list\":[\"@all\"]}}"}},
        {"wecom", "{key: K, at_fallback: drop, at_rules: [{all: true}]}", {WECOM_MARKDOWN, "\"}}"}},
        {"feishu",
         "{hook_token: T, at_rules: [{user_ids: ['ou_{{ .CommonLabels.oncall }}']}]}",
         {"<at id=ou_100></at> <at id=ou_101></at>", "2 组 2 条"}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        size_t n = 2;
        const char *body = render_digest(&f, rows[i].type, rows[i].settings, &n);
        CHECK_EQ(n, 2);
        for (size_t k = 0; k < 2; k++)
            FAIL_IF(strstr(body, rows[i].contains[k]) == NULL, "%s: %s not in %s", rows[i].settings,
                    rows[i].contains[k], body);
        fixture_end(&f);
    }
}

/* B2: at most 20 people; and what they are told stays below the limit of a text. */
TEST(mention, a_digest_calls_at_most_twenty)
{
    struct fixture f;
    size_t n = MANY;
    const char *body = render_digest(
        &f, "wecom", "{key: K, at_rules: [{mobiles: ['{{ .CommonLabels.oncall }}'], user_ids: [u]}]}", &n);

    CHECK(n > 10 && n < MANY);
    CHECK_EQ(count_of(body, "- critical"), n);
    const char *mobiles = strstr(body, "\"mentioned_mobile_list\":[");
    CHECK_EQ(count_of(mobiles, "\"1") + count_of(body, "\"u\""), n + 1 < 20 ? n + 1 : 20);
    fixture_end(&f);
}

TEST(mention, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{key: K, at_rules: [null]}", "missing rule in at_rules"},
        {"{key: K, at_rules: [{on: [pending]}]}", "on must be firing or resolved, not \"pending\""},
        {"{key: K, at_rules: [{reasons: [first]}]}", "unknown reason \"first\""},
        {"{key: K, at_rules: [{rotate: weekly}]}", "rotate must be none or daily"},
        {"{key: K, at_rules: [{matchers: ['a=~\"[\"']}]}", "missing closing ]"},
        {"{key: K, at_rules: [{active_time_intervals: [nights]}]}",
         "undefined time interval \"nights\" used in at_rule"},
        {"{key: K, at_rules: [{who: x}]}", "field who not found in type config.plain"},
        {"{key: K, at_fallback: never}", "at_fallback must be text or drop"},
    };
    static const struct refusal feishu[] = {
        {"{hook_token: K, at_rules: [{mobiles: ['1']}]}", "feishu robots cannot mention mobiles"},
    };

    check_refusals("wecom", rows, COUNT_OF(rows));
    check_refusals("feishu", feishu, COUNT_OF(feishu));
}
