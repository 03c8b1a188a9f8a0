/* What the API reads, it prints so that it reads the same again. */
#include <assert.h>
#include <stdint.h>

#include "codec/rfc3339.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv text = {(const char *)data, size};
    struct stamp t, again, strict;
    struct err err;
    char out[STAMP_TEXT_MAX];

    if (!stamp_parse_api(text, &t, &err)) {
        assert(!stamp_parse_rfc3339(text, &strict, &err));
        return 0;
    }
    if (stamp_parse_rfc3339(text, &strict, &err))
        assert(stamp_cmp(t, strict) == 0 && t.off_min == strict.off_min);
    const struct civil c = stamp_civil(t);
    assert(civil_to_sec(c.year, c.month, c.day, c.hour, c.minute, c.second) == t.sec + t.off_min * 60);
    if (t.off_min % 60 == 0 && t.off_min / 60 > 24)
        return 0; /* +24:60 is read but prints as +25:00, which is not */
    size_t n = stamp_print_nano(t, out);
    assert(n < sizeof out && stamp_parse_api((struct sv){out, n}, &again, &err));
    assert(stamp_cmp(t, again) == 0 && t.off_min == again.off_min);
    n = stamp_print_ms(t, out);
    assert(n < sizeof out && stamp_parse_api((struct sv){out, n}, &again, &err));
    assert(again.sec == t.sec && again.nsec == t.nsec / 1000000 * 1000000);
    return 0;
}
