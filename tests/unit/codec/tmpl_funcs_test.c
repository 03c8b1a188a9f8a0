/* Alertmanager's functions, times and durations beyond the corpus. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

/* T-025: a call of each, with arguments that cannot be exchanged */
TEST(tmpl_funcs, all_take_their_arguments_in_order)
{
    static const struct render_row rows[] = {
        {"{{ toUpper \"a\" }}", "A"},
        {"{{ toLower \"A\" }}", "a"},
        {"{{ title \"aB\" }}", "Ab"},
        {"{{ trimSpace \" a \" }}", "a"},
        {"{{ join \"-\" (stringSlice \"a\" \"b\") }}", "a-b"},
        {"{{ match \"^a\" \"ab\" }}", "true"},
        {"{{ reReplaceAll \"a\" \"b\" \"ac\" }}", "bc"},
        {"{{ stringSlice \"a\" \"b\" }}", "[a b]"},
        {"{{ list 1 \"a\" }}", "[1 a]"},
        {"{{ append (list 1) 2 }}", "[1 2]"},
        {"{{ dict \"a\" 1 }}", "map[a:1]"},
        {"{{ toJson \"a\" }}", "\"a\""},
        {"{{ base64encode \"a\" }}", "YQ=="},
        {"{{ base64decode \"YQ==\" }}", "a"},
        {"{{ urlUnescape \"%61\" }}", "a"},
        {"{{ safeHtml \"<\" }}", "<"},
        {"{{ safeUrl \":\" }}", ":"},
        {"{{ date \"2006\" (index .Alerts 0).StartsAt }}", "2024"},
        {"{{ (tz \"Asia/Shanghai\" (index .Alerts 0).StartsAt).Hour }}", "11"},
        {"{{ now.Year }}", "2024"},
        {"{{ since (index .Alerts 2).EndsAt }}", "9h23m12.5s"},
        {"{{ (toDate \"2006\" \"2024\").Year }}", "2024"},
        {"{{ (mustToDate \"2006\" \"2024\").Year }}", "2024"},
        {"{{ humanizeDuration 61 }}", "1m 1s"},
        {"{{ routeLabels \"team\" }}", "sre"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* T-026 T-027 T-028 T-029 T-030 */
TEST(tmpl_funcs, text)
{
    static const struct render_row rows[] = {
        {"{{ title \"ÉCOLE\" }}|{{ title \"o'neil's a.b 12ab ǆ\" }}", "École|O'neil's A.b 12Ab ǅ"},
        {"{{ toUpper \"straße ÿ\" }}|{{ toLower \"ΑΣ\" }}", "STRAßE Ÿ|ασ"},
        {"[{{ trimSpace \"\\u0085 \\u00a0\" }}]", "[]"},
        {"{{ \"x\" | safeHtml | toUpper }}", "template: :1:20: executing \"\" at <toUpper>: wrong type for "
                                             "value; expected string; got template.HTML"},
        {"{{ join \",\" (list \"a\") }}", "template: :1:18: executing \"\" at <\"a\">: wrong type for value; "
                                          "expected []string; got []interface {}"},
        {"{{ join \",\" .Alerts }}", "template: :1:12: executing \"\" at <.Alerts>: wrong type for value; "
                                     "expected []string; got template.Alerts"},
        {"{{ toUpper nil }}", "template: :1:11: executing \"\" at <nil>: cannot assign nil to string"},
        {"{{ reReplaceAll `(?P<y>\\d+)-(\\d+)` `${2}/$y$$ $` `2024-06` }}", "06/2024$ $"},
        {"{{ reReplaceAll `` `-` `中文` }}", "-中-文-"},
        {"{{ reReplaceAll `x*` `.` `axb` }}", ".a.b."},
        {"{{ urlUnescape \"a%20b+c%E4%B8%AD\" }}|{{ urlUnescape \"a%zz\" }}",
         "template: :1:40: executing \"\" at <urlUnescape \"a%zz\">: error calling urlUnescape: invalid URL "
         "escape "
         "\"%zz\""},
        {"{{ urlUnescape \"a%4\" }}",
         "template: :1:3: executing \"\" at <urlUnescape \"a%4\">: error calling urlUnescape: "
         "invalid URL escape \"%4\""},
        {"{{ base64decode \"YQ\" }}",
         "template: :1:3: executing \"\" at <base64decode \"YQ\">: error calling base64decode: "
         "illegal base64 data at input byte 0"},
        {"{{ base64decode \"YQ=\" }}",
         "template: :1:3: executing \"\" at <base64decode \"YQ=\">: error calling "
         "base64decode: illegal base64 data at input byte 3"},
        {"{{ base64decode \"YWI=\" }}|{{ base64decode \"Y\\nQ==\" }}|{{ base64encode \"\" }}", "ab|a|"},
        {"{{ dict 1 2 }}",
         "template: :1:3: executing \"\" at <dict 1 2>: error calling dict: dict keys must be strings"},
        {"{{ dict \"a\" 1 \"a\" 2 }}", "map[a:2]"},
        {"{{ imText \"icq\" \"x\" }}", "template: :1:3: executing \"\" at <imText \"icq\" \"x\">: error "
                                       "calling imText: unknown platform icq"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* T-031 */
TEST(tmpl_funcs, json)
{
    static const struct render_row rows[] = {
        {"{{ toJson (list 1 1.5 true nil \"x\" (dict \"b\" 1 \"a\" list)) }}",
         "[1,1.5,true,null,\"x\",{\"a\":[],\"b\":1}]"},
        {"{{ toJson 1e21 }} {{ toJson 1e20 }} {{ toJson 1e-7 }} {{ toJson 0.000001 }} {{ toJson -2.5 }}",
         "1e+21 100000000000000000000 1e-7 0.000001 -2.5"},
        {"{{ toJson (index .Alerts 1).StartsAt }}", "\"2024-01-02T11:04:06+08:00\""},
        {"{{ toJson ((index .Alerts 1).StartsAt | tz \"Asia/Kolkata\") }}", "\"2024-01-02T08:34:06+05:30\""},
        {"{{ toJson (index .CommonLabels.SortedPairs 0) }}",
         "{\"Name\":\"alertname\",\"Value\":\"HighCPU\"}"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* T-032 T-037 */
TEST(tmpl_funcs, durations)
{
    static const struct render_row rows[] = {
        {"{{ $t := (index .Alerts 0).StartsAt }}{{ range $ns := list 1500 1234567000 5400e9 172800e9 0 }}{{ "
         "end }}"
         "{{ ($t.Add 1500).Sub $t }} {{ ($t.Add 1234567000).Sub $t }} {{ ($t.Add 5400e9).Sub $t }} "
         "{{ ($t.Add 172800e9).Sub $t }} {{ $t.Sub $t }}",
         "1.5µs 1.234567s 1h30m0s 48h0m0s 0s"},
        {"{{ $d := (index .Alerts 2).EndsAt.Sub (index .Alerts 2).StartsAt }}{{ $d.Abs }} {{ $d.Minutes }} "
         "{{ $d.Microseconds }} {{ $d.Round 0 }}",
         "2h30m7.5s 150.125 9007500000 2h30m7.5s"},
        {"{{ humanizeDuration 86400 }}|{{ humanizeDuration -90 }}|{{ humanizeDuration 60 }}|{{ "
         "humanizeDuration 1e30 }}",
         "1d 0h 0m 0s|-1m 30s|1m 0s|104166666666666d 16h 0m 0s"},
        {"{{ humanizeDuration nil }}",
         "template: :1:3: executing \"\" at <humanizeDuration nil>: error calling "
         "humanizeDuration: can't convert <nil> to float"},
        {"{{ humanizeDuration .Alerts }}",
         "template: :1:3: executing \"\" at <humanizeDuration .Alerts>: error calling "
         "humanizeDuration: can't convert template.Alerts to float"},
        {"{{ range $i := 3 }}{{ humanizeDuration $i }} {{ end }}", "0s 1s 2s "},
        {"{{ now.Unix }} {{ since (index .Alerts 2).EndsAt }}", "1704200000 9h23m12.5s"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* T-033 T-035 T-036 */
TEST(tmpl_funcs, times)
{
    static const struct render_row rows[] = {
        {"{{ tz \"America/New_York\" (index .Alerts 0).StartsAt }}",
         "2024-01-01 22:04:05.123456789 -0500 EST"},
        {"{{ ((index .Alerts 0).StartsAt | tz \"Europe/Berlin\").Location }}|{{ (index .Alerts "
         "1).StartsAt.Location }}|",
         "Europe/Berlin||"},
        {"{{ $t := mustToDate \"2006-01-02\" \"2024-01-31\" }}{{ ($t.AddDate 0 1 0).Format \"2006-01-02\" }} "
         "{{ ($t.AddDate -1 -2 0).Format \"2006-01-02\" }} {{ ($t.AddDate 0 -13 1).Format \"2006-01-02\" }}",
         "2024-03-02 2022-12-01 2023-01-01"},
        {"{{ $t := mustToDate \"2006-01-02 15:04\" \"2024-03-30 12:00\" | tz \"Europe/Berlin\" }}"
         "{{ ($t.AddDate 0 0 1).Format \"15:04 -0700\" }} {{ ($t.Add 86400e9).Format \"15:04 -0700\" }}",
         "13:00 +0200 14:00 +0200"},
        {"{{ (mustToDate \"15:04:05.000\" \"12:34:56.789\").Nanosecond }}", "789000000"},
        {"{{ mustToDate \"2006-01-02T15:04:05Z07:00\" \"2024-05-06T07:08:09.25+05:30\" }}",
         "2024-05-06 07:08:09.25 +0530 +0530"},
        {"{{ mustToDate \"Mon, _2 Jan 06 3:04:05 pm\" \"Tue,  7 may 24 1:02:03 pm\" }}",
         "2024-05-07 13:02:03 +0000 UTC"},
        {"{{ mustToDate \"2006 __2\" \"2024  61\" }}|{{ mustToDate \"2006-002\" \"2023-060\" }}",
         "2024-03-01 00:00:00 +0000 UTC|2023-03-01 00:00:00 +0000 UTC"},
        {"{{ mustToDate \"2006-01-02\" \"2023-02-29\" }}",
         "template: :1:3: executing \"\" at <mustToDate \"2006-01-02\" \"2023-02-29\">: error calling "
         "mustToDate: parsing "
         "time \"2023-02-29\": day out of range"},
        {"{{ mustToDate \"15:04\" \"25:00\" }}",
         "template: :1:3: executing \"\" at <mustToDate \"15:04\" \"25:00\">: error "
         "calling mustToDate: parsing time \"25:00\": hour out of range"},
        {"{{ mustToDate \"2006\" \"2024x\" }}",
         "template: :1:3: executing \"\" at <mustToDate \"2006\" \"2024x\">: error "
         "calling mustToDate: parsing time \"2024x\": extra text: \"x\""},
        {"{{ mustToDate \"2006/01\" \"2024-01\" }}",
         "template: :1:3: executing \"\" at <mustToDate \"2006/01\" \"2024-01\">: error calling mustToDate: "
         "parsing time "
         "\"2024-01\" as \"2006/01\": cannot parse \"-01\" as \"/\""},
        {"{{ toDate \"2006-01-02\" \"\" }}", "0001-01-01 00:00:00 +0000 UTC"},
        {"{{ $t := (index .Alerts 1).StartsAt }}{{ $t.Format \"Z0700 Z07 -07:00:00 Z07:00:00 -070000 _2006 "
         "__2 002\" }}",
         "+0800 +08 +08:00:00 +08:00:00 +080000 _2024   2 002"},
        {"{{ $t := (index .Alerts 0).StartsAt }}{{ $t.Format \"Z0700 Z07:00:00 Z07 .0001 ,999 05,000\" }}",
         "Z Z Z .0001 ,123 05,123"},
        {"{{ ((index .Alerts 0).StartsAt.Round 60e9).Format \"15:04:05\" }} "
         "{{ ((index .Alerts 2).EndsAt.Round 15e9).Format \"15:04:05\" }}",
         "03:04:00 03:30:15"},
        {"{{ (index .Alerts 0).StartsAt.Equal (index .Alerts 0).StartsAt }} {{ eq (index .Alerts 0).EndsAt "
         "(index .Alerts 1).EndsAt }}",
         "true true"},
        {"{{ (index .Alerts 0).StartsAt.Add \"x\" }}",
         "template: :1:34: executing \"\" at <\"x\">: expected integer; found \"x\""},
        {"{{ tz \"../x\" now }}",
         "template: :1:3: executing \"\" at <tz \"../x\" now>: error calling tz: time: invalid "
         "location name"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}
