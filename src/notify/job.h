/* A delivery at work: what has been rendered, how its attempts stand, and how it ends.
 *
 * A job knows nothing of sockets and lanes; the pool moves it around.
 */
#pragma once

#include "base/mem.h"
#include "base/timerq.h"
#include "lane.h"
#include "retry.h"
#include "shared.h"

/* Which of several destinations has it, and which are left (pool_spread.c). Sets are bits by number. */
struct spread {
    struct destinations of;
    unsigned home, at; /* the preferred one; the one that it is rendered for */
    uint32_t done;     /* broadcast: those that have it */
    uint32_t refused;  /* for reasons of their own */
    uint32_t tried;    /* since the last wait */
};

/* Where the pool has it. */
enum job_place {
    JOB_QUEUED,  /* in a lane; the timer is its deadline */
    JOB_RUNNING, /* sent, or about to be */
    JOB_WAITING, /* between two attempts; the timer says when */
    JOB_MERGED,  /* told by the message of its leader; no timer */
};

struct job {
    struct lane_item item;
    struct timer timer;
    struct job *prev, *next; /* in the pool's list */
    enum job_place place;
    struct pool_lane *lane;    /* QUEUED, RUNNING */
    struct transfer *transfer; /* RUNNING, unless it needs none */
    struct delivery *d;
    struct shared *shared;
    struct retry retry;
    mono_ns queued_at;
    struct spread spread;
    unsigned step;
    void *state;         /* render.state */
    struct job *leader;  /* MERGED */
    struct job **merged; /* whose leader this one is */
    size_t n_merged;
    bool alone;                           /* a message about several was refused: never again */
    struct job **parked_at, *parked_next; /* where it waits for the answer to another's request; NULL */
    bool token_renewed;                   /* in this attempt a token was refused */
    mono_ns asked_until;                  /* the last answer asked for patience until then; 0: it did not */

    /* Rendered: valid until job_discard(). */
    bool rendered;
    struct arena mem;
    struct render render;
    struct request request;
    const char *destination; /* scheme, host and port */
    const struct http_config *http;
    struct http_config token_http;
    struct oauth2_login login;
    const char *authorization; /* instead of what http says; NULL: as it says */
    bool asks_for_token;       /* the request is for a token; the message is the next one */
    bool same_step;            /* what VERDICT_NEXT asks for is this step once more */
};

/* What all jobs of a notifier see. */
struct job_env {
    const char *external_url, *user_agent, *hostname;
    const struct action_keys *action_keys;
    dur_ns action_lifetime;
    bool terminal; /* log receivers write to one */
    bool compat_strict;
};

/* Counts the notification. */
struct job *job_new(struct delivery *d, struct shared *shared);
void job_free(struct job *j); /* neither the delivery nor the shared entry */

/* From the first step again, for another destination. */
void job_start_over(struct job *j);
/* Renders the next step for j->spread.at, lane key included. False: permanent, `err` says why. */
bool job_render(struct job *j, const struct job_env *env, struct now now, uint64_t random,
                struct err *err) NODISCARD;
/* Renders one message about `v`, the first of which is the job's own. *n: how many fitted in. */
bool job_render_digest(struct job *j, const struct job_env *env, struct now now, uint64_t random,
                       const struct delivery *const *v, size_t *n, struct err *err) NODISCARD;
void job_discard(struct job *j);
/* How urgent it is, for lanes: firing and critical, firing, resolved, a repetition. */
unsigned job_class(const struct job *j);

/* What an answer means: the receiver's word, but for tokens. */
void job_classify(struct job *j, const struct reply *reply, struct now now, struct verdict *out);
/* Counts and judges an answer, and logs a failed attempt. */
enum retry_action job_decide(struct job *j, const struct verdict *v, struct now now, double random,
                             mono_ns *at);

/* Each fills in the outcome, counts and logs it. Then the delivery can be given back. */
void job_succeed(struct job *j, struct now now);
void job_refuse(struct job *j, struct now now); /* after RETRY_REFUSED */
void job_cancel(struct job *j, struct now now, enum failure why, const char *context);
/* Before its time: nothing can be sent for `rest`. */
void job_return(struct job *j, struct now now, dur_ns rest, const char *context);
