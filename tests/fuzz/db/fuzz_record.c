/* Bodies from the database are decoded without a crash, and what was decoded is written as it will be read.
 */
#include <assert.h>
#include <stdint.h>

#include "db/record_json.h"

static void check_stable(struct record_decoder *d, const struct record *r)
{
    struct strbuf first = {0}, second = {0};
    struct record again;
    struct err err;

    record_encode(&first, r);
    assert(record_decode(d, r->kind, strbuf_sv(&first), &again, &err));
    record_encode(&second, &again);
    assert(sv_eq(strbuf_sv(&first), strbuf_sv(&second)));
    record_done(&again);
    strbuf_done(&first);
    strbuf_done(&second);
}

static void check_lines(struct sv lines)
{
    struct sv line;
    uint64_t fp;
    bool del;

    while (record_line_pop(&lines, &line))
        (void)record_line_key(line, &fp, &del);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_decoder d = {0};
    struct record r;
    struct err err;

    if (size == 0)
        return 0;
    const struct sv body = {(const char *)data + 1, size - 1};
    if (record_decode(&d, (enum record_kind)(data[0] % (RECORD_LETTER + 1)), body, &r, &err)) {
        check_stable(&d, &r);
        record_done(&r);
    }
    check_lines(body);
    record_decoder_done(&d);
    return 0;
}
