/* Whatever the text: parts are UTF-8, cost no more than allowed, and nothing but closing and reopening markup
 * is added. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "codec/jw.h"
#include "notify/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf text = {0};
    struct arena mem;
    size_t total = 0, markup = 0;

    if (size < 3)
        return 0;
    const enum split_measure measure = data[0] & 1 ? SPLIT_JSON : SPLIT_BYTES;
    const size_t budget = SPLIT_MIN_BUDGET + data[1] * (size_t)4, max_parts = 1 + data[2] % 20;
    utf8_add_clean(&text, (struct sv){(const char *)data + 3, size - 3});
    arena_init(&mem, (size_t)64 << 20);
    const struct sv whole = {text.n != 0 ? text.p : "", text.n};
    const struct split s = split_text(whole, measure, budget, max_parts, data[0] / 4, &mem);
    assert(s.n >= 1 && s.n <= max_parts);
    for (size_t i = 0; i < s.n; i++) {
        struct strbuf quoted = {0};
        assert(utf8_valid(s.parts[i]));
        assert(split_cost(s.parts[i], measure) <= budget);
        jw_quote(&quoted, s.parts[i], false);
        assert(measure == SPLIT_BYTES || quoted.n - 2 == split_cost(s.parts[i], measure));
        strbuf_done(&quoted);
        total += s.parts[i].n;
        markup += 128 + 16; /* the longest tag, opened again, and what closes it */
    }
    assert(total + s.rest.n >= whole.n && total + s.rest.n <= whole.n + markup);
    assert(s.rest.n == 0 || s.n == max_parts);
    arena_done(&mem);
    strbuf_done(&text);
    return 0;
}
