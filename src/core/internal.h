/* The inside of the engine, shared by the files of this layer.
 *
 * The objects and who owns them:
 *
 *   slot     one label set that is stored or still held by a group; owns the current version of the alert
 *   member   the place of a slot in one group
 *   group    an aggregation group; owns its members, dies when the last one leaves
 *   flight   one flush whose deliveries are on their way; survives its group
 *   branch   one of those deliveries
 *
 * Hash maps are walked only where the order cannot be seen in the effects; elsewhere it is the order of
 * creation or a sorted one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/timerq.h"
#include "core/engine.h"

/* ---- alerts: store.c, limit.c ---- */

/* The routes that an alert takes, shared by all alerts that take the same ones. */
struct route_list {
    struct route_list *next; /* with the same hash */
    size_t n;
    const struct route *v[];
};

/* The silences that match an alert, in the order of their creation: all that were not expired when the alert
 * or the silence came. Which of them count is decided by the time of the question. */
struct mute_list {
    uint32_t n, cap;
    struct silence_rec *v[];
};

struct slot {
    struct alert *version;
    const struct route_list *routes;
    struct member *members;
    struct mute_list *mutes; /* NULL: none */
    struct source *sources;  /* the inhibition rules whose source side it matches */
    bool stored;             /* false: only groups hold it still; nothing is merged with it */
    bool row;                /* persisted */
    bool row_resolved;       /* what was persisted last said "resolved" */
};

struct slot *slot_find(const struct engine *e, uint64_t fp);
static inline const struct labels *slot_labels(const struct slot *s)
{
    return s->version->labels;
}
/* The slots that `pick` (NULL: all) says yes to, by the start of the alert, then by fingerprint; the caller
 * frees the array. */
struct slot **slots_sorted(const struct engine *e, bool (*pick)(const struct slot *s, struct stamp now),
                           struct stamp now, size_t *n) NODISCARD;

/* Takes over `version`, merges it with the stored one and publishes it. False: refused by the limit. */
bool store_put(struct engine *e, struct alert *version, struct now now, struct effects *fx);
/* A slot without record and routes, for an alert that comes from a former process. */
void store_restore(struct engine *e, struct alert *version, bool resolved, struct stamp now);
void store_forget(struct engine *e, struct slot *s, struct effects *fx); /* it must not be in any group */
/* What a flush learns about time: an alert whose end has passed is persisted as resolved, once. */
void store_saw_resolved(struct slot *s, struct effects *fx);
/* The last group let go of a resolved alert: nothing is owed any more, and its row can go. */
void store_released(struct engine *e, struct slot *s, struct stamp now, struct effects *fx);
void store_gc(struct engine *e, struct now now, struct effects *fx);
void store_done(struct engine *e);

/* At most `max` label sets per value of `alertname` (pipeline.md 1.3). */
struct limiter {
    struct strmap buckets;
};
bool limit_admit(struct limiter *l, size_t max, const struct alert *a, struct stamp now);
void limit_gc(struct limiter *l, struct stamp now);
void limit_done(struct limiter *l);

/* ---- routes of the current configuration: routing.c ---- */

struct route_state {
    struct map groups; /* fingerprint of the grouping labels: struct group */
    size_t twin;       /* how many routes before it have the same key and receiver */
};

struct routing {
    struct route_state *routes; /* by route.index */
    size_t n_routes;
    struct map lists;             /* hash of the routes: struct route_list */
    const struct route **scratch; /* room for all routes */
};
void routing_init(struct routing *r, const struct config *c);
void routing_done(struct routing *r);                          /* the groups are not its own */
dur_ns route_timeout(const struct route *r);                   /* how long a flush may take */
void routes_by_id(const struct config *c, struct strmap *out); /* of struct route; the caller frees the map */
const struct route_list *routing_of(struct routing *r, const struct config *c, const struct labels *ls);

/* ---- groups: group.c ---- */

struct member {
    struct slot *slot;
    struct group *group;
    struct member *next_of_slot;
    struct member *prev, *next; /* in the group, in the order of arrival */
    /* As of the last flush, for the metric alertmanager_alerts. */
    bool processed, inhibited, silenced;
};

struct group {
    struct timer timer;
    const struct route *route;
    struct labels *labels;
    struct member *first, *last;
    size_t n;
    struct group *prev, *next; /* in the order of creation */
    struct flight *flight;     /* NULL: no delivery is on its way */
    bool missed;               /* the timer fired at timer.at while a flight was up */
    bool flushed;
    uint64_t flush_id;
    char uuid[37];
    struct stamp created_at;
    char **muted_by; /* names of the intervals that muted the last flush */
    size_t n_muted_by;
};

struct group_list {
    struct group *first, *last;
    size_t n;
};

struct labels *group_labels(const struct route *r, struct labels *ls) NODISCARD;
void group_key_add(struct strbuf *out, const struct route *r, const struct labels *labels);
/* The place of the slot in the group of `route`, or NULL. */
struct member *slot_member(const struct slot *s, const struct route *route);
/* Puts the slot into the groups of its routes, which are made if need be. */
void group_join_all(struct engine *e, struct slot *s, struct now now, struct effects *fx);
/* The same for a resolved alert, but only where somebody waits to hear of its end. */
void group_join_owed(struct engine *e, struct slot *s, struct now now, struct effects *fx);
/* The member is gone afterwards, and with the last one the group. */
void group_leave(struct engine *e, struct member *m, struct now now, struct effects *fx);
void group_destroy(struct engine *e, struct group *g, struct now now, struct effects *fx);
void groups_tidy(struct engine *e, struct now now, struct effects *fx); /* destroys the empty ones */
void member_remove(struct member *m); /* and nothing else: for those who take a group apart */
void group_restore(struct engine *e, const struct route *route, const struct group_state *state,
                   struct now now);
/* Arms the timer, but not before the start delay is over. */
void group_arm(struct engine *e, struct group *g, mono_ns at);
void group_record(const struct group *g, bool del, struct now now, struct effects *fx);
struct stamp group_next_flush(const struct group *g, struct now now);
void group_set_muted(struct group *g, const char *const *names, size_t n);
void group_free(struct engine *e, struct group *g); /* without records: at the end of the engine */

/* ---- flushes: flush.c, flight.c ---- */

/* One alert of a batch on its way through the stages. */
struct batch_item {
    struct member *member;
    struct alert *alert; /* borrowed from the slot */
    bool firing;
};
struct batch {
    struct batch_item *v;
    size_t n;
};

/* Dedup hashes, ascending. */
struct hashes {
    uint64_t *v;
    size_t n;
};
bool hashes_within(const struct hashes *some, const uint64_t *all, size_t n_all);

struct flight {
    struct group *group; /* NULL once the group is gone */
    size_t n_open;
    bool failed;
    bool left; /* there were deliveries: the flush was persisted as one without an end */
    bool cut;  /* some were cancelled by a stop: the next process makes them again, at once */
    struct hashes firing, resolved; /* what reached the branches */
    struct alert **over;            /* references to the resolved alerts of the batch */
    size_t n_over;
};

/* The group's timer was due at `due`; `now` is when it is handled. */
void group_tick(struct engine *e, struct group *g, struct now due, struct now now, struct effects *fx);
void on_group_timer(struct timer *t, void *ctx, mono_ns now);

/* Starts the deliveries of a batch that is not empty. */
void flight_start(struct engine *e, struct flight *f, const struct batch *b, struct now due, struct now now,
                  struct effects *fx);
/* All branches are back. Frees the flight. */
void flight_finish(struct engine *e, struct flight *f, struct now now, struct effects *fx);
void flights_done(struct engine *e);

/* ---- inhibition: inhibit.c ---- */

struct inhibitor {
    struct rule_state *rules; /* by index in config.inhibit_rules */
    size_t n_rules;
};
void inhibitor_init(struct inhibitor *in, const struct config *c);
void inhibitor_done(struct inhibitor *in); /* the slots must have been forgotten */
void inhibitor_admit(struct inhibitor *in, struct slot *s, struct stamp now);
void inhibitor_update(struct inhibitor *in, struct slot *s, struct stamp now);
void inhibitor_forget(struct inhibitor *in, struct slot *s);
/* A firing source that inhibits alerts with these labels, by the first rule that has one; NULL: none. */
const struct slot *inhibitor_find(const struct inhibitor *in, const struct labels *ls, struct stamp now);

/* ---- silences: silence.c, silences.c ---- */

struct silence_rec {
    struct silence *version;
    bool doomed; /* garbage collected in this sweep */
};

struct silences {
    struct silence_rec **v; /* in the order of creation */
    size_t n, cap;
    struct strmap by_id;
    struct silence_rec **live; /* those that new alerts are matched against, in the order of creation */
    size_t n_live, cap_live;
};
void silences_restore(struct engine *e, struct silence *s, struct stamp now); /* takes over s */
void silences_match(struct engine *e, struct slot *s, struct stamp now);
void silences_gc(struct engine *e, struct stamp now, struct effects *fx);
void silences_done(struct silences *t);
bool silence_mutes(const struct silence *s, struct stamp now);
bool slot_silenced(const struct slot *s, struct stamp now);
/* Size of the record as upstream stores it, which is what --silences.max-silence-size-bytes limits. */
size_t silence_encoded_size(const struct silence *s, dur_ns retention);

/* ---- the notification log: ledger.c ---- */

char *ledger_key(const struct engine *e, const struct route *r, const struct labels *labels,
                 const struct integration *in) NODISCARD;
/* NULL: nothing was told, or too long ago. */
const struct ledger_entry *ledger_get(struct engine *e, const char *key, struct stamp now);
void ledger_put(struct engine *e, struct ledger_entry *entry); /* takes over entry */
void ledger_write(struct engine *e, const char *key, struct stamp at, const struct route *r,
                  const struct hashes *firing, const struct hashes *resolved, struct effects *fx);
/* Persists that a notification about these alerts leaves now. What is known of the past stays in memory, and
 * is persisted again when the notification did not get through. */
void ledger_intend(struct engine *e, const char *key, enum notify_reason reason, struct stamp now,
                   const struct route *r, const struct hashes *firing, struct effects *fx);
void ledger_withdraw(struct engine *e, const char *key, struct effects *fx);
/* Somebody was told, or may have been, that the alert fires in the group of these labels, and not yet that it
 * is over. */
bool ledger_owes(struct engine *e, const struct route *r, const struct labels *labels, const struct alert *a,
                 struct stamp now);
void ledger_gc(struct engine *e, struct stamp now, struct effects *fx);
void ledger_done(struct engine *e);

/* ---- the whole ---- */

struct engine {
    struct engine_opts opts;
    const struct config *config;
    mono_ns run_from; /* groups are filled but not flushed before: --dispatch.start-delay */
    struct timerq timers;
    struct timer gc, maintenance;
    struct map slots; /* by fingerprint */
    size_t n_stored;
    struct limiter limits;
    struct routing routing;
    struct group_list groups;
    struct inhibitor inhibitor;
    struct silences silences;
    struct strmap ledger; /* of struct ledger_entry */
    struct map branches;  /* by delivery.id */
    uint64_t last_delivery, last_uuid;
    struct group_state **restored; /* between engine_restore() and engine_restored() */
    size_t n_restored, cap_restored;
    struct engine_stats stats; /* only its counters are kept up to date */
};

/* Goes with every timer: what a callback needs. */
struct tick {
    struct engine *engine;
    struct now now;
    struct effects *fx;
};
static inline struct now tick_due(const struct now *now, mono_ns at)
{
    return (struct now){.mono = at, .wall = stamp_add(now->wall, at - now->mono)};
}

void engine_uuid(struct engine *e, char out[37]);

void effect_record(struct effects *fx, struct record r); /* takes over the reference */
void effect_delivery(struct effects *fx, struct delivery *d);
