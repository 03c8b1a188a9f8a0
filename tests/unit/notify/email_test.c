#include "fixture.h"

#define TEMPLATES                                                                                            \
    "{{ define \"email.default.subject\" }}[{{ .Status }}] 磁盘{{ end }}"                                  \
    "{{ define \"email.default.html\" }}<b>{{ .GroupLabels.alertname }}</b>{{ end }}"
#define BASE "to: 'ops@example.com', from: '告警 <am@example.com>', smarthost: 'mail:587'"

/* 2026-11-21 08:08:28 +0800 */
static const struct now some_time = {0, {.sec = 1795219708, .nsec = 593099486, .off_min = 480}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("email", settings, TEMPLATES);
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

/* R-034 R-035 R-036 */
TEST(email, message_and_envelope)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{" BASE ", hello: am.example, text: 'in {{ .Status }}', headers: {x-team: '{{ .Receiver }}'}, "
              "threading: {enabled: true, thread_by_date: daily}}");
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    CHECK_EQ(f.request.kind, REQUEST_SMTP);
    CHECK_STR(f.request.smtp_host, "mail");
    CHECK_STR(f.request.smtp_port, "587");
    CHECK_STR(f.request.smtp_hello, "am.example");
    CHECK_STR(f.request.smtp_from, "am@example.com");
    CHECK_STR(f.request.smtp_to[0], "ops@example.com");
    CHECK(f.request.smtp_to[1] == NULL);
    CHECK(f.request.smtp_require_tls && !f.request.smtp_implicit_tls);
    const char *boundary = strstr(f.request.body.p, "boundary=") + 9;
    CHECK_EQ(strcspn(boundary, "\r"), 60);
    struct strbuf want = {0};
    strbuf_addf(&want,
                "From: =?utf-8?q?=E5=91=8A=E8=AD=A6?= <am@example.com>\r\n"
                "Subject: =?utf-8?q?[firing]_=E7=A3=81=E7=9B=98?=\r\n"
                "To: ops@example.com\r\n"
                "X-Team: ops\\.team\r\n"
                "Message-Id: <1795219708593099486.42@host>\r\n"
                "References: <alert-9f2a099adf99adbf-2026-11-21@alertmanager>\r\n"
                "In-Reply-To: <alert-9f2a099adf99adbf-2026-11-21@alertmanager>\r\n"
                "Date: Sat, 21 Nov 2026 08:08:28 +0800\r\n"
                "Content-Type: multipart/alternative;  boundary=%.60s\r\n"
                "MIME-Version: 1.0\r\n\r\n"
                "--%.60s\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                "Content-Type: text/plain; charset=UTF-8\r\n\r\nin firing\r\n"
                "--%.60s\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                "Content-Type: text/html; charset=UTF-8\r\n\r\n<b>HighCPU</b>\r\n"
                "--%.60s--\r\n",
                boundary, boundary, boundary, boundary);
    CHECK_SV(f.request.body, want.p);
    strbuf_done(&want);
    fixture_end(&f);
}

static const char *body_of(struct fixture *f, const char *settings)
{
    struct err err = {0};

    begin(f, settings);
    FAIL_IF(!fixture_render(f, some_time, &err), "%s: %s", settings, err.text);
    return f->request.body.p;
}

/* */
TEST(email, either_part_may_be_absent)
{
    static const struct {
        const char *settings;
        bool text, html;
    } rows[] = {
        {"{" BASE "}", false, true},
        {"{" BASE ", text: t}", true, true},
        {"{" BASE ", text: t, html: ''}", true, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        const char *body = body_of(&f, rows[i].settings);
        const char *text = strstr(body, "text/plain"), *html = strstr(body, "text/html");
        FAIL_IF((text != NULL) != rows[i].text || (html != NULL) != rows[i].html, "%s", rows[i].settings);
        CHECK(text == NULL || html == NULL || text < html);
        CHECK(strstr(body, "multipart/alternative") != NULL);
        fixture_end(&f);
    }
}

/* */
TEST(email, threads_are_daily_or_one)
{
    static const struct {
        const char *settings, *references;
    } rows[] = {
        {"{" BASE "}", NULL},
        {"{" BASE ", threading: {enabled: true, thread_by_date: none}}",
         "References: <alert-9f2a099adf99adbf-@alertmanager>\r\n"},
        {"{" BASE ", threading: {enabled: true, thread_by_date: daily}}",
         "References: <alert-9f2a099adf99adbf-2026-11-21@alertmanager>\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        const char *found = strstr(body_of(&f, rows[i].settings), "References: ");
        const char *want = rows[i].references;
        FAIL_IF((found == NULL) != (want == NULL) ||
                    (want != NULL && strncmp(found, want, strlen(want)) != 0),
                "%s: %.80s", rows[i].settings, found);
        fixture_end(&f);
    }
}

/* */
TEST(email, when_tls_starts)
{
    static const struct {
        const char *settings;
        bool implicit, required;
    } rows[] = {
        {"{to: a@b.c, from: a@b.c, smarthost: 'm:465'}", true, true},
        {"{to: a@b.c, from: a@b.c, smarthost: 'm:587'}", false, true},
        {"{to: a@b.c, from: a@b.c, smarthost: 'm:465', force_implicit_tls: false}", false, true},
        {"{to: a@b.c, from: a@b.c, smarthost: 'm:587', force_implicit_tls: true}", true, true},
        {"{to: a@b.c, from: a@b.c, smarthost: 'm:587', require_tls: false}", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        begin(&f, rows[i].settings);
        FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
        FAIL_IF(f.request.smtp_implicit_tls != rows[i].implicit, "%s", rows[i].settings);
        FAIL_IF(f.request.smtp_require_tls != rows[i].required, "%s", rows[i].settings);
        fixture_end(&f);
    }
}

/* R-037 R-038 */
TEST(email, what_cannot_be_rendered_is_permanent)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{" BASE ", html: '{{ .Nope }}'}", "execute html template: "},
        {"{" BASE ", text: '{{ .Nope }}'}", "execute text template: "},
        {"{" BASE ", headers: {subject: '{{ .Nope }}'}}", "execute \"Subject\" header template: "},
        {"{to: '{{ .Nope }}', from: a@b.c, smarthost: 'm:25'}", "execute 'to' template: "},
        {"{to: 'nobody', from: a@b.c, smarthost: 'm:25'}", "parse 'to' addresses: mail: "},
        {"{to: 'a@b.c', from: 'x', smarthost: 'm:25'}", "parse 'from' addresses: mail: "},
        {"{to: 'a@b.c', from: 'x@b.c, y@b.c', smarthost: 'm:25'}",
         "must be exactly one 'from' address (got: 2)"},
        {"{" BASE ", auth_username: u, auth_password_file: /nonexistent}", "read auth_password_file: open "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        begin(&f, rows[i].settings);
        FAIL_IF(fixture_render(&f, some_time, &err), "%s is rendered", rows[i].settings);
        FAIL_IF(strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0, "%s: \"%s\"", rows[i].settings,
                err.text);
        fixture_end(&f);
    }
}

TEST(email, values_cannot_add_headers_or_recipients)
{
    struct fixture f;
    struct err err = {0};
    const struct delivery_alert alerts[] = {
        fixture_alert("alertname=A|team=x\r\nBcc: evil@example.com\r\n\r\nbody", "", true)};
    struct config *c =
        fixture_receiver("email", "{" BASE ", headers: {subject: '{{ .CommonLabels.team }}'}}", TEMPLATES);

    fixture_begin(&f, c, fixture_delivery(c, alerts, 1));
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    CHECK(strstr(f.request.body.p, "\nBcc:") == NULL);
    CHECK(strstr(f.request.body.p, "Subject: =?utf-8?q?x=0D=0ABcc:_evil@example.com=0D=0A=0D=0Abody?=\r\n") !=
          NULL);
    fixture_end(&f);
}

/* */
TEST(email, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{from: a@b.c, smarthost: 'm:25'}", "missing to address in email config"},
        {"{to: a@b.c, from: a@b.c}", "no global SMTP smarthost set"},
        {"{to: a@b.c, smarthost: 'm:25'}", "no global SMTP from set"},
        {"{" BASE ", headers: {subject: a, Subject: b}}", "duplicate header \"Subject\" in email config"},
        {"{" BASE ", headers: {\"a\\r\\nb\": x}}", "invalid header name"},
        {"{" BASE ", threading: {enabled: true}}",
         "threading.thread_by_date must be either 'none' or 'daily'"},
        {"{" BASE ", threading: {enabled: true, thread_by_date: none}, headers: {references: x}}",
         "conflicting configuration: threading.enabled conflicts with custom References header"},
        {"{" BASE ", http_config: {}}", "field http_config not found in type config.plain"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        struct config *c = fixture_load("email", rows[i].settings, &err);
        FAIL_IF(c != NULL, "%s is accepted", rows[i].settings);
        FAIL_IF(strstr(err.text, rows[i].error) == NULL, "%s: \"%s\"", rows[i].settings, err.text);
    }
}

/* */
TEST(email, every_failure_of_the_server_is_retried)
{
    const struct reply refused = {.transport_error = "send RCPT command: 550 no such user", .status = 550},
                       taken = {.transported = true, .status = 250};
    struct fixture f;
    struct verdict v;
    struct err err = {0};

    begin(&f, "{" BASE "}");
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    f.type->classify(&f.render, &f.request, &refused, &v);
    CHECK_EQ(v.kind, VERDICT_RETRY);
    CHECK_STR(v.text, "send RCPT command: 550 no such user");
    f.type->classify(&f.render, &f.request, &taken, &v);
    CHECK_EQ(v.kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

TEST(email, of_a_password_and_a_secret_each_has_its_turn)
{
    static const struct {
        const char *login, *passwords[3], *secrets[3]; /* in three attempts */
    } rows[] = {
        {"auth_password: p", {"p", "p", "p"}, {"", "", ""}},
        {"auth_secret: s", {"", "", ""}, {"s", "s", "s"}},
        {"auth_password: p, auth_secret: s", {"p", "", "p"}, {"", "s", ""}},
    };
    const struct reply refused = {.transport_error = "find auth mechanism: none is offered"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct fixture f;
        strbuf_addf(&settings, "{" BASE ", auth_username: u, %s}", rows[i].login);
        begin(&f, settings.p);
        for (size_t attempt = 0; attempt < 3; attempt++) {
            struct err err = {0};
            struct verdict v;
            FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
            CHECK_STR(f.request.smtp_password, rows[i].passwords[attempt]);
            CHECK_STR(f.request.smtp_secret, rows[i].secrets[attempt]);
            f.type->classify(&f.render, &f.request, &refused, &v);
        }
        fixture_end(&f);
        strbuf_done(&settings);
    }
}
