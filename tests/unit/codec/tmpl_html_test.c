/* The HTML engine beyond the corpus. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

/* T-041 T-042 T-044 T-045 T-047 T-048 T-049 */
TEST(tmpl_html, contexts)
{
    static const struct render_row rows[] = {
        /* one template, two contexts */
        {"{{ define \"t\" }}{{ . }}{{ end }}<p>{{ template \"t\" \"a+b\" }}</p><a href=\"{{ template \"t\" "
         "\"javascript:x\" }}\">",
         "<p>a&#43;b</p><a href=\"#ZgotmplZ\">"},
        {"{{ define \"r\" }}{{ if . }}{{ template \"r\" (slice . 1) }}{{ end }}{{ end }}{{ template \"r\" "
         "\"<x\" }}",
         ""},
        /* unquoted values and names */
        {"<p title={{ \"\" }}>", "<p title=ZgotmplZ>"},
        {"<input {{ \"checked\" }}>|<input {{ \"onclick\" }}=\"x\">|<p {{ \"style\" }}=x>",
         "<input checked>|<input ZgotmplZ=\"x\">|<p ZgotmplZ=x>"},
        {"<p title={{ \"a>b=c`\" }} x>", "<p title=a&gt;b&#61;c&#96; x>"},
        {"<p{{ if true }} class=\"a\"{{ end }}>x</p>", "<p class=\"a\">x</p>"},
        /* addresses */
        {"<img srcset=\"{{ \"http://a 2x, javascript:b, /c d%\" }}\">",
         "<img srcset=\"http://a 2x,#ZgotmplZ,#ZgotmplZ\">"},
        {"<img srcset=\"{{ index dict \"a\" }}\">", "<img srcset=\"\">"},
        {"<a data-url=\"{{ \"javascript:1\" }}\" xlink:href='{{ \"vbscript:1\" }}'>",
         "<a data-url=\"#ZgotmplZ\" xlink:href='#ZgotmplZ'>"},
        {"<a href=\"/a?b={{ \"?c&d\" }}#{{ \"e f\" }}\">", "<a href=\"/a?b=%3fc%26d#e%20f\">"},
        {"<a href=\"/{{ if true }}a?{{ end }}{{ \"x\" }}\">",
         "html/template::1:37: {{\"x\"}} appears in an ambiguous context within a URL"},
        /* scripts */
        {"<script>var a = {{ index dict \"a\" }}, b = {{ list 1 \"<\" }};</script>",
         "<script>var a =  null , b = [1,\"\\u003c\"];</script>"},
        {"<script>f(`{{ \"$`{\" }}${ {{ \"x\" }} }`)</script>",
         "<script>f(`\\u0024\\u0060\\u007b${ \"x\" }`)</script>"},
        {"<script>/{{ \"a.b\" }}/.test(x) // {{ \"c\" }}\ny</script>",
         "<script>/a\\.b/.test(x) \ny</script>"},
        {"<script>x = '</script>'; y = \"{{ \"</script>\" }}\"</script>",
         "<script>x = '\\x3C/script>'; y = \"\\u003c\\/script\\u003e\"</script>"},
        {"<script>a /* {{ 1 }} \n */ b</script>", "<script>a  \n b</script>"},
        {"<script type=\"text/template\"><p>{{ \"<b>\" }}</p></script>",
         "<script type=\"text/template\"><p>&lt;b&gt;</p></script>"},
        {"<script type=\"application/json\">{{ dict \"a\" 1 }}</script>",
         "<script type=\"application/json\">{\"a\":1}</script>"},
        {"<p onclick=\"a('{{ \"x'y\" }}', &quot;{{ \"\\\"\" }}&quot;)\">",
         "<p onclick=\"a('x\\u0027y', &quot;\\u0022&quot;)\">"},
        /* style sheets */
        {"<style>a { b: \"{{ \"x\\\"y\" }}\"; c: url('{{ \"a b\" }}'); /* {{ 1 }} */ d: {{ \"-moz-binding\" "
         "}} }</style>",
         "<style>a { b: \"x\\22y\"; c: url('a%20b');    d: ZgotmplZ }</style>"},
        {"<p style=\"width: {{ \"10px; x\" }}; height: {{ \"5%\" }}\">",
         "<p style=\"width: ZgotmplZ; height: 5%\">"},
        /* marked values */
        {"<p title=\"{{ safeHtml \"a<script>b</script>c<!-- d -->e &lt; 1>2\" }}\">",
         "<p title=\"ace &lt; 1&gt;2\">"},
        {"<title>{{ safeHtml \"<b>&amp;\" }}</title>", "<title>&lt;b&gt;&amp;</title>"},
        {"<a href=\"/?q={{ safeUrl \"test%20x=1\" }}\">", "<a href=\"/?q=test%20x=1\">"},
        /* the template's own escapers */
        {"{{ \"<b>\" | html }} {{ html \"<\" \"a\" }} <p title=\"{{ \"'\" | html }}\">{{ (html \"<\") | "
         "printf \"%s\" }}",
         "&lt;b&gt; &lt;a <p title=\"&#39;\">&amp;lt;"},
        {"<a href=\"{{ \"a:b c\" | urlquery }}\">", "<a href=\"%23ZgotmplZ\">"},
        {"<p title={{ \"a\" | html }}>",
         "html/template::1:12: predefined escaper \"html\" disallowed in template"},
        /* text */
        {"a < b <{{ \"c\" }} <!DOCTYPE html> <!-- x --> {{ index dict \"a\" }}.",
         "a &lt; b &lt;c <!DOCTYPE html>  ."},
        {"{{ \"\\x00\" }}", "\uFFFD"},
        {"<textarea><{{ 1 }}</textarea>", "<textarea>&lt;1</textarea>"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, true, rows);
    world_done(&w);
}

/* T-046 */
TEST(tmpl_html, unsound_text_is_an_error)
{
    static const struct render_row rows[] = {
        {"<p \"x\">", "html/template: \"\\\"\" in attribute name: \" \\\"x\\\">\""},
        {"<p title=a'b>", "html/template: \"'\" in unquoted attr: \"a'b\""},
        {"<script>x = 'a\\{{ 1 }}'</script>",
         "html/template: unfinished escape sequence in JS string: \"a\\\""},
        {"<script>",
         "html/template: ends in a non-text context: {stateJS delimNone urlPartNone jsCtxRegexp [] attrNone "
         "elementScript <nil>}"},
        {"{{ template \"nope\" }}", "html/template::1:12: no such template \"nope\""},
        {"{{ range .Alerts }}<p title=\"{{ end }}", "html/template::1:9: on range loop re-entry: {{range}} "
                                                    "branches end in different contexts: {stateAttr "
                                                    "delimDoubleQuote urlPartNone jsCtxRegexp [] attrNone "
                                                    "elementNone <nil>}, {stateTag delimNone urlPartNone "
                                                    "jsCtxRegexp [] attrNone elementNone <nil>}"},
        {"{{ range .Alerts }}{{ if true }}<p {{ break }}{{ end }}{{ end }}",
         "html/template::1:9: at range loop break: {{range}} branches end in different contexts: {stateText "
         "delimNone "
         "urlPartNone jsCtxRegexp [] attrNone elementNone <nil>}, {stateTag delimNone urlPartNone "
         "jsCtxRegexp [] "
         "attrNone elementNone <nil>}"},
        {"<p>{{ .Nope }}",
         "template: :1:6: executing \"\" at <.Nope>: can't evaluate field Nope in type template.Data"},
    };
    struct world w = world_new("UTC");
    CHECK_ROWS(&w, true, rows);
    world_done(&w);
}

TEST(tmpl_html, hostile_nesting_ends)
{
    struct world w = world_new("UTC");
    struct strbuf text CLEANUP(strbuf_donep) = {0};
    for (size_t i = 0; i < 100; i++)
        strbuf_adds(&text, "{{ range 0 }}");
    for (size_t i = 0; i < 100; i++)
        strbuf_adds(&text, "{{ end }}");
    w.limits.steps = 100000; /* every loop is looked at twice: 2^100 in all */
    struct sv out = render(&w, true, strbuf_sv(&text));
    CHECK(memmem(out.p, out.n, "exceeded maximum work", 21) != NULL);
    world_done(&w);
}
