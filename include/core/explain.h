/* Why an alert was or was not sent, and what happens next, put together from what the engine knows.
 *
 * engine_explain() runs under the read lock and takes references into an arena; everything else works on the
 * result without any lock. Nothing is decided here: routes, mutes and the decision per integration come from
 * the code that routes, mutes and decides.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "core/act.h"
#include "core/engine.h"
#include "core/event.h"

struct explain_route {
    const struct route *route;
    size_t depth;
    bool matched, taken;            /* taken: no child of it took the alert */
    const struct matcher *mismatch; /* the first one; NULL when it matched */
    struct sv value;                /* of the label that did not match */
};

struct explain_inhibition {
    size_t rule;          /* in config->inhibit_rules */
    struct alert *source; /* a reference */
};

enum explain_told { TOLD_NOTHING, TOLD_FIRING, TOLD_RESOLVED, TOLD_HELD };
const char *explain_told_text(enum explain_told t); /* "nothing", "firing", "resolved", "held" */

/* What one integration knows of the group, and what it would be told now. */
struct explain_integration {
    const struct receiver *receiver; /* not the route's: it stands in for that */
    const struct integration *in;
    bool has_last; /* it was told something that is remembered */
    struct stamp last_at, expires_at;
    size_t n_firing, n_resolved;
    enum explain_told told;      /* of the alert */
    enum notify_reason underway; /* a former process may have told it for this reason */
    bool busy;                   /* a delivery is on its way */
    bool owes;                   /* it was told that the alert fires, and not yet that it does not */
    bool failing;                /* it could not be told; the rest of the block says since when and why */
    struct stamp failing_since, retry_at;
    unsigned attempts;
    char *error;
    enum notify_reason decision; /* if the group were flushed now */
    bool mentions;               /* that notification would be about the alert */
    bool has_next;               /* the next notification is foreseeable */
    struct stamp next_at;
    enum notify_reason next_reason;
};

struct explain_group {
    const struct route *route;
    char *key;
    struct labels *labels; /* a reference */
    bool exists, member;
    char uuid[37];
    struct stamp opened_at;
    bool flush_due; /* next_flush is set; else it waits for a delivery, or does not exist */
    struct stamp next_flush;
    uint64_t flushes;
    struct ack *ack; /* a reference; NULL: the group is not acknowledged */
    bool acked;      /* the alert is */
    bool muted;      /* the alert is, in this group: by the first cause in the order of the stages */
    enum mute_cause cause;
    bool has_until;
    struct stamp until; /* when the cause ends, as far as that is known */
    size_t n_muted_by;
    const char **muted_by; /* names of the time intervals that mute the group */
    bool outside_active;   /* because it is none of the active intervals */
    struct stamp intervals_until;
    bool has_intervals_until;
    struct explain_integration *integrations;
    size_t n_integrations;
};

struct explanation {
    const struct config *config; /* a reference */
    struct stamp at;
    struct labels *labels; /* a reference */
    struct alert *alert;   /* a reference; NULL: unknown, what follows is what would happen */
    bool firing;
    struct explain_route *routes;
    size_t n_routes;
    struct explain_inhibition *inhibitions;
    size_t n_inhibitions;
    struct silence **silences; /* references; those that match and are not over */
    size_t n_silences;
    struct explain_group *groups;
    size_t n_groups;
    bool incomplete; /* the arena was too small for all of it */
};

/* The labels of a known alert: a reference, or NULL. */
struct labels *engine_known_labels(const struct engine *e, uint64_t fp);

/* Arrays and texts live in `mem`. explanation_done() in any case. */
void engine_explain(const struct engine *e, struct labels *ls, struct now now, struct arena *mem,
                    struct explanation *out);
void explanation_done(struct explanation *x);

/* One sentence for people. */
void explanation_sum_up(const struct explanation *x, struct strbuf *out);
