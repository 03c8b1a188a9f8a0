/* What is kept over a restart: the records that the engine asks to persist, and gets back at start.
 *
 * Records hold references to immutable objects, so they are serialised outside the engine's lock (by db).
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "core/delivery.h"
#include "core/event.h"
#include "core/silence.h"
#include "model/alert.h"

/* One line of the notification log (pipeline.md 4.1): what was last told to one integration about one group.
 */
struct ledger_entry {
    atomic_uint refs;
    char *key; /* <group key>:<receiver>/<type>/<index>; for twin routes see core/ledger.c */
    struct stamp at, expires_at;
    uint64_t *firing, *resolved; /* dedup hashes, ascending */
    size_t n_firing, n_resolved;
    uint64_t *held; /* told firing earlier and firing still, but muted when `firing` was told; ascending */
    size_t n_held;
    /* Not REASON_NONE: the intent of a notification for this reason, which is on its way. A process that
     * finds it at its start cannot know whether it arrived; `firing` is then all that may have been told. */
    enum notify_reason underway;
};
/* Nothing is under way. */
struct ledger_entry *ledger_entry_new(struct sv key, struct stamp at, struct stamp expires_at,
                                      const uint64_t *firing, size_t n_firing, const uint64_t *resolved,
                                      size_t n_resolved, const uint64_t *held, size_t n_held) NODISCARD;
struct ledger_entry *ledger_entry_ref(struct ledger_entry *e);
void ledger_entry_unref(struct ledger_entry *e);

/* The state of an aggregation group that cannot be derived from the alerts and the configuration. */
struct group_state {
    atomic_uint refs;
    char *route_id;
    struct labels *labels; /* the grouping labels */
    char uuid[37];
    uint64_t flush_id;       /* how often it was flushed */
    bool flushed;            /* past its group_wait */
    struct stamp next_flush; /* when the timer fires next; at once, until a flush has come to its end */
    struct stamp created_at;
};
struct group_state *group_state_new(const char *route_id,
                                    struct labels *labels) NODISCARD; /* takes over labels */
struct group_state *group_state_ref(struct group_state *g);
void group_state_unref(struct group_state *g);

enum record_kind { RECORD_ALERT, RECORD_SILENCE, RECORD_LEDGER, RECORD_GROUP };

struct record {
    enum record_kind kind;
    bool del; /* forget it; the object then only names the key */
    bool
        resolved; /* RECORD_ALERT: known to be resolved, not merely past an end that heartbeats were moving */
    enum event_kind change; /* RECORD_ALERT: what happened, for the history; EVENT_NONE: nothing */
    struct stamp at;        /* when it did */
    union {
        struct alert *alert;
        struct silence *silence;
        struct ledger_entry *ledger;
        struct group_state *group;
    };
};
void record_done(struct record *r); /* drops the reference */
