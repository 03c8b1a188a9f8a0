/* The engine: a deterministic state machine that turns alerts, silences, configurations, time and delivery
 * results into records to persist and notifications to deliver (design.md 1).
 *
 * It never reads a clock, a file, a socket or a random source and takes no lock. The owner (app) guards it
 * with one read-write lock: functions that take `const struct engine *` may run side by side under the read
 * lock, all others need the write lock. Same inputs, same effects, byte for byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/config.h"
#include "core/delivery.h"
#include "core/event.h"
#include "core/record.h"
#include "core/silence.h"

struct engine;

struct engine_opts {
    dur_ns retention;                       /* --data.retention */
    dur_ns alerts_gc_interval;              /* --alerts.gc-interval */
    dur_ns maintenance_interval;            /* --data.maintenance-interval: GC of silences and ledger */
    dur_ns dispatch_maintenance_interval;   /* --dispatch.maintenance-interval: engine_stats.groups_closed */
    dur_ns start_delay;                     /* --dispatch.start-delay, from engine_new() */
    size_t per_alertname_limit;             /* 0: none */
    size_t max_silences, max_silence_bytes; /* 0: none */
    bool count_limited_names;               /* for engine_limited_names() */
    dur_ns resolve_skew;     /* --alerts.resolve-skew: an end that far ahead still means "resolved" (W-35) */
    dur_ns jitter;           /* --dispatch.jitter: spreads the first flushes of groups (W-40) */
    bool repeat_on_time;     /* --dispatch.repeat-on-time: repeats count from tick to tick (W-15) */
    dur_ns outbox_max_age;   /* --outbox.max-age: what is owed for so long is given up; 0: never */
    dur_ns letter_retention; /* --outbox.dead-letter-retention */
    bool compat_strict;      /* --compat.strict: upstream's behaviour where ours is better (rows W-xx) */
    uint64_t uuid_seed[2];   /* group UUIDs are derived from it: randomness comes from outside */
};

/* What a call wants done. Fill with {0}; the caller publishes the records and deliveries in this order before
 * it lets the next writer in, and then calls effects_done(). */
struct effects {
    struct record *records;
    size_t n_records, cap_records;
    struct delivery **deliveries;
    size_t n_deliveries, cap_deliveries;
    struct event **events; /* those that are wanted: engine_want_events() */
    size_t n_events, cap_events;
    const struct actor *by; /* who asks for this call; borrowed; NULL: nobody but time itself */
};
void effects_done(
    struct effects *fx); /* frees what was not taken (items set to NULL or n to 0) and the arrays */

struct engine *engine_new(const struct engine_opts *opts, const struct config *config,
                          struct now now) NODISCARD;
void engine_free(struct engine *e); /* NULL is fine */

/* Start: feeds back what was persisted, in any order, then engine_restored() once. `last_alive` is when the
 * former process is known to have run last (unset: unknown): an alert whose end passed during the downtime
 * gets a grace before it counts as resolved (pipeline.md 9, item 5). Takes over the record's reference. */
void engine_restore(struct engine *e, struct record *r, struct now now);
void engine_restored(struct engine *e, struct stamp last_alive, struct now now, struct effects *fx);

/* ---- alerts ---- */

/* A batch of POST /api/v2/alerts. Made by ingest_*() below outside any lock. */
struct ingest_alert {
    struct label_sv *labels, *annotations; /* borrowed text, in any order on input */
    size_t n_labels, n_annotations;
    struct sv generator_url;
    struct stamp starts_at, ends_at; /* STAMP_UNSET when absent */
    /* filled by ingest_prepare() and the following steps */
    bool valid, timeout;
    uint64_t fp;
    struct alert *known;   /* the version the engine had; a reference */
    struct alert *version; /* the new version; a reference */
};
struct ingest {
    struct ingest_alert *v;
    size_t n;
    struct stamp received_at;
    /* results */
    size_t n_firing, n_resolved, n_invalid, n_limited; /* counted as upstream does: api.md 2.3 */
};

/* 1. No lock: default times, normalisation, validation (label names by `mode`), fingerprints. Texts of
 * invalid alerts are joined by newlines in `errors`. */
void ingest_prepare(struct ingest *b, dur_ns resolve_timeout, enum matcher_mode mode, struct stamp now,
                    struct strbuf *errors);
/* 2. Read lock: takes references to the known versions. */
void engine_lookup(const struct engine *e, struct ingest *b);
/* 3. No lock: builds the new versions; a known label set is shared instead of interned again. */
void ingest_build(struct ingest *b);
/* 4. Write lock: merges, stores, routes, groups. Heartbeats leave no record. */
void engine_ingest(struct engine *e, struct ingest *b, struct now now, struct effects *fx);
void ingest_done(struct ingest *b); /* drops the references; the arrays are the caller's */

/* ---- silences ---- */

/* Create or edit. On success *out is a reference to the version in force. Errors: ERR_INVALID, ERR_NOT_FOUND,
 * ERR_LIMIT with the texts of api.md 2.7. */
bool engine_silence_set(struct engine *e, const struct silence_in *in, struct now now, struct effects *fx,
                        struct silence **out, struct err *err) NODISCARD;
bool engine_silence_expire(struct engine *e, struct sv id, struct now now, struct effects *fx,
                           struct err *err) NODISCARD;

/* ---- configuration, time, deliveries ---- */

/* Takes a reference. Groups whose route (id, grouping, receiver) is unchanged keep their timers. */
void engine_set_config(struct engine *e, const struct config *config, struct now now, struct effects *fx);

/* Which kinds of events the effects hold from now on; at first none. */
void engine_want_events(struct engine *e, event_mask kinds);

mono_ns engine_next(const struct engine *e); /* when engine_tick() has something to do; MONO_NEVER: nothing */
void engine_tick(struct engine *e, struct now now, struct effects *fx);

/* A delivery came back. Takes it over. */
void engine_delivered(struct engine *e, struct delivery *d, struct now now, struct effects *fx);

/* Sends a dead letter once more, to the receiver it was for, outside of all groups. It is forgotten when it
 * arrives. Errors: ERR_NOT_FOUND, ERR_CONFLICT when the receiver is no more. */
bool engine_replay_letter(struct engine *e, struct sv id, struct now now, struct effects *fx,
                          struct err *err) NODISCARD;

/* ---- counters for metrics; core/view.h has the rest of what can be seen ---- */

enum suppressed {
    SUPPRESSED_SILENCE,
    SUPPRESSED_INHIBITION,
    SUPPRESSED_MUTE_TIME,
    SUPPRESSED_ACTIVE_TIME,
    SUPPRESSED_COUNT
};

struct engine_stats {
    uint64_t received_firing, received_resolved, invalid, limited;
    uint64_t suppressed[SUPPRESSED_COUNT];
    uint64_t ledger_queries, ledger_query_misses, silence_queries;
    uint64_t silences_broken;     /* restored with a pattern that does not compile: they match nothing */
    uint64_t silence_evaluations; /* how often the matchers of a silence were tried on an alert */
    uint64_t inhibition_steps;    /* sources that flushes looked at */
    uint64_t dispatcher_writes, inhibitor_writes;
    uint64_t dead_letters_total;
    size_t groups_closed; /* that ended up to dispatch_maintenance_interval ago: upstream still counts them */
    size_t alerts, groups, silences_active, silences_pending, silences_expired, ledger_entries, in_flight;
    size_t state_active, state_suppressed, state_unprocessed; /* alertmanager_alerts, pipeline.md 1.7 */
    size_t silence_patterns;                                  /* compiled, each once */
    size_t receivers, integrations, inhibition_rules;
    size_t owed, dead_letters; /* lines of the outbox; letters that are kept */
    struct stamp owed_since;   /* the oldest line; unset: there is none */
};
void engine_stats(const struct engine *e, struct now now, struct engine_stats *out);

/* What engine_stats() counts over all, one by one; the texts are borrowed for the call. */
struct group_states {
    struct sv group_key;
    size_t active, suppressed, unprocessed;
};
void engine_group_states(const struct engine *e, struct now now,
                         void (*each)(void *ctx, const struct group_states *g), void *ctx);
void engine_limited_names(const struct engine *e, void (*each)(void *ctx, struct sv alertname, uint64_t n),
                          void *ctx);
