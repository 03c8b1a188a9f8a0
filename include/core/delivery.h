/* A delivery: one notification of one group for one integration, on its way from the engine to the outside
 * and back.
 *
 * The engine fills it and gives it away with the effects; notify owns it while it works; the finished
 * delivery comes back to the engine as an input, and the engine frees it. Only its owner may touch it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clk.h"
#include "base/mailbox.h"
#include "config/config.h"
#include "model/alert.h"

/* Why a notification is sent: the text is `notification_reason` (pipeline.md 4.3). */
enum notify_reason {
    REASON_NONE,
    REASON_FIRST,
    REASON_NEW_ALERTS,
    REASON_SOME_RESOLVED,
    REASON_ALL_RESOLVED,
    REASON_REPEAT,
    REASON_UNKNOWN,
};
const char *notify_reason_text(enum notify_reason r);
enum notify_reason notify_reason_parse(struct sv text); /* REASON_UNKNOWN: it is none of them */

/* Values of the metric label `reason` of alertmanager_notifications_failed_total. */
enum failure {
    FAILURE_NONE,
    FAILURE_OTHER,
    FAILURE_CLIENT,
    FAILURE_SERVER,
    FAILURE_CANCELED,
    FAILURE_DEADLINE,
    FAILURE_AUTH,
    FAILURE_RATE_LIMITED,
};
const char *failure_text(enum failure f);
#define FAILURE_COUNT 8

struct delivery_alert {
    struct alert *alert;
    bool firing; /* at the moment of the flush; a firing alert is shown with endsAt unset */
};

struct event;
struct delivery;

/* A notification that somebody asked for: a sample, to see whether a receiver works, or what another server
 * hands over. It passes the engine by: it is in no ledger, leaves no dead letter, and is retried only until
 * its deadline. `done` takes the finished delivery over, in the notifier's thread. */
struct trial {
    void (*done)(struct trial *t, struct delivery *d);
};

struct delivery {
    struct mail mail; /* for whoever owns it */
    uint64_t id;
    const struct config *config; /* a reference; keeps the pointers below alive */
    const struct route *route;
    const struct receiver *receiver;
    const struct integration *integration;
    char *group_key;
    struct labels *group_labels;
    struct delivery_alert *alerts; /* in notification order; without resolved ones if send_resolved is off */
    size_t n_alerts;               /* 0: nothing to send, succeeds at once */
    enum notify_reason reason;
    struct now due;         /* when the group's timer was due */
    mono_ns deadline;       /* retries end here */
    char *fallback;         /* told in place of who cannot be reached: whom, since when, why; or NULL */
    struct event *decision; /* a reference, for those who keep a record of it; NULL: nobody does */
    struct trial *trial;    /* NULL: the engine asked for it */
    /* What the receiver keeps about the group in the ledger, as pairs of texts: in, from the entry, but for a
     * first notification; out, what notify has made of it. NULL: nothing. A reference. */
    struct labels *receiver_data;
    /* Of another server that hands it over: what templates see instead of our own; or NULL. */
    char *external_url, *receiver_name;

    /* The outcome, filled by notify. */
    bool ok;
    bool refused;       /* failed for a reason that trying the same again does not mend */
    dur_ns retry_after; /* failed, and nothing is to be tried before that has passed; 0: nothing was said */
    enum failure failure;
    unsigned attempts;
    int status; /* of the last reply, HTTP or SMTP; 0: none */
    struct stamp finished_at;
    char error[512]; /* one line, without secrets */
};
void delivery_free(struct delivery *d);
/* What links call the receiver where they lead to. */
static inline const char *delivery_receiver_name(const struct delivery *d)
{
    return d->receiver_name != NULL ? d->receiver_name : d->receiver->name;
}

enum alert_group_status { GROUP_FIRING, GROUP_RESOLVED };
/* False: it came back at once, because nothing is sent to its destination for now. */
static inline bool delivery_was_tried(const struct delivery *d)
{
    return d->ok || d->attempts != 0 || d->retry_after == 0;
}
bool delivery_firing(const struct delivery *d); /* at least one of the first n alerts fires */
