#include "codec/godur.h"

#include <inttypes.h>
#include <stdio.h>

/* value / unit with the fraction's trailing zeros dropped; unit is a power of ten. */
static void add_decimal(struct strbuf *out, uint64_t value, uint64_t unit)
{
    char digits[24];

    strbuf_addu64(out, value / unit);
    if (value % unit == 0)
        return;
    int n = snprintf(digits, sizeof digits, "%" PRIu64, unit + value % unit);
    while (digits[n - 1] == '0')
        n--;
    strbuf_addc(out, '.');
    strbuf_add(out, digits + 1, (size_t)n - 1); /* without the 1 that kept the leading zeros */
}

static void add_below_second(struct strbuf *out, uint64_t ns)
{
    static const struct {
        uint64_t unit;
        const char *suffix;
    } units[] = {{1000000, "ms"}, {1000, "µs"}, {1, "ns"}};
    size_t i = 0;

    while (ns < units[i].unit)
        i++;
    add_decimal(out, ns, units[i].unit);
    strbuf_adds(out, units[i].suffix);
}

void godur_print(struct strbuf *out, dur_ns d)
{
    const uint64_t second = 1000000000, minute = 60 * second, hour = 60 * minute;
    const uint64_t ns = d < 0 ? 0 - (uint64_t)d : (uint64_t)d;

    if (ns == 0) {
        strbuf_adds(out, "0s");
        return;
    }
    if (d < 0)
        strbuf_addc(out, '-');
    if (ns < second) {
        add_below_second(out, ns);
        return;
    }
    if (ns >= hour)
        strbuf_addf(out, "%" PRIu64 "h", ns / hour);
    if (ns >= minute)
        strbuf_addf(out, "%" PRIu64 "m", ns % hour / minute);
    add_decimal(out, ns % minute, second);
    strbuf_addc(out, 's');
}
