#include "http/media.h"

#include "http/cors.h"
#include "http/head.h"
#include "support/test.h"

TEST(media, takes_only_json_bodies_and_says_why_not)
{
    static const struct {
        const char *header;
        enum media_verdict want;
        const char *text;
    } rows[] = {
        {"application/json", MEDIA_OK, ""},
        {"Application/JSON; charset=latin1", MEDIA_OK, ""},
        {"application/json;", MEDIA_OK, ""},
        {"application/json; a=\"x;y\"; b=c", MEDIA_OK, ""},
        {"", MEDIA_UNSUPPORTED,
         "unsupported media type \"application/octet-stream\", only [application/json] are allowed"},
        {"Text/JSON; q=1", MEDIA_UNSUPPORTED,
         "unsupported media type \"text/json\", only [application/json] are allowed"},
        {"application/vnd.api+json", MEDIA_UNSUPPORTED,
         "unsupported media type \"application/vnd.api+json\", only [application/json] are allowed"},
        {"*/*", MEDIA_UNSUPPORTED, "unsupported media type \"*/*\", only [application/json] are allowed"},
        {"application/json;;;", MEDIA_MALFORMED,
         "parsing Content-Type header from \"application/json;;;\" failed, because mime: invalid media "
         "parameter"},
        {"application/json, text/plain", MEDIA_MALFORMED,
         "parsing Content-Type header from \"application/json, text/plain\" failed, because mime: unexpected "
         "content after media subtype"},
        {"json", MEDIA_MALFORMED,
         "parsing Content-Type header from \"json\" failed, because mediatype: malformed: \"json\" has no "
         "subtype"},
        {"application/", MEDIA_MALFORMED,
         "parsing Content-Type header from \"application/\" failed, because mime: expected token after "
         "slash"},
        {";x", MEDIA_MALFORMED,
         "parsing Content-Type header from \";x\" failed, because mime: no media type"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        const enum media_verdict got = media_check_body(sv_of(rows[i].header), &err);
        FAIL_IF(got != rows[i].want, "%s: verdict is %d, want %d", rows[i].header, (int)got,
                (int)rows[i].want);
        CHECK_STR(err.text, rows[i].text);
    }
}

TEST(media, accepts_json_when_some_item_matches_with_a_weight)
{
    static const struct {
        const char *header;
        bool want;
    } rows[] = {
        {"*/*", true},
        {"application/*", true},
        {"application/json", true},
        {"text/html, application/json;q=0.1", true},
        {"application/json; charset=utf-8", true},
        {"text/html", false},
        {"", false},
        {"application/json;q=0", false},
        {"application/json;q=0.000, */*", true},
        {"*/*;q=0", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].header, media_accepts_json(sv_of(rows[i].header)) == rows[i].want);
}

TEST(media, names_html_as_browsers_do)
{
    static const struct {
        const char *header;
        bool want;
    } rows[] = {
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
        {"application/json, text/HTML;q=0.1", true},
        {"text/html;q=0, */*", false},
        {"*/*", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].header, media_names_html(sv_of(rows[i].header)) == rows[i].want);
}

TEST(media, finds_parameters_in_any_case)
{
    struct sv rest = SV("text/plain;version=0.0.4; Escaping=allow-utf-8;q=0.3, */*");
    struct media_item item;
    CHECK(media_next(&rest, &item));
    CHECK_SV(item.name, "text/plain");
    CHECK_SV(media_param(&item, "escaping"), "allow-utf-8");
    CHECK_SV(media_param(&item, "nope"), "");
    CHECK(media_next(&rest, &item));
    CHECK_SV(item.name, "*/*");
    CHECK(!media_next(&rest, &item));
}

TEST(cors, preflight_allows_simple_methods_and_three_headers)
{
    static const struct {
        const char *name;
        bool origin;
        const char *method, *headers;
        bool want;
    } rows[] = {
        {"get", true, "GET", "", true},
        {"post with type", true, "POST", "content-type", true},
        {"all headers", true, "POST", "accept, content-type,x-requested-with", true},
        {"options", true, "OPTIONS", "", true},
        {"delete", true, "DELETE", "", false},
        {"put", true, "PUT", "", false},
        {"no origin", false, "GET", "", false},
        {"authorization", true, "GET", "authorization", false},
        {"upper case", true, "GET", "Content-Type", false},
        {"unsorted", true, "GET", "content-type,accept", false},
        {"twice", true, "GET", "accept,accept", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cors_preflight ask = {rows[i].origin, sv_of(rows[i].method), sv_of(rows[i].headers)};
        CHECK_ROW(rows[i].name, cors_preflight_allowed(&ask) == rows[i].want);
    }
}

TEST(head, refuses_what_two_programs_may_read_in_two_ways)
{
    static const struct {
        const char *text;
        bool http11;
        const char *want; /* NULL: fine */
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, NULL},
        {"\r\nGET / HTTP/1.1\r\nhOST: a\r\nContent-Length: 3\r\n\r\nContent-Length: 4\r\n\r\n", true, NULL},
        {"GET / HTTP/1.0\r\n\r\n", false, NULL},
        {"GET / HTTP/1.1\nHost: a\n\n", true, NULL},
        {"GET / HTTP/1.1\r\n\r\n", true, "missing required Host header"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", true, "too many Host headers"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\nabc", true,
         "too many Content-Length headers"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", true,
         "ambiguous message length"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n", true,
         "ambiguous message length"},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", false, "Transfer-Encoding needs HTTP/1.1"},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", true, "folded header line"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = head_fault(sv_of(rows[i].text), rows[i].http11);
        FAIL_IF((got == NULL) != (rows[i].want == NULL) || (got != NULL && strcmp(got, rows[i].want) != 0),
                "row %zu: \"%s\", want \"%s\"", i, got != NULL ? got : "fine",
                rows[i].want != NULL ? rows[i].want : "fine");
    }
}
