/* The inside of the notifier, shared by pool.c (deliveries, requests, the thread) and pool_lanes.c (the
 * lanes). All of it belongs to the thread but what struct notify lists first. */
#pragma once

#include <stdatomic.h>

#include "base/map.h"
#include "board.h"
#include "curl_transfer.h"
#include "job.h"
#include "notify/notify.h"

struct pool_lane {
    struct lane lane;
    struct timer timer; /* when something may start again */
    char *key;
    struct board_entry *entry;
    struct notice notice; /* what the entry says */
    mono_ns used_at;
    bool pumping;
};

struct notify {
    struct notify_opts opts;
    struct job_env env;
    char *external_url, *user_agent, *hostname; /* what env points to */
    struct mailbox inbox;
    pthread_t thread;
    atomic_size_t in_flight;
    atomic_bool stopping;
    _Atomic mono_ns drain_until;

    /* The thread's own. */
    CURLM *multi;
    struct now now; /* of this turn */
    struct timerq timers;
    struct timer housekeeping;
    struct strmap lanes;
    struct shared_table shared;
    struct meter meter;
    struct board board;
    struct job *jobs;
    uint64_t random_state;
    bool draining;
};

uint64_t pool_random(struct notify *n);
double pool_uniform(struct notify *n); /* in [0, 1) */
/* Starts what may start. A request that ends at once calls this again: then the outer loop goes on. */
void pool_pump(struct notify *n, struct pool_lane *l);

/* Into the lane of its destination; or out of its lane. */
void pool_enqueue(struct notify *n, struct job *j);
void pool_leave_lane(struct notify *n, struct job *j);
/* What follows from a verdict about a job that is not in a queue. It may be gone afterwards. */
void pool_decide(struct notify *n, struct job *j, const struct verdict *v);

/* ---- requests of which an integration sends one at a time: pool_fetch.c ---- */

/* The job has its turn. False: another one has asked already, and this one waits for the answer. */
bool fetch_begin(struct notify *n, struct job *j);
/* The job's request has been answered. Who has waited for that, for fetch_share(), which has to follow. */
struct job *fetch_end(struct job *j);
void fetch_share(struct notify *n, struct job *waiting, const struct verdict *v);
void fetch_leave(struct notify *n, struct job *j); /* it ends: who waits goes on without it */

/* ---- several in one message: pool_digest.c ---- */

/* The job has its turn: what else waits in its lane may join it. Then it is rendered, and has others merged.
 */
void digest_gather(struct notify *n, struct job *leader);
void digest_begin(struct notify *n, struct job *leader); /* its attempt is the others' as well */
struct job *digest_pop(struct job *leader); /* one of the others, free of it; NULL: none is left */
void digest_leave(struct job *j);           /* no-op when it has no leader */
void digest_forget(struct job *j);          /* the attempt did not count, and the next is alone */

/* The lane of a rendered job, made if need be. */
struct pool_lane *lane_for(struct notify *n, const struct job *j);
void lanes_begin(struct notify *n); /* lanes that are not needed are forgotten from time to time */
void lanes_done(struct notify *n);
/* The destination asks for patience. */
void lane_pause(struct notify *n, const struct job *j, dur_ns asked);
/* An attempt has ended. True: the lane's breaker has opened, and what waits in it has to be given back. */
bool lane_outcome(struct notify *n, const struct job *j, enum breaker_sign sign, const char *error);
/* Not 0: the breaker is open, or the destination wants to be left alone for so long. */
dur_ns lane_rest(const struct notify *n, const struct pool_lane *l);
bool lane_is_open(const struct notify *n, const struct pool_lane *l);
void lane_post(struct notify *n, struct pool_lane *l); /* what others see of it has changed */
