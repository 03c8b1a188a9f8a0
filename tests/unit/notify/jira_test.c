#include "fixture.h"

#define HASH  "9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1"
#define BASE  "api_url: 'http://x/rest/api/2', project: OPS, issue_type: Bug"
#define TEXTS "summary: 'S {{ .Status }}', description: D, priority: High"
#define OPEN                                                                                                 \
    "{\"issues\":[{\"id\":\"1\",\"key\":\"OPS-1\",\"fields\":{\"status\":{\"statusCategory\":{\"key\":"      \
    "\"new\"}}}}]}"
#define DONE                                                                                                 \
    "{\"issues\":[{\"fields\":{\"status\":{\"name\":\"x\",\"statusCategory\":{\"id\":3,\"key\":\"done\"}}}," \
    "\"key\":\"OPS-1\"},{}]}"
#define NONE "{\"issues\":[]}"
#define MOVES                                                                                                \
    "{\"transitions\":[{\"id\":\"5\",\"name\":\"Other\"},{\"id\":\"31\",\"name\":\"Reopen\",\"to\":{}}]}"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings, bool firing)
{
    const struct delivery_alert alerts[] = {fixture_alert("alertname=HighCPU", "", firing)};
    struct config *c = fixture_receiver("jira", settings, "");

    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

static void expect(struct fixture *f, const char *method, const char *url, const char *body)
{
    struct err err = {0};

    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
    CHECK_STR(f->request.method, method);
    CHECK_STR(f->request.url, url);
    CHECK_SV(f->request.body, body);
}

static void next(struct fixture *f, const char *reply)
{
    const struct verdict v = fixture_reply(f, 200, reply);
    FAIL_IF(v.kind != VERDICT_NEXT, "%s: kind %d \"%s\"", reply, v.kind, v.text);
}

static void search(struct fixture *f, const char *reply)
{
    struct err err = {0};

    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
    next(f, reply);
}

/* */
TEST(jira, searches)
{
    static const struct {
        const char *settings, *url, *conditions;
    } rows[] = {
        {BASE, "http://x/rest/api/2/search", "statusCategory != Done and "},
        {BASE ", reopen_transition: R, reopen_duration: 1h", "http://x/rest/api/2/search",
         "(resolutiondate is EMPTY OR resolutiondate \\u003e= -60m) and "},
        {BASE ", wont_fix_resolution: Won't Do", "http://x/rest/api/2/search",
         "(resolution is EMPTY or resolution != \\\"Won't Do\\\") and statusCategory != Done and "},
        {BASE ", reopen_transition: R, reopen_duration: 1h, wont_fix_resolution: Won't Do",
         "http://x/rest/api/2/search",
         "(resolution is EMPTY or resolution != \\\"Won't Do\\\") and (resolutiondate is EMPTY OR "
         "resolutiondate "
         "\\u003e= -60m) and "},
        {BASE ", api_type: cloud", "http://x/rest/api/3/search/jql", "statusCategory != Done and "},
        {"api_url: 'https://y.atlassian.net/rest/api/2/', project: OPS, issue_type: Bug",
         "https://y.atlassian.net/rest/api/3/search/jql", "statusCategory != Done and "},
        {"api_url: 'https://y.atlassian.net/rest/api/3', api_type: datacenter, project: OPS, issue_type: Bug",
         "https://y.atlassian.net/rest/api/3/search", "statusCategory != Done and "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0}, body = {0};
        struct fixture f;
        strbuf_addf(&settings, "{%s}", rows[i].settings);
        strbuf_addf(&body,
                    "{\"fields\":[\"status\"],\"jql\":\"%sproject=\\\"OPS\\\" and labels=\\\"ALERT{" HASH
                    "}\\\" order by status ASC,resolutiondate DESC\",\"maxResults\":2}\n",
                    rows[i].conditions);
        begin(&f, settings.p, true);
        expect(&f, "POST", rows[i].url, body.p);
        CHECK_STR(f.request.headers[0], "Accept-Language: en");
        fixture_end(&f);
        strbuf_done(&settings);
        strbuf_done(&body);
    }
}

/* */
TEST(jira, a_new_issue)
{
    struct fixture f;

    begin(&f,
          "{" BASE ", " TEXTS ", labels: [b, 'Z{{ .Status }}'], resolve_transition: R, "
          "fields: {customfield_1: {value: '{{ .Status }}'}, customfield_2: '{{ len .Alerts }}', "
          "summary: mine}}",
          true);
    search(&f, NONE);
    expect(&f, "POST", "http://x/rest/api/2/issue",
           "{\"fields\":{\"customfield_1\":{\"value\":\"firing\"},\"customfield_2\":1,\"description\":\"D\","
           "\"issuetype\":{\"name\":\"Bug\"},\"labels\":[\"ALERT{" HASH "}\",\"Zfiring\",\"b\"],"
           "\"priority\":{\"name\":\"High\"},\"project\":{\"key\":\"OPS\"},\"summary\":\"mine\"}}\n");
    CHECK_EQ(fixture_reply(&f, 201, "{}").kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

TEST(jira, what_is_resolved_before_it_has_an_issue_needs_none)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{" BASE ", " TEXTS "}", false);
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    CHECK_EQ(fixture_reply(&f, 200, NONE).kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

/* */
TEST(jira, a_closed_issue_is_updated_and_opened_again)
{
    struct fixture f;

    begin(&f,
          "{" BASE ", summary: S, description: {template: D, enable_update: false}, priority: '', "
          "reopen_transition: Reopen}",
          true);
    search(&f, DONE);
    expect(&f, "PUT", "http://x/rest/api/2/issue/OPS-1",
           "{\"fields\":{\"issuetype\":{\"name\":\"Bug\"},\"labels\":[\"ALERT{" HASH
           "}\"],\"project\":{\"key\":\"OPS\"},\"summary\":\"S\"}}\n");
    next(&f, "");
    expect(&f, "GET", "http://x/rest/api/2/issue/OPS-1/transitions", "");
    next(&f, MOVES);
    expect(&f, "POST", "http://x/rest/api/2/issue/OPS-1/transitions", "{\"transition\":{\"id\":\"31\"}}\n");
    CHECK_EQ(fixture_reply(&f, 204, "").kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

TEST(jira, issues_that_are_where_they_belong_stay_there)
{
    static const struct {
        const char *name, *found;
        bool firing, moves;
    } rows[] = {
        {"fires, open", OPEN, true, false},
        {"fires, done", DONE, true, true},
        {"resolved, open", OPEN, false, true},
        {"resolved, done", DONE, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        begin(&f, "{" BASE ", " TEXTS ", reopen_transition: A, resolve_transition: B}", rows[i].firing);
        search(&f, rows[i].found);
        FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
        const enum verdict_kind kind = fixture_reply(&f, 204, "").kind;
        FAIL_IF(kind != (rows[i].moves ? VERDICT_NEXT : VERDICT_DELIVERED), "%s: %d", rows[i].name, kind);
        fixture_end(&f);
    }
}

/* */
TEST(jira, version_3_has_descriptions_in_json)
{
    static const struct {
        const char *description, *body, *error;
    } rows[] = {
        {"'{\"a\" : [1, \"<\", null, true]}'",
         "{\"fields\":{\"description\":{\"a\":[1,\"\\u003c\",null,true]},", NULL},
        {"''", "{\"fields\":{\"issuetype\":", NULL},
        {"text", NULL, "description template: invalid JSON for API v3"},
        {"'{} {}'", NULL, "description template: invalid JSON for API v3"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct fixture f;
        struct err err = {0};
        strbuf_addf(&settings,
                    "{api_url: 'http://x/rest/api/3', project: O, issue_type: B, summary: S, priority: '', "
                    "description: %s}",
                    rows[i].description);
        begin(&f, settings.p, true);
        search(&f, NONE);
        const bool ok = fixture_render(&f, some_time, &err);
        FAIL_IF(ok != (rows[i].error == NULL), "%s: %s", rows[i].description, err.text);
        if (ok)
            FAIL_IF(!sv_has_prefix(f.request.body, sv_of(rows[i].body)), "%.*s", SV_ARG(f.request.body));
        else
            CHECK_STR(err.text, rows[i].error);
        fixture_end(&f);
        strbuf_done(&settings);
    }
}

TEST(jira, long_texts_are_cut)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{" BASE ", summary: '{{ printf \"%0300d\" 0 }}', description: D, priority: ''}", true);
    search(&f, NONE);
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    const char *summary = memmem(f.request.body.p, f.request.body.n, "\"summary\":\"", 11);
    CHECK_EQ(strspn(summary + 11, "0"), 254u);
    CHECK(strncmp(summary + 11 + 254, "\xe2\x80\xa6\"", 4) == 0);
    fixture_end(&f);
}

/* P-098 R-061 */
TEST(jira, replies_to_the_search)
{
    static const struct reply_row rows[] = {
        {400, "bad", VERDICT_PERMANENT,
         "failed to look up existing issues: HTTP request to JIRA API: unexpected status code 400: bad"},
        {429, "", VERDICT_RETRY,
         "failed to look up existing issues: HTTP request to JIRA API: unexpected status code 429"},
        {500, "", VERDICT_RETRY,
         "failed to look up existing issues: HTTP request to JIRA API: unexpected status code 500"},
    };
    struct fixture f;
    struct err err = {0};

    begin(&f, "{" BASE ", " TEXTS "}", true);
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_answer(&f, &rows[i]);
    CHECK_EQ(fixture_reply(&f, 200, "nonsense").kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

TEST(jira, a_repetition_starts_at_the_search)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{" BASE ", " TEXTS "}", true);
    search(&f, OPEN);
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    fixture_verdict(&f, 503, "busy", VERDICT_RETRY,
                    "failed to PUT request to \"issue/OPS-1\": unexpected status code 503: busy");
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    CHECK_STR(f.request.url, "http://x/rest/api/2/search");
    fixture_end(&f);
}

TEST(jira, a_transition_that_is_not_there)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{" BASE ", " TEXTS ", reopen_transition: Nope}", true);
    search(&f, DONE);
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    next(&f, "");
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    fixture_verdict(&f, 200, MOVES, VERDICT_PERMANENT, "can't find transition Nope for issue OPS-1");
    fixture_end(&f);
}

/* */
TEST(jira, transport_errors_are_permanent)
{
    const struct reply reply = {.transport_error = "refused", .date = STAMP_UNSET};
    struct fixture f;
    struct err err = {0};
    struct verdict v = {0};

    begin(&f, "{" BASE ", " TEXTS "}", true);
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    f.type->classify(&f.render, &f.request, &reply, &v);
    CHECK_EQ(v.kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

TEST(jira, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{issue_type: b, api_url: 'http://x'}", "missing project in jira_config"},
        {"{project: b, api_url: 'http://x'}", "missing issue_type in jira_config"},
        {"{project: b, issue_type: b}", "no global Jira Cloud URL set"},
        {"{" BASE ", api_type: x}", "unknown api_type on jira_config, must be auto, cloud or datacenter"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("jira", rows[i].settings, rows[i].error);
}
