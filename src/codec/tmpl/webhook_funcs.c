/* Functions of PrometheusAlert, whose templates see the webhook's JSON: times are strings there. */
#include "codec/rfc3339.h"
#include "codec/tz.h"
#include "tmpl/layout.h"
#include "tmpl/sprig/sprig.h"

#define PLAIN_LAYOUT "2006-01-02 15:04:05"

/* RFC 3339, or without a zone, which means UTC. */
static bool read_time(struct sv text, struct stamp *t)
{
    struct tval plain;
    struct err ignored;

    if (stamp_parse_rfc3339(text, t, &ignored))
        return true;
    if (!time_parse(SV(PLAIN_LAYOUT), text, &plain, &ignored))
        return false;
    *t = plain.t;
    return true;
}

static bool return_time(struct tmpl_run *run, struct tval t, struct sv layout, struct tval *ret,
                        struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    time_format(&out, t, layout);
    return return_string(run, &out, ret, err);
}

/* China's time; nothing given means now. */
TMPL_FUNCTION(get_cst_time)
{
    struct stamp t = run->now.wall;

    *ret = tval_str(SV(""));
    if (args[0].s.n != 0 && !read_time(args[0].s, &t))
        return true;
    t.off_min = 8 * 60;
    return return_time(run, tval_time(t), SV(PLAIN_LAYOUT), ret, err);
}

TMPL_FUNCTION(time_format_of)
{
    struct stamp t;

    *ret = tval_str(SV(""));
    return !read_time(args[0].s, &t) || return_time(run, tval_time(t), args[1].s, ret, err);
}

#define MILLISECONDS_FROM INT64_C(1000000000000) /* 13 digits */

static bool read_unix(const struct tval *v, int64_t *seconds)
{
    int64_t n = 0;

    if (v->kind == TVAL_STR) {
        if (v->s.n == 0 || v->s.n > 18)
            return false;
        for (size_t i = 0; i < v->s.n; i++) {
            if (v->s.p[i] < '0' || v->s.p[i] > '9')
                return false;
            n = n * 10 + (v->s.p[i] - '0');
        }
    } else if (v->kind == TVAL_INT) {
        n = v->i;
    } else if (v->kind == TVAL_FLOAT && v->f > -1e15 && v->f < 1e15) {
        n = (int64_t)v->f;
    } else {
        return false;
    }
    *seconds = n >= MILLISECONDS_FROM ? n / 1000 : n;
    return true;
}

/* GetTime timestamp [layout]: seconds or milliseconds since 1970, in the local zone. */
TMPL_FUNCTION(get_time)
{
    struct tval t = tval_time(STAMP_UNSET);

    if (n_args > 1 && args[1].kind != TVAL_STR)
        return err_set(err, ERR_INVALID, "wrong type for value; expected string; got %s",
                       tval_type_name(args[1]));
    *ret = tval_str(SV(""));
    if (!read_unix(&args[0], &t.t.sec))
        return true;
    t.t.nsec = 0;
    t.zone = tz_load("Local", err);
    return t.zone != NULL && return_time(run, t, n_args > 1 ? args[1].s : SV(PLAIN_LAYOUT), ret, err);
}

static bool is_year_one(struct stamp t)
{
    return stamp_civil(t).year == 1;
}

/* 5s, 3m0s, 2h30m, 1d2h: the two largest units. */
static void add_duration(struct strbuf *out, long long seconds)
{
    if (seconds < 60)
        strbuf_addf(out, "%llds", seconds);
    else if (seconds < 3600)
        strbuf_addf(out, "%lldm%llds", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        strbuf_addf(out, "%lldh%lldm", seconds / 3600, seconds / 60 % 60);
    else
        strbuf_addf(out, "%lldd%lldh", seconds / 86400, seconds / 3600 % 24);
}

TMPL_FUNCTION(get_time_duration)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    struct stamp start, end;

    if (read_time(args[0].s, &start) && read_time(args[1].s, &end) && !is_year_one(start) &&
        !is_year_one(end) && stamp_cmp(start, end) <= 0)
        add_duration(&out, stamp_sub(end, start) / NS_PER_S);
    else
        strbuf_adds(&out, "N/A");
    return return_string(run, &out, ret, err);
}

/* SplitString text start stop: bytes; a negative stop counts from the end. */
TMPL_FUNCTION(split_string)
{
    const struct sv s = args[0].s;
    const int64_t length = (int64_t)s.n, start = args[1].i;
    const int64_t stop = args[2].i < 0 ? length + args[2].i : args[2].i;

    if (start < 0 || stop < start || stop > length)
        return err_set(err, ERR_INVALID, "bounds out of range: %lld to %lld of %lld bytes", (long long)start,
                       (long long)args[2].i, (long long)length);
    *ret = tval_str((struct sv){s.p + start, (size_t)(stop - start)});
    return true;
}

const struct tmethod webhook_functions[] = {
    {"GetCSTtime", 1, 1, get_cst_time, "s"},    {"TimeFormat", 2, 2, time_format_of, "s"},
    {"GetTime", 1, -1, get_time, NULL},         {"GetTimeDuration", 2, 2, get_time_duration, "s"},
    {"SplitString", 3, 3, split_string, "sii"}, {.name = NULL},
};
