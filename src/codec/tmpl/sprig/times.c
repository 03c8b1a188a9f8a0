/* Dates and durations. A date is a time or a number of seconds since 1970; anything else means now. */
#include "codec/godur.h"
#include "codec/tz.h"
#include "tmpl/layout.h"
#include "tmpl/sprig/sprig.h"

#define MINUTE_S INT64_C(60)
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)

static struct stamp date_of(const struct tmpl_run *run, const struct tval *v)
{
    if (v->kind == TVAL_TIME)
        return v->t;
    return v->kind == TVAL_INT ? (struct stamp){.sec = v->i} : run->now.wall;
}

static bool format(struct tmpl_run *run, struct sv layout, const struct tval *date, const char *zone,
                   struct tval *ret, struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    struct tval shown = tval_time(date_of(run, date));
    struct err ignored;

    shown.zone = tz_load(zone, &ignored);
    if (shown.zone == NULL) /* unknown ones count as UTC */
        shown.t = stamp_utc(shown.t);
    time_format(&out, shown, layout);
    return return_string(run, &out, ret, err);
}

TMPL_FUNCTION(date)
{
    return format(run, args[0].s, &args[1], "Local", ret, err);
}

TMPL_FUNCTION(date_in_zone)
{
    const char *zone = arena_strndup(run->mem, args[2].s.p, args[2].s.n);
    return zone != NULL ? format(run, args[0].s, &args[1], zone, ret, err) : fail_memory(err);
}

TMPL_FUNCTION(date_modify)
{
    dur_ns by = 0;

    *ret = args[1];
    if (godur_parse(args[0].s, &by))
        ret->t = stamp_add(args[1].t, by);
    return true;
}

/* In the local zone, unlike Alertmanager's. */
TMPL_FUNCTION(to_date)
{
    struct tval parsed;
    struct err ignored;
    const struct tz *local = tz_load("Local", err);

    if (local == NULL)
        return false;
    *ret = tval_time(STAMP_UNSET);
    if (!time_parse(args[0].s, args[1].s, &parsed, &ignored))
        return true;
    *ret = parsed;
    if (parsed.zone == NULL && parsed.t.off_min == 0) { /* the text named no zone */
        ret->zone = local;
        ret->t.sec = tz_to_unix(local, parsed.t.sec);
    }
    return true;
}

TMPL_FUNCTION(unix_epoch)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    strbuf_addi64(&out, args[0].t.sec);
    return return_string(run, &out, ret, err);
}

static bool print_seconds(struct tmpl_run *run, int64_t seconds, struct tval *ret, struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const int64_t most = INT64_MAX / NS_PER_S;

    godur_print(&out, (seconds > most ? most : seconds < -most ? -most : seconds) * NS_PER_S);
    return return_string(run, &out, ret, err);
}

/* How long ago, in whole seconds. */
TMPL_FUNCTION(ago)
{
    const dur_ns d = stamp_sub(run->now.wall, date_of(run, &args[0]));
    return print_seconds(run, d / NS_PER_S + (d % NS_PER_S) / (NS_PER_S / 2), ret, err);
}

/* A number of seconds. */
TMPL_FUNCTION(duration)
{
    int64_t seconds = args[0].kind == TVAL_INT ? args[0].i : 0;

    if (args[0].kind == TVAL_STR) {
        const bool negative = args[0].s.n != 0 && args[0].s.p[0] == '-';
        for (size_t i = negative ? 1 : 0; i < args[0].s.n; i++) {
            const char c = args[0].s.p[i];
            if (c < '0' || c > '9' || seconds > INT64_MAX / 100)
                return print_seconds(run, 0, ret, err);
            seconds = seconds * 10 + (c - '0');
        }
        seconds = negative ? -seconds : seconds;
    }
    return print_seconds(run, seconds, ret, err);
}

/* A duration to its largest unit: 3d, 2h. Takes one as text, in nanoseconds, or the time since when. */
TMPL_FUNCTION(duration_round)
{
    static const struct {
        int64_t seconds;
        const char *suffix;
    } units[] = {{365 * DAY_S, "y"}, {30 * DAY_S, "mo"}, {DAY_S, "d"},
                 {HOUR_S, "h"},      {MINUTE_S, "m"},    {1, "s"}};
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    dur_ns d = 0;

    if (args[0].kind == TVAL_STR)
        d = godur_parse(args[0].s, &d) ? d : 0;
    else if (args[0].kind == TVAL_INT || args[0].kind == TVAL_DURATION)
        d = args[0].i;
    else if (args[0].kind == TVAL_TIME)
        d = stamp_sub(run->now.wall, args[0].t);
    const uint64_t ns = d < 0 ? 0 - (uint64_t)d : (uint64_t)d;
    size_t i = 0;
    while (i < COUNT_OF(units) && ns <= (uint64_t)units[i].seconds * NS_PER_S)
        i++;
    if (i == COUNT_OF(units))
        strbuf_adds(&out, "0s");
    else
        strbuf_addf(&out, "%s%llu%s", d < 0 ? "-" : "",
                    (unsigned long long)(ns / ((uint64_t)units[i].seconds * NS_PER_S)), units[i].suffix);
    return return_string(run, &out, ret, err);
}

const struct tmethod sprig_time_functions[] = {
    {"date", 2, 2, date, "s*"},
    {"dateInZone", 3, 3, date_in_zone, "s*s"},
    {"dateModify", 2, 2, date_modify, "st"},
    {"toDate", 2, 2, to_date, "s"},
    {"unixEpoch", 1, 1, unix_epoch, "t"},
    {"ago", 1, 1, ago, NULL},
    {"duration", 1, 1, duration, NULL},
    {"durationRound", 1, 1, duration_round, NULL},
    {.name = NULL},
};
