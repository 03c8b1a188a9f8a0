/* Whatever the values: the header block has exactly the fields that were given, lines end in CRLF, and the
 * body cannot leave its part. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "notify/addr.h"
#include "notify/mime.h"

#define BOUNDARY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

/* Header lines that start a field, up to the blank line. */
static size_t count_fields(const char *p)
{
    size_t n = 0;

    while (strncmp(p, "\r\n", 2) != 0) {
        const char *end = strstr(p, "\r\n");
        assert(end != NULL);
        n += *p != ' ' && *p != '\t';
        for (; p < end; p++)
            assert(*p != '\r' && *p != '\n' && *p != '\0');
        p = end + 2;
    }
    return n;
}

static void check_lines(const struct strbuf *m)
{
    for (size_t i = 0; i < m->n; i++) {
        assert(m->p[i] != '\n' || (i > 0 && m->p[i - 1] == '\r'));
        assert(m->p[i] != '\r' || (i + 1 < m->n && m->p[i + 1] == '\n'));
    }
    assert(utf8_valid(strbuf_sv(m))); /* not ASCII: addresses may be internationalised */
}

static void check_addresses(struct sv text, struct arena *mem)
{
    struct addr *list;
    struct err err;
    size_t n;

    if (!addr_list_parse(text, mem, &list, &n, &err))
        return;
    assert(n >= 1);
    for (size_t i = 0; i < n; i++) {
        assert(list[i].mail.n >= 3 && memchr(list[i].mail.p, '@', list[i].mail.n) != NULL);
        for (size_t k = 0; k < list[i].mail.n; k++)
            assert(strchr("<> \t\r\n,", list[i].mail.p[k]) == NULL || list[i].mail.p[k] == '\0');
        assert(memchr(list[i].mail.p, '\0', list[i].mail.n) == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t cut = size / 3;
    const struct sv a = {(const char *)data, cut}, b = {(const char *)data + cut, cut},
                    c = {(const char *)data + 2 * cut, size - 2 * cut};
    const struct mime_header headers[] = {{SV("Subject"), a}, {SV("To"), b}, {SV("X-Any"), c}};
    struct strbuf out = {0};
    struct arena mem;

    arena_init(&mem, (size_t)64 << 20);
    const struct mime_message m = {.headers = headers,
                                   .n_headers = 3,
                                   .message_id = SV("<1@h>"),
                                   .date = {.sec = 1700000000},
                                   .boundary = BOUNDARY,
                                   .text = a,
                                   .html = c};
    mime_message_write(&out, &m, &mem);
    assert(count_fields(out.p) == 7);
    check_lines(&out);
    check_addresses(b, &mem);
    strbuf_done(&out);
    arena_done(&mem);
    return 0;
}
