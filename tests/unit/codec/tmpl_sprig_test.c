/* Functions that chat templates have besides Alertmanager's: sprig's and PrometheusAlert's. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static struct world sprig_world(enum tmpl_functions functions)
{
    struct world w = world_new("Asia/Shanghai");
    world_functions(&w, functions);
    return w;
}

#define ALERT  "(index .Alerts 0)"
#define SECOND "(index .Alerts 1)"

/* */
TEST(tmpl_sprig, text)
{
    static const struct render_row rows[] = {
        {"{{ \"warning\" | upper }} {{ lower \"ABC\" }} {{ \"  x \" | trim }}|", "WARNING abc x|"},
        {"{{ title \"hELLO woRLD 3rd foo_bar it's é\" }}", "HELLO WoRLD 3rd Foo_bar It'S É"},
        {"{{ trimAll \"$é\" \"é$5.00$\" }} {{ trimAll \"x\" \"xxx\" }}|", "5.00 |"},
        {"{{ trimPrefix \"-\" \"-a-\" }} {{ trimSuffix \"-\" \"-a-\" }} {{ trimSuffix \"b\" \"\" }}|",
         "a- -a |"},
        {"{{ \"I Am Henry VIII\" | replace \" \" \"-\" }} {{ replace \"\" \"x\" \"ab\" }} {{ replace \"aa\" "
         "\"b\" \"aaa\" }} {{ replace \"\" \"x\" \"\" }}",
         "I-Am-Henry-VIII xaxbx ba x"},
        {"{{ contains \"cat\" \"concatenate\" }} {{ contains \"\" \"\" }} {{ contains \"x\" \"\" }}",
         "true true false"},
        {"{{ hasPrefix \"ca\" \"cat\" }} {{ hasSuffix \"at\" \"cat\" }} {{ hasSuffix \"long\" \"x\" }}",
         "true true false"},
        {"{{ $p := split \"$\" \"foo$bar$\" }}{{ $p._0 }} {{ $p._1 }} {{ $p._2 }}|{{ $p._9 }}|",
         "foo bar ||"},
        {"{{ splitList \",\" \"a,b,,c\" | join \"+\" }} {{ splitList \"\" \"aé\" }} {{ len (splitList \",\" "
         "\"\") }} {{ len (splitList \"\" \"\") }}",
         "a+b++c [a é] 1 0"},
        {"{{ join \"-\" (list 1 \"b\" nil true) }} {{ join \"-\" 7 }} {{ join \"-\" .CommonLabels.Names }}",
         "1-b-true 7 alertname-job"},
        {"{{ trunc 5 \"hello world\" }} {{ trunc -5 \"hello world\" }} {{ trunc 50 \"x\" }} {{ trunc -50 "
         "\"x\" }} {{ trunc 0 \"x\" }}|",
         "hello world x x |"},
        {"{{ abbrev 5 \"hello world\" }} {{ abbrev 3 \"hello\" }} {{ abbrev 5 \"hello\" }}",
         "he... hello hello"},
        {"{{ substr 0 5 \"hello world\" }} {{ substr -1 4 \"hello\" }} {{ substr 2 -1 \"hello\" }} {{ substr "
         "1 99 \"hello\" }}",
         "hello hell llo ello"},
        {"{{ repeat 3 \"ab\" }} {{ nospace \" a b\\tc\" }} {{ indent 2 \"a\\nb\" }} {{ nindent 1 \"a\\nb\" "
         "}}",
         "ababab abc   a\n  b \n a\n b"},
        {"{{ quote \"a\\\"b\" nil 3 }} {{ squote \"x\" 1 }} {{ cat 1 \"b\" nil true }}",
         "\"a\\\"b\" \"3\" 'x' '1' 1 b true"},
        {"{{ markdown \"a_b*c`d\" }}", "a\\_b\\*c\\`d"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* */
TEST(tmpl_sprig, values_and_lists)
{
    static const struct render_row rows[] = {
        {"{{ default \"x\" \"\" }} {{ .CommonLabels.nosuch | default \"none\" }} {{ \"y\" | default \"x\" }} "
         "{{ default 5 0 }}",
         "x none y 5"},
        {"{{ empty \"\" }} {{ empty 0 }} {{ empty .Alerts }} {{ empty nil }} {{ empty (list) }}",
         "true true false true true"},
        {"{{ coalesce 0 \"\" \"a\" \"b\" }} {{ coalesce }}", "a <no value>"},
        {"{{ ternary \"yes\" \"no\" true }} {{ eq .Status \"firing\" | ternary 1 2 }}", "yes 1"},
        {"{{ toString 5 }}{{ toString .CommonLabels }} {{ list 1 true | toStrings | join \",\" }}",
         "5alertname=HighCPU, job=node 1,true"},
        {"{{ kindOf 1 }} {{ kindOf \"\" }} {{ kindOf (list) }} {{ kindOf (dict) }} {{ kindOf true }} {{ "
         "kindOf 1.5 }} {{ kindOf " ALERT " }}",
         "int string slice map bool float64 struct"},
        {"{{ typeOf 1 }} {{ typeOf .CommonLabels }} {{ typeOf nil }}", "int template.KV <nil>"},
        {"{{ $l := list 1 2 3 }}{{ first $l }} {{ last $l }} {{ rest $l }} {{ initial $l }} {{ first (list) "
         "}} {{ rest (list) }}",
         "1 3 [2 3] [1 2] <no value> []"},
        {"{{ has 2 (list 1 2) }} {{ has \"2\" (list 1 2) }} {{ has 1 nil }} {{ uniq (list 1 \"1\" 1 (list 2) "
         "(list 2)) }}",
         "true false false [1 1 [2]]"},
        {"{{ sortAlpha (list \"b\" \"a\" 3) }} {{ sortAlpha \"x\" }} {{ append (stringSlice \"a\") 1 }}",
         "[3 a b] [x] [a 1]"},
        {"{{ $d := dict \"b\" 1 2 \"two\" \"odd\" }}{{ $d }} {{ get $d \"b\" }} {{ get $d \"x\" }}| {{ "
         "hasKey $d \"odd\" }}",
         "map[2:two b:1 odd:] 1 | true"},
        {"{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"c\" 3 }}{{ $_ := set $d \"b\" 2 }}{{ $_ := set $d \"a\" "
         "0 }}{{ $d }} {{ keys $d }} {{ values $d }}",
         "map[a:0 b:2 c:3] [a b c] [0 2 3]"},
        {"{{ pluck \"a\" (dict \"a\" 1) (dict \"b\" 2) (dict \"a\" 3) }} {{ keys .CommonLabels (dict \"x\" "
         "1) }}",
         "[1 3] [alertname job x]"},
        {"{{ merge (dict \"a\" 1 \"m\" (dict \"x\" 1) \"e\" \"\") (dict \"a\" 2 \"b\" 3 \"m\" (dict \"x\" 2 "
         "\"y\" 3) \"e\" 7) }}",
         "map[a:1 b:3 e:7 m:map[x:1 y:3]]"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* */
TEST(tmpl_sprig, numbers)
{
    static const struct render_row rows[] = {
        {"{{ add 1 \"2\" 3.9 true }} {{ sub 5 7 }} {{ mul 2 3 4 }} {{ div 7 2 }} {{ mod -7 3 }} {{ add }}",
         "7 -2 24 3 -1 0"},
        {"{{ max 1 9 3 }} {{ min 4 -2 }} {{ int \"0x10\" }} {{ int64 3.99 }} {{ int \"nonsense\" }} {{ "
         "float64 \"1.5\" }}",
         "9 -2 16 3 0 1.5"},
        {"{{ round 123.5555 3 }} {{ round 2.5 0 }} {{ round 1.26 1 0.9 }} {{ floor 1.9 }} {{ ceil 1.1 }}",
         "123.556 3 1.2 1 2"},
        {"{{ div -9223372036854775808 -1 }} {{ mod -9223372036854775808 -1 }}", "-9223372036854775808 0"},
        {"{{ eq (add 1 2) 3 }}", "true"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* The world's now is 2024-01-02T12:53:20Z, its zone Asia/Shanghai. */
TEST(tmpl_sprig, times)
{
    static const struct render_row rows[] = {
        {"{{ (" ALERT ".StartsAt.Add 28800e9).Format \"2006-01-02 15:04:05\" }}", "2024-01-02 11:04:05"},
        {"{{ dateInZone \"2006.01.02 15:04:05\" (" ALERT ".StartsAt) \"Asia/Shanghai\" }}",
         "2024.01.02 11:04:05"},
        {"{{ dateInZone \"15:04\" (" ALERT ".StartsAt) \"UTC\" }} {{ dateInZone \"15:04\" (" ALERT
         ".StartsAt) \"No/Where\" }}",
         "03:04 03:04"},
        {"{{ " ALERT
         ".StartsAt | date \"2006-01-02 15:04:05\" }} {{ date \"2006\" 0 }} {{ date \"15:04\" nil }}",
         "2024-01-02 11:04:05 1970 20:53"},
        {"{{ (dateModify \"-1.5h\" " ALERT ".StartsAt).Format \"15:04\" }} {{ (dateModify \"x\" " ALERT
         ".StartsAt).Format \"15:04\" }}",
         "01:34 03:04"},
        {"{{ unixEpoch " ALERT ".StartsAt }} {{ ago " ALERT
         ".StartsAt }} {{ duration 95 }} {{ duration \"3600\" }} {{ duration \"x\" }}",
         "1704164645 9h49m15s 1m35s 1h0m0s 0s"},
        {"{{ durationRound \"2h10m5s\" }} {{ durationRound \"2400h10m5s\" }} {{ durationRound 0 }} {{ "
         "durationRound \"-90s\" }} {{ durationRound " ALERT ".StartsAt }}",
         "2h 3mo 0s -1m 9h"},
        {"{{ toDate \"2006-01-02\" \"2017-12-31\" }} {{ toDate \"2006\" \"x\" }}",
         "2017-12-31 00:00:00 +0800 CST 0001-01-01 00:00:00 +0000 UTC"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* */
TEST(tmpl_sprig, codes)
{
    static const struct render_row rows[] = {
        {"{{ regexMatch \"^a.c$\" \"abc\" }} {{ regexFind \"[0-9]+\" \"a12b3\" }} {{ regexFind \"z\" \"a\" "
         "}}| {{ regexFindAll \"[2,4,6,8]\" \"123456789\" -1 }}",
         "true 12 | [2 4 6 8]"},
        {"{{ regexFindAll \"[24]\" \"1234\" 1 }} {{ len (regexFindAll \"a*\" \"baac\" -1) }} {{ regexFindAll "
         "\"x\" \"\" 0 }}",
         "[2] 3 []"},
        {"{{ regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\" }}", "-W-xxW-"},
        {"{{ b64enc \"<?>~\" }} {{ b64dec \"PD8+fg==\" }} {{ b64dec \"!\" }}",
         "PD8+fg== <?>~ illegal base64 data"},
        {"{{ sha256sum \"abc\" }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"{{ toPrettyJson (dict \"a\" (list 1 \"x,:{\\\"\") \"b\" (dict) \"c\" (list)) }}",
         "{\n  \"a\": [\n    1,\n    \"x,:{\\\"\"\n  ],\n  \"b\": {},\n  \"c\": []\n}"},
        {"{{ $j := fromJson \"{\\\"a\\\":[1,2.5,null,true],\\\"b\\\":{\\\"c\\\":\\\"d\\\"}}\" }}{{ index "
         "$j.a 1 }} {{ $j.b.c }} {{ $j.nosuch }} {{ toJson $j }}",
         "2.5 d <no value> {\"a\":[1,2.5,null,true],\"b\":{\"c\":\"d\"}}"},
        {"{{ fromJson \"{\" }} {{ fromJson \"1 2\" }}", "<no value> <no value>"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* */
TEST(tmpl_sprig, every_function_that_is_promised_is_there)
{
    static const char names[] =
        "markdown toUpper toLower upper lower title trim trimAll trimPrefix trimSuffix replace contains "
        "hasPrefix hasSuffix split splitList join default empty coalesce ternary toString toStrings trunc "
        "abbrev substr repeat nospace indent nindent quote squote cat date dateInZone dateModify now ago "
        "duration durationRound unixEpoch add sub mul div mod max min round floor ceil int int64 float64 "
        "list "
        "first last rest initial has uniq sortAlpha dict get set hasKey keys values pluck merge regexMatch "
        "regexFind regexFindAll regexReplaceAll b64enc b64dec sha256sum toJson toPrettyJson fromJson kindOf "
        "typeOf fail toDate append";
    static const enum tmpl_functions sets[] = {TMPL_CHAT, TMPL_SPRIG};
    struct world w = sprig_world(TMPL_SPRIG);

    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        world_functions(&w, sets[i]);
        for (const char *name = names; *name != '\0'; name += strspn(name, " ")) {
            const int n = (int)strcspn(name, " ");
            char text[64];
            (void)snprintf(text, sizeof text, "{{ if false }}{{ %.*s }}{{ end }}", n, name);
            const struct sv out = render(&w, false, sv_of(text));
            FAIL_IF(out.n != 0, "%.*s", SV_ARG(out));
            name += n;
        }
    }
    world_done(&w);
}

/* Which of two functions with one name is meant. */
TEST(tmpl_sprig, precedence)
{
    static const struct render_row sprig[] = {
        {"{{ title \"aBC\" }} {{ append (stringSlice \"a\") \"b\" }} {{ dict \"odd\" }}",
         "ABC [a b] map[odd:]"},
        {"{{ toUpper \"a\" }} {{ reReplaceAll \"a\" \"b\" \"a\" }} {{ match \"a\" \"a\" }}", "A b true"},
    };
    static const struct render_row chat[] = {
        {"{{ title \"aBC\" }} {{ upper \"a\" }} {{ default \"x\" \"\" }} {{ markdown \"_\" }}",
         "Abc A x \\_"},
        {"{{ dict \"odd\" }}", "template: :1:3: executing \"\" at <dict \"odd\">: error calling dict: dict "
                               "requires an even number of arguments"},
        {"{{ " SECOND ".StartsAt | date \"15:04 -07\" }} {{ " ALERT ".StartsAt | date \"15:04\" }}",
         "11:04 +08 03:04"},
    };
    static const struct render_row alertmanager[] = {
        {"{{ upper \"a\" }}", "template: :1: function \"upper\" not defined"},
        {"{{ GetCSTtime \"\" }}", "template: :1: function \"GetCSTtime\" not defined"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, sprig);
    world_functions(&w, TMPL_CHAT);
    CHECK_ROWS(&w, false, chat);
    world_functions(&w, TMPL_ALERTMANAGER);
    CHECK_ROWS(&w, false, alertmanager);
    world_done(&w);
}

/* What sprig dies of, or what would show or exhaust the machine, is an error. */
TEST(tmpl_sprig, refused)
{
    static const struct render_row rows[] = {
        {"{{ env \"HOME\" }}", "template: :1: function \"env\" not defined"},
        {"{{ expandenv \"$HOME\" }}", "template: :1: function \"expandenv\" not defined"},
        {"{{ div 1 0 }}",
         "template: :1:3: executing \"\" at <div 1 0>: error calling div: integer divide by zero"},
        {"{{ mod 1 \"x\" }}",
         "template: :1:3: executing \"\" at <mod 1 \"x\">: error calling mod: integer divide by zero"},
        {"{{ first \"abc\" }}", "template: :1:3: executing \"\" at <first \"abc\">: error calling first: "
                                "cannot find first on type string"},
        {"{{ substr 3 1 \"abc\" }}", "template: :1:3: executing \"\" at <substr 3 1 \"abc\">: error calling "
                                     "substr: substr: bounds out of range: 3 to 1"},
        {"{{ fail \"no %d\" }}",
         "template: :1:3: executing \"\" at <fail \"no %d\">: error calling fail: no %d"},
        {"{{ repeat 9223372036854775807 \"\" }}{{ repeat 9223372036854775807 \"ab\" }}",
         "template: :1:38: executing \"\" at <repeat 9223372036854775807 \"ab\">: error calling repeat: "
         "exceeded maximum output of a template"},
        {"{{ indent 9223372036854775807 \"\" }}",
         "template: :1:3: executing \"\" at <indent 9223372036854775807 \"\">: error calling indent: "
         "exceeded maximum output of a template"},
        {"{{ regexMatch \"[\" \"x\" }}", "template: :1:3: executing \"\" at <regexMatch \"[\" \"x\">: error "
                                         "calling regexMatch: error parsing regexp: missing closing ]: `[`"},
        {"{{ set .CommonLabels \"a\" 1 }}",
         "template: :1:3: executing \"\" at <set .CommonLabels \"a\" 1>: error calling set: wrong type for "
         "value; expected map[string]interface {}; got template.KV"},
    };
    struct world w = sprig_world(TMPL_SPRIG);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}

/* A map that holds itself must not hang or crash what walks over it. */
TEST(tmpl_sprig, cycles_end)
{
    static const char *const texts[] = {
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ $_ := set $d \"b\" $d }}{{ $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ $_ := set $d \"b\" $d }}{{ toPrettyJson $d }}",
        "{{ $d := dict }}{{ $e := dict }}{{ $_ := set $d \"a\" $d }}{{ $_ := set $e \"a\" $e }}{{ has $d "
        "(list $e) }}",
        "{{ $d := dict }}{{ $e := dict }}{{ $_ := set $d \"a\" $d }}{{ $_ := set $e \"a\" $e }}{{ merge $d "
        "$e }}",
    };
    struct world w = sprig_world(TMPL_SPRIG);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        CHECK(render(&w, false, sv_of(texts[i])).n != 0);
    world_done(&w);
}

/* */
TEST(tmpl_sprig, prometheus_alert)
{
    static const struct render_row rows[] = {
        {"{{ GetCSTtime \"2024-01-02T03:04:05.123Z\" }} {{ GetCSTtime \"2024-01-02 03:04:05\" }} {{ "
         "GetCSTtime \"\" }} {{ GetCSTtime \"x\" }}|",
         "2024-01-02 11:04:05 2024-01-02 11:04:05 2024-01-02 20:53:20 |"},
        {"{{ GetCSTtime \"2024-01-02T03:04:05-05:00\" }}", "2024-01-02 16:04:05"},
        {"{{ TimeFormat \"2024-01-02T03:04:05+08:00\" \"15:04 01/02\" }} {{ TimeFormat \"x\" \"15\" }}|",
         "03:04 01/02 |"},
        {"{{ GetTime \"1704164645\" }} {{ GetTime \"1704164645123\" \"15:04\" }} {{ GetTime 1704164645 }} {{ "
         "GetTime 1.704164645e9 \"05\" }} {{ GetTime \"x\" }}|",
         "2024-01-02 11:04:05 11:04 2024-01-02 11:04:05 05 |"},
        {"{{ GetTimeDuration \"2024-01-02T03:04:05Z\" \"2024-01-02T03:04:10Z\" }} {{ GetTimeDuration "
         "\"2024-01-02T03:04:05Z\" \"2024-01-02T03:07:05Z\" }}",
         "5s 3m0s"},
        {"{{ GetTimeDuration \"2024-01-02T00:00:00Z\" \"2024-01-02T02:30:59Z\" }} {{ GetTimeDuration "
         "\"2024-01-02T00:00:00Z\" \"2024-01-03T02:30:00Z\" }}",
         "2h30m 1d2h"},
        {"{{ GetTimeDuration \"2024-01-02T03:04:05Z\" \"0001-01-01T00:00:00Z\" }} {{ GetTimeDuration \"\" "
         "\"\" }} {{ GetTimeDuration \"x\" \"2024-01-02T03:04:05Z\" }}",
         "N/A N/A N/A"},
        {"{{ SplitString \"abcdef\" 1 3 }} {{ SplitString \"abcdef\" 0 -1 }} {{ SplitString \"\" 0 0 }}|",
         "bc abcde |"},
        {"{{ SplitString \"abc\" 1 9 }}",
         "template: :1:3: executing \"\" at <SplitString \"abc\" 1 9>: error calling SplitString: bounds out "
         "of range: 1 to 9 of 3 bytes"},
    };
    struct world w = sprig_world(TMPL_CHAT);
    CHECK_ROWS(&w, false, rows);
    world_done(&w);
}
