#include "codec/url.h"

#include "support/test.h"

TEST(url, http_urls_are_printed_normalised)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"http://example.com", "http://example.com"},
        {"HTTPS://Example.com:8443/a", "https://Example.com:8443/a"},
        {"http://h/a b", "http://h/a%20b"},
        {"http://h/a%2fb%20c", "http://h/a%2fb%20c"}, /* a valid spelling stays */
        {"http://h/a%2fb c", "http://h/a/b%20c"},
        {"http://h/<>\"{}|", "http://h/%3C%3E%22%7B%7D%7C"},
        {"http://h/gr\u00FC\u00DFe", "http://h/gr%C3%BC%C3%9Fe"},
        {"http://h/!$&'()*+,;=:@[]", "http://h/!$&'()*+,;=:@[]"},
        {"http://h?q=a b#f", "http://h?q=a b#f"},
        {"http://h?", "http://h?"},
        {"http://h/?a?b", "http://h/?a?b"},
        {"http://h/#", "http://h/"},
        {"http://h/#a b", "http://h/#a%20b"},
        {"http://h/#a%20b", "http://h/#a%20b"},
        {"http://user:p%41ss@h/", "http://user:pAss@h/"},
        {"http://u'ser@h/", "http://u%27ser@h/"},
        {"http://@h/", "http://@h/"},
        {"http://a@b@h/", "http://a%40b@h/"},
        {"http://[::1]:9093/x", "http://[::1]:9093/x"},
        {"http://[fe80::1%25en0]/", "http://[fe80::1%25en0]/"},
        {"http://[fe80::1%25e%20n]/", "http://[fe80::1%25e%20n]/"},
        {"http://h:/x", "http://h:/x"},
        {"http://:80", "http://:80"},
        {"http://h:99999/", "http://h:99999/"},
        {"http://m\u00FCller.de/", "http://m%C3%BCller.de/"},
        {"http://h//x", "http://h//x"},
    };
    struct arena mem;
    arena_init(&mem, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct url u;
        struct err err;
        struct strbuf out = {0};
        FAIL_IF(!url_parse_http(sv_of(rows[i].in), &mem, &u, &err), "%s: %s", rows[i].in, err.text);
        url_print(&out, &u);
        CHECK_STR(out.p, rows[i].out);
        strbuf_done(&out);
    }
    arena_done(&mem);
}

TEST(url, refuses_what_go_refuses_with_its_words)
{
    static const struct {
        const char *in, *text;
    } rows[] = {
        {"ftp://h/x", "unsupported scheme \"ftp\" for URL"},
        {"h/x", "unsupported scheme \"\" for URL"},
        {"", "unsupported scheme \"\" for URL"},
        {"*", "unsupported scheme \"\" for URL"},
        {"http://", "missing host for URL"},
        {"http:///x", "missing host for URL"},
        {"http:x", "missing host for URL"},
        {"http://user@", "missing host for URL"},
        {"http://a b/x", "parse \"http://a b/x\": invalid character \" \" in host name"},
        {"http://a^/#f", "parse \"http://a^/\": invalid character \"^\" in host name"},
        {"://x", "parse \"://x\": missing protocol scheme"},
        {"http://a:b/x", "parse \"http://a:b/x\": invalid port \":b\" after host"},
        {"http://::1/x", "parse \"http://::1/x\": invalid port \"::1\" after host"},
        {"http://[::1/x", "parse \"http://[::1/x\": missing ']' in host"},
        {"http://[::1]x/", "parse \"http://[::1]x/\": invalid port \"x\" after host"},
        {"http://[abc]/", "parse \"http://[abc]/\": invalid host: ParseAddr(\"abc\"): unable to parse IP"},
        {"http://h/%zz", "parse \"http://h/%zz\": invalid URL escape \"%zz\""},
        {"http://h/%4", "parse \"http://h/%4\": invalid URL escape \"%4\""},
        {"http://h/%", "parse \"http://h/%\": invalid URL escape \"%\""},
        {"http://h/#%zz", "parse \"http://h/#%zz\": invalid URL escape \"%zz\""},
        {"http://a%41/", "parse \"http://a%41/\": invalid URL escape \"%41\""},
        {"http://u^@h/", "parse \"http://u^@h/\": net/url: invalid userinfo"},
        {"http://u%z@h/", "parse \"http://u%z@h/\": invalid URL escape \"%z\""},
        {"http://h/\n", "parse \"http://h/\\n\": net/url: invalid control character in URL"},
        {"1http://h", "parse \"1http://h\": first path segment in URL cannot contain colon"},
        {"a b:c", "parse \"a b:c\": first path segment in URL cannot contain colon"},
    };
    struct arena mem;
    arena_init(&mem, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct url u;
        struct err err = {0};
        CHECK_ROW(rows[i].in, !url_parse_http(sv_of(rows[i].in), &mem, &u, &err));
        CHECK_STR(err.text, rows[i].text);
    }
    arena_done(&mem);
}

TEST(url, parts_are_slices_as_written)
{
    struct arena mem;
    struct url u;
    struct err err;
    arena_init(&mem, 1 << 20);
    CHECK(url_parse(SV("Http://us%65r:pw@[::1]:80/p%20q?a=b?c#frag"), &mem, &u, &err));
    CHECK_SV(u.scheme, "http");
    CHECK_SV(u.userinfo, "us%65r:pw");
    CHECK_SV(u.host, "::1");
    CHECK_SV(u.port, "80");
    CHECK_SV(u.path, "/p%20q");
    CHECK_SV(u.query, "a=b?c");
    CHECK_SV(u.fragment, "frag");
    CHECK(url_parse(SV("mailto:a@b%"), &mem, &u, &err));
    CHECK_SV(u.path, "a@b%");
    CHECK(!u.has_authority);
    CHECK(url_parse(SV("rel/path"), &mem, &u, &err));
    CHECK(url_parse(SV("//h/x"), &mem, &u, &err));
    CHECK_SV(u.host, "h");

    struct arena full;
    arena_init(&full, 0);
    CHECK(!url_parse(SV("http://h"), &full, &u, &err));
    CHECK_EQ(err.kind, ERR_LIMIT);
    arena_done(&mem);
}

TEST(url, request_uris_follow_the_rule_of_generator_url)
{
    static const struct {
        const char *uri;
        bool ok;
    } rows[] = {
        {"/abs", true},
        {"//h/x", true},
        {"*", true},
        {"mailto:x@y", true},
        {"javascript:alert(1)", true},
        {"http://", true},
        {"http:///x", true},
        {"http://h/<>\"{}|", true},
        {"http://h/a b", true},
        {"http://h:99999/", true},
        {"http://h/?%zz", true},
        {"http://h/#%zz", true},
        {"/a#b", true},
        {"rel", false},
        {"rel/x", false},
        {"?q", false},
        {"#frag", false},
        {":foo", false},
        {"1http://x", false},
        {"http://a b/", false},
        {"http://h/%zz", false},
        {"http://u b@h/", false},
        {"http://h:x/", false},
        {"http://[::1/", false},
        {"http://h/\x7F", false},
        {"/a\tb", false},
        {"/a#\n", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(url_is_request_uri(sv_of(rows[i].uri)) != rows[i].ok, "%s is %s", rows[i].uri,
                rows[i].ok ? "refused" : "accepted");
}

TEST(url, percent_encoding_goes_both_ways)
{
    static const char plain[] = "AZaz09-_.~ /?&=+%#\"\n\xC3\xA4";
    struct strbuf query = {0}, path = {0}, back = {0};

    url_escape_query(&query, sv_of(plain));
    CHECK_STR(query.p, "AZaz09-_.~+%2F%3F%26%3D%2B%25%23%22%0A%C3%A4");
    url_escape_path(&path, sv_of(plain));
    CHECK_STR(path.p, "AZaz09-_.~%20%2F%3F%26%3D%2B%25%23%22%0A%C3%A4");
    CHECK(url_unescape(&back, strbuf_sv(&query), true));
    CHECK_STR(back.p, plain);
    strbuf_reset(&back);
    CHECK(url_unescape(&back, strbuf_sv(&path), false));
    CHECK_STR(back.p, plain);
    strbuf_reset(&back);
    CHECK(url_unescape(&back, SV("a+b%2b"), false));
    CHECK_STR(back.p, "a+b+");
    CHECK(!url_unescape(&back, SV("a%"), false));
    CHECK(!url_unescape(&back, SV("a%4"), false));
    CHECK(!url_unescape(&back, SV("a%4g"), true));
    strbuf_done(&query);
    strbuf_done(&path);
    strbuf_done(&back);
}
