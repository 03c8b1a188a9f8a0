#include <assert.h>
#include <stdint.h>

#include "model/duration.h"

/* What parses prints as text that parses to the same length of time, down to the milliseconds that are
 * printed. */
static void prometheus(struct sv s)
{
    struct strbuf text = {0};
    struct err err;
    dur_ns d, again;

    if (!duration_parse(s, &d, &err))
        return;
    assert(d >= 0);
    duration_print(&text, d);
    assert(duration_parse(strbuf_sv(&text), &again, &err) && again == d);
    strbuf_done(&text);
}

static void go(struct sv s)
{
    struct strbuf text = {0};
    struct err err;
    dur_ns d, again;

    if (!go_duration_parse(s, &d, &err))
        return;
    assert(flag_duration_parse(s, &again, &err) && again == d);
    go_duration_print(&text, d);
    assert(go_duration_parse(strbuf_sv(&text), &again, &err) && again == d);
    strbuf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv s = {(const char *)data, size};
    struct err err;
    dur_ns d;

    prometheus(s);
    go(s);
    (void)flag_duration_parse(s, &d, &err);
    return 0;
}
