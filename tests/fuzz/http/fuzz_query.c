/* Any request target and any header list: the parsers that see them before anything else does. */
#include <stdint.h>
#include <stdlib.h>

#include "http/head.h"
#include "http/media.h"
#include "http/query.h"
#include "http/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void try_router(struct sv text)
{
    static const char *const prefixes[] = {"", "/am/x"};
    for (int i = 0; i < 2; i++) {
        struct strbuf location = {0};
        struct routed out;
        router_find(sv_of(prefixes[i]), SV("GET"), text, &location, &out);
        check((out.kind == ROUTED_REDIRECT) == (location.n != 0));
        check(out.kind != ROUTED_REDIRECT || location.p[0] == '/');
        strbuf_done(&location);
    }
}

static void try_query(struct sv text)
{
    struct arena mem;
    struct query q;
    arena_init(&mem, 1 << 22);
    if (query_parse(text, &mem, &q))
        (void)query_bool(&q, "active", true);
    arena_done(&mem);
}

static void try_media(struct sv text)
{
    struct err err;
    struct media_item item;
    (void)!media_check_body(text, &err);
    (void)media_accepts_json(text);
    for (struct sv rest = text; media_next(&rest, &item);)
        check(item.name.p >= text.p && item.name.p + item.name.n <= text.p + text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv text = {(const char *)data, size};
    try_router(text);
    try_query(text);
    try_media(text);
    (void)head_fault(text, true);
    return 0;
}
