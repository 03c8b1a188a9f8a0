/* The notifier's thread: takes deliveries from the mailbox, moves them through the lanes, and drives libcurl.
 *
 * Only notify_submit(), notify_stop() and notify_in_flight() are called by other threads; they touch the
 * mailbox and the atomics. Everything else belongs to the thread.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/digest.h"
#include "pool.h"

#define DEFAULT_QUEUE    100000
#define MAX_CONNECTIONS  512L
#define IDLE_CONNECTIONS 100L
#define CONTEXT_DEADLINE "context deadline exceeded"
#define CONTEXT_CANCELED "context canceled"

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

static void empty_lane(struct notify *n, struct pool_lane *l)
{
    while (l->lane.head != NULL)
        return_early(n, CONTAINER_OF(l->lane.head, struct job, item), lane_rest(n, l));
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
        job_succeed(j, n->now);
        give_back(n, j);
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
    pool_decide(n, j, &v);
    fetch_share(n, waiting, &v);
    if (opened)
        empty_lane(n, l);
}

static void refuse(struct notify *n, struct job *j, const struct err *err)
{
    struct verdict v = {0};

    verdict_set(&v, j->render.transient ? VERDICT_RETRY : VERDICT_PERMANENT, FAILURE_OTHER, "%s", err->text);
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
    while ((i = lane_take(&l->lane, n->now.mono, &wake)) != NULL)
        start(n, CONTAINER_OF(i, struct job, item));
    l->pumping = false;
    if (wake != MONO_NEVER)
        timerq_arm(&n->timers, &l->timer, wake);
    else
        timerq_disarm(&n->timers, &l->timer);
    lane_post(n, l);
}

static void remember_lane(struct job *j)
{
    if (j->asks_for_token) /* the next one may have it already */
        return;
    free(j->shared->lane);
    j->shared->lane = j->request.lane_varies ? NULL : xstrdup(j->request.lane);
}

/* Into the lane of its destination. Without a hint from earlier deliveries it is rendered to find out. What
 * has to wait there is rendered again when its turn comes: rendered messages of a long queue would fill the
 * memory, and their signatures and ages would be stale. */
void pool_enqueue(struct notify *n, struct job *j)
{
    struct pool_lane *l =
        !j->rendered && j->shared->lane != NULL ? strmap_get(&n->lanes, sv_of(j->shared->lane)) : NULL;

    j->place = JOB_WAITING;
    if (l == NULL) {
        if (!j->rendered && !render(n, j))
            return;
        remember_lane(j);
        l = lane_for(n, j);
    }
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
}

/* Deliveries */

static void accept_delivery(struct notify *n, struct delivery *d)
{
    struct job *j = job_new(d, shared_get(&n->shared, &n->meter, d));

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
    } else {
        pool_enqueue(n, j);
    }
}

static void take_mail(struct notify *n)
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

static void drive_transfers(struct notify *n)
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

/* The thread */

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
static void abandon_all(struct notify *n, bool underway_too)
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

static void check_stop(struct notify *n)
{
    if (!atomic_load(&n->stopping))
        return;
    n->draining = true;
    abandon_all(n, n->now.mono >= atomic_load(&n->drain_until));
}

static int sleep_ms(struct notify *n)
{
    mono_ns until = timerq_next(&n->timers);

    if (n->draining && atomic_load(&n->drain_until) < until)
        until = atomic_load(&n->drain_until);
    if (until <= n->now.mono)
        return 0;
    const mono_ns ms = (until - n->now.mono + NS_PER_MS - 1) / NS_PER_MS;
    return ms < 60000 ? (int)ms : 60000;
}

static void *run(void *arg)
{
    struct notify *n = arg;

    n->now = clk_now();
    lanes_begin(n);
    for (;;) {
        check_stop(n);
        take_mail(n);
        timerq_run(&n->timers, n->now.mono, n);
        drive_transfers(n);
        if (n->draining && n->jobs == NULL)
            return NULL;
        curl_multi_poll(n->multi, NULL, 0, sleep_ms(n), NULL);
        n->now = clk_now();
    }
}

static void wake(void *ctx)
{
    curl_multi_wakeup(((struct notify *)ctx)->multi);
}

static bool make_multi(struct notify *n, struct err *err)
{
    /* Once per process; libcurl counts the calls and locks. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (n->multi = curl_multi_init()) == NULL)
        return err_set(err, ERR_SYSTEM, "cannot initialise libcurl");
    curl_multi_setopt(n->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MAX_CONNECTIONS);
    curl_multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS);
    return true;
}

static void destroy(struct notify *n)
{
    lanes_done(n);
    board_done(&n->board);
    timerq_done(&n->timers);
    shared_table_done(&n->shared);
    if (n->multi != NULL)
        curl_multi_cleanup(n->multi);
    curl_global_cleanup();
    mailbox_done(&n->inbox);
    free(n->external_url);
    free(n->user_agent);
    free(n->hostname);
    free(n);
}

struct notify *notify_new(const struct notify_opts *opts, struct err *err)
{
    struct notify *n = xcalloc(1, sizeof *n);

    n->opts = *opts;
    n->external_url = xstrdup(opts->external_url);
    n->user_agent = xstrdup(opts->user_agent);
    n->hostname = xstrdup(opts->hostname);
    if (n->opts.queue_limit == 0)
        n->opts.queue_limit = DEFAULT_QUEUE;
    n->env = (struct job_env){.external_url = n->external_url,
                              .user_agent = n->user_agent,
                              .hostname = n->hostname,
                              .terminal = isatty(opts->log_fd) == 1,
                              .compat_strict = opts->compat_strict};
    timerq_init(&n->timers);
    mailbox_init(&n->inbox, 0, wake, n);
    meter_init(&n->meter, opts->metrics, opts->receiver_name_in_metrics);
    board_init(&n->board, opts->metrics);
    if (!random_bytes(&n->random_state, sizeof n->random_state))
        n->random_state = (uint64_t)clk_now().mono;
    if (!make_multi(n, err)) {
        destroy(n);
        return NULL;
    }
    errno = pthread_create(&n->thread, NULL, run, n);
    if (errno != 0) {
        (void)err_errno(err, "cannot start the notifier");
        destroy(n);
        return NULL;
    }
    pthread_setname_np(n->thread, "notifier");
    return n;
}

void notify_submit(struct notify *n, struct delivery *d)
{
    const size_t before = atomic_fetch_add(&n->in_flight, 1);

    d->failure = before >= n->opts.queue_limit ? FAILURE_OTHER : FAILURE_NONE;
    mailbox_force(&n->inbox, &d->mail);
}

void notify_stop(struct notify *n, dur_ns drain)
{
    atomic_store(&n->drain_until, clk_now().mono + drain);
    atomic_store(&n->stopping, true);
    wake(n);
    pthread_join(n->thread, NULL);
}

void notify_free(struct notify *n)
{
    if (n == NULL)
        return;
    n->now = clk_now();
    take_mail(n); /* what was submitted after the end: given back as canceled */
    destroy(n);
}

size_t notify_in_flight(struct notify *n)
{
    return atomic_load(&n->in_flight);
}

void notify_lanes_view(struct notify *n, struct arena *mem, struct lanes_view *out)
{
    board_view(&n->board, mem, out);
}
