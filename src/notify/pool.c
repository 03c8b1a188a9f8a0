/* What the notifier's thread does: takes deliveries from the mailbox, moves them through the lanes, drives
 * libcurl, and judges the answers. The thread itself is in notify.c.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "pool.h"

#define CONTEXT_DEADLINE "context deadline exceeded"
#define CONTEXT_CANCELED "context canceled"
#define EXCESS_REST      (60 * NS_PER_S)

/* SplitMix64: jitter and boundaries need no secrecy. */
uint64_t pool_random(struct notify *n)
{
    uint64_t x = n->random_state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

double pool_uniform(struct notify *n)
{
    return (double)(pool_random(n) >> 11) / (double)(UINT64_C(1) << 53);
}

/* The job no longer holds a place in its lane. */
void pool_leave_lane(struct notify *n, struct job *j)
{
    struct pool_lane *l = j->lane;

    if (l == NULL)
        return;
    j->lane = NULL;
    if (j->place == JOB_RUNNING)
        lane_finished(&l->lane);
    else
        lane_remove(&l->lane, &j->item);
    pool_pump(n, l);
}

/* The end of a job */

static void give_back(struct notify *n, struct job *j)
{
    struct delivery *d = j->d;

    pool_leave_lane(n, j);
    fetch_leave(n, j);
    timerq_disarm(&n->timers, &j->timer);
    if (j->prev != NULL)
        j->prev->next = j->next;
    else
        n->jobs = j->next;
    if (j->next != NULL)
        j->next->prev = j->prev;
    shared_release(&n->shared, j->shared);
    job_free(j);
    n->opts.done(n->opts.ctx, d);
    atomic_fetch_sub(&n->in_flight, 1);
    metric_set(n->meter.queue, (double)atomic_load(&n->in_flight));
}

static void cancel(struct notify *n, struct job *j, enum failure why, const char *context)
{
    if (j->lane != NULL && why != FAILURE_CANCELED && !n->opts.compat_strict)
        j->d->retry_after = lane_rest(n, j->lane);
    job_cancel(j, n->now, why, context);
    give_back(n, j);
}

/* Nothing can be sent for so long: by then there may be something else to say. */
static void return_early(struct notify *n, struct job *j, dur_ns rest)
{
    char context[64];

    (void)snprintf(context, sizeof context, "destination does not answer, next attempt in %lld s",
                   (long long)((rest + NS_PER_S - 1) / NS_PER_S));
    job_return(j, n->now, rest, context);
    give_back(n, j);
}

/* Too many wait for a destination that counts messages. Who is sent away comes back with what holds then. */
static void return_excess(struct notify *n, struct pool_lane *l)
{
    struct lane_item *i = lane_excess(&l->lane);

    if (i == NULL)
        return;
    struct job *j = CONTAINER_OF(i, struct job, item);
    job_return(j, n->now, EXCESS_REST, "rate limited: too many notifications wait for this destination");
    give_back(n, j);
}

static void empty_lane(struct notify *n, struct pool_lane *l)
{
    while (l->lane.head != NULL)
        return_early(n, CONTAINER_OF(l->lane.head, struct job, item), lane_rest(n, l));
}

/* What waits there and need not. All is taken off the queue first: to join another one starts things. */
static void leave_resting(struct notify *n, struct pool_lane *l)
{
    struct job **leaving = xcalloc(l->lane.waiting + 1, sizeof *leaving);
    size_t count = 0;

    for (struct lane_item *i = l->lane.head, *next; i != NULL; i = next) {
        struct job *j = CONTAINER_OF(i, struct job, item);
        next = i->next;
        if (!spread_can_leave(n, j))
            continue;
        lane_remove(&l->lane, i);
        timerq_disarm(&n->timers, &j->timer);
        j->lane = NULL;
        leaving[count++] = j;
    }
    for (size_t i = 0; i < count; i++)
        pool_enqueue(n, leaving[i]);
    free(leaving);
}

/* Its deadline passed while it waited for its turn. */
static void expire_queued(struct notify *n, struct job *j)
{
    char context[96];

    if (!lane_limited(&j->lane->lane, n->now.mono)) {
        cancel(n, j, FAILURE_DEADLINE, CONTEXT_DEADLINE);
        return;
    }
    (void)snprintf(context, sizeof context, "rate limited: queued %lld s",
                   (long long)((n->now.mono - j->queued_at) / NS_PER_S));
    cancel(n, j, FAILURE_RATE_LIMITED, context);
}

static void on_job_timer(struct timer *t, void *ctx, mono_ns now)
{
    struct job *j = CONTAINER_OF(t, struct job, timer);
    struct notify *n = ctx;

    if (j->place == JOB_QUEUED)
        expire_queued(n, j);
    else if (now >= j->d->deadline)
        cancel(n, j, FAILURE_DEADLINE, CONTEXT_DEADLINE);
    else
        pool_enqueue(n, j);
}

/* Answers */

/* Between two attempts. */
static void wait_until(struct notify *n, struct job *j, mono_ns at)
{
    const struct pool_lane *l = j->lane;
    const dur_ns asked = j->asked_until - n->now.mono;

    job_discard(j);
    pool_leave_lane(n, j);
    j->place = JOB_WAITING;
    if (n->draining)
        cancel(n, j, FAILURE_CANCELED, CONTEXT_CANCELED);
    else if (spread_tries_next(n, j))
        pool_enqueue(n, j);
    else if (l != NULL && lane_is_open(n, l))
        return_early(n, j, lane_rest(n, l));
    else if (j->asked_until >= j->d->deadline && !n->opts.compat_strict)
        return_early(n, j, asked);
    else
        timerq_arm(&n->timers, &j->timer, at);
}

static void push_front(struct notify *n, struct pool_lane *l, struct job *j)
{
    j->place = JOB_QUEUED;
    j->lane = l;
    lane_push_front(&l->lane, &j->item);
    timerq_arm(&n->timers, &j->timer, j->d->deadline);
}

/* Back to the head of the queue, each by itself. */
static void send_apart(struct notify *n, struct job *leader)
{
    struct pool_lane *l = leader->lane;

    for (struct job *j; (j = digest_pop(leader)) != NULL;) {
        digest_forget(j);
        push_front(n, l, j);
    }
    digest_forget(leader);
    job_discard(leader);
    lane_finished(&l->lane);
    push_front(n, l, leader);
    pool_pump(n, l);
}

/* One answer for all. */
static void decide_merged(struct notify *n, struct job *leader, const struct verdict *v)
{
    for (struct job *j; (j = digest_pop(leader)) != NULL;)
        pool_decide(n, j, v);
    pool_decide(n, leader, v);
}

/* To one of the destinations, at least. */
static void delivered(struct notify *n, struct job *j)
{
    if (spread_goes_on(j)) {
        job_start_over(j);
        pool_leave_lane(n, j);
        pool_enqueue(n, j);
        return;
    }
    if (spread_is_complete(j))
        job_succeed(j, n->now);
    else
        job_refuse(j, n->now);
    give_back(n, j);
}

void pool_decide(struct notify *n, struct job *j, const struct verdict *v)
{
    const bool shared_fate =
        v->kind == VERDICT_DELIVERED || v->kind == VERDICT_RETRY || v->kind == VERDICT_THROTTLED;
    mono_ns at = 0;

    if (j->n_merged != 0 && !shared_fate) {
        send_apart(n, j);
        return;
    }
    if (j->n_merged != 0) {
        decide_merged(n, j, v);
        return;
    }
    switch (job_decide(j, v, n->now, pool_uniform(n), &at)) {
    case RETRY_DELIVERED:
        meter_split(&n->meter, v->parts);
        delivered(n, j);
        return;
    case RETRY_REFUSED:
        job_refuse(j, n->now);
        give_back(n, j);
        return;
    case RETRY_CONTINUE:
        job_discard(j);
        lane_finished(&j->lane->lane);
        j->place = JOB_QUEUED;
        lane_push_front(&j->lane->lane, &j->item);
        timerq_arm(&n->timers, &j->timer, j->d->deadline);
        pool_pump(n, j->lane);
        return;
    case RETRY_WAIT:
        wait_until(n, j, at);
        return;
    }
}

/* What the answer says of the destination. */
static enum breaker_sign sign_of(const struct job *j, const struct reply *reply)
{
    if (j->request.kind == REQUEST_LOG)
        return SIGN_FINE;
    if (!reply->transported)
        return SIGN_SILENT;
    return j->request.kind == REQUEST_HTTP && reply->status >= 500 ? SIGN_ERROR : SIGN_FINE;
}

/* Upstream knows neither lanes nor Retry-After: its backoff alone says when to try again. */
static void be_impatient(struct verdict *v)
{
    v->retry_after = 0;
    if (v->kind == VERDICT_THROTTLED)
        v->kind = VERDICT_RETRY;
}

/* What one destination refuses for good another may take. */
static void look_elsewhere(const struct notify *n, struct job *j, struct verdict *v)
{
    if (v->kind == VERDICT_PERMANENT && v->elsewhere && spread_gives_up_one(n, j))
        v->kind = VERDICT_RETRY;
}

static void judge(struct notify *n, struct job *j, const struct reply *reply)
{
    struct verdict v = {.kind = VERDICT_DELIVERED};
    struct pool_lane *l = j->lane;

    j->d->status = reply->status;
    struct job *waiting = fetch_end(j);
    job_classify(j, reply, n->now, &v);
    if (n->opts.compat_strict)
        be_impatient(&v);
    const bool fine = v.kind == VERDICT_DELIVERED || v.kind == VERDICT_NEXT;
    const bool opened = lane_outcome(n, j, sign_of(j, reply), fine ? NULL : v.text);
    if (v.kind == VERDICT_THROTTLED)
        lane_pause(n, j, v.retry_after);
    look_elsewhere(n, j, &v);
    pool_decide(n, j, &v);
    fetch_share(n, waiting, &v);
    if (lane_rest(n, l) > 0)
        leave_resting(n, l);
    if (opened)
        empty_lane(n, l);
}

static void refuse(struct notify *n, struct job *j, const struct err *err)
{
    struct verdict v = {0};

    verdict_set(&v, j->render.transient ? VERDICT_RETRY : VERDICT_PERMANENT, FAILURE_OTHER, "%s", err->text);
    v.elsewhere = !j->render.tmpl_failed;
    look_elsewhere(n, j, &v);
    pool_decide(n, j, &v);
}

/* Requests */

static void write_log(struct notify *n, struct job *j)
{
    struct sv text = j->request.body;
    struct reply reply = {.transported = true};
    struct err err;

    while (text.n != 0) {
        const ssize_t written = write(n->opts.log_fd, text.p, text.n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            (void)err_errno(&err, "write");
            reply = (struct reply){.transport_error = err.text};
            break;
        }
        text = (struct sv){text.p + written, text.n - (size_t)written};
    }
    judge(n, j, &reply);
}

static void drop_transfer(struct job *j)
{
    if (j->transfer == NULL)
        return;
    transfer_done(j->transfer);
    free(j->transfer);
    j->transfer = NULL;
}

static void send_request(struct notify *n, struct job *j)
{
    const struct transfer_env env = {.http = j->http,
                                     .authorization = j->authorization,
                                     .user_agent = n->user_agent,
                                     .limit = j->d->deadline - n->now.mono,
                                     .mem = &j->mem};
    struct err err;

    j->transfer = xcalloc(1, sizeof *j->transfer);
    if (!transfer_init(j->transfer, &j->request, &env, &err)) {
        drop_transfer(j);
        if (j->request.kind == REQUEST_SMTP)
            refuse(n, j, &err); /* TLS files: a setting is wrong */
        else
            judge(n, j, &(struct reply){.transport_error = err.text});
        return;
    }
    curl_easy_setopt(j->transfer->easy, CURLOPT_PRIVATE, j);
    const CURLMcode code = curl_multi_add_handle(n->multi, j->transfer->easy);
    assert(code == CURLM_OK);
}

static bool render(struct notify *n, struct job *j)
{
    struct err err = {0};

    if (job_render(j, &n->env, n->now, pool_random(n), &err))
        return true;
    (void)retry_begin(&j->retry, n->now.mono);
    refuse(n, j, &err);
    return false;
}

/* The lane gave the job its turn. */
static void start(struct notify *n, struct job *j)
{
    struct pool_lane *l = j->lane;

    timerq_disarm(&n->timers, &j->timer);
    j->place = JOB_RUNNING;
    digest_gather(n, j);
    if (!j->rendered && !render(n, j))
        return;
    if (strcmp(j->request.lane, l->key) != 0) { /* the hint was wrong, or a secret file has changed */
        for (struct job *other; (other = digest_pop(j)) != NULL;)
            push_front(n, l, other);
        pool_leave_lane(n, j);
        pool_enqueue(n, j);
        return;
    }
    if (j->request.exclusive && !fetch_begin(n, j))
        return;
    if (retry_begin(&j->retry, n->now.mono))
        j->token_renewed = false;
    digest_begin(n, j);
    if (j->request.kind == REQUEST_LOG)
        write_log(n, j);
    else
        send_request(n, j);
}

void pool_pump(struct notify *n, struct pool_lane *l)
{
    struct lane_item *i;
    mono_ns wake;

    if (l->pumping)
        return;
    l->pumping = true;
    while ((i = lane_take(&l->lane, n->now.mono, &wake)) != NULL) {
        memory_keep(n, l);
        start(n, CONTAINER_OF(i, struct job, item));
    }
    l->pumping = false;
    if (wake != MONO_NEVER)
        timerq_arm(&n->timers, &l->timer, wake);
    else
        timerq_disarm(&n->timers, &l->timer);
    lane_post(n, l);
}

static void remember_lane(struct job *j)
{
    struct shared_destination *at = &j->shared->destinations[j->spread.at];

    if (j->asks_for_token) /* the next one may have it already */
        return;
    free(at->lane);
    at->lane = j->request.lane_varies ? NULL : xstrdup(j->request.lane);
}

/* The lane of the best destination, or NULL when the job has come to its end. Without a hint from earlier
 * deliveries it is rendered to find out; that may show that another one is better. */
static struct pool_lane *find_lane(struct notify *n, struct job *j)
{
    for (;;) {
        if (!j->rendered)
            spread_choose(n, j);
        const unsigned at = j->spread.at;
        const char *hint = j->shared->destinations[at].lane;
        struct pool_lane *l = !j->rendered && hint != NULL ? strmap_get(&n->lanes, sv_of(hint)) : NULL;
        if (l != NULL)
            return l;
        if (!j->rendered && !render(n, j))
            return NULL;
        remember_lane(j);
        l = lane_for(n, j);
        spread_choose(n, j);
        if (j->spread.at == at)
            return l;
        job_discard(j);
    }
}

/* Into the lane of its destination. What has to wait there is rendered again when its turn comes: rendered
 * messages of a long queue would fill the memory, and their signatures and ages would be stale. */
void pool_enqueue(struct notify *n, struct job *j)
{
    j->place = JOB_WAITING;
    struct pool_lane *l = find_lane(n, j);
    if (l == NULL)
        return;
    if (lane_is_open(n, l)) {
        return_early(n, j, lane_rest(n, l));
        return;
    }
    if (!lane_ready(&l->lane, n->now.mono))
        job_discard(j);
    j->place = JOB_QUEUED;
    j->lane = l;
    j->queued_at = n->now.mono;
    j->item.class = job_class(j);
    j->item.since = n->now.mono;
    lane_push(&l->lane, &j->item);
    timerq_arm(&n->timers, &j->timer, j->d->deadline);
    pool_pump(n, l);
    return_excess(n, l);
}

/* Deliveries */

/* The platform has a bad moment, which is over before the deadline. */
static bool hold(struct notify *n, struct job *j)
{
    const struct receiver_type *type = j->shared->type;
    const dur_ns rest = type->hold != NULL ? type->hold(j->d, n->now, pool_random(n)) : 0;

    if (rest == 0 || rest >= j->d->deadline - n->now.mono)
        return false;
    timerq_arm(&n->timers, &j->timer, n->now.mono + rest);
    return true;
}

static void accept_delivery(struct notify *n, struct delivery *d)
{
    struct job *j = job_new(d, shared_get(&n->shared, &n->meter, d));

    spread_begin(j);
    j->timer.fire = on_job_timer;
    j->place = JOB_WAITING;
    j->next = n->jobs;
    if (n->jobs != NULL)
        n->jobs->prev = j;
    n->jobs = j;
    if (d->failure != FAILURE_NONE) { /* notify_submit() found the queue full */
        cancel(n, j, d->failure, "too many notifications are waiting");
    } else if (n->draining) {
        cancel(n, j, FAILURE_CANCELED, CONTEXT_CANCELED);
    } else if (d->n_alerts == 0) {
        job_succeed(j, n->now);
        give_back(n, j);
    } else if (d->deadline <= n->now.mono) {
        cancel(n, j, FAILURE_DEADLINE, CONTEXT_DEADLINE);
    } else if (!hold(n, j)) {
        pool_enqueue(n, j);
    }
}

void pool_take_mail(struct notify *n)
{
    for (struct mail *m = mailbox_take(&n->inbox), *next; m != NULL; m = next) {
        next = m->next;
        accept_delivery(n, CONTAINER_OF(m, struct delivery, mail));
    }
}

/* Transfers */

/* The leader's time is up; that of the others need not be. */
static void give_up_waiting(struct notify *n, struct job *j)
{
    struct verdict v = {0};

    verdict_set(&v, VERDICT_RETRY, FAILURE_DEADLINE, "%s", CONTEXT_DEADLINE);
    for (struct job *other; (other = digest_pop(j)) != NULL;)
        pool_decide(n, other, &v);
    cancel(n, j, FAILURE_DEADLINE, CONTEXT_DEADLINE);
}

static void finish_transfer(struct notify *n, struct job *j, CURLcode code)
{
    struct reply reply;

    curl_multi_remove_handle(n->multi, j->transfer->easy);
    transfer_reply(j->transfer, code, &reply);
    /* libcurl counts in milliseconds and may be one early. */
    if (code == CURLE_OPERATION_TIMEDOUT && n->now.mono >= j->d->deadline - 2 * NS_PER_MS) {
        struct pool_lane *l = j->lane;
        const bool opened = lane_outcome(n, j, SIGN_SILENT, CONTEXT_DEADLINE);
        drop_transfer(j);
        give_up_waiting(n, j);
        if (opened)
            empty_lane(n, l);
        return;
    }
    /* The reply borrows from the transfer, and the job may be gone when it is judged. */
    struct transfer *t = j->transfer;
    j->transfer = NULL;
    judge(n, j, &reply);
    transfer_done(t);
    free(t);
}

void pool_drive_transfers(struct notify *n)
{
    int left;

    curl_multi_perform(n->multi, &left);
    n->now = clk_now();
    for (CURLMsg *m; (m = curl_multi_info_read(n->multi, &left)) != NULL;) {
        struct job *j;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j);
        finish_transfer(n, j, m->data.result);
    }
}

/* The end */

static void abandon(struct notify *n, struct job *j)
{
    if (j->transfer != NULL)
        curl_multi_remove_handle(n->multi, j->transfer->easy);
    drop_transfer(j);
    digest_leave(j);
    while (digest_pop(j) != NULL) {
    }
    cancel(n, j, FAILURE_CANCELED, CONTEXT_CANCELED);
}

/* A job can be freed, and others moved, by ending one: start over after each. */
void pool_abandon_all(struct notify *n, bool underway_too)
{
    struct job *j = n->jobs;

    while (j != NULL) {
        if (!underway_too && j->retry.underway) {
            j = j->next;
            continue;
        }
        abandon(n, j);
        j = n->jobs;
    }
}
