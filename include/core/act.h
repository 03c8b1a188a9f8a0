/* What people do about a group that tells them something: acknowledge it, or silence it.
 *
 * Acknowledged are alerts, those that fire in the group at that moment. As long as nothing else fires there,
 * repeats are not told; what joins the group is told, and repeated, as ever, and so is the end. The
 * acknowledgement of an alert ends with the flush that finds it resolved; that of the group with the last of
 * them. It goes with the group, so also when a reload takes the group's route away. Under --compat.strict
 * nothing can be acknowledged.
 *
 * A group is silenced by an ordinary silence: the label equalities of the group, the matchers of its route
 * and those above, and `name=""` for labels it is grouped by and does not have. There is one such silence per
 * group; doing it again moves its end, never back. "Until resolved" has an end in a week, and is expired by
 * the flush that finds nothing firing in the group, or by the end of the group.
 *
 * Both are kept with the group (struct group_state) and follow the engine's locking.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "core/action_link.h"
#include "core/engine.h"

/* Immutable, shared by reference. */
struct ack {
    atomic_uint refs; /* private */
    char *by, *comment;
    struct stamp at;
    uint64_t *alerts; /* dedup hashes, ascending */
    size_t n;
};
/* Copies everything; the hashes are ascending. */
struct ack *ack_new(struct sv by, struct sv comment, struct stamp at, const uint64_t *alerts,
                    size_t n) NODISCARD;
struct ack *ack_ref(struct ack *a);
void ack_unref(struct ack *a);                                 /* NULL is fine */
bool ack_covers(const struct ack *a, const struct labels *ls); /* `a` may be NULL */

/* How links name a group. Twin routes have the same name if their receiver has. */
struct group_id group_id_of(const struct route *r, const struct labels *labels);

/* Which groups are meant. At least one of `id`, `key` and `matchers` says it; borrowed. */
struct group_pick {
    const struct group_id *id;       /* NULL: any; else the others do not count */
    struct sv key, receiver;         /* of the group, as notifications have it; empty: any */
    const struct matchers *matchers; /* groups with such an alert, and of it only those; NULL: all */
};

/* Acknowledges the firing alerts of the picked groups; *n_groups is how many have some. Somebody else's
 * acknowledgement is taken over; the same one again changes nothing. ERR_NOT_FOUND: nothing fires there;
 * ERR_CONFLICT: not under --compat.strict. */
bool engine_ack(struct engine *e, const struct group_pick *which, struct sv by, struct sv comment,
                struct now now, struct effects *fx, size_t *n_groups, struct err *err) NODISCARD;
/* Takes acknowledgements back: those of the picked groups, where all that is acknowledged is meant.
 * ERR_NOT_FOUND: there is none. */
bool engine_unack(struct engine *e, const struct group_pick *which, struct now now, struct effects *fx,
                  size_t *n_groups, struct err *err) NODISCARD;

#define SILENCE_RESOLVED_MAX (7 * 24 * 3600 * NS_PER_S)
/* What its silences are marked with, as an annotation: "1h", "4h" or "resolved". */
#define SILENCE_LINK "tocsin_link"

struct group_silence {
    struct group_id group;
    dur_ns length; /* 0: until resolved */
    struct sv created_by, comment, mark;
    char fresh_id[37];
};
/* *out is a reference to the silence in force. Nothing changes when it lasts as long already, to the minute.
 * ERR_NOT_FOUND: no such group, or, until resolved, nothing fires there; ERR_INVALID: the group's matchers
 * would match everything; ERR_LIMIT as for all silences. */
bool engine_silence_group(struct engine *e, const struct group_silence *in, struct now now,
                          struct effects *fx, struct silence **out, struct err *err) NODISCARD;

/* ---- what can be seen of it, under the read lock ---- */

struct group_card_alert {
    struct alert *alert; /* a reference */
    bool firing, acked;
};

/* One group, for somebody who is about to act on it, or a group that is acknowledged. */
struct group_card {
    const struct config *config; /* a reference; keeps the route alive */
    const struct route *route;
    struct labels *labels; /* a reference */
    char *key;
    struct group_card_alert *alerts; /* in the order of arrival */
    size_t n_alerts, n_firing;
    struct ack *ack; /* a reference, or NULL */
    struct silence
        *silence;        /* the one that engine_silence_group() has made, if it is in force: a reference */
    bool until_resolved; /* that ends with the group */
    struct matchers matchers; /* what it would silence; the caller's */
};
/* False: there is no such group now, or the arena is too small for it. group_card_done() if true. */
bool engine_group_card(const struct engine *e, struct group_id id, struct now now, struct arena *mem,
                       struct group_card *out) NODISCARD;
void group_card_done(struct group_card *c);

/* The acknowledged groups, oldest acknowledgement first. */
struct acks_view {
    struct group_card *v; /* without matchers and silence */
    size_t n;
    bool incomplete; /* the arena was too small for all of it */
};
void engine_view_acks(const struct engine *e, struct now now, struct arena *mem, struct acks_view *out);
void acks_view_done(struct acks_view *v);
