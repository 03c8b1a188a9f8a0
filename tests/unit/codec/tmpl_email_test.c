/* E-mails: the default one, and the one for those who are on call. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static const char one_resolved[] =
    "{\"receiver\":\"r\",\"status\":\"resolved\",\"groupLabels\":{\"alertname\":\"A\"},"
    "\"commonLabels\":{\"alertname\":\"A\"},\"commonAnnotations\":{\"a\":\"1\",\"b\":\"2\"},"
    "\"externalURL\":\"http://x\",\"alerts\":[{\"status\":\"resolved\",\"labels\":{\"alertname\":\"A\","
    "\"severity\":\"info\"}}]}";

static size_t count(struct sv s, const char *part)
{
    size_t n = 0;
    for (const char *at = s.p; (at = memmem(at, (size_t)(s.p + s.n - at), part, strlen(part))) != NULL; at++)
        n++;
    return n;
}

/* T-043 T-058 T-059 */
TEST(tmpl_email, default_has_its_parts)
{
    static const struct {
        const char *part;
        size_t times;
    } rows[] = {
        {"<title>[FIRING:2] HighCPU (node)</title>", 1},
        {"background-color: #E6522C", 1},
        {"#68B90F", 0},
        {"3 alerts for\n              alertname=HighCPU", 1},
        {"<a href=\"http://am.example:9093/#/alerts?receiver=ops%5C.team\"", 1},
        {">View in Alertmanager</a>", 1},
        {"<strong>[2] Firing</strong>", 1},
        {"<hr", 1},
        {"<strong>[1] Resolved</strong>", 1},
        {"<strong>Labels</strong>", 3},
        {"<strong>Annotations</strong>", 2},
        {"description = load &lt;avg&gt; is 9 &amp; &#34;rising&#34;<br />", 1},
        {"<a href=\"http://prom:9090/graph?g0.expr=up&#43;%3D%3D&#43;0&amp;g0.tab=1\"", 1},
        {"<a href=\"#ZgotmplZ\"", 1}, /* javascript:alert(1) */
        {">Sent by Alertmanager</a>", 1},
        {"sheet is for telephones", 0},
    };
    struct world w = world_new("UTC");
    struct sv html = render(&w, true, SV("{{ template \"email.default.html\" . }}"));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(count(html, rows[i].part) != rows[i].times, "%s: %zu times, want %zu, in %.*s", rows[i].part,
                count(html, rows[i].part), rows[i].times, SV_ARG(html));

    w.data = read_data(&w.mem, one_resolved);
    html = render(&w, true, SV("{{ template \"email.default.html\" . }}"));
    CHECK_EQ(count(html, "#68B90F"), 2);
    CHECK_EQ(count(html, "<hr"), 0);
    CHECK_EQ(count(html, "1 alert for"), 1);
    world_done(&w);
}

/* What a reader sees: without style sheet and tags, white space as one blank. */
static void add_visible(struct strbuf *out, struct sv html)
{
    bool tag = false, space = true;
    const char *end = memmem(html.p, html.n, "</head>", 7);

    CHECK(end != NULL);
    for (const char *c = end; c < html.p + html.n; c++) {
        if (*c == '<' || *c == '>')
            tag = *c == '<';
        const bool blank = tag || *c == '>' || *c == ' ' || *c == '\n';
        if (blank && !space)
            strbuf_addc(out, ' ');
        else if (!blank)
            strbuf_addc(out, *c);
        space = blank;
    }
}

/* T-058: word for word what Alertmanager's own e-mail shows of the same data. */
TEST(tmpl_email, default_shows_the_same_words)
{
    struct world w = world_new("UTC");
    struct strbuf seen CLEANUP(strbuf_donep) = {0};
    add_visible(&seen, render(&w, true, SV("{{ template \"email.default.html\" . }}")));
    CHECK_STR(
        seen.p,
        "3 alerts for alertname=HighCPU View in Alertmanager [2] Firing "
        "Labels alertname = HighCPU instance = web-1:9100 job = node severity = critical zone = cn-hz "
        "Annotations description = load &lt;avg&gt; is 9 &amp; &#34;rising&#34; "
        "runbook_url = https://wiki.example/run?x=1&amp;y=a b summary = CPU 96% on web-1 Source "
        "Labels alertname = HighCPU instance = web-2:9100 job = node severity = warning "
        "Annotations summary = CPU 81% on web-2 Source "
        "[1] Resolved Labels alertname = HighCPU instance = web-3:9100 job = node severity = warning Source "
        "Sent by Alertmanager ");
    world_done(&w);
}

/* ---- for those who are on call ---- */

static struct world oncall_world(void)
{
    static const char *const files[] = {"im.tmpl", "plain.tmpl", "email_oncall.tmpl"};
    struct world w = world_new("Asia/Shanghai");
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, TEST_TEMPLATES "/%s", files[i]);
        add_file(w.set, files[i], path);
    }
    return w;
}

struct part {
    const char *text;
    size_t times;
};

static void check_parts(struct sv html, const struct part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        FAIL_IF(count(html, parts[i].text) != parts[i].times, "%s: %zu times, want %zu, in %.*s",
                parts[i].text, count(html, parts[i].text), parts[i].times, SV_ARG(html));
}
#define CHECK_PARTS(html, parts) check_parts((html), (parts), COUNT_OF(parts))

TEST(tmpl_email, oncall_in_english)
{
    static const struct part parts[] = {
        {"<html lang=\"en\"", 1},
        {"<title>🔴[FIRING 2] HighCPU</title>", 1},
        {"firing 2 · resolved 1 · new alerts added", 1},
        {"web-1:9100: CPU 96% on web-1 · web-2:9100: CPU 81% on web-2 · web-3:9100: (no summary)</div>", 1},
        {"alertname=HighCPU &nbsp; job=node", 1},
        {"critical · web-1:9100</p>", 1},
        {"load &lt;avg&gt; is 9 &amp; &#34;rising&#34;", 1},
        {"since 2024-01-02 11:04:05 CST, for 9h 49m 14s", 1},
        {"2024-01-02 09:00:00 – 2024-01-02 11:30:07 CST, lasted 2h 30m 7s", 1},
        {"<a class=\"link\" href=\"http://prom:9090/graph?g0.expr=up&#43;%3D%3D&#43;0&amp;g0.tab=1\"", 1},
        {"href=\"https://wiki.example/run?x=1&amp;y=a%20b\"", 1},
        {"href=\"http://am.example:9093/#/silences/"
         "new?filter=%7Balertname%3D%22HighCPU%22%2C%20instance%3D%22web-2%3a9100"
         "%22%2C%20job%3D%22node%22%2C%20severity%3D%22warning%22%7D\"",
         1},
        {"href=\"http://am.example:9093/#/silences/"
         "new?filter=%7Balertname%3D%22HighCPU%22%2C%20job%3D%22node%22%7D\"",
         1},
        {"href=\"http://am.example:9093/#/alerts?receiver=ops%5C.team\"", 1},
        {"/api/tocsin/v1/explain?fingerprint=a1b2c3d4e5f60718\"", 1},
        {">Silence</a>", 2}, /* of what fires */
        {">Explain</a>", 3},
        {"javascript", 0},
        {"For receiver ops.team", 1},
        /* Outlook, telephones, dark screens */
        {"<!--[if mso]><table role=\"presentation\" width=\"600\"", 1},
        {"<!--[if mso]></td></tr></table><![endif]-->", 1},
        {"@media (max-width: 620px)", 1},
        {"<meta name=\"color-scheme\" content=\"light dark\">", 1},
        {"@media (prefers-color-scheme: dark)", 1},
    };
    struct world w = oncall_world();
    CHECK_PARTS(render(&w, true, SV("{{ template \"email.oncall.html\" . }}")), parts);
    CHECK_SV(render_named(&w, "email.oncall.subject"), "🔴[FIRING 2] HighCPU");
    world_done(&w);
}

TEST(tmpl_email, oncall_in_chinese)
{
    static const struct part parts[] = {
        {"<html lang=\"zh-CN\"", 1},
        {"<title>🔴[告警 2] HighCPU</title>", 1},
        {"触发 2 · 恢复 1 · 有新告警", 1},
        {"2024-01-02 11:04:05 CST 起，已 9h 49m 14s", 1},
        {">图表</a>", 1},
        {">静默本组</a>", 1},
        {">原因</a>", 3},
        {"接收人 ops.team", 1},
    };
    struct world w = oncall_world();
    CHECK_PARTS(render(&w, true, SV("{{ template \"email.oncall.html.zh\" . }}")), parts);
    CHECK_SV(render_named(&w, "email.oncall.subject.zh"), "🔴[告警 2] HighCPU");
    CHECK(sv_has_prefix(render_named(&w, "email.oncall.text.zh"),
                        SV("🔴[告警 2] HighCPU\n触发 2 · 恢复 1 · 有新告警\n")));
    world_done(&w);
}

TEST(tmpl_email, oncall_when_all_is_over)
{
    static const struct part parts[] = {
        {"🟢[RESOLVED 1] A<", 2},
        {"#b3261e", 0},
        {"bgcolor=\"#146c2e\"", 2},
        {"Silence", 0},
    };
    struct world w = oncall_world();
    w.data = read_data(&w.mem, one_resolved);
    CHECK_PARTS(render(&w, true, SV("{{ template \"email.oncall.html\" . }}")), parts);
    world_done(&w);
}

TEST(tmpl_email, oncall_keeps_alert_text_in_its_place)
{
    static const char hostile[] =
        "{\"status\":\"firing\",\"externalURL\":\"http://am\",\"groupLabels\":{\"a\":\"</title><script>\"},"
        "\"commonLabels\":{\"severity\":\"<b>\"},\"alerts\":[{\"status\":\"firing\",\"labels\":{\"q\":"
        "\"a\\\"b\\\\c"
        "\\nd&e=<f>\"},\"annotations\":{\"summary\":\"<img src=x>\",\"runbook\":\"javascript:alert(1)\","
        "\"dashboard_url\":\"https://h/\\\" onclick=\\\"x\"}}]}";
    static const struct part parts[] = {
        {"<script", 0},
        {"<img", 0},
        {"javascript", 0},
        {"\" onclick", 0},
        {"href=\"https://h/%22%20onclick=%22x\"", 1},
        {"new?filter=%7Bq%3D%22a%5c%22b%5c%5cc%5cnd%26e%3d%3cf%3e%22%7D\"", 1},
    };
    struct world w = oncall_world();
    w.data = read_data(&w.mem, hostile);
    CHECK_PARTS(render(&w, true, SV("{{ template \"email.oncall.html\" . }}")), parts);
    world_done(&w);
}

TEST(tmpl_email, oncall_has_links_to_act_when_there_are_such)
{
    static const char data[] =
        "{\"status\":\"firing\",\"externalURL\":\"http://"
        "am\",\"alerts\":[{\"status\":\"firing\"}],\"actions\":{"
        "\"Ack\":\"http://am/a/1\",\"Silence1h\":\"http://am/a/2\",\"SilenceResolved\":\"http://am/a/4\"}}";
    static const struct part parts[] = {
        {"href=\"http://am/a/1\"", 1},
        {">Acknowledge</a>", 1},
        {">Silence 1h</a>", 1},
        {">Silence 4h</a>", 0}, /* is not given */
        {">Silence until resolved</a>", 1},
    };
    struct world w = oncall_world();
    w.data = read_data(&w.mem, data);
    CHECK_PARTS(render(&w, true, SV("{{ template \"email.oncall.html\" . }}")), parts);
    world_done(&w);
}

TEST(tmpl_email, oncall_tells_fifty_of_many)
{
    static const struct part parts[] = {{">Explain</a>", 50}, {"These are the first 50 of 60</td>", 1}};
    struct world w = oncall_world();
    struct strbuf json CLEANUP(strbuf_donep) = {0};
    strbuf_adds(&json, "{\"status\":\"firing\",\"externalURL\":\"http://am\",\"alerts\":[");
    for (size_t i = 0; i < 60; i++)
        strbuf_addf(&json, "%s{\"status\":\"firing\",\"labels\":{\"n\":\"%zu\"}}", i != 0 ? "," : "", i);
    strbuf_adds(&json, "]}");
    w.data = read_data(&w.mem, json.p);
    CHECK_PARTS(render(&w, true, SV("{{ template \"email.oncall.html\" . }}")), parts);
    world_done(&w);
}
