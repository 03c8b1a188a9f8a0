/* Time intervals (config.md 15): pure calendar arithmetic on the wall clock of a named zone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"
#include "codec/tz.h"

struct int_range {
    int begin, end; /* inclusive; for times: minutes of the day, end exclusive */
};

/* One condition list: absent (no constraint) differs from empty (never matches). */
struct range_list {
    bool present;
    struct int_range *v;
    size_t n;
};

struct time_spec {
    struct range_list times, weekdays, days_of_month, months, years;
    const struct tz *location; /* borrowed from the process-wide zone cache; NULL is UTC */
    char *location_name;       /* as written, NULL when absent */
};

void time_spec_done(struct time_spec *s);

/* Each parses one element as it stands in the file. Error texts as upstream's. */
bool time_range_parse(struct sv start, struct sv end, struct int_range *r, struct err *err) NODISCARD;
bool weekday_range_parse(struct sv s, struct int_range *r, struct err *err) NODISCARD;
bool day_range_parse(struct sv s, struct int_range *r, struct err *err) NODISCARD;
bool month_range_parse(struct sv s, struct int_range *r, struct err *err) NODISCARD;
bool year_range_parse(struct sv s, struct int_range *r, struct err *err) NODISCARD;

bool time_spec_contains(const struct time_spec *s, struct stamp t);
