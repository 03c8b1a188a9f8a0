/* What happened, told to whoever keeps a record of it: history, the event recorder, listeners of the API.
 *
 * Events come with the effects of the call that made them (engine.h), in the order in which things happened.
 * They are immutable and shared by reference, so any thread may read them. The engine makes only the kinds
 * that somebody wants (engine_want_events()): with none wanted it makes none, and looks at one bit.
 *
 * Which members are set, for each kind; `at` always is:
 *
 *   ALERT_*, MUTE_*              alert (MUTE_* by a time interval: NULL, the whole group is muted)
 *   ALERT_GROUPED, _SETTLED, _SILENCED, _INHIBITED, GROUP_*, MUTE_*    group
 *   ALERT_SILENCED, _INHIBITED   mute
 *   MUTE_*                       mute; since with ENDED
 *   GROUP_FLUSHED                flush_id, n_batch, n_held
 *   NOTIFICATION_DECIDED         group, flush_id, integration, reason, delivery_id, alerts, batch
 *   NOTIFICATION_DELIVERED, _FAILED   decision, and the outcome
 *   SILENCE_*                    silence, by
 *   ACK_*                        group, ack, by
 *   LETTER_*                     letter, by
 *   CONFIG_LOADED                by
 *   STARTUP, SHUTDOWN            -
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "config/config.h"
#include "core/delivery.h"
#include "core/silence.h"
#include "model/alert.h"

struct ack;         /* core/act.h */
struct dead_letter; /* core/record.h */

enum event_kind {
    EVENT_NONE,
    EVENT_ALERT_CREATED,  /* a label set that was not stored */
    EVENT_ALERT_CHANGED,  /* its annotations, its start, its generator URL or its known end are new */
    EVENT_ALERT_RESOLVED, /* its sender said so */
    EVENT_ALERT_EXPIRED,  /* its end passed without a word; noticed by a flush */
    EVENT_ALERT_REFIRED,  /* it was known to be resolved */
    EVENT_ALERT_GROUPED,  /* received, for each of its groups: also for heartbeats */
    EVENT_ALERT_SETTLED,  /* a group told all there was to tell of the resolved alert and lets it go */
    EVENT_ALERT_SILENCED, /* a flush found it muted: one for each silence. MUTE_* tell the changes only */
    EVENT_ALERT_INHIBITED,
    EVENT_GROUP_OPENED,
    EVENT_GROUP_FLUSHED,
    EVENT_GROUP_CLOSED,
    EVENT_MUTE_BEGAN, /* a flush held back what the flush before did not, or for another cause */
    EVENT_MUTE_ENDED,
    EVENT_NOTIFICATION_DECIDED,
    EVENT_NOTIFICATION_DELIVERED,
    EVENT_NOTIFICATION_FAILED,
    EVENT_SILENCE_CREATED,
    EVENT_SILENCE_UPDATED,
    EVENT_SILENCE_EXPIRED, /* by somebody; the end of its time makes no event */
    EVENT_ACK_SET,         /* by somebody: alerts of a group are acknowledged, maybe anew */
    EVENT_ACK_ENDED,       /* all of them are resolved, or the group is gone; or by somebody */
    EVENT_LETTER_WRITTEN,  /* a notification was given up: it is a dead letter */
    EVENT_LETTER_REPLAYED, /* by somebody; whether it arrives is told by its end */
    EVENT_CONFIG_LOADED,
    EVENT_STARTUP,
    EVENT_SHUTDOWN,
    EVENT_KINDS
};
const char *event_kind_text(enum event_kind k); /* "alert_created" */

typedef uint32_t event_mask; /* of bits */
#define EVENT_BIT(kind) ((event_mask)1 << (kind))
#define EVENT_ALL       (EVENT_BIT(EVENT_KINDS) - 1)
#define EVENT_RANGE(first, last)                                                                             \
    ((EVENT_BIT(last) | (EVENT_BIT(last) - 1)) & ~(EVENT_BIT(first) - 1)) /* both included */

/* Who asked for a change. Texts are cut to fit. */
struct actor {
    char name[64];    /* the user that was authenticated, "" without authentication */
    char address[64]; /* of the peer, without its port */
    char agent[64];   /* what it calls itself: User-Agent; or "SIGHUP" */
    bool by_link;     /* a signed link was the right to do it; the name is what somebody typed */
};

/* A group as it was, shared by its events. */
struct event_group {
    atomic_uint refs;            /* private */
    const struct config *config; /* a reference; keeps the route alive */
    const struct route *route;
    struct labels *labels;
    char *key;
    char uuid[37];
};
/* Takes a reference to config and labels, copies the rest. */
struct event_group *event_group_new(const struct config *config, const struct route *route,
                                    struct labels *labels, struct sv key, const char uuid[37]) NODISCARD;
struct event_group *event_group_ref(struct event_group *g);
void event_group_unref(struct event_group *g); /* NULL is fine */

enum mute_cause { MUTE_NONE, MUTE_SILENCE, MUTE_INHIBITION, MUTE_INTERVAL };
const char *mute_cause_text(enum mute_cause c); /* "silence" */

struct event_mute {
    enum mute_cause cause;
    struct silence *silence; /* a reference */
    uint64_t source;         /* fingerprint of the inhibiting alert */
    size_t rule;             /* its place in group->config->inhibit_rules */
    char *intervals;         /* names, separated by ", " */
    bool outside_active;     /* they are active intervals, and it is none of their times */
};
struct event_mute event_mute_copy(const struct event_mute *m) NODISCARD;
void event_mute_done(struct event_mute *m);
/* The same cause, though the silence may have been edited. */
bool event_mute_same(const struct event_mute *a, const struct event_mute *b);

/* An alert of a flush, in notification order. */
struct event_alert {
    struct alert *alert; /* a reference */
    bool firing, muted;
};

struct event {
    atomic_uint refs; /* private */
    enum event_kind kind;
    struct stamp at;
    struct alert *alert;
    struct event_group *group;
    struct event_mute mute;
    struct stamp since; /* when what ended had begun */

    uint64_t flush_id;
    size_t n_batch, n_held;
    const struct integration *integration; /* of group->config */
    uint64_t delivery_id;
    enum notify_reason reason;
    struct delivery_alert *alerts; /* as told */
    size_t n_alerts;
    struct event_alert *batch; /* n_batch of them: all that the flush had */

    struct event *decision; /* the NOTIFICATION_DECIDED that this is the outcome of */
    enum failure failure;
    unsigned attempts; /* 0: nothing had to be sent */
    int status;        /* of the last reply, HTTP or SMTP; 0: none */
    dur_ns took;       /* from the decision to the outcome */
    char *error;       /* one line without secrets; NULL: none */

    struct silence *silence;
    struct dead_letter *letter;
    struct ack *ack; /* a reference */
    struct actor by;
};

/* Zeroed but for these. The caller fills it before anybody else sees it. */
struct event *event_new(enum event_kind kind, struct stamp at) NODISCARD;
struct event *event_ref(struct event *ev);
void event_unref(struct event *ev); /* NULL is fine */

/* Somebody who hears of events as they happen. The struct is the listener's own; it embeds it. */
struct event_listener {
    struct event_listener *next; /* private */
    event_mask kinds;
    /* Gets events of other kinds, too. Runs under the engine's lock, in order: it must not block and may only
     * take references. */
    void (*happened)(struct event_listener *l, struct event *const *v, size_t n);
};
