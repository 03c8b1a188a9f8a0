/* Go's time layouts (templates.md 8.2). */
#pragma once

#include "codec/tmpl.h"

enum chunk_kind {
    CHUNK_NONE,
    CHUNK_LONG_YEAR,
    CHUNK_YEAR,
    CHUNK_LONG_MONTH,
    CHUNK_MONTH,
    CHUNK_ZERO_MONTH,
    CHUNK_NUM_MONTH,
    CHUNK_LONG_WEEKDAY,
    CHUNK_WEEKDAY,
    CHUNK_ZERO_DAY,
    CHUNK_UNDER_DAY,
    CHUNK_DAY,
    CHUNK_ZERO_YEARDAY,
    CHUNK_UNDER_YEARDAY,
    CHUNK_HOUR,
    CHUNK_ZERO_HOUR12,
    CHUNK_HOUR12,
    CHUNK_ZERO_MINUTE,
    CHUNK_MINUTE,
    CHUNK_ZERO_SECOND,
    CHUNK_SECOND,
    CHUNK_UPPER_PM,
    CHUNK_LOWER_PM,
    CHUNK_ZONE_NAME,
    CHUNK_OFFSET,
    CHUNK_FRACTION,
};

struct chunk {
    enum chunk_kind kind;
    struct sv text; /* as written */
    bool zulu;      /* CHUNK_OFFSET: UTC is Z */
    bool colon, minutes, seconds;
    bool trim; /* CHUNK_FRACTION: without trailing zeros */
};

/* Splits a layout at its first chunk: *before is the literal text in front, *after what is behind. */
struct chunk layout_next(struct sv layout, struct sv *before, struct sv *after);

extern const char *const month_names[12], *const weekday_names[7];

/* A time as a wall clock shows it. */
struct wall {
    int year, month, day, hour, minute, second, weekday, yearday, nsec;
    int offset;               /* seconds east */
    const char *abbreviation; /* "" for an offset without a name */
};
struct wall wall_of(struct tval time);

void time_format(struct strbuf *out, struct tval time, struct sv layout);
bool time_parse(struct sv layout, struct sv value, struct tval *time, struct err *err) NODISCARD;
