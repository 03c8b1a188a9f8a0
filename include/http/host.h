/* What the HTTP layer needs from the program around it: access to the engine with its lock, durability,
 * reload. app implements it (http does not see db or notify).
 */
#pragma once

#include <stdbool.h>

#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"
#include "config/finding.h"
#include "core/engine.h"
#include "core/event.h"
#include "core/history.h"
#include "core/lane_view.h"
#include "core/view.h"

/* Waits for a commit. Embed it; `done` runs in another thread, exactly once, and only if apply() returned
 * HOST_PENDING. */
struct commit_wait {
    void (*done)(struct commit_wait *w, bool ok);
};

enum host_result {
    HOST_DURABLE, /* nothing had to be written, or nothing was changed: answer now */
    HOST_PENDING, /* answer when `done` is called */
    HOST_BUSY,    /* the inbox is full; the function was not run: 503 */
};

/* What is known of the notifications to one integration since the start; stamps are unset when there was
 * none. */
struct integration_status {
    struct stamp last_attempt, last_success, last_failure;
    dur_ns latency;  /* of the last one: from when it was due to its end */
    char error[512]; /* of the last failure: one line, without secrets */
};

struct host {
    void *ctx;
    /* Read lock. The engine may be used until read_end(). */
    const struct engine *(*read_begin)(void *ctx);
    void (*read_end)(void *ctx);
    /* Runs fn under the write lock and publishes its effects in order. */
    enum host_result (*apply)(void *ctx,
                              void (*fn)(struct engine *e, struct now now, struct effects *fx, void *arg),
                              void *arg, struct commit_wait *wait);
    /* Serialised with other reloads; may take a while, so http calls it outside its loops. `by` asks for it.
     * On success `notes` has what is worth telling all the same, in lines. */
    bool (*reload)(void *ctx, const struct actor *by, struct strbuf *notes, struct err *err);
    struct now (*now)(void *ctx);
    void (*integration_status)(void *ctx, const struct receiver *r, const struct integration *i,
                               struct integration_status *out);
    /* The ways to where notifications go, as they are; in `mem`. */
    void (*lanes)(void *ctx, struct arena *mem, struct lanes_view *out);
    /* Takes over a delivery whose `trial` is set; that gets it back. */
    void (*try_delivery)(void *ctx, struct delivery *d);
    /* Calls the listener for each event, until unlisten() has returned. Not under read_begin(). */
    void (*listen)(void *ctx, struct event_listener *l);
    void (*unlisten)(void *ctx, struct event_listener *l);
    /* Parses and checks a configuration; opens no file that it names. Tells `report` of all errors and
     * warnings. NULL: there are errors, `err` is the first. Otherwise a reference. */
    const struct config *(*check_config)(void *ctx, struct sv yaml,
                                         void (*report)(void *to, const struct config_finding *f), void *to,
                                         struct err *err);
    /* Asks the history; waits for the disk, so not in a loop. The page is the caller's in any case. */
    bool (*history)(void *ctx, const struct history_query *q, struct history_page *page, struct err *err);
    /* The labels of a group's route, rendered over the group's alerts, sorted by name; one whose template
     * fails is left out. In `mem`. NULL: labels that are templates are not shown. */
    size_t (*route_labels)(void *ctx, const struct groups_view *view, const struct group_view *group,
                           struct now now, struct arena *mem, const struct label_sv **out);
};
