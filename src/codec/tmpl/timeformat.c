#include "codec/gotime.h"

#include <stdlib.h>

#include "codec/rfc3339.h"
#include "codec/tz.h"
#include "tmpl/layout.h"

struct wall wall_of(struct tval time)
{
    int offset = time.t.off_min * 60;
    const char *abbreviation = offset == 0 ? "UTC" : "";

    if (time.zone != NULL) {
        const struct tz_offset zone = tz_at(time.zone, time.t.sec);
        offset = zone.seconds_east;
        abbreviation = zone.abbreviation;
    }
    const struct civil c = stamp_civil((struct stamp){.sec = time.t.sec + offset});
    return (struct wall){c.year,    c.month,   c.day,       c.hour, c.minute,    c.second,
                         c.weekday, c.yearday, time.t.nsec, offset, abbreviation};
}

static void add_offset(struct strbuf *out, const struct chunk *c, int offset)
{
    const char *colon = c->colon ? ":" : "";

    if (c->zulu && offset == 0) {
        strbuf_addc(out, 'Z');
        return;
    }
    const int minutes = abs(offset / 60);
    strbuf_addc(out, offset / 60 < 0 ? '-' : '+');
    strbuf_addf(out, "%02d", minutes / 60);
    if (c->minutes)
        strbuf_addf(out, "%s%02d", colon, minutes % 60);
    if (c->seconds)
        strbuf_addf(out, "%s%02d", colon, abs(offset % 60));
}

static void add_fraction(struct strbuf *out, const struct chunk *c, int nsec)
{
    size_t n = c->text.n - 1;
    char digits[9];

    for (size_t i = 9; i > 0; i--, nsec /= 10)
        digits[i - 1] = (char)('0' + nsec % 10);
    if (n > sizeof digits)
        n = sizeof digits;
    while (c->trim && n > 0 && digits[n - 1] == '0')
        n--;
    if (n == 0)
        return;
    strbuf_addc(out, c->text.p[0]);
    strbuf_add(out, digits, n);
}

static void add_zone_name(struct strbuf *out, const struct wall *w)
{
    if (w->abbreviation[0] != '\0')
        strbuf_adds(out, w->abbreviation);
    else
        add_offset(out, &(struct chunk){.kind = CHUNK_OFFSET, .minutes = true}, w->offset);
}

static void add_chunk(struct strbuf *out, const struct chunk *c, const struct wall *w)
{
    const int hour12 = w->hour % 12 == 0 ? 12 : w->hour % 12;

    switch (c->kind) {
    case CHUNK_LONG_YEAR:
        strbuf_addf(out, "%04d", w->year);
        break;
    case CHUNK_YEAR:
        strbuf_addf(out, "%02d", w->year % 100);
        break;
    case CHUNK_LONG_MONTH:
        strbuf_adds(out, month_names[w->month - 1]);
        break;
    case CHUNK_MONTH:
        strbuf_add(out, month_names[w->month - 1], 3);
        break;
    case CHUNK_ZERO_MONTH:
        strbuf_addf(out, "%02d", w->month);
        break;
    case CHUNK_NUM_MONTH:
        strbuf_addf(out, "%d", w->month);
        break;
    case CHUNK_LONG_WEEKDAY:
        strbuf_adds(out, weekday_names[w->weekday]);
        break;
    case CHUNK_WEEKDAY:
        strbuf_add(out, weekday_names[w->weekday], 3);
        break;
    case CHUNK_ZERO_DAY:
        strbuf_addf(out, "%02d", w->day);
        break;
    case CHUNK_UNDER_DAY:
        strbuf_addf(out, "%2d", w->day);
        break;
    case CHUNK_DAY:
        strbuf_addf(out, "%d", w->day);
        break;
    case CHUNK_ZERO_YEARDAY:
        strbuf_addf(out, "%03d", w->yearday);
        break;
    case CHUNK_UNDER_YEARDAY:
        strbuf_addf(out, "%3d", w->yearday);
        break;
    case CHUNK_HOUR:
        strbuf_addf(out, "%02d", w->hour);
        break;
    case CHUNK_ZERO_HOUR12:
        strbuf_addf(out, "%02d", hour12);
        break;
    case CHUNK_HOUR12:
        strbuf_addf(out, "%d", hour12);
        break;
    case CHUNK_ZERO_MINUTE:
        strbuf_addf(out, "%02d", w->minute);
        break;
    case CHUNK_MINUTE:
        strbuf_addf(out, "%d", w->minute);
        break;
    case CHUNK_ZERO_SECOND:
        strbuf_addf(out, "%02d", w->second);
        break;
    case CHUNK_SECOND:
        strbuf_addf(out, "%d", w->second);
        break;
    case CHUNK_UPPER_PM:
        strbuf_adds(out, w->hour >= 12 ? "PM" : "AM");
        break;
    case CHUNK_LOWER_PM:
        strbuf_adds(out, w->hour >= 12 ? "pm" : "am");
        break;
    case CHUNK_ZONE_NAME:
        add_zone_name(out, w);
        break;
    case CHUNK_OFFSET:
        add_offset(out, c, w->offset);
        break;
    case CHUNK_FRACTION:
        add_fraction(out, c, w->nsec);
        break;
    case CHUNK_NONE:
        break;
    }
}

void time_format(struct strbuf *out, struct tval time, struct sv layout)
{
    const struct wall w = wall_of(time);
    struct sv before;

    while (layout.n != 0) {
        const struct chunk c = layout_next(layout, &before, &layout);
        strbuf_addsv(out, before);
        add_chunk(out, &c, &w);
    }
}

void gotime_format(struct strbuf *out, struct stamp t, const char *layout)
{
    time_format(out, tval_time(t), sv_of(layout));
}
