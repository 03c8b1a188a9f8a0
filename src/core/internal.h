/* The inside of the engine, shared by the files of this layer.
 *
 * The objects and who owns them:
 *
 *   slot     one label set that is stored or still held by a group; owns the current version of the alert
 *   member   the place of a slot in one group
 *   group    an aggregation group; owns its members, dies when the last one leaves
 *   branch   a delivery that is on its way; survives its group
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
#include "core/act.h"
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
    uint32_t *places;        /* per label: where the index of silences has it; NULL: nowhere */
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
void store_saw_resolved(const struct engine *e, struct slot *s, struct stamp now, struct effects *fx);
/* The last group let go of a resolved alert: nothing is owed any more, and its row can go. */
void store_released(struct engine *e, struct slot *s, struct stamp now, struct effects *fx);
void store_gc(struct engine *e, struct now now, struct effects *fx);
void store_done(struct engine *e);

/* At most `max` label sets per value of `alertname` (pipeline.md 1.3). */
struct limiter {
    struct strmap buckets;
    struct strmap refused; /* per alertname, if they are counted */
};
bool limit_admit(struct limiter *l, size_t max, const struct alert *a, struct stamp now);
void limit_refused(struct limiter *l, const struct alert *a); /* counts it */
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

/* ---- sets of dedup hashes: hashes.c ---- */

struct hashes {
    uint64_t *v; /* ascending */
    size_t n;
};
void hashes_sort(struct hashes *h);
bool hash_in(uint64_t hash, const uint64_t *v, size_t n);
bool hashes_within(const struct hashes *some, const uint64_t *all, size_t n_all);
struct hashes hashes_with(const uint64_t *some, size_t n, const struct hashes *more);   /* the caller frees */
struct hashes hashes_without(const uint64_t *all, size_t n, const struct hashes *gone); /* the caller frees */

/* ---- groups: group.c ---- */

struct member {
    struct slot *slot;
    struct group *group;
    struct member *next_of_slot;
    struct member *prev, *next; /* in the group, in the order of arrival */
    bool ended;                 /* a flush saw the current version as resolved */
    /* As of the last flush, for the metric alertmanager_alerts. */
    bool processed, inhibited, silenced;
    struct mute_mark *mark; /* why the last flush held it back; NULL: it did not, or nobody wants to know */
};

struct group {
    struct timer timer;
    const struct route *route;
    struct labels *labels;
    struct member *first, *last;
    size_t n;
    struct group *prev, *next; /* in the order of creation */
    struct branch *out;        /* its deliveries that are on their way */
    struct outbox_line *owed;  /* those who could not be told */
    bool missed;               /* the timer fired at timer.at while nobody was free to be told */
    bool failed;               /* a delivery of the last flush failed */
    bool cut; /* a delivery was cancelled by a stop: the next process makes it again, at once */
    bool flushed;
    uint64_t flush_id;
    char uuid[37];
    struct stamp created_at;
    char **muted_by; /* names of the intervals that muted the last flush */
    size_t n_muted_by;
    struct mute_mark *mark;     /* the same for the whole group: time intervals */
    struct ack *ack;            /* NULL: it is not acknowledged */
    char until_resolved[37];    /* the silence that ends with the group; "": there is none */
    struct event_group *shared; /* what its events say of it; NULL: none was made yet */
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
/* Says of an alert that came in which groups it is in. */
void slot_tell_groups(const struct engine *e, const struct slot *s, struct stamp now, struct effects *fx);
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
void closed_forget(struct engine *e);               /* engine_stats.groups_closed begins at 0 again */
void group_free(struct engine *e, struct group *g); /* without records: at the end of the engine */

/* ---- who is told of a group: targets.c ---- */

enum target_role {
    TARGET_RECEIVER, /* of the route */
    TARGET_STANDIN,  /* for somebody who cannot be reached */
    TARGET_LEAVING,  /* stood in; is told the ends of what it was told, and nothing else */
};
struct target {
    const struct receiver *receiver;
    const struct integration *in;
    char *key; /* of the ledger and the outbox */
    enum target_role role;
    size_t instead_of; /* STANDIN: the target that cannot be reached */
};
struct targets {
    struct target *v;
    size_t n, cap;
};
struct targets targets_of(const struct engine *e, const struct route *r, const struct labels *labels,
                          struct stamp now);
void targets_done(struct targets *t);
/* Who takes over from an integration of this receiver; its receiver is NULL when nobody does. */
const struct fallback *fallback_of(const struct route *r, const struct receiver *receiver, bool standin);
/* Says to a stand-in whom it stands in for, in an annotation of each alert: every template shows those. */
void target_explain(const struct engine *e, const struct targets *all, const struct target *t,
                    struct delivery *d);

/* ---- flushes: flush.c, decide.c, flight.c, settle.c ---- */

/* One alert of a batch on its way through the stages. */
struct batch_item {
    struct member *member;
    struct alert *alert; /* borrowed from the slot */
    uint64_t hash;
    bool firing, held;   /* held: a stage holds it back */
    enum suppressed why; /* which one */
};
/* The alerts of a group in notification order, at one moment. */
struct batch {
    struct batch_item *v;
    size_t n, n_held;
    struct now due, now;   /* when the timer was due, when it is handled */
    bool outside_active;   /* none of the times in which the route is active */
    const struct ack *ack; /* of the group; NULL: none */
};

/* The group's timer was due at `due`; `now` is when it is handled. */
void group_tick(struct engine *e, struct group *g, struct now due, struct now now, struct effects *fx);
/* The same for one integration alone: it was busy when the timer was due. False: the group is gone. */
bool group_catch_up(struct engine *e, struct group *g, const char *key_of_ledger, struct now due,
                    struct now now, struct effects *fx);
void on_group_timer(struct timer *t, void *ctx, mono_ns now);
bool route_outside_active(const struct route *r, struct stamp t);
/* How long its time intervals go on to mute a route; no longer than `longest`. */
dur_ns route_unmuted_in(const struct route *r, struct stamp now, dur_ns longest);

/* What a batch has for one integration: what it is told, and what it was told firing that is muted now. */
struct news {
    struct hashes firing, resolved, held;
    bool acked; /* all that fires is acknowledged: it is not repeated */
};

/* Which part of the news an alert belongs to. */
enum part { PART_FIRING, PART_RESOLVED, PART_HELD, PART_NONE };
enum part news_part(const struct engine *e, const struct batch_item *it, const struct ledger_entry *told,
                    const struct target *t);
struct news news_of(const struct engine *e, const struct batch *b, const struct ledger_entry *told,
                    const struct target *t);
void news_done(struct news *news);
/* The table of pipeline.md 4.3; `told` is NULL when nothing is remembered. Who stands in also takes over the
 * end of what the other one was told, and does not hear of anything else once he stands in no more. */
enum notify_reason decide_for(const struct engine *e, const struct route *r, const struct targets *all,
                              const struct target *t, const struct news *news,
                              const struct ledger_entry *told, struct stamp due);

/* Starts the deliveries of a batch to those who are free and have not heard of it: all, or the one
 * integration with the key `only`. Those who are not free are asked again when they are. */
void branches_start(struct engine *e, struct group *g, const struct batch *b, const char *only,
                    struct effects *fx);
/* A delivery is on its way that says, on this line of the ledger, that the alert fires. */
bool branches_tell(const struct engine *e, const char *key, uint64_t hash);
bool branches_busy(const struct engine *e, const char *key);
bool branches_mention(const struct group *g, uint64_t hash); /* one of its deliveries is about the alert */
/* Nobody can be told now, because of deliveries on their way. */
bool branches_block(const struct engine *e, const struct group *g, struct stamp now);
/* The delivery on this line, if there is one without a group, is the group's from now on. */
void branches_adopt(struct engine *e, const char *key, struct group *g);
void branches_orphan(struct group *g); /* the group goes away before them */
void branches_done(struct engine *e);
/* Lets go of the resolved alerts that nobody waits to hear of. False: the group went with them. */
bool group_settle(struct engine *e, struct group *g, struct now now, struct effects *fx);

/* ---- what people do about a group: act.c, act_silence.c ---- */

/* A flush: what it found resolved is not acknowledged any more, and when nothing fires the silence that was
 * to last until then ends. True: the group has to be recorded. */
bool acts_follow(struct engine *e, struct group *g, struct batch *b, struct effects *fx);
/* The group has come to its end, and with it all of that. */
void acts_end(struct engine *e, struct group *g, struct now now, struct effects *fx);
/* A reload takes a group apart, and may make one for the same alerts and the same receiver: before that is
 * known, and after. */
void acts_pack(struct engine *e, struct group *g);
void acts_unpack(struct engine *e, struct now now, struct effects *fx);
/* The group that a link is about, or NULL. */
struct group *group_by_id(const struct engine *e, struct group_id id);
/* Matchers for the alerts of the group, and as few others as matchers can tell; the caller's. */
void group_matchers(const struct group *g, struct matchers *out);
struct silence *group_silence_of(const struct engine *e, const struct matchers *ms,
                                 struct stamp now); /* borrowed; NULL: none is in force */

/* ---- events: emit.c, mutes.c. Each makes its event only if somebody wants it ---- */

void emit_alert(const struct engine *e, enum event_kind kind, struct alert *a, struct stamp at,
                struct effects *fx);
void emit_group(const struct engine *e, enum event_kind kind, struct group *g, struct stamp at,
                struct effects *fx);
void emit_in_group(const struct engine *e, enum event_kind kind, struct group *g, struct alert *a,
                   struct stamp at, struct effects *fx);
void emit_flush(const struct engine *e, struct group *g, const struct batch *b, struct effects *fx);
/* The decision stays with the delivery, so that its outcome can tell of it. */
void emit_decision(const struct engine *e, struct group *g, const struct batch *b, struct delivery *d,
                   struct effects *fx);
void emit_outcome(const struct engine *e, const struct delivery *d, struct stamp now, struct effects *fx);
void emit_silence(const struct engine *e, enum event_kind kind, struct silence *s, struct stamp at,
                  struct effects *fx);
void emit_letter(const struct engine *e, enum event_kind kind, struct dead_letter *l, struct stamp at,
                 struct effects *fx);
/* `ack` is what was set, or what has ended. */
void emit_ack(const struct engine *e, enum event_kind kind, struct event_group *g, struct ack *ack,
              struct stamp at, struct effects *fx);
void emit_config(const struct engine *e, struct stamp at, struct effects *fx);
bool event_wanted(const struct engine *e, event_mask kinds);               /* one of them */
struct event_group *group_shared(const struct engine *e, struct group *g); /* borrowed */
void group_unshare(struct group *g);                                       /* its route has changed */

/* What the stages held back, and what they no longer do. */
void mutes_track(const struct engine *e, struct group *g, const struct batch *b, struct effects *fx);
void mutes_end(const struct engine *e, struct member *m, struct stamp at, struct effects *fx);
void mutes_end_group(const struct engine *e, struct group *g, struct stamp at, struct effects *fx);
void mute_mark_free(struct mute_mark *mark); /* NULL is fine */

/* ---- inhibition: inhibit.c ---- */

struct inhibitor {
    struct rule_state *rules; /* by index in config.inhibit_rules */
    size_t n_rules;
    bool strict; /* upstream's index, which forgets all sources but one */
};
void inhibitor_init(struct inhibitor *in, const struct config *c, bool strict);
void inhibitor_done(struct inhibitor *in); /* the slots must have been forgotten */
void inhibitor_admit(struct inhibitor *in, struct slot *s, struct stamp now);
void inhibitor_update(struct inhibitor *in, struct slot *s, struct stamp now); /* it has a new version */
void inhibitor_collect(struct inhibitor *in, struct slot *s);                  /* it is resolved */
void inhibitor_forget(struct inhibitor *in, struct slot *s);
/* A firing source that inhibits alerts with these labels, by the first rule that has one; NULL: none. */
const struct slot *inhibitor_find(const struct inhibitor *in, const struct labels *ls, struct stamp now);
/* The same for flushes, which ask often: O(1) per rule in the long run, however many sources there are.
 * `steps` counts the sources that were looked at. */
bool inhibitor_inhibits(struct inhibitor *in, const struct labels *ls, struct stamp now, uint64_t *steps);
/* The same from rule *rule on, and which it was. */
const struct slot *inhibitor_find_rule(const struct inhibitor *in, const struct labels *ls, struct stamp now,
                                       size_t *rule);

/* ---- silences: silence.c, silences.c, silence_match.c, mute_index.c, stamps.c, patterns.c ---- */

/* Moments in their order. Zeroed memory is the empty list. */
struct stamps {
    struct stamp *v;
    size_t n, cap;
};
void stamps_add(struct stamps *l, struct stamp t);
void stamps_remove(struct stamps *l, struct stamp t);        /* it must be there */
size_t stamps_until(const struct stamps *l, struct stamp t); /* how many are not after t */
void stamps_done(struct stamps *l);

/* The patterns of all silences in the table. */
struct patterns {
    struct strmap by_text; /* of struct pattern */
};
void patterns_share(struct patterns *p, struct matchers *ms); /* nobody else may see `ms` yet */
void patterns_release(struct patterns *p, const struct matchers *ms);
void patterns_done(struct patterns *p);

/* Where the index keeps a silence: mute_index.h. */
struct mute_place {
    bool filed;
    struct mute_name *by; /* NULL: no matcher says what to look for */
    size_t matcher;       /* the one of `by` */
    struct mute_name *asked[4];
    size_t n_asked;
};

struct mute_index {
    struct map names;          /* by the address of the interned name: struct mute_name */
    struct silence_rec **rest; /* those that may match every alert */
    size_t n_rest, cap_rest;
};

struct silence_rec {
    struct silence *version;
    uint64_t seq;            /* in the order of creation */
    struct mute_place place; /* filed until it is seen to be over: new alerts are matched against it */
    bool doomed;             /* garbage collected in this sweep */
};

struct silences {
    struct silence_rec **v; /* in the order of creation */
    size_t n, cap;
    uint64_t last_seq;
    struct strmap by_id;
    struct mute_index index;
    struct patterns patterns;
    struct stamps starts, ends; /* of all of them, for the counters */
};
void silences_count(const struct silences *t, struct stamp now, struct engine_stats *out);
/* A new silence, a new slot: finds what matches. */
void silence_match(struct engine *e, struct silence_rec *rec);
void slot_match(struct engine *e, struct slot *s, struct stamp now);
void slot_unmatch(struct engine *e, struct slot *s);
void slot_drop_doomed(struct slot *s);
void silences_restore(struct engine *e, struct silence *s, struct stamp now); /* takes over s */
/* The first one that is in force, has these matchers and is marked by this annotation; NULL: none. */
struct silence *silences_find(const struct silences *t, const struct matchers *ms, struct sv annotation,
                              struct stamp now);
void silences_gc(struct engine *e, struct stamp now, struct effects *fx);
void silences_done(struct silences *t);
bool silence_mutes(const struct silence *s, struct stamp now);
bool silence_overdue(const struct silence *s, struct stamp now); /* over, and not only for the API */
bool slot_silenced(const struct slot *s, struct stamp now);
/* for (size_t it = 0; (silence = slot_next_silence(s, &it, now)) != NULL;): those that mute it now. */
struct silence *slot_next_silence(const struct slot *s, size_t *it, struct stamp now);
/* When the last of the silences that mute it now is over. */
struct stamp slot_silenced_until(const struct slot *s, struct stamp now);
/* Size of the record as upstream stores it, which is what --silences.max-silence-size-bytes limits. */
size_t silence_encoded_size(const struct silence *s, dur_ns retention);

/* ---- the notification log: ledger.c ---- */

char *ledger_key(const struct engine *e, const struct route *r, const struct labels *labels,
                 const struct receiver *receiver, const struct integration *in, bool standin) NODISCARD;
/* NULL: nothing was told, or too long ago. */
const struct ledger_entry *ledger_get(struct engine *e, const char *key, struct stamp now);
const struct ledger_entry *ledger_peek(const struct engine *e, const char *key,
                                       struct stamp now); /* uncounted */
/* It was told, to whom the entry (may be NULL) belongs, that the alert fires, and not yet that it is over. */
bool ledger_told(const struct ledger_entry *entry, uint64_t hash);
bool ledger_told_any(const struct ledger_entry *entry, const struct hashes *some);
void ledger_put(struct engine *e, struct ledger_entry *entry); /* takes over entry */
/* The delivery's news count as told. */
void ledger_write(struct engine *e, const char *key, const struct delivery *d, struct stamp at,
                  const struct news *news, struct effects *fx);
/* Keeps an entry in step with a batch although nobody is told (`sent` is false) or before it is known whether
 * telling succeeds. The entry may be replaced. */
void ledger_keep(struct engine *e, const struct ledger_entry *entry, const struct route *r,
                 const struct news *news, bool sent, struct stamp now, struct effects *fx);
/* Persists that a notification of these news leaves now. What is known of the past stays in memory, and is
 * persisted again when the notification did not get through. */
void ledger_intend(struct engine *e, const char *key, enum notify_reason reason, const struct route *r,
                   const struct news *news, struct stamp now, struct effects *fx);
void ledger_withdraw(struct engine *e, const char *key, struct effects *fx);
/* Somebody was told, may have been told or is being told that the alert fires in the group of these labels,
 * and not yet that it is over. */
bool ledger_owes(struct engine *e, const struct route *r, const struct labels *labels, const struct alert *a,
                 struct stamp now);
void ledger_gc(struct engine *e, struct stamp now, struct effects *fx);
void ledger_done(struct engine *e);

/* ---- those who could not be told: outbox.c; what was given up: letters.c ---- */

const struct owed *outbox_peek(const struct engine *e, const char *key); /* NULL: nothing failed */
struct stamp outbox_oldest(const struct engine *e);                      /* since when; unset: it is empty */
/* A delivery failed: there is another attempt, or, when this returns false, a dead letter. */
bool outbox_failed(struct engine *e, struct group *g, const char *key, const struct delivery *d,
                   struct now now, struct effects *fx);
/* The same when nobody speaks to him any more: a dead letter. */
void outbox_lost(struct engine *e, const char *key, const struct delivery *d, struct stamp now,
                 struct effects *fx);
void outbox_settled(struct engine *e, const char *key,
                    struct effects *fx);                 /* told, or nothing is left to say */
void outbox_underway(struct engine *e, const char *key); /* an attempt has started */
bool outbox_holds(const struct engine *e, const char *key, struct now now); /* flushes have to wait */
void outbox_forget(struct engine *e, struct group *g, struct effects *fx); /* the group has come to its end */
void outbox_restore(struct engine *e, struct owed *state);                 /* takes over state */
/* Before and after groups are made anew by a reload; a restart needs the second half only. */
void outbox_pack(struct engine *e);
void outbox_unpack(struct engine *e, struct now now, struct effects *fx);
void outbox_done(struct engine *e);

struct letters {
    struct dead_letter **v; /* the oldest first */
    size_t n, cap;
};
struct dead_letter *letter_of_delivery(const struct delivery *d, const struct owed *o,
                                       enum letter_cause cause) NODISCARD;
struct dead_letter *letter_of_group(const struct group *g, const struct receiver *receiver,
                                    const struct integration *in, const struct owed *o) NODISCARD;
void letter_write(struct engine *e, struct dead_letter *l, struct stamp now,
                  struct effects *fx); /* takes it over */
void letter_replayed(struct engine *e, const struct delivery *d, struct effects *fx);
void letters_restore(struct engine *e, struct dead_letter *l); /* takes it over */
void letters_sort(struct letters *t);
void letters_gc(struct engine *e, struct stamp now, struct effects *fx);
void letters_done(struct letters *t);
void replays_done(struct engine *e);

/* ---- the whole ---- */

struct engine {
    struct engine_opts opts;
    const struct config *config;
    mono_ns run_from; /* groups are filled but not flushed before: --dispatch.start-delay */
    struct timerq timers;
    struct timer gc, maintenance, closed_check;
    struct map slots; /* by fingerprint */
    size_t n_stored;
    struct limiter limits;
    struct routing routing;
    struct group_list groups;
    struct map closed; /* by group_id(): ended since the last check, see engine_stats.groups_closed */
    struct inhibitor inhibitor;
    struct silences silences;
    struct strmap ledger; /* of struct ledger_entry */
    struct map branches;  /* by delivery.id */
    struct strmap busy;   /* the same by ledger key; unused under --compat.strict, where twins share a key */
    struct strmap outbox; /* of struct outbox_line, by ledger key */
    struct packed_acts *packed; /* during a reload: act.c */
    size_t n_packed, cap_packed;
    struct letters letters;
    struct map replays; /* of struct dead_letter, by delivery.id */
    uint64_t last_delivery, last_uuid;
    struct group_state **restored; /* between engine_restore() and engine_restored() */
    size_t n_restored, cap_restored;
    event_mask events;         /* those that are wanted */
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
void effect_event(struct effects *fx, struct event *ev); /* takes over the reference */
