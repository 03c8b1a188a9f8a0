#include "job.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/utf8.h"
#include "notify/data.h"
#include "redact.h"

/* A template's output and the request made from it. */
#define JOB_MEMORY ((size_t)64 << 20)

struct job *job_new(struct delivery *d, struct shared *shared)
{
    struct job *j = xcalloc(1, sizeof *j);

    j->d = d;
    j->shared = shared;
    j->state = shared->type->state_size != 0 ? xcalloc(1, shared->type->state_size) : NULL;
    j->spread.of =
        shared->type->destinations != NULL ? shared->type->destinations(d) : (struct destinations){.n = 1};
    retry_init(&j->retry, d->deadline);
    arena_init(&j->mem, JOB_MEMORY);
    metric_inc(shared->series.notifications);
    return j;
}

void job_free(struct job *j)
{
    job_discard(j);
    free(j->merged);
    free(j->state);
    free(j);
}

void job_discard(struct job *j)
{
    arena_done(&j->mem);
    j->rendered = false;
}

void job_start_over(struct job *j)
{
    job_discard(j);
    j->step = 0;
    if (j->state != NULL)
        memset(j->state, 0, j->shared->type->state_size);
}

/* scheme://host:port, without the rest of the URL, which may be secret. */
static const char *destination(const struct request *r, struct arena *mem)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    if (r->kind == REQUEST_LOG)
        return "log:";
    if (r->kind == REQUEST_SMTP) {
        strbuf_addf(&key, "smtp://%s:%s", r->smtp_host, r->smtp_port);
        return arena_strndup(mem, key.p, key.n);
    }
    const char *authority = strstr(r->url, "://");
    authority = authority != NULL ? authority + 3 : r->url;
    const size_t n = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', n);
    strbuf_add(&key, r->url, (size_t)(authority - r->url));
    authority = at != NULL ? at + 1 : authority;
    strbuf_add(&key, authority, strcspn(authority, "/?#"));
    return arena_strndup(mem, key.p != NULL ? key.p : "", key.n);
}

/* Takes the token along, or makes the request for one. */
static bool authorize(struct job *j, struct now now, struct err *err)
{
    struct oauth2_state *s = j->shared->oauth2;

    if (s == NULL)
        return true;
    j->render.transient = true; /* files and servers of tokens may be better next time */
    if (!oauth2_login(s, j->http->oauth2, &j->mem, &j->login, err))
        return false;
    const char *authorization = oauth2_authorization(s, now.mono);
    j->asks_for_token = authorization == NULL;
    if (j->asks_for_token) {
        j->token_http = oauth2_http(j->http);
        j->http = &j->token_http;
        return oauth2_request(s, &j->login, now, &j->mem, &j->request, err);
    }
    j->authorization = arena_strndup(&j->mem, authorization, strlen(authorization));
    j->render.transient = false;
    return j->authorization != NULL || err_set(err, ERR_LIMIT, "notification needs too much memory");
}

static bool prepare(struct job *j, const struct job_env *env, struct now now, uint64_t random,
                    struct err *err)
{
    const char *external_url = j->d->external_url != NULL ? j->d->external_url : env->external_url;

    job_discard(j);
    j->render = (struct render){
        .delivery = j->d,
        .settings = j->d->integration->settings,
        .external_url = external_url,
        .user_agent = env->user_agent,
        .now = now,
        .hostname = env->hostname,
        .random = random,
        .mem = &j->mem,
        .step = j->step,
        .destination = j->spread.at,
        .state = j->state,
        .shared = j->shared->state,
        .kept = &j->d->receiver_data,
        .terminal = env->terminal,
        .compat_strict = env->compat_strict,
    };
    j->request = (struct request){0};
    j->http = j->render.settings->http_config;
    j->authorization = NULL;
    j->asks_for_token = j->same_step = false;
    struct notify_data *data = notify_data_new(j->d, 0, external_url, now, &j->mem);
    if (data == NULL || !notify_data_add_actions(data, env->action_keys, env->action_lifetime, now, &j->mem))
        return err_set(err, ERR_LIMIT, "notification data needs too much memory");
    j->render.data = notify_data_tval(data);
    return authorize(j, now, err);
}

/* A template of the configuration fails: a plain text takes the place of what it would have given. False when
 * that helps nobody, as where it was to say whom to tell. */
static bool render_plainly(struct job *j, const struct job_env *env, struct now now, uint64_t random,
                           const struct err *why)
{
    struct err ignored;

    if (env->compat_strict || !j->render.tmpl_failed || !prepare(j, env, now, random, &ignored) ||
        j->asks_for_token)
        return false;
    j->render.stand_in = true;
    if (!j->shared->type->render(&j->render, &j->request, &ignored))
        return false;
    metric_inc(j->shared->series.plain);
    log_error("Template failed, a plain text is sent instead", "component", "dispatcher", "receiver",
              j->d->receiver->name, "integration", j->shared->name, "aggrGroup", j->d->group_key, "err",
              why->text);
    return true;
}

static bool finish_request(struct job *j, struct err *err)
{
    j->destination = destination(&j->request, &j->mem);
    if (j->request.lane == NULL)
        j->request.lane = j->destination;
    if (j->destination == NULL)
        return err_set(err, ERR_LIMIT, "notification needs too much memory");
    j->rendered = true;
    return true;
}

static bool render_message(struct job *j, const struct job_env *env, struct now now, uint64_t random,
                           struct err *err)
{
    return j->shared->type->render(&j->render, &j->request, err) || render_plainly(j, env, now, random, err);
}

bool job_render(struct job *j, const struct job_env *env, struct now now, uint64_t random, struct err *err)
{
    return prepare(j, env, now, random, err) &&
           (j->asks_for_token || render_message(j, env, now, random, err)) && finish_request(j, err);
}

bool job_render_digest(struct job *j, const struct job_env *env, struct now now, uint64_t random,
                       const struct delivery *const *v, size_t *n, struct err *err)
{
    return prepare(j, env, now, random, err) && !j->asks_for_token &&
           j->shared->type->digest(&j->render, v, n, &j->request, err) && finish_request(j, err);
}

unsigned job_class(const struct job *j)
{
    const struct delivery *d = j->d;

    if (d->reason == REASON_REPEAT)
        return 3;
    if (!delivery_firing(d))
        return 2;
    for (size_t i = 0; i < d->n_alerts; i++)
        if (d->alerts[i].firing &&
            sv_eq(labels_get(d->alerts[i].alert->labels, SV("severity")), SV("critical")))
            return 0;
    return 1;
}

static double seconds(dur_ns d)
{
    return (double)d / (double)NS_PER_S;
}

static void count_attempt(const struct job *j, struct now now, bool failed)
{
    metric_inc(j->shared->series.requests);
    metric_observe(j->shared->series.latency, seconds(now.mono - j->retry.started));
    if (failed)
        metric_inc(j->shared->series.requests_failed);
}

static void log_failed_attempt(const struct job *j)
{
    char attempts[16];

    (void)snprintf(attempts, sizeof attempts, "%u", j->retry.attempts);
    log_warn("Notify attempt failed, will retry later", "component", "dispatcher", "receiver",
             j->d->receiver->name, "integration", j->shared->name, "aggrGroup", j->d->group_key, "attempts",
             attempts, "err", j->retry.error);
}

/* The message itself cannot be sent: the receiver says what that means to it. */
static void classify_token(struct job *j, const struct reply *reply, struct now now, struct verdict *out)
{
    struct err err = {0};
    const enum oauth2_outcome outcome =
        oauth2_take(j->shared->oauth2, &j->login, reply, now.mono, &j->mem, &err);
    const struct reply unsent = {.transport_error = err.text, .date = STAMP_UNSET};

    j->same_step = true;
    *out = (struct verdict){.kind = VERDICT_NEXT};
    if (outcome == OAUTH2_TAKEN || outcome == OAUTH2_AGAIN)
        return;
    j->shared->type->classify(&j->render, &j->request, &unsent, out);
    if (outcome == OAUTH2_REFUSED && !j->render.compat_strict) {
        out->kind = VERDICT_PERMANENT;
        out->failure = FAILURE_AUTH;
    }
}

/* Once in each attempt: the server may know a token no more before it is due to end. */
static bool renew_token(struct job *j, const struct reply *reply)
{
    if (reply->status != 401 || j->authorization == NULL || j->token_renewed || j->render.compat_strict)
        return false;
    oauth2_refused(j->shared->oauth2, j->authorization);
    j->token_renewed = j->same_step = true;
    return true;
}

void job_classify(struct job *j, const struct reply *reply, struct now now, struct verdict *out)
{
    if (j->asks_for_token)
        classify_token(j, reply, now, out);
    else if (renew_token(j, reply))
        *out = (struct verdict){.kind = VERDICT_NEXT};
    else
        j->shared->type->classify(&j->render, &j->request, reply, out);
    redact_verdict(out, &j->request);
}

enum retry_action job_decide(struct job *j, const struct verdict *v, struct now now, double random,
                             mono_ns *at)
{
    const enum retry_action action = retry_decide(&j->retry, v, now.mono, random, at);
    const bool asks = v->retry_after > 0 && v->retry_after < MONO_NEVER - now.mono;

    j->asked_until = asks ? now.mono + v->retry_after : 0;

    if (action == RETRY_CONTINUE) {
        j->step += j->same_step ? 0 : 1;
        return action;
    }
    count_attempt(j, now, action != RETRY_DELIVERED);
    if (action == RETRY_WAIT && j->retry.fresh_error)
        log_failed_attempt(j);
    return action;
}

void job_succeed(struct job *j, struct now now)
{
    struct delivery *d = j->d;
    char attempts[16];

    d->ok = true;
    d->failure = FAILURE_NONE;
    d->attempts = j->retry.attempts;
    d->finished_at = now.wall;
    if (d->attempts == 0)
        return; /* nothing was sent */
    (void)snprintf(attempts, sizeof attempts, "%u", d->attempts);
    log_at(d->attempts > 1 ? LOG_INFO : LOG_DEBUG, "Notify success", "component", "dispatcher", "receiver",
           d->receiver->name, "integration", j->shared->name, "aggrGroup", d->group_key, "attempts",
           attempts);
}

/* What the log shows as it came is one line everywhere else. */
static void make_one_line(char *text)
{
    for (size_t n = strlen(text); n != 0 && (unsigned char)text[n - 1] <= ' '; n--)
        text[n - 1] = '\0';
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ')
            *text = ' ';
}

static void fail(struct job *j, struct now now, enum failure why)
{
    struct delivery *d = j->d;
    char alerts[24];

    /* Texts were cut to fit: not in the middle of a character. */
    d->error[utf8_cut(sv_of(d->error), sizeof d->error - 1)] = '\0';
    d->ok = false;
    d->failure = why;
    d->attempts = j->retry.attempts;
    d->finished_at = now.wall;
    metric_inc(j->shared->series.failed[why]);
    (void)snprintf(alerts, sizeof alerts, "%zu", d->n_alerts);
    const bool expected = why == FAILURE_CANCELED || (d->attempts == 0 && d->retry_after != 0);
    log_at(expected ? LOG_DEBUG : LOG_ERROR, "Notify for alerts failed", "component", "dispatcher",
           "aggrGroup", d->group_key, "num_alerts", alerts, "err", d->error);
    make_one_line(d->error);
}

static void pass_on_patience(struct job *j, mono_ns now)
{
    if (j->asked_until - now > j->d->retry_after)
        j->d->retry_after = j->asked_until - now;
}

void job_refuse(struct job *j, struct now now)
{
    pass_on_patience(j, now.mono);
    j->d->refused = j->d->retry_after == 0 && j->retry.failure != FAILURE_RATE_LIMITED;
    retry_refused_text(&j->retry, j->shared->who, j->d->error, sizeof j->d->error);
    fail(j, now, j->retry.failure);
}

void job_cancel(struct job *j, struct now now, enum failure why, const char *context)
{
    const bool keep_reason = why == FAILURE_DEADLINE && j->retry.error[0] != '\0';

    if (j->retry.underway)
        count_attempt(j, now, true);
    retry_abort(&j->retry);
    pass_on_patience(j, now.mono);
    retry_canceled_text(&j->retry, j->shared->who, context, j->d->error, sizeof j->d->error);
    fail(j, now, keep_reason ? j->retry.failure : why);
}

void job_return(struct job *j, struct now now, dur_ns rest, const char *context)
{
    const enum failure why = j->retry.error[0] != '\0' ? j->retry.failure : FAILURE_OTHER;

    j->d->retry_after = rest;
    job_cancel(j, now, why, context);
}
