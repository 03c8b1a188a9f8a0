#include "notify/mime.h"

#include <stdlib.h>

#include "notify/addr.h"
#include "support/test.h"

static char *header_text(const char *value)
{
    struct strbuf out = {0};
    mime_header_text(&out, sv_of(value));
    return strbuf_take(&out);
}

/* R-034 */
TEST(mime, header_text_is_encoded_only_when_it_has_to_be)
{
    static const struct {
        const char *value, *encoded;
    } rows[] = {
        {"[FIRING:1] HighCPU (web-1:9100)", "[FIRING:1] HighCPU (web-1:9100)"},
        {"[FIRING:1] 磁盘满 (web-1:9100)", "=?utf-8?q?[FIRING:1]_=E7=A3=81=E7=9B=98=E6=BB=A1_(web-1:9100)?="},
        {"a_b=c?é", "=?utf-8?q?a=5Fb=3Dc=3F=C3=A9?="},
        {"x\r\nBcc: evil@example.com", "=?utf-8?q?x=0D=0ABcc:_evil@example.com?="},
        {"bad \xff byte", "=?utf-8?q?bad_=EF=BF=BD_byte?="},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *got = header_text(rows[i].value);
        CHECK_STR(got, rows[i].encoded);
        free(got);
    }
}

TEST(mime, long_words_are_folded_between_characters)
{
    char *got = header_text("一二三四五六七八九十一二三四五六七八九十");
    CHECK_STR(got, "=?utf-8?q?=E4=B8=80=E4=BA=8C=E4=B8=89=E5=9B=9B=E4=BA=94=E5=85=AD=E4=B8=83?=\r\n "
                   "=?utf-8?q?=E5=85=AB=E4=B9=9D=E5=8D=81=E4=B8=80=E4=BA=8C=E4=B8=89=E5=9B=9B?=\r\n "
                   "=?utf-8?q?=E4=BA=94=E5=85=AD=E4=B8=83=E5=85=AB=E4=B9=9D=E5=8D=81?=");
    free(got);
}

/* R-034 */
TEST(mime, display_names_are_encoded_and_addresses_are_not)
{
    static const struct {
        const char *value, *encoded;
    } rows[] = {
        {"ops@example.com", "ops@example.com"},
        {"Ops <ops@example.com>, b@example.com", "Ops <ops@example.com>, b@example.com"},
        {"告警 <ops@example.com>", "=?utf-8?q?=E5=91=8A=E8=AD=A6?= <ops@example.com>"},
        {"a@example.com, \"Müller, Jo\" <jo@example.com>",
         "a@example.com,\r\n =?utf-8?q?M=C3=BCller,_Jo?= <jo@example.com>"},
        {"\"Q\\\"x\" <q@example.com>, ü <u@example.com>",
         "\"Q\\\"x\" <q@example.com>,\r\n =?utf-8?q?=C3=BC?= <u@example.com>"},
        {"ü@example.com, a@example.com", "=?utf-8?q?=C3=BC@example.com,_a@example.com?="},
        {"nonsense ü", "=?utf-8?q?nonsense_=C3=BC?="},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        struct arena mem;
        arena_init(&mem, 1 << 20);
        mime_header_addresses(&out, sv_of(rows[i].value), &mem);
        CHECK_STR(out.p, rows[i].encoded);
        strbuf_done(&out);
        arena_done(&mem);
    }
}

TEST(mime, quoted_printable)
{
    static const struct {
        const char *name, *text, *encoded;
    } rows[] = {
        {"plain", "hello", "hello"},
        {"equals sign", "a=b", "a=3Db"},
        {"line ends", "a\nb\r\nc", "a\r\nb\r\nc"},
        {"lone CR", "a\rb", "a=0Db"},
        {"blank at a line end", "a \nb\t", "a=20\r\nb=09"},
        {"blanks inside", "a b\tc", "a b\tc"},
        {"utf-8", "中", "=E4=B8=AD"},
        {"76 columns", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=\r\nab"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        mime_quoted_printable(&out, sv_of(rows[i].text));
        FAIL_IF(strcmp(out.p, rows[i].encoded) != 0, "%s: \"%s\"", rows[i].name, out.p);
        strbuf_done(&out);
    }
}

/* R-035 */
TEST(mime, message)
{
    const struct mime_header headers[] = {
        {SV("From"), SV("am@example.com")}, {SV("Subject"), SV("磁盘")}, {SV("To"), SV("ops@example.com")}};
    const struct mime_message m = {
        .headers = headers,
        .n_headers = COUNT_OF(headers),
        .message_id = SV("<1.2@host>"),
        .thread_id = SV("<alert-9f2a099adf99adbf-2026-11-21@alertmanager>"),
        .date = {.sec = 1795219708, .off_min = 480},
        .boundary = "BOUNDARY",
        .text = SV("text\n.\n"),
        .html = SV("<p>html</p>"),
    };
    struct strbuf out = {0};
    struct arena mem;

    arena_init(&mem, 1 << 20);
    mime_message_write(&out, &m, &mem);
    CHECK_STR(out.p, "From: am@example.com\r\n"
                     "Subject: =?utf-8?q?=E7=A3=81=E7=9B=98?=\r\n"
                     "To: ops@example.com\r\n"
                     "Message-Id: <1.2@host>\r\n"
                     "References: <alert-9f2a099adf99adbf-2026-11-21@alertmanager>\r\n"
                     "In-Reply-To: <alert-9f2a099adf99adbf-2026-11-21@alertmanager>\r\n"
                     "Date: Sat, 21 Nov 2026 08:08:28 +0800\r\n"
                     "Content-Type: multipart/alternative;  boundary=BOUNDARY\r\n"
                     "MIME-Version: 1.0\r\n"
                     "\r\n"
                     "--BOUNDARY\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n"
                     "Content-Type: text/plain; charset=UTF-8\r\n"
                     "\r\n"
                     "text\r\n.\r\n\r\n"
                     "--BOUNDARY\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n"
                     "Content-Type: text/html; charset=UTF-8\r\n"
                     "\r\n"
                     "<p>html</p>\r\n"
                     "--BOUNDARY--\r\n");
    strbuf_done(&out);
    arena_done(&mem);
}

TEST(addr, lists)
{
    static const struct {
        const char *text;
        size_t n;
        const char *first_name, *first_mail, *error;
    } rows[] = {
        {"a@b.c", 1, "", "a@b.c", NULL},
        {" a@b.c , d@e.f", 2, "", "a@b.c", NULL},
        {"<a@b.c>", 1, "", "a@b.c", NULL},
        {"Jo Doe <jo@example.com>", 1, "Jo Doe", "jo@example.com", NULL},
        {"\"Doe, Jo\" <jo@example.com>", 1, "Doe, Jo", "jo@example.com", NULL},
        {"(x) 告警 <a@b.c> (y)", 1, "告警", "a@b.c", NULL},
        {"root@localhost", 1, "", "root@localhost", NULL},
        {"", 0, NULL, NULL, "mail: no address"},
        {"nobody", 0, NULL, NULL, "mail: missing '@' or angle-addr"},
        {"a@", 0, NULL, NULL, "mail: no domain after @, or an invalid one"},
        {"a@b.c>", 0, NULL, NULL, "mail: expected comma"},
        {"x y@b.c", 0, NULL, NULL, "mail: no angle-addr"},
        {"<a@b.c", 0, NULL, NULL, "mail: unclosed angle-addr"},
        {"\"x <a@b.c>", 0, NULL, NULL, "mail: unclosed quoted-string"},
        {"a@b.c\r\nRCPT TO:<x@y>", 0, NULL, NULL, "mail: control character in address"},
        {"a\xff@b.c", 0, NULL, NULL, "mail: invalid utf-8 in address"},
        {"a@b..c", 0, NULL, NULL, "mail: no domain after @, or an invalid one"},
        {"a@b.c,", 0, NULL, NULL, "mail: missing '@' or angle-addr"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena mem;
        struct addr *list;
        size_t n;
        struct err err = {0};
        arena_init(&mem, 1 << 20);
        const bool ok = addr_list_parse(sv_of(rows[i].text), &mem, &list, &n, &err);
        FAIL_IF(ok != (rows[i].error == NULL), "%s: %s", rows[i].text, err.text);
        if (ok) {
            CHECK_EQ(n, rows[i].n);
            CHECK_SV(list[0].name, rows[i].first_name);
            CHECK_SV(list[0].mail, rows[i].first_mail);
        } else {
            CHECK_STR(err.text, rows[i].error);
        }
        arena_done(&mem);
    }
}
