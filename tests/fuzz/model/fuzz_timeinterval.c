#include <assert.h>
#include <stdint.h>

#include "model/timeinterval.h"

/* The first eight bytes are an instant, the rest is one element for every field. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t offset;
    if (size < sizeof offset)
        return 0;
    memcpy(&offset, data, sizeof offset);
    const struct sv s = {(const char *)data + sizeof offset, size - sizeof offset};
    const struct stamp t = stamp_add((struct stamp){.sec = 0}, offset);
    const size_t half = s.n / 2;
    struct int_range times, weekdays, days, months, years;
    struct err err;

    const struct time_spec spec = {
        .times = {true, &times,
                  time_range_parse((struct sv){s.p, half}, (struct sv){s.p + half, s.n - half}, &times,
                                   &err)},
        .weekdays = {true, &weekdays, weekday_range_parse(s, &weekdays, &err)},
        .days_of_month = {true, &days, day_range_parse(s, &days, &err)},
        .months = {true, &months, month_range_parse(s, &months, &err)},
        .years = {true, &years, year_range_parse(s, &years, &err)},
    };
    /* No text is an element of all fields at once, so the list of some field is empty and never matches. */
    assert(!time_spec_contains(&spec, t));
    const struct time_spec one[] = {
        {.times = spec.times},   {.weekdays = spec.weekdays}, {.days_of_month = spec.days_of_month},
        {.months = spec.months}, {.years = spec.years},
    };
    for (size_t i = 0; i < COUNT_OF(one); i++)
        (void)time_spec_contains(&one[i], t);
    return 0;
}
