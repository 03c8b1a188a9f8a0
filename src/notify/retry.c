#include "retry.h"

#include <stdio.h>
#include <string.h>

void retry_init(struct retry *r, mono_ns deadline)
{
    *r = (struct retry){.deadline = deadline, .interval = RETRY_FIRST_WAIT};
}

bool retry_begin(struct retry *r, mono_ns now)
{
    if (r->underway)
        return false;
    r->underway = true;
    r->started = now;
    r->attempts++;
    return true;
}

static void remember(struct retry *r, const struct verdict *v)
{
    r->fresh_error = strcmp(r->error, v->text) != 0;
    r->failure = v->failure;
    (void)snprintf(r->error, sizeof r->error, "%s", v->text);
}

/* The wait is drawn from [0.5, 1.5] x interval and runs from the start of the attempt, so a slow attempt eats
 * it up; what the peer asks for (Retry-After) runs from its answer. */
static mono_ns next_start(struct retry *r, dur_ns asked, mono_ns now, double random)
{
    mono_ns at = r->started + (dur_ns)((double)r->interval * (0.5 + random));

    r->interval += r->interval / 2;
    if (r->interval > RETRY_MAX_WAIT)
        r->interval = RETRY_MAX_WAIT;
    if (asked > 0 && asked > at - now)
        at = now > MONO_NEVER - asked ? MONO_NEVER : now + asked;
    if (at < now)
        at = now;
    return at < r->deadline ? at : r->deadline;
}

enum retry_action retry_decide(struct retry *r, const struct verdict *v, mono_ns now, double random,
                               mono_ns *at)
{
    switch (v->kind) {
    case VERDICT_DELIVERED:
        r->underway = false;
        return RETRY_DELIVERED;
    case VERDICT_NEXT:
        return RETRY_CONTINUE;
    case VERDICT_PERMANENT:
        r->underway = false;
        remember(r, v);
        return RETRY_REFUSED;
    case VERDICT_THROTTLED: /* the lane pauses for retry_after: the delivery itself need not wait longer */
        r->underway = false;
        remember(r, v);
        *at = next_start(r, 0, now, random);
        return RETRY_WAIT;
    case VERDICT_RETRY:
        break;
    }
    r->underway = false;
    remember(r, v);
    *at = next_start(r, v->retry_after, now, random);
    return RETRY_WAIT;
}

void retry_abort(struct retry *r)
{
    r->underway = false;
}

void retry_refused_text(const struct retry *r, const char *who, char *out, size_t size)
{
    (void)snprintf(out, size, "%s: notify retry canceled due to unrecoverable error after %u attempts: %s",
                   who, r->attempts, r->error);
}

void retry_canceled_text(const struct retry *r, const char *who, const char *context, char *out, size_t size)
{
    (void)snprintf(out, size, "%s: notify retry canceled after %u attempts: %s", who, r->attempts,
                   r->error[0] != '\0' ? r->error : context);
}
