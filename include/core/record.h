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
    struct labels *receiver_data; /* see delivery.receiver_data; NULL: nothing */
    /* Not REASON_NONE: the intent of a notification for this reason, which is on its way. A process that
     * finds it at its start cannot know whether it arrived; `firing` is then all that may have been told. */
    enum notify_reason underway;
};
/* Nothing is under way, and the receiver keeps nothing. */
struct ledger_entry *ledger_entry_new(struct sv key, struct stamp at, struct stamp expires_at,
                                      const uint64_t *firing, size_t n_firing, const uint64_t *resolved,
                                      size_t n_resolved, const uint64_t *held, size_t n_held) NODISCARD;
struct ledger_entry *ledger_entry_ref(struct ledger_entry *e);
void ledger_entry_unref(struct ledger_entry *e);

struct ack; /* core/act.h */

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
    struct ack *ack;         /* a reference; NULL: it is not acknowledged */
    char until_resolved[37]; /* the silence that ends with the group; "": there is none */
};
struct group_state *group_state_new(const char *route_id,
                                    struct labels *labels) NODISCARD; /* takes over labels */
struct group_state *group_state_ref(struct group_state *g);
void group_state_unref(struct group_state *g);

/* One line of the outbox: somebody could not be told what there is to say about a group. It holds no message:
 * what is said is made anew from what is true when the next attempt is made. There is at most one per line of
 * the ledger, however long a receiver is down. */
struct owed {
    atomic_uint refs;
    char *key;          /* of the ledger */
    struct stamp since; /* when the first delivery that failed was due */
    struct stamp next;  /* when it is tried again, if no flush does so before */
    bool asked; /* flushes wait for `next`, too: the receiver asked for patience, or its lane is open */
    unsigned attempts;    /* deliveries that failed since then */
    enum failure failure; /* of the last one */
    char *error;          /* one line, without secrets */
};
struct owed *owed_new(struct sv key, struct stamp since, struct sv error) NODISCARD;
struct owed *owed_ref(struct owed *o);
void owed_unref(struct owed *o);

/* Why a notification was given up. */
enum letter_cause {
    LETTER_TOO_OLD,  /* owed for longer than --outbox.max-age */
    LETTER_REFUSED,  /* the receiver has refused it, for reasons that trying again does not mend */
    LETTER_UNROUTED, /* a reload took its receiver or its route away */
};
const char *letter_cause_text(enum letter_cause c);

/* A dead letter: a notification that could not be delivered and is not tried any more. It can be replayed. */
struct dead_letter {
    atomic_uint refs;
    char id[37];
    enum letter_cause cause;
    struct stamp at, since; /* given up, first failed */
    unsigned attempts;
    enum failure failure;
    char *error;
    char *route_id, *group_key, *receiver, *type; /* type: of the integration */
    size_t index;                                 /* of the integration */
    enum notify_reason reason;
    struct labels *group_labels;
    struct delivery_alert *alerts; /* the first LETTER_ALERTS of them */
    size_t n_alerts, n_left_out;
};
#define LETTER_ALERTS ((size_t)100)
/* Zeroed but for the reference; the fields are filled by the caller, who gives away what they point to. */
struct dead_letter *dead_letter_new(void) NODISCARD;
struct dead_letter *dead_letter_ref(struct dead_letter *l);
void dead_letter_unref(struct dead_letter *l);

enum record_kind {
    RECORD_ALERT,
    RECORD_SILENCE,
    RECORD_LEDGER,
    RECORD_GROUP,
    RECORD_OWED,
    RECORD_LETTER,
};

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
        struct owed *owed;
        struct dead_letter *letter;
    };
};
struct record record_ref(const struct record *r); /* the same with a reference of its own */
void record_done(struct record *r);               /* drops the reference */
