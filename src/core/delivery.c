#include "core/delivery.h"

#include <stdlib.h>

#include "base/attr.h"
#include "core/event.h"

static const char *const reasons[] = {
    [REASON_NONE] = "none",
    [REASON_FIRST] = "first notification",
    [REASON_NEW_ALERTS] = "new alerts added",
    [REASON_SOME_RESOLVED] = "some alerts resolved",
    [REASON_ALL_RESOLVED] = "all alerts resolved",
    [REASON_REPEAT] = "repeat interval elapsed",
    [REASON_UNKNOWN] = "unknown",
};

static const char *const failures[FAILURE_COUNT] = {
    [FAILURE_NONE] = "",
    [FAILURE_OTHER] = "other",
    [FAILURE_CLIENT] = "clientError",
    [FAILURE_SERVER] = "serverError",
    [FAILURE_CANCELED] = "contextCanceled",
    [FAILURE_DEADLINE] = "contextDeadlineExceeded",
    [FAILURE_AUTH] = "authError",
    [FAILURE_RATE_LIMITED] = "rateLimited",
};

const char *notify_reason_text(enum notify_reason r)
{
    return (size_t)r < COUNT_OF(reasons) ? reasons[r] : reasons[REASON_UNKNOWN];
}

enum notify_reason notify_reason_parse(struct sv text)
{
    for (enum notify_reason r = REASON_FIRST; r < REASON_UNKNOWN; r++)
        if (sv_eq(text, sv_of(reasons[r])))
            return r;
    return REASON_UNKNOWN;
}

const char *failure_text(enum failure f)
{
    return (size_t)f < COUNT_OF(failures) ? failures[f] : failures[FAILURE_OTHER];
}

void delivery_free(struct delivery *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->n_alerts; i++)
        alert_unref(d->alerts[i].alert);
    free(d->alerts);
    free(d->group_key);
    free(d->fallback);
    free(d->external_url);
    free(d->receiver_name);
    labels_unref(d->group_labels);
    labels_unref(d->receiver_data);
    event_unref(d->decision);
    config_unref(d->config);
    free(d);
}

bool delivery_firing(const struct delivery *d)
{
    for (size_t i = 0; i < d->n_alerts; i++)
        if (d->alerts[i].firing)
            return true;
    return false;
}
