/* The language beyond the corpus: sets and files, scopes, errors, limits. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

/* ---- files, templates.md 15.3 ---- */

static const char own_file[] =
    "{{ define \"my.title\" }}[{{ .Status | toUpper }}] {{ .GroupLabels.alertname }}{{ end }}\n"
    "{{ define \"my.list\" -}}\n"
    "{{- range . }}\n"
    "- {{ .Labels.instance }}\n"
    "{{- end -}}\n"
    "{{- end }}\n"
    "{{ define \"my.bad\" }}\n"
    "{{ .Oops }}\n"
    "{{ end }}\n"
    "{{ define \"slack.default.title\" }}OVR {{ template \"my.title\" . }}{{ end }}\n"
    "{{ define \"slack.default.username\" }}   {{ end }}\n"
    "{{ define \"__description\" }}{{/* only a comment */}}{{ end }}\n";

static void add_text(struct world *w, const char *name, const char *text)
{
    struct err err = {0};
    FAIL_IF(!tmpl_set_add(w->set, name, sv_of(text), &err), "%s", err.text);
}

/* T-021 T-022 T-023 */
TEST(tmpl_lang, later_files_override)
{
    static const struct render_row rows[] = {
        {"{{ template \"my.title\" . }}", "second"},
        {"{{ template \"my.list\" .Alerts }}", "\n- web-1:9100\n- web-2:9100\n- web-3:9100"},
        {"{{ template \"my.bad\" . }}",
         "template: own.tmpl:8:3: executing \"my.bad\" at <.Oops>: can't evaluate field "
         "Oops in type template.Data"},
        {"{{ template \"slack.default.fallback\" . }}",
         "OVR second | http://am.example:9093/#/alerts?receiver=ops%5C.team"},
        {"[{{ template \"slack.default.username\" . }}]", "[Alertmanager]"},
        {"{{ template \"own.tmpl\" . }}", "\n\n\n\n\n\n"},
        {"{{ define \"my.title\" }}mine{{ end }}{{ template \"slack.default.title\" . }}", "OVR mine"},
        {"{{ template \"slack.default.title\" . }}",
         "OVR second"}, /* the define before was that option's only */
        {"{{ define \"my.title\" }} {{ end }}{{ template \"my.title\" . }}", "second"},
    };
    struct world w = world_new("UTC");
    add_text(&w, "own.tmpl", own_file);
    add_text(&w, "b.tmpl", "{{ define \"my.title\" }}second{{ end }}");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

TEST(tmpl_lang, an_error_in_a_file_names_it)
{
    struct world w = world_new("UTC");
    struct err err = {0};
    CHECK(!tmpl_set_add(w.set, "x.tmpl", SV("a\n{{ define \"y\" }}\n{{ nope }}{{ end }}"), &err));
    CHECK_STR(err.text, "template: x.tmpl:3: function \"nope\" not defined");
    CHECK_EQ(err.line, 3);
    world_done(&w);
}

/* ---- language ---- */

/* T-010 */
TEST(tmpl_lang, truth)
{
    static const struct {
        const char *value;
        bool want;
    } rows[] = {
        {"false", false},
        {"true", true},
        {"0", false},
        {"-1", true},
        {"0.0", false},
        {"0.5", true},
        {"nil", false},
        {"\"\"", false},
        {"\"0\"", true},
        {"list", false},
        {"(list 0)", true},
        {"dict", false},
        {"(dict \"a\" 0)", true},
        {".CommonAnnotations", false},
        {".CommonLabels", true},
        {".Alerts.Resolved", true},
        {"(index .Alerts 0)", true},
        {"(index .Alerts 0).EndsAt", true}, /* year 1: a struct */
        {"((index .Alerts 0).StartsAt.Sub (index .Alerts 0).StartsAt)", false},
        {".", true},
    };
    struct world w = world_new("UTC");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[160];
        (void)snprintf(text, sizeof text, "{{ not (not %s) }}", rows[i].value);
        struct sv got = render(&w, false, sv_of(text));
        FAIL_IF(!sv_eq(got, sv_of(rows[i].want ? "true" : "false")), "%s: %.*s", rows[i].value, SV_ARG(got));
    }
    world_done(&w);
}

/* T-013 */
TEST(tmpl_lang, methods_hide_labels_of_their_name)
{
    static const struct render_row rows[] = {
        {"{{ .CommonLabels.Names }} {{ index .CommonLabels \"Names\" }}", "[Names String names] label"},
        {"{{ .CommonLabels.names }}", "lower"},
        {"{{ .CommonLabels.String }}", "Names=label, String=s, names=lower"},
        {"{{ index .CommonLabels \"String\" }}", "s"},
    };
    struct world w = world_new("UTC");
    w.data =
        read_data(&w.mem, "{\"commonLabels\":{\"Names\":\"label\",\"names\":\"lower\",\"String\":\"s\"}}");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* T-004 T-005 among them */
TEST(tmpl_lang, details)
{
    static const struct render_row rows[] = {
        {"{{ index .CommonLabels \"Names\" }}|{{ .CommonLabels.Names }}", "|[alertname job]"},
        {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}", "2"},
        {"{{ range $i, $a := .Alerts }}{{ else }}{{ $i }}{{ end }}", ""},
        {"{{ range $k := .CommonAnnotations }}{{ else }}{{ len $k }}{{ end }}", "0"},
        {"{{ range list }}{{ else }}empty{{ end }}", "empty"},
        {"{{ range $i := 4 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ "
         "$i }}{{ end }}",
         "02"},
        {"{{ range 2 }}{{ range 3 }}{{ if eq . 1 }}{{ break }}{{ end }}{{ . }}{{ end }};{{ end }}", "0;0;"},
        {"{{ with 0 }}a{{ else with \"b\" }}{{ . }}{{ else }}c{{ end }}", "b"},
        {"{{ with $x := 0 }}a{{ else }}{{ $x }}{{ end }}", "0"},
        {"{{ (dict \"a\" (dict \"b\" 7)).a.b }}", "7"},
        {"{{ $d := dict \"a\" 1 }}{{ $d.b.c }}",
         "template: :1:27: executing \"\" at <$d.b.c>: nil pointer evaluating interface {}.c"},
        {"{{ with dict }}x{{ else }}empty{{ end }}", "empty"},
        {"{{ and }}",
         "template: :1:3: executing \"\" at <and>: wrong number of args for and: want at least 1 got 0"},
        {"{{ not 1 2 }}",
         "template: :1:3: executing \"\" at <not>: wrong number of args for not: want 1 got 2"},
        {"{{ eq .Alerts 1 }}", "template: :1:3: executing \"\" at <eq .Alerts 1>: error calling eq: "
                               "incompatible types for comparison: template.Alerts and int"},
        {"{{ lt true false }}",
         "template: :1:3: executing \"\" at <lt true false>: error calling lt: invalid type for comparison"},
        {"{{ index nil 1 }}",
         "template: :1:3: executing \"\" at <index nil 1>: error calling index: index of untyped nil"},
        {"{{ index .CommonLabels 1 }}",
         "template: :1:3: executing \"\" at <index .CommonLabels 1>: error calling index: "
         "value has type int; should be string"},
        {"{{ 9223372036854775808 }}",
         "template: :1:3: executing \"\" at <9223372036854775808>: 9223372036854775808 "
         "overflows int"},
        {"{{ 99999999999999999999 }}", "template: :1: integer overflow: \"99999999999999999999\""},
        {"{{ 012 }} {{ -0x10 }} {{ 'x' }} {{ '\\n' }} {{ '中' }} {{ '\\'' }} {{ 0x1p4 }} {{ 1_0.5 }}",
         "10 -16 120 10 20013 39 16 10.5"},
        {"{{ 1_ }}", "template: :1: illegal number syntax: \"1_\""},
        {"{{ 1x }}", "template: :1: bad number syntax: \"1x\""},
        {"{{ 'ab' }}", "template: :1: malformed character constant: 'ab'"},
        {"{{ true.x }}", "template: :1: unexpected . after term \"true\""},
        {"{{ $x = 1 }}", "template: :1:8: executing \"\" at <1>: undefined variable: $x"},
        {"{{ .Status\n| nosuch }}", "template: :2: function \"nosuch\" not defined"},
        {"{{ .Status\n\n", "template: :3: unclosed action started at :1"},
        {"{{ .Status\n\"x", "template: :2: unterminated quoted string in action started at :1"},
        {"{{ \"a\nb\" }}", "template: :1: unterminated quoted string"},
        {"{{ (1 }}", "template: :1: unclosed left paren"},
        {"{{ 1) }}", "template: :1: unexpected right paren"},
        {"{{ \x01 }}", "template: :1: unrecognized character in action: U+0001"},
        {"{{ template x }}", "template: :1: unexpected \"x\" in template clause"},
        {"{{ template \"a\" | }}{{ define \"a\" }}{{ end }}",
         "template: :1: unexpected \"|\" in template clause"},
        {"{{ range $a, 1 := . }}{{ end }}", "template: :1: range can only initialize variables"},
        {"{{ else }}", "template: :1: unexpected {{else}}"},
        {"{{ if 1 }}{{ else with 2 }}{{ end }}{{ end }}", "template: :1: unexpected <with> in input"},
        {"{{ define \"a\" }}{{ else }}{{ end }}", "template: :1: unexpected {{else}} in define clause"},
        {"{{ range 1 }}{{ block \"b\" . }}{{ break }}{{ end }}{{ end }}",
         "template: :1: {{break}} outside {{range}}"},
        {"{{ .Labels.告警 }}",
         "template: :1:10: executing \"\" at <.Labels.告警>: can't evaluate field Labels in type "
         "template.Data"},
        {"{{ (index .Alerts 0).Labels.告警 }}|", "|"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* T-018 */
TEST(tmpl_lang, printf_as_in_go)
{
    static const struct render_row rows[] = {
        {"{{ printf \"%[2]d %[1]d\" 1 2 }}", "2 1"},
        {"{{ printf \"%[3]d\" 1 }}", "%!d(BADINDEX)"},
        {"{{ printf \"%[2]*[1]d|\" 7 4 }}", "   7|"},
        {"{{ printf \"%.*f\" 1 2.55 }}", "2.5"},
        {"{{ printf \"%*d\" \"x\" 1 }}", "%!(BADWIDTH)1"},
        {"{{ printf \"%\" }}", "%!(NOVERB)"},
        {"{{ printf \"%T %T %T %T\" 1 \"s\" .Alerts .CommonLabels }}",
         "int string template.Alerts template.KV"},
        {"{{ printf \"%5t|%-6v|\" true false }}", " true|false |"},
        {"{{ printf \"%q\" (stringSlice \"a\" \"b\") }}", "[\"a\" \"b\"]"},
        {"{{ printf \"%d\" (list 1 \"x\") }}", "[1 %!d(string=x)]"},
        {"{{ printf \"%+v\" (index .CommonLabels.SortedPairs 0) }}", "{Name:alertname Value:HighCPU}"},
        {"{{ printf \"%+d %x %X %#o %O %08b\" 5 -255 255 8 8 5 }}", "+5 -ff FF 010 0o10 00000101"},
        {"{{ printf \"%6.2f|%-8.1e|%+g|% d\" 3.14159 12345.678 2.5 7 }}", "  3.14|1.2e+04 |+2.5| 7"},
        {"{{ printf \"%08.3f|%+08.2f\" -3.14159 2.5 }}", "-003.142|+0002.50"},
        {"{{ printf \"%3c|%q|%#U\" 'A' 'x' '中' }}", "  A|'x'|U+4E2D '中'"},
        {"{{ printf \"%#q|%#q|%#q\" \"x\" \"a`b\" \"t\\tn\\n\" }}", "`x`|\"a`b\"|\"t\\tn\\n\""},
        {"{{ printf \"%+q|%+#q\" \"ü😀\" \"ü\" }}", "\"\\u00fc\\U0001f600\"|`ü`"},
        {"{{ printf \"%6s|%-4s|%.2s\" \"中文\" \"中\" \"中文字\" }}", "    中文|中   |中文"},
        {"{{ printf \"%s %d\" nil nil }}", "%!s(<nil>) %!d(<nil>)"},
        {"{{ printf \"%v %s\" (index .Alerts 0).StartsAt.Month (index .Alerts 0).StartsAt.Weekday }}",
         "January Tuesday"},
        {"{{ printf \"%02d\" (index .Alerts 0).StartsAt.Month }}", "01"},
        {"{{ printf \"%x\" 1.5 }}", "0x1.8p+00"},
        {"{{ printf \"%d\" (index .Alerts 2).StartsAt }}", "%!d(time.Time=2024-01-02 01:00:00 +0000 UTC)"},
        {"{{ printf \"%v\" (dict \"b\" (list 1 nil) \"a\" true) }}", "map[a:true b:[1 <nil>]]"},
        {"{{ printf \"%.0f %.3g %G\" 1036800.0 1234.5678 1e-7 }}", "1036800 1.23e+03 1E-07"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* ---- limits ---- */

/* T-067, with the tests up to memory_is_bounded_by_the_arena */
TEST(tmpl_lang, limits_end_hostile_templates)
{
    static const struct {
        const char *name, *text, *error;
    } rows[] = {
        {"endless work", "{{ range 1000000000000 }}{{ end }}", "exceeded maximum work of a template"},
        {"output", "{{ range 100000 }}0123456789012345{{ end }}", "exceeded maximum output of a template"},
        {"doubling", "{{ $s := \"0123456789\" }}{{ range 64 }}{{ $s = print $s $s }}{{ end }}",
         "exceeded maximum"},
        {"doubling a list", "{{ $l := list 1 }}{{ range 64 }}{{ $l = list $l $l }}{{ end }}{{ $l }}",
         "exceeded maximum output"},
        {"width", "{{ printf \"%999999d%999999d\" 1 2 }}", "exceeded maximum output"},
        {"recursion", "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
         "exceeded maximum template depth (50)"},
        {"regular expressions", "{{ range $i := 5000 }}{{ match (printf \"%d\" $i) \"x\" }}{{ end }}",
         "exceeded maximum work"},
    };
    struct world w = world_new("UTC");
    w.limits = (struct tmpl_limits){.output_bytes = 1 << 20, .steps = 200000, .depth = 50};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sv got = render(&w, false, sv_of(rows[i].text));
        FAIL_IF(memmem(got.p, got.n, rows[i].error, strlen(rows[i].error)) == NULL, "%s: %.*s", rows[i].name,
                (int)(got.n < 300 ? got.n : 300), got.p);
    }
    world_done(&w);
}

TEST(tmpl_lang, a_deeply_nested_list_prints_without_end_of_stack)
{
    struct world w = world_new("UTC");
    struct sv out = render(
        &w, false, SV("{{ $l := list 1 }}{{ range 100000 }}{{ $l = list $l }}{{ end }}{{ $l }}{{ len $l }}"));
    CHECK(out.n != 0 && out.n < 1000);
    CHECK(memmem(out.p, out.n, "...", 3) != NULL);
    out = render(&w, false,
                 SV("{{ $l := list 1 }}{{ range 100000 }}{{ $l = list $l }}{{ end }}{{ toJson $l }}"));
    CHECK(memmem(out.p, out.n, "json: value nested too deeply", 20) != NULL);
    world_done(&w);
}

static void check_nested(struct world *w, const char *open, const char *close, size_t n, const char *error)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};
    for (size_t i = 0; i < n; i++)
        strbuf_adds(&text, open);
    for (size_t i = 0; i < n; i++)
        strbuf_adds(&text, close);
    CHECK_SV(render(w, false, strbuf_sv(&text)), error);
}

TEST(tmpl_lang, nesting_has_a_limit)
{
    struct world w = world_new("UTC");
    check_nested(&w, "{{ if true }}", "{{ end }}", 100, "");
    check_nested(&w, "{{ if true }}", "{{ end }}", 100000, "template: :1: nested too deeply");
    check_nested(&w, "{{ if false }}{{ else if true }}", "{{ end }}", 100000,
                 "template: :1: nested too deeply");
    check_nested(&w, "{{ (((((", "", 100000, "template: :1: unexpected \"{\" in parenthesized pipeline");
    check_nested(&w, "{{block \"a\" .}}", "{{end}}", 100000, "template: :1: nested too deeply");
    world_done(&w);
}

TEST(tmpl_lang, a_literal_of_a_megabyte_is_printed)
{
    const size_t n = 1 << 20;
    struct world w = world_new("UTC");
    struct strbuf text CLEANUP(strbuf_donep) = {0};
    strbuf_adds(&text, "{{ `");
    for (size_t i = 0; i < n; i++)
        strbuf_addc(&text, 'x');
    strbuf_adds(&text, "` }}");
    CHECK_EQ(render(&w, false, strbuf_sv(&text)).n, n);
    CHECK_EQ(render(&w, true, strbuf_sv(&text)).n, n);
    world_done(&w);
}

TEST(tmpl_lang, memory_is_bounded_by_the_arena)
{
    struct world w = world_new("UTC");
    struct arena small;
    struct err err = {0};
    struct sv out;
    arena_init(&small, 200000);
    CHECK(!tmpl_text(w.set, SV("{{ $s := \"\" }}{{ range 1000 }}{{ $s = print $s \"0123456789\" }}{{ end }}"),
                     w.data, w.now, NULL, &small, &out, &err));
    CHECK_EQ(err.kind, ERR_LIMIT);
    arena_done(&small);
    world_done(&w);
}

TEST(tmpl_lang, a_failed_execution_gives_no_output)
{
    struct world w = world_new("UTC");
    CHECK_SV(render(&w, false, SV("some text {{ .Nope }}")),
             "template: :1:13: executing \"\" at <.Nope>: can't evaluate field Nope in type template.Data");
    world_done(&w);
}

TEST(tmpl_lang, plain_syntax_check)
{
    struct err err = {0};
    CHECK(tmpl_check_plain(SV("https://x/{{ .Receiver | urlquery }}/{{ printf \"%s\" .Status }}"), &err));
    CHECK(!tmpl_check_plain(SV("{{ toUpper .Status }}"), &err));
    CHECK_STR(err.text, "template: :1: function \"toUpper\" not defined");
}

/* T-054 */
TEST(tmpl_lang, route_labels)
{
    static const char data[] =
        "{\"routeLabels\":{\"a\":\"{{ routeLabels \\\"b\\\" }}\",\"b\":\"{{ routeLabels \\\"a\\\" }}\","
        "\"c\":\"<{{ .Status }}>\"},\"status\":\"firing\"}";
    static const struct render_row expanded[] = {
        {"{{ routeLabels \"c\" }}", "<firing>"},
        {"{{ routeLabels \"zz\" }}", ""},
    };
    static const struct render_row verbatim[] = {
        {"{{ routeLabels \"c\" }}", "<{{ .Status }}>"},
        {"{{ routeLabels \"a\" }}", "{{ routeLabels \"b\" }}"},
    };
    struct world w = world_new("UTC");
    w.data = read_data(&w.mem, data);
    CHECK_ROWS(&w, false, expanded);
    struct sv error = render(&w, false, SV("{{ routeLabels \"a\" }}"));
    CHECK(memmem(error.p, error.n, "route label cycle detected: a -> b -> a", 39) != NULL);
    w.limits.expand_route_labels = false;
    CHECK_ROWS(&w, false, verbatim);
    world_done(&w);
}
