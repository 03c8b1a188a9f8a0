#include "config/features.h"

#include <string.h>

static bool take_feature(struct features *f, struct sv name, struct err *err)
{
    static const char *const without_effect[] = {"auto-gomemlimit", "auto-gomaxprocs"};

    if (sv_eq(name, SV("receiver-name-in-metrics")))
        return f->receiver_name_in_metrics = true;
    if (sv_eq(name, SV("alert-names-in-metrics")))
        return f->alert_names_in_metrics = true;
    if (sv_eq(name, SV("group-key-in-metrics")))
        return f->group_key_in_metrics = true;
    if (sv_eq(name, SV("event-recorder")))
        return f->event_recorder = true;
    if (sv_eq(name, SV("classic-mode")) || sv_eq(name, SV("utf8-strict-mode"))) {
        enum matcher_mode mode = name.p[0] == 'c' ? MATCHER_CLASSIC : MATCHER_UTF8_STRICT;
        if (f->matcher_mode != MATCHER_FALLBACK && f->matcher_mode != mode)
            return err_set(err, ERR_INVALID, "cannot have both classic and UTF-8 modes enabled");
        f->matcher_mode = mode;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(without_effect); i++)
        if (sv_eq(name, sv_of(without_effect[i])))
            return true;
    return err_set(err, ERR_INVALID, "unknown option '%.*s' for --enable-feature", SV_ARG(name));
}

bool features_parse(const char *list, struct features *f, struct err *err)
{
    const char *p = list;

    *f = (struct features){0};
    while (*p != '\0') {
        size_t n = strcspn(p, ",");
        if (!take_feature(f, (struct sv){p, n}, err))
            return false;
        p += n;
        if (*p == ',' && *++p == '\0')
            return take_feature(f, SV(""), err);
    }
    return true;
}
