/* Events posted to a URL, one by one or in batches, by a few threads that take them from one queue. */
#include <pthread.h>
#include <stdlib.h>

#include "../curl_transfer.h"
#include "../oauth2.h"
#include "base/log.h"
#include "base/mem.h"
#include "output.h"

#define QUEUE_MAX   1024
#define WORKERS_MAX 64
#define MAX_BACKOFF (30 * NS_PER_S)
#define DRAIN       (30 * NS_PER_S)
#define SCRATCH     ((size_t)1 << 20)
#define USER_AGENT  "Tocsin"

struct queued {
    struct queued *next;
    size_t n;
    char json[];
};

struct webhook_output {
    struct event_output base;
    struct event_webhook_output c; /* with its defaults applied */
    const struct config *config;   /* a reference */
    struct metric *dropped;

    pthread_mutex_t
        token_mu; /* guards the token; held while one is asked for, which the others want as well */
    struct oauth2_state token;

    pthread_mutex_t mu; /* guards the rest */
    pthread_cond_t more;
    struct queued *first, **last;
    size_t n;
    bool closing;
    mono_ns give_up_at; /* when closing */
    pthread_t workers[WORKERS_MAX];
    size_t n_workers;
};

/* ---- time ---- */

static struct timespec timespec_of(mono_ns t)
{
    return (struct timespec){.tv_sec = t / NS_PER_S, .tv_nsec = t % NS_PER_S};
}

static bool is_over(struct webhook_output *o)
{
    pthread_mutex_lock(&o->mu);
    const bool over = o->closing && clk_now().mono >= o->give_up_at;
    pthread_mutex_unlock(&o->mu);
    return over;
}

/* Ends early when there is no time left for waiting. */
static void wait_for(struct webhook_output *o, dur_ns pause)
{
    const mono_ns until = clk_now().mono + pause;

    pthread_mutex_lock(&o->mu);
    while (clk_now().mono < until && !(o->closing && clk_now().mono >= o->give_up_at)) {
        const mono_ns end = o->closing && o->give_up_at < until ? o->give_up_at : until;
        const struct timespec at = timespec_of(end);
        (void)pthread_cond_timedwait(&o->more, &o->mu, &at);
    }
    pthread_mutex_unlock(&o->mu);
}

/* ---- one request ---- */

/* The token to send along, where the settings ask for one. */
static bool authorize(struct webhook_output *o, struct transfer_env *env, struct err *err)
{
    if (env->http == NULL || env->http->oauth2 == NULL)
        return true;
    pthread_mutex_lock(&o->token_mu);
    const char *token = oauth2_obtain(&o->token, env->http, USER_AGENT, env->limit, env->mem, err);
    env->authorization = token != NULL ? arena_strndup(env->mem, token, strlen(token)) : NULL;
    pthread_mutex_unlock(&o->token_mu);
    return env->authorization != NULL;
}

static void forget_token(struct webhook_output *o, const char *authorization)
{
    pthread_mutex_lock(&o->token_mu);
    oauth2_refused(&o->token, authorization);
    pthread_mutex_unlock(&o->token_mu);
}

static bool judge(struct webhook_output *o, const struct transfer_env *env, const struct reply *reply,
                  struct err *err)
{
    if (!reply->transported)
        return err_set(err, ERR_UNAVAILABLE, "%s", reply->transport_error);
    if (reply->status / 100 == 2)
        return true;
    if (reply->status == 401 && env->authorization != NULL)
        forget_token(o, env->authorization);
    return err_set(err, ERR_UNAVAILABLE, "unexpected status code %d", reply->status);
}

static bool post(struct webhook_output *o, struct sv body, struct err *err)
{
    const struct request request = {.kind = REQUEST_HTTP,
                                    .method = "POST",
                                    .url = o->c.url,
                                    .content_type = "application/json",
                                    .timeout = o->c.timeout,
                                    .body = body};
    struct arena mem;
    struct transfer t;
    struct reply reply;
    bool ok = false;

    arena_init(&mem, SCRATCH);
    struct transfer_env env = {
        .http = o->c.http_config, .user_agent = USER_AGENT, .limit = o->c.timeout, .mem = &mem};
    if (authorize(o, &env, err)) {
        if (transfer_init(&t, &request, &env, err)) {
            transfer_reply(&t, curl_easy_perform(t.easy), &reply);
            ok = judge(o, &env, &reply, err);
        }
        transfer_done(&t);
    }
    arena_done(&mem);
    return ok;
}

static dur_ns backoff(const struct webhook_output *o, int64_t attempt)
{
    dur_ns pause = o->c.retry_backoff;

    for (; attempt > 0 && pause < MAX_BACKOFF; attempt--)
        pause *= 2;
    return pause < MAX_BACKOFF ? pause : MAX_BACKOFF;
}

static void deliver(struct webhook_output *o, struct sv body)
{
    struct err err = {0};

    for (int64_t attempt = 0; attempt < o->c.max_retries; attempt++) {
        if (attempt != 0)
            wait_for(o, backoff(o, attempt - 1));
        if (post(o, body, &err))
            return;
        if (is_over(o))
            break;
    }
    log_error("events cannot be posted", "output", o->base.name, "err", err.text);
}

/* ---- the queue ---- */

static struct queued *pop(struct webhook_output *o)
{
    struct queued *q = o->first;

    if (q == NULL)
        return NULL;
    o->first = q->next;
    if (o->first == NULL)
        o->last = &o->first;
    o->n--;
    return q;
}

/* Waits for the first event; NULL: there will be none. */
static struct queued *wait_first(struct webhook_output *o)
{
    while (o->first == NULL && !o->closing)
        (void)pthread_cond_wait(&o->more, &o->mu);
    return pop(o);
}

/* Waits for another one that fits the batch; NULL: it is full, or waited long enough. */
static struct queued *wait_next(struct webhook_output *o, int64_t n, size_t bytes, mono_ns until)
{
    const struct timespec at = timespec_of(until);

    if (n >= o->c.batch_max_events || bytes >= (size_t)o->c.batch_max_bytes)
        return NULL;
    while (o->first == NULL && !o->closing && clk_now().mono < until)
        (void)pthread_cond_timedwait(&o->more, &o->mu, &at);
    return pop(o);
}

/* False: there is nothing more to send. */
static bool fill(struct webhook_output *o, struct strbuf *body)
{
    int64_t n = 0;
    mono_ns until = 0;

    strbuf_reset(body);
    pthread_mutex_lock(&o->mu);
    for (struct queued *q = wait_first(o); q != NULL; q = wait_next(o, n, body->n, until)) {
        if (o->c.batch)
            strbuf_addc(body, n == 0 ? '[' : ',');
        strbuf_add(body, q->json, q->n);
        free(q);
        if (n++ == 0)
            until = clk_now().mono + o->c.batch_flush_interval;
        if (!o->c.batch)
            break;
    }
    pthread_mutex_unlock(&o->mu);
    if (o->c.batch && n != 0)
        strbuf_addc(body, ']');
    return n != 0;
}

static void *work(void *arg)
{
    struct webhook_output *o = arg;
    struct strbuf body = {0};

    while (fill(o, &body))
        if (!is_over(o))
            deliver(o, strbuf_sv(&body));
    strbuf_done(&body);
    return NULL;
}

static bool put(struct event_output *base, struct sv json)
{
    struct webhook_output *o = CONTAINER_OF(base, struct webhook_output, base);
    struct queued *q = xmalloc(sizeof *q + json.n);

    q->next = NULL;
    q->n = json.n;
    memcpy(q->json, json.p, json.n);
    pthread_mutex_lock(&o->mu);
    const bool room = o->n < QUEUE_MAX;
    if (room) {
        *o->last = q;
        o->last = &q->next;
        o->n++;
        pthread_cond_signal(&o->more);
    }
    pthread_mutex_unlock(&o->mu);
    if (room)
        return true;
    metric_inc(o->dropped);
    free(q);
    return false;
}

/* ---- life ---- */

static void close_webhook(struct event_output *base)
{
    struct webhook_output *o = CONTAINER_OF(base, struct webhook_output, base);

    pthread_mutex_lock(&o->mu);
    o->closing = true;
    o->give_up_at = clk_now().mono + DRAIN;
    pthread_cond_broadcast(&o->more);
    pthread_mutex_unlock(&o->mu);
    for (size_t i = 0; i < o->n_workers; i++)
        pthread_join(o->workers[i], NULL);
    for (struct queued *q; (q = pop(o)) != NULL;) /* only if no thread could be started */
        free(q);
    pthread_cond_destroy(&o->more);
    pthread_mutex_destroy(&o->mu);
    pthread_mutex_destroy(&o->token_mu);
    config_unref(o->config);
    free(base->name);
    free(o);
}

static char *name_of(const char *url)
{
    const char *authority = strstr(url, "://") + 3;
    const size_t n = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', n);
    struct strbuf name = {0};

    strbuf_adds(&name, "webhook:");
    strbuf_add(&name, url, (size_t)(authority - url));
    authority = at != NULL ? at + 1 : authority;
    strbuf_add(&name, authority, strcspn(authority, "?#"));
    return strbuf_take(&name);
}

static int64_t or_else(int64_t v, int64_t def)
{
    return v > 0 ? v : def;
}

static struct event_webhook_output with_defaults(const struct event_webhook_output *c)
{
    struct event_webhook_output o = *c;

    o.timeout = or_else(c->timeout, 10 * NS_PER_S);
    o.workers = or_else(c->workers, 4);
    if (o.workers > WORKERS_MAX)
        o.workers = WORKERS_MAX;
    o.max_retries = or_else(c->max_retries, 3);
    o.retry_backoff = or_else(c->retry_backoff, NS_PER_S / 2);
    o.batch_max_events = or_else(c->batch_max_events, 100);
    o.batch_max_bytes = or_else(c->batch_max_bytes, INT64_C(1) << 20);
    o.batch_flush_interval = or_else(c->batch_flush_interval, NS_PER_S / 10);
    return o;
}

static bool start_workers(struct webhook_output *o, struct err *err)
{
    while ((int64_t)o->n_workers < o->c.workers) {
        if (pthread_create(&o->workers[o->n_workers], NULL, work, o) != 0)
            return err_errno(err, "start a thread for %s", o->base.name);
        pthread_setname_np(o->workers[o->n_workers++], "event-webhook");
    }
    return true;
}

struct event_output *webhook_output_open(const struct event_webhook_output *c, const struct config *config,
                                         struct metric_family *dropped, struct err *err)
{
    struct webhook_output *o = xcalloc(1, sizeof *o);
    pthread_condattr_t attr;

    o->base = (struct event_output){.name = name_of(c->url), .put = put, .close = close_webhook};
    o->c = with_defaults(c);
    o->config = config_ref(config);
    o->dropped = metric_with(dropped, (const char *const[]){o->base.name});
    o->last = &o->first;
    pthread_mutex_init(&o->token_mu, NULL);
    pthread_mutex_init(&o->mu, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&o->more, &attr);
    pthread_condattr_destroy(&attr);
    if (start_workers(o, err))
        return &o->base;
    close_webhook(&o->base);
    return NULL;
}
