/* What can be seen of the engine. Everything that shows it (API, CLI, UI, tests) goes through here.
 *
 * The functions that take the engine run under the read lock and only collect references into an arena;
 * filtering, sorting and writing happen afterwards without any lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/re.h"
#include "core/engine.h"

/* One per alert of a listing: small, for there may be a million. */
struct alert_view {
    struct alert *alert;          /* a reference */
    const struct route **routes;  /* in match order, duplicates of receivers kept; others may share it */
    struct silence **silenced_by; /* references; active ones */
    const struct receiver *
        *receivers; /* by groups_view_filter(): of the groups it returns that hold the alert, by name */
    uint64_t inhibited_by; /* fingerprint of the source */
    uint32_t n_routes, n_silenced_by, n_receivers;
    bool inhibited;
};

struct alerts_view {
    const struct config *config; /* a reference */
    struct alert_view *v;
    size_t n;
    bool incomplete; /* the arena was too small for all of it */
};

struct group_view {
    const struct route *route;
    struct labels *labels; /* a reference */
    char *group_key;
    size_t *alerts; /* indices into groups_view.alerts.v; in notification order once sorted */
    size_t n_alerts;
    size_t n_all;          /* with those that a filter left out, which stand behind the others */
    const char **muted_by; /* names of the intervals that mute it now; strict: as of the last flush */
    size_t n_muted_by;
    struct stamp next_flush;
    uint64_t flushes;
};
struct groups_view {
    struct alerts_view alerts; /* each alert once */
    struct group_view *v;
    size_t n;
};

struct silences_view {
    struct silence **v; /* references */
    size_t n;
    bool incomplete; /* the arena was too small for all of it */
};

/* Alerts whose end has passed are left out. Arrays live in `mem`. */
void engine_view_alerts(const struct engine *e, struct now now, struct arena *mem, struct alerts_view *out);
void engine_view_groups(const struct engine *e, struct now now, struct arena *mem, struct groups_view *out);
void engine_view_silences(const struct engine *e, struct arena *mem, struct silences_view *out);
struct silence *engine_find_silence(const struct engine *e, struct sv id); /* a reference, or NULL */
const struct config *engine_config(const struct engine *e);                /* a reference */

/* Dead letters, the newest first, from the one behind `after` (its id; empty: from the newest) on. False: it
 * is not known any more. */
struct letters_view {
    struct dead_letter **v; /* references */
    size_t n;
    bool more;
};
bool engine_view_letters(const struct engine *e, struct sv after, size_t limit, struct arena *mem,
                         struct letters_view *out) NODISCARD;
void letters_view_done(struct letters_view *v);

/* The names of the intervals that hold the route's groups back at `t`: the mute intervals that contain it, or
 * all active ones when none does. The caller frees `names`. */
size_t route_muted_by(const struct route *r, struct stamp t, const char ***names);

void alerts_view_done(struct alerts_view *v); /* drops the references */
void groups_view_done(struct groups_view *v);
void silences_view_done(struct silences_view *v);

/* Query parameters of GET /alerts and /alerts/groups (api.md 2.4, 2.5). Zero values with the flags true:
 * everything. */
struct alert_query {
    bool active, silenced, inhibited, muted;
    const struct matchers *filter;            /* matchers_filter() on the alert's labels; NULL: none */
    const struct re *receiver;                /* anchored; NULL: none */
    const struct matchers *receiver_matchers; /* on the receiver's labels; NULL: none */
};

/* Keeps what the query asks for, in place. A group view's `alerts` keep their places, also those that are in
 * no group any more. */
void alerts_view_filter(struct alerts_view *v, const struct alert_query *q);
void groups_view_filter(struct groups_view *v, const struct alert_query *q, struct arena *mem);
void alerts_view_sort(struct alerts_view *v); /* by fingerprint */
void groups_view_sort(struct groups_view *v); /* by labels, then receiver; and the alerts of each group */

/* GET /silences: state filters, structural filter (api.md 2.7) and the order active, pending, expired. */
struct silence_query {
    bool active, pending, expired;
    const struct matchers *filter; /* NULL: none */
};
void silences_view_filter(struct silences_view *v, const struct silence_query *q, struct stamp now);
void silences_view_sort(struct silences_view *v, struct stamp now);
