/* The inside of the notifier, shared by notify.c (the thread), pool.c (deliveries, requests, answers) and the
 * other pool_*.c. All of it belongs to the thread but what struct notify lists first. */
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
    struct strmap memories; /* struct lane_memory, of lanes that have not been made yet */
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

/* ---- the turns of the thread: notify.c calls what pool.c does ---- */

void pool_take_mail(struct notify *n);
void pool_drive_transfers(struct notify *n);
/* Gives everything back as canceled; without `underway_too` not what has been sent and may be answered. */
void pool_abandon_all(struct notify *n, bool underway_too);

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

/* ---- what outlives the process: pool_memory.c ---- */

void memory_init(struct notify *n, const struct lane_memory *v, size_t count);
void memory_done(struct notify *n);
void memory_recall(struct notify *n, struct pool_lane *l); /* the lane was made just now */
void memory_keep(struct notify *n, struct pool_lane *l);   /* its bucket or its block has changed */

/* ---- several destinations: pool_spread.c ---- */

void spread_begin(struct job *j);
/* The best of those that are left. */
void spread_choose(const struct notify *n, struct job *j);
/* An attempt failed in a way that time may mend. True: another destination can be tried at once. */
bool spread_tries_next(const struct notify *n, struct job *j);
/* Waiting in a lane that rests is not necessary. */
bool spread_can_leave(const struct notify *n, const struct job *j);
/* It was refused for a reason of the destination's own. True: there are others. */
bool spread_gives_up_one(const struct notify *n, struct job *j);
/* One has it. True: others have to hear of it, too. */
bool spread_goes_on(struct job *j);
/* Who has to hear of it has heard. */
bool spread_is_complete(const struct job *j);

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
