/* Alertmanager's functions on times: date, tz, now, since, toDate, humanizeDuration (templates.md 7). */
#include <math.h>

#include "codec/goquote.h"
#include "codec/tz.h"
#include "tmpl/funcs.h"
#include "tmpl/layout.h"
#include "tmpl/number.h"
#include "tmpl/run.h"
#include "tmpl/value.h"

TMPL_FUNCTION(date)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    time_format(&out, args[1], args[0].s);
    return return_string(run, &out, ret, err);
}

static bool in_zone(struct tval time, const char *name, struct tval *ret, struct err *err)
{
    *ret = time;
    ret->zone = tz_load(name, err);
    return ret->zone != NULL;
}

TMPL_FUNCTION(tz)
{
    const char *name = arena_strndup(run->mem, args[0].s.p, args[0].s.n);
    return name != NULL ? in_zone(args[1], name, ret, err) : fail_memory(err);
}

TMPL_FUNCTION(now)
{
    return in_zone(tval_time(run->now.wall), "Local", ret, err);
}

TMPL_FUNCTION(since)
{
    *ret = (struct tval){.kind = TVAL_DURATION, .i = stamp_sub(run->now.wall, args[0].t)};
    return true;
}

TMPL_FUNCTION(must_to_date)
{
    return time_parse(args[0].s, args[1].s, ret, err);
}

TMPL_FUNCTION(to_date)
{
    struct err ignored;
    if (!time_parse(args[0].s, args[1].s, ret, &ignored))
        *ret = tval_time(STAMP_UNSET);
    return true;
}

/* ---- humanizeDuration ---- */

static bool to_seconds(struct tval v, double *f, struct err *err)
{
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};

    if (v.kind == TVAL_FLOAT)
        *f = v.f;
    else if (v.kind == TVAL_INT && v.tag == TVAL_PLAIN)
        *f = (double)v.i;
    else if (v.kind == TVAL_DURATION)
        *f = (double)v.i / 1e9;
    else if (v.kind != TVAL_STR || v.tag != TVAL_PLAIN)
        return err_set(err, ERR_INVALID, "can't convert %s to float",
                       v.kind == TVAL_NIL ? "<nil>" : tval_type_name(v));
    else if (!float_parse(v.s, false, f)) {
        go_quote(&quoted, v.s);
        return err_set(err, ERR_INVALID, "strconv.ParseFloat: parsing %s: invalid syntax", quoted.p);
    }
    return true;
}

/* From one second on: whole units, the largest one first. */
static void add_units(struct strbuf *out, double seconds)
{
    const int64_t total = seconds < 9e18 ? (int64_t)seconds : INT64_C(9000000000000000000);
    const long long days = total / 86400;
    const int hours = (int)(total / 3600 % 24), minutes = (int)(total / 60 % 60), rest = (int)(total % 60);

    if (days != 0)
        strbuf_addf(out, "%lldd %dh %dm %ds", days, hours, minutes, rest);
    else if (hours != 0)
        strbuf_addf(out, "%dh %dm %ds", hours, minutes, rest);
    else if (minutes != 0)
        strbuf_addf(out, "%dm %ds", minutes, rest);
    else
        strbuf_addf(out, "%.4gs", seconds);
}

static void add_small(struct strbuf *out, double seconds)
{
    static const char prefixes[] = "munpfazy";
    size_t i = 0;

    for (seconds *= 1000; fabs(seconds) < 1 && prefixes[i + 1] != '\0'; i++)
        seconds *= 1000;
    strbuf_addf(out, "%.4g%cs", seconds, prefixes[i]);
}

TMPL_FUNCTION(humanize_duration)
{
    struct strbuf out CLEANUP(strbuf_donep) = {0};
    double seconds = 0;

    if (!to_seconds(args[0], &seconds, err))
        return false;
    if (isnan(seconds) || isinf(seconds)) {
        strbuf_adds(&out, isnan(seconds) ? "NaN" : seconds > 0 ? "+Inf" : "-Inf");
    } else if (seconds == 0) {
        strbuf_adds(&out, "0s");
    } else if (fabs(seconds) >= 1) {
        strbuf_adds(&out, seconds < 0 ? "-" : "");
        add_units(&out, fabs(seconds));
    } else {
        add_small(&out, seconds);
    }
    return return_string(run, &out, ret, err);
}

const struct tmethod time_functions[] = {
    {"date", 2, 2, date, "st"},
    {"tz", 2, 2, tz, "st"},
    {"now", 0, 0, now, NULL},
    {"since", 1, 1, since, "t"},
    {"toDate", 2, 2, to_date, "s"},
    {"mustToDate", 2, 2, must_to_date, "s"},
    {"humanizeDuration", 1, 1, humanize_duration, NULL},
    {.name = NULL},
};
