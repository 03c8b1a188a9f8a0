/* Links to act by in messages: who gets them, where they lead, how each kind of message shows them. */
#include "core/act.h"
#include "fixture.h"

static const struct now now = {0, {.sec = 1700000000}};
static const struct action_keys keys = {.v = {{"0123456789abcdef0123456789abcdef"}}, .n = 1};

static void begin(struct fixture *f, const char *type, const char *settings, bool firing)
{
    fixture_start(f, type, settings, firing);
    f->action_keys = &keys;
}

static struct sv render_actions(struct delivery *d, const struct action_keys *with, const char *text,
                                struct arena *mem)
{
    struct notify_data *data = notify_data_new(d, 0, EXTERNAL_URL, now, mem);
    struct err err = {0};
    struct sv out;

    CHECK(notify_data_add_actions(data, with, 3600 * NS_PER_S, now, mem));
    FAIL_IF(!tmpl_text(d->config->tmpl, sv_of(text), notify_data_tval(data), now, NULL, mem, &out, &err),
            "%s: %s", text, err.text);
    return out;
}

/* Nobody who prints all there is, as webhooks' templates may do, sees a difference. */
TEST(actions, are_for_templates_that_ask_for_them)
{
    static const struct {
        const char *name, *text, *want;
        bool firing, on, sample;
    } rows[] = {
        {"on", "{{ len .Actions }}", "4", true, true, false},
        {"off", "{{ len .Actions }}{{ with .Actions }}x{{ end }}{{ .Actions.Ack }}", "0", true, false, false},
        {"resolved", "{{ len .Actions }}", "0", false, true, false},
        {"a sample", "{{ len .Actions }}", "0", true, true, true},
        {"as a whole, in JSON", "{{ toJson . | match \"ction\" }}", "false", true, true, false},
        {"as a whole", "{{ printf \"%+v\" . | match \"ction\" }}", "false", true, true, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct trial trial = {0};
        struct fixture f;
        begin(&f, "webhook", "{url: 'http://x/'}", rows[i].firing);
        f.delivery->trial = rows[i].sample ? &trial : NULL;
        const struct sv out = render_actions(f.delivery, rows[i].on ? &keys : NULL, rows[i].text, &f.mem);
        FAIL_IF(!sv_eq(out, sv_of(rows[i].want)), "%s: %.*s", rows[i].name, SV_ARG(out));
        fixture_end(&f);
    }
}

TEST(actions, lead_to_the_group_and_end)
{
    static const struct {
        const char *name;
        enum action_kind kind;
    } rows[] = {
        {"Ack", ACTION_ACK},
        {"Silence1h", ACTION_SILENCE_1H},
        {"Silence4h", ACTION_SILENCE_4H},
        {"SilenceResolved", ACTION_SILENCE_RESOLVED},
    };
    const struct sv prefix = SV(EXTERNAL_URL "/action/");
    struct fixture f;

    begin(&f, "webhook", "{url: 'http://x/'}", true);
    const struct group_id want = group_id_of(f.delivery->route, f.delivery->group_labels);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64];
        struct action_link link;
        (void)snprintf(text, sizeof text, "{{ .Actions.%s }}", rows[i].name);
        const struct sv url = render_actions(f.delivery, &keys, text, &f.mem);
        FAIL_IF(!sv_has_prefix(url, prefix), "%s: %.*s", rows[i].name, SV_ARG(url));
        const struct sv token = {url.p + prefix.n, url.n - prefix.n};
        CHECK_EQ(action_link_read(&keys, token, now.wall, &link), ACTION_VALID);
        CHECK_EQ(link.kind, rows[i].kind);
        CHECK_EQ(link.ends_at, now.wall.sec + 3600);
        CHECK_EQ(link.group.route, want.route);
        CHECK_EQ(link.group.labels, want.labels);
    }
    fixture_end(&f);
}

TEST(actions, as_each_kind_of_message_has_them)
{
    static const struct {
        const char *name, *type, *settings;
        const char *parts[6], *absent;
    } rows[] = {
        {"DingTalk's markdown",
         "dingtalk",
         "{access_token: T}",
         {"[确认](" EXTERNAL_URL "/action/", "[静默1小时](", "[静默4小时](", "[静默至恢复](", "[查看全部]("},
         "btns"},
        {"DingTalk's card: buttons, and no links in its text",
         "dingtalk",
         "{access_token: T, message_type: action_card}",
         {"\"btns\":[{\"title\":\"确认\",\"actionURL\":\"" EXTERNAL_URL "/action/", "\"title\":\"静默1小时\"",
          "\"title\":\"静默4小时\"", "\"title\":\"静默至恢复\"", "\"title\":\"查看全部\""},
         "[确认]"},
        {"DingTalk's card as the printed configuration has it",
         "dingtalk",
         "{access_token: T, message_type: action_card, action_card: {single_title: 查看全部, single_url: "
         "'{{ template \"__alertmanagerURL\" . }}'}}",
         {"\"btns\":[{\"title\":\"确认\","},
         "[确认]"},
        {"DingTalk's card with a button of its own",
         "dingtalk",
         "{access_token: T, message_type: action_card, action_card: {single_url: 'http://s/'}}",
         {"\"singleURL\":\"http://s/\"", "[确认]("},
         "btns"},
        {"DingTalk's text",
         "dingtalk",
         "{access_token: T, message_type: text, language: en}",
         {"acknowledge " EXTERNAL_URL "/action/", "silence 1h ", "silence until resolved "},
         "[" EXTERNAL_URL},
        {"WeCom's markdown", "wecom", "{key: K}", {"[确认](" EXTERNAL_URL "/action/", "[静默至恢复]("}, NULL},
        {"WeCom's card: three links at most",
         "wecom",
         "{key: K, message_type: template_card}",
         {"\"title\":\"确认\",\"url\":\"" EXTERNAL_URL "/action/", "\"title\":\"静默1小时\""},
         "silences/new"},
        {"Feishu's card",
         "feishu",
         "{hook_token: T}",
         {"\"content\":\"确认\"},\"type\":\"default\",\"url\":\"" EXTERNAL_URL "/action/",
          "\"content\":\"静默1小时\"", "\"content\":\"静默4小时\"", "\"content\":\"静默至恢复\""},
         "\"content\":\"静默本组\""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].type, rows[i].settings, true);
        fixture_must_render(&f);
        const struct sv body = f.request.body;
        for (const char *const *part = rows[i].parts; *part != NULL; part++)
            FAIL_IF(memmem(body.p, body.n, *part, strlen(*part)) == NULL, "%s: %s is not in %.*s",
                    rows[i].name, *part, SV_ARG(body));
        const char *absent = rows[i].absent;
        FAIL_IF(absent != NULL && memmem(body.p, body.n, absent, strlen(absent)) != NULL, "%s: %s is in %.*s",
                rows[i].name, absent, SV_ARG(body));
        fixture_end(&f);
    }
}

TEST(actions, in_an_email)
{
    static const struct {
        const char *name;
        bool firing;
        size_t links;
    } rows[] = {{"firing", true, ACTION_KINDS}, {"resolved", false, 0}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        struct sv page;
        size_t n = 0;
        begin(&f, "webhook", "{url: 'http://x/'}", rows[i].firing);
        struct notify_data *data = notify_data_new(f.delivery, 0, EXTERNAL_URL, now, &f.mem);
        CHECK(notify_data_add_actions(data, &keys, 3600 * NS_PER_S, now, &f.mem));
        FAIL_IF(!tmpl_html(f.config->tmpl, SV("{{ template \"email.default.html\" . }}"),
                           notify_data_tval(data), now, NULL, &f.mem, &page, &err),
                "%s", err.text);
        const struct sv link = SV("<a href=\"" EXTERNAL_URL "/action/");
        for (struct sv rest = page; (rest.p = memmem(rest.p, rest.n, link.p, link.n)) != NULL; n++) {
            rest.p += link.n;
            rest.n = (size_t)(page.p + page.n - rest.p);
        }
        FAIL_IF(n != rows[i].links, "%s: %zu links", rows[i].name, n);
        fixture_end(&f);
    }
}
