/* Quoting any bytes and unquoting them gives them back. Unquoting any bytes, and the text quoted again,
 * agree. */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "codec/goquote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(struct sv text)
{
    struct strbuf quoted = {0}, back = {0};

    go_quote(&quoted, text);
    assert(utf8_valid(strbuf_sv(&quoted)));
    assert(go_unquote(strbuf_sv(&quoted), &back) && sv_eq(strbuf_sv(&back), text));
    strbuf_done(&quoted);
    strbuf_done(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv text = {(const char *)data, size};
    struct strbuf plain = {0}, literal = {0};

    round_trip(text);
    if (go_unquote(text, &plain))
        round_trip(strbuf_sv(&plain));
    strbuf_addc(&literal, '"');
    strbuf_addsv(&literal, text);
    strbuf_addc(&literal, '"');
    strbuf_reset(&plain);
    if (go_unquote(strbuf_sv(&literal), &plain))
        round_trip(strbuf_sv(&plain));
    strbuf_done(&plain);
    strbuf_done(&literal);
    return 0;
}
