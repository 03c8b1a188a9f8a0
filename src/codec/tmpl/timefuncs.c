/* Methods of times, durations, months, weekdays and locations (templates.md 8.1). */
#include "tmpl/timefuncs.h"

#include "codec/godur.h"
#include "codec/rfc3339.h"
#include "codec/tz.h"
#include "tmpl/funcs.h"
#include "tmpl/layout.h"
#include "tmpl/run.h"

#define MINUTE_NS (60 * NS_PER_S)
#define HOUR_NS   (60 * MINUTE_NS)

__extension__ typedef __int128 int128;

static bool return_duration(struct tval *ret, dur_ns d)
{
    *ret = (struct tval){.kind = TVAL_DURATION, .i = d};
    return true;
}

static bool return_float(struct tval *ret, double f)
{
    *ret = (struct tval){.kind = TVAL_FLOAT, .f = f};
    return true;
}

/* The same zone, another instant. */
static bool return_moved(struct tval *ret, struct tval time, dur_ns by)
{
    *ret = time;
    ret->t = stamp_add(time.t, by);
    return true;
}

static int64_t clamp(int64_t v, int64_t limit)
{
    return v < -limit ? -limit : v > limit ? limit : v;
}

/* ---- time: text, instants, zones ---- */

TMPL_FUNCTION(time_format_method)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    time_format(&out, self, args[0].s);
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(time_string)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    time_format(&out, self, SV("2006-01-02 15:04:05.999999999 -0700 MST"));
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(time_unix)
{
    return return_int(ret, self.t.sec);
}

TMPL_FUNCTION(time_unix_milli)
{
    return return_int(ret, self.t.sec * 1000 + self.t.nsec / 1000000);
}

TMPL_FUNCTION(time_unix_micro)
{
    return return_int(ret, self.t.sec * 1000000 + self.t.nsec / 1000);
}

TMPL_FUNCTION(time_unix_nano)
{
    const uint64_t ns = (uint64_t)self.t.sec * 1000000000 + (uint64_t)self.t.nsec; /* wraps, as Go's does */
    return return_int(ret, (int64_t)ns);
}

TMPL_FUNCTION(time_utc)
{
    *ret = tval_time(stamp_utc(self.t));
    return true;
}

TMPL_FUNCTION(time_local)
{
    *ret = self;
    ret->zone = tz_load("Local", err);
    return ret->zone != NULL;
}

/* What .Location yields: a zone, or an offset without a name. */
struct location {
    const struct tz *zone;
    int16_t off_min;
};

TMPL_FUNCTION(time_location)
{
    struct location *l = ARENA_NEW(run->mem, struct location);
    if (l == NULL)
        return fail_memory(err);
    *l = (struct location){self.zone, self.t.off_min};
    *ret = (struct tval){.kind = TVAL_OBJECT, .obj = {&location_type, l}};
    return true;
}

TMPL_FUNCTION(time_in)
{
    const struct location *l = args[0].obj.p;
    if (args[0].kind == TVAL_NIL)
        return err_set(err, ERR_INVALID, "time: missing Location in call to Time.In");
    *ret = self;
    ret->zone = l->zone;
    ret->t.off_min = l->off_min;
    return true;
}

TMPL_FUNCTION(location_string)
{
    const struct location *l = self.obj.p;
    *ret = tval_str(sv_of(l->zone != NULL || l->off_min == 0 ? tz_name(l->zone) : ""));
    return true;
}

/* ---- time: arithmetic ---- */

TMPL_FUNCTION(time_add)
{
    return return_moved(ret, self, args[0].i);
}

TMPL_FUNCTION(time_add_date)
{
    /* larger steps leave the years 0 to 9999 anyway */
    const int years = (int)clamp(args[0].i, 20000), months = (int)clamp(args[1].i, 240000),
              days = (int)clamp(args[2].i, 8000000);
    const struct wall w = wall_of(self);
    const int month = (w.year + years) * 12 + w.month - 1 + months;
    const int year = month >= 0 ? month / 12 : -((11 - month) / 12);
    const int64_t local = civil_to_sec(year, month - year * 12 + 1, 1, w.hour, w.minute, w.second) +
                          (w.day - 1 + days) * INT64_C(86400);

    *ret = self;
    ret->t.sec = self.zone != NULL ? tz_to_unix(self.zone, local) : local - w.offset;
    return return_moved(ret, *ret, 0);
}

TMPL_FUNCTION(time_sub)
{
    return return_duration(ret, stamp_sub(self.t, args[0].t));
}

TMPL_FUNCTION(time_before)
{
    return return_bool(ret, stamp_cmp(self.t, args[0].t) < 0);
}

TMPL_FUNCTION(time_after)
{
    return return_bool(ret, stamp_cmp(self.t, args[0].t) > 0);
}

TMPL_FUNCTION(time_equal)
{
    return return_bool(ret, stamp_cmp(self.t, args[0].t) == 0);
}

TMPL_FUNCTION(time_compare)
{
    const int c = stamp_cmp(self.t, args[0].t);
    return return_int(ret, (c > 0) - (c < 0));
}

TMPL_FUNCTION(time_is_zero)
{
    return return_bool(ret, self.t.sec == STAMP_UNSET_SEC && self.t.nsec == 0);
}

/* How far the time is past a multiple of `step` since the zero time. */
static dur_ns past_multiple(struct stamp t, dur_ns step)
{
    const int128 ns = ((int128)t.sec - STAMP_UNSET_SEC) * NS_PER_S + t.nsec;
    const dur_ns rest = (dur_ns)(ns % step);
    return rest < 0 ? rest + step : rest;
}

TMPL_FUNCTION(time_truncate)
{
    return return_moved(ret, self, args[0].i > 0 ? -past_multiple(self.t, args[0].i) : 0);
}

TMPL_FUNCTION(time_round)
{
    const dur_ns step = args[0].i;
    const dur_ns rest = step > 0 ? past_multiple(self.t, step) : 0;
    return return_moved(ret, self, rest < step - rest ? -rest : step > 0 ? step - rest : 0);
}

/* ---- time: parts ---- */

TMPL_FUNCTION(time_year)
{
    return return_int(ret, wall_of(self).year);
}

TMPL_FUNCTION(time_month)
{
    *ret = (struct tval){.kind = TVAL_INT, .tag = TVAL_MONTH, .i = wall_of(self).month};
    return true;
}

TMPL_FUNCTION(time_day)
{
    return return_int(ret, wall_of(self).day);
}

TMPL_FUNCTION(time_hour)
{
    return return_int(ret, wall_of(self).hour);
}

TMPL_FUNCTION(time_minute)
{
    return return_int(ret, wall_of(self).minute);
}

TMPL_FUNCTION(time_second)
{
    return return_int(ret, wall_of(self).second);
}

TMPL_FUNCTION(time_nanosecond)
{
    return return_int(ret, self.t.nsec);
}

TMPL_FUNCTION(time_weekday)
{
    *ret = (struct tval){.kind = TVAL_INT, .tag = TVAL_WEEKDAY, .i = wall_of(self).weekday};
    return true;
}

TMPL_FUNCTION(time_yearday)
{
    return return_int(ret, wall_of(self).yearday);
}

TMPL_FUNCTION(month_string)
{
    *ret = tval_str(sv_of(month_names[self.i - 1]));
    return true;
}

TMPL_FUNCTION(weekday_string)
{
    *ret = tval_str(sv_of(weekday_names[self.i]));
    return true;
}

/* ---- durations ---- */

/* Whole units and the rest separately: that is how Go gets its last digit. */
static double in_units(dur_ns d, dur_ns unit)
{
    const dur_ns whole = d / unit;
    return (double)whole + (double)(d % unit) / (double)unit;
}

TMPL_FUNCTION(duration_hours)
{
    return return_float(ret, in_units(self.i, HOUR_NS));
}

TMPL_FUNCTION(duration_minutes)
{
    return return_float(ret, in_units(self.i, MINUTE_NS));
}

TMPL_FUNCTION(duration_seconds)
{
    return return_float(ret, in_units(self.i, NS_PER_S));
}

TMPL_FUNCTION(duration_milliseconds)
{
    return return_int(ret, self.i / 1000000);
}

TMPL_FUNCTION(duration_microseconds)
{
    return return_int(ret, self.i / 1000);
}

TMPL_FUNCTION(duration_nanoseconds)
{
    return return_int(ret, self.i);
}

TMPL_FUNCTION(duration_string)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    godur_print(&out, self.i);
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(duration_truncate)
{
    return return_duration(ret, args[0].i > 0 ? self.i - self.i % args[0].i : self.i);
}

/* Half a step rounds away from zero; what does not fit is cut off. */
TMPL_FUNCTION(duration_round)
{
    const int128 step = args[0].i, d = self.i;

    if (step <= 0)
        return return_duration(ret, self.i);
    const int128 rest = (d < 0 ? -d : d) % step;
    const int128 down = (d < 0 ? -d : d) - rest;
    const int128 size = rest + rest < step ? down : down + step;
    const int128 rounded = d < 0 ? -size : size;
    return return_duration(ret, rounded > INT64_MAX   ? INT64_MAX
                                : rounded < INT64_MIN ? INT64_MIN
                                                      : (int64_t)rounded);
}

TMPL_FUNCTION(duration_abs)
{
    return return_duration(ret, self.i >= 0 ? self.i : self.i == INT64_MIN ? INT64_MAX : -self.i);
}

/* ---- tables ---- */

const struct tmethod time_methods[] = {
    {"Format", 1, 1, time_format_method, "s"},
    {"String", 0, 0, time_string, NULL},
    {"Unix", 0, 0, time_unix, NULL},
    {"UnixMilli", 0, 0, time_unix_milli, NULL},
    {"UnixMicro", 0, 0, time_unix_micro, NULL},
    {"UnixNano", 0, 0, time_unix_nano, NULL},
    {"UTC", 0, 0, time_utc, NULL},
    {"Local", 0, 0, time_local, NULL},
    {"Location", 0, 0, time_location, NULL},
    {"In", 1, 1, time_in, "z"},
    {"Add", 1, 1, time_add, "d"},
    {"AddDate", 3, 3, time_add_date, "i"},
    {"Sub", 1, 1, time_sub, "t"},
    {"Before", 1, 1, time_before, "t"},
    {"After", 1, 1, time_after, "t"},
    {"Equal", 1, 1, time_equal, "t"},
    {"Compare", 1, 1, time_compare, "t"},
    {"IsZero", 0, 0, time_is_zero, NULL},
    {"Truncate", 1, 1, time_truncate, "d"},
    {"Round", 1, 1, time_round, "d"},
    {"Year", 0, 0, time_year, NULL},
    {"Month", 0, 0, time_month, NULL},
    {"Day", 0, 0, time_day, NULL},
    {"Hour", 0, 0, time_hour, NULL},
    {"Minute", 0, 0, time_minute, NULL},
    {"Second", 0, 0, time_second, NULL},
    {"Nanosecond", 0, 0, time_nanosecond, NULL},
    {"Weekday", 0, 0, time_weekday, NULL},
    {"YearDay", 0, 0, time_yearday, NULL},
    {.name = NULL},
};

const struct tmethod duration_methods[] = {
    {"Hours", 0, 0, duration_hours, NULL},
    {"Minutes", 0, 0, duration_minutes, NULL},
    {"Seconds", 0, 0, duration_seconds, NULL},
    {"Milliseconds", 0, 0, duration_milliseconds, NULL},
    {"Microseconds", 0, 0, duration_microseconds, NULL},
    {"Nanoseconds", 0, 0, duration_nanoseconds, NULL},
    {"String", 0, 0, duration_string, NULL},
    {"Truncate", 1, 1, duration_truncate, "d"},
    {"Round", 1, 1, duration_round, "d"},
    {"Abs", 0, 0, duration_abs, NULL},
    {.name = NULL},
};

const struct tmethod month_methods[] = {{"String", 0, 0, month_string, NULL}, {.name = NULL}};
const struct tmethod weekday_methods[] = {{"String", 0, 0, weekday_string, NULL}, {.name = NULL}};

static const struct tmethod location_methods[] = {{"String", 0, 0, location_string, NULL}, {.name = NULL}};

const struct tobj_type location_type = {"*time.Location", NULL, location_methods};
