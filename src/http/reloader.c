#include "reloader.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "pending.h"
#include "reply.h"

#define WAITING_MAX 256

struct reload_job {
    struct pending base;
    struct reload_job *next;
    struct actor by;
    struct err err;
    char *notes; /* of a success */
};

void reloader_init(struct reloader *r, const struct host *host)
{
    *r = (struct reloader){.host = host};
    pthread_mutex_init(&r->mu, NULL);
}

void reloader_done(struct reloader *r)
{
    if (r->joinable)
        pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->mu);
}

/* All that wait, or NULL: then the thread counts as gone. */
static struct reload_job *take_waiting(struct reloader *r)
{
    pthread_mutex_lock(&r->mu);
    struct reload_job *jobs = r->waiting;
    r->waiting = NULL;
    r->n_waiting = 0;
    r->running = jobs != NULL;
    pthread_mutex_unlock(&r->mu);
    return jobs;
}

static void *run(void *arg)
{
    struct reloader *r = arg;
    for (struct reload_job *job, *next; (job = take_waiting(r)) != NULL;) {
        struct err err = {0};
        CLEANUP(strbuf_donep) struct strbuf notes = {0};
        const bool ok = r->host->reload(r->host->ctx, &job->by, &notes, &err);
        for (; job != NULL; job = next) {
            next = job->next;
            job->err = err;
            job->notes = notes.n != 0 ? xstrdup(notes.p) : NULL;
            pending_return(&job->base, ok);
        }
    }
    return NULL;
}

static void answer(struct exchange *x, struct pending *base)
{
    const struct reload_job *job = CONTAINER_OF(base, struct reload_job, base);
    if (base->ok && job->notes == NULL) {
        reply_empty(x, 200);
        return;
    }
    if (base->ok) {
        reply_plain(x, 200, sv_of(job->notes));
        return;
    }
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "failed to reload config: %s\n", job->err.text);
    reply_plain(x, 500, strbuf_sv(&text));
}

static void dispose(struct pending *base)
{
    struct reload_job *job = CONTAINER_OF(base, struct reload_job, base);
    free(job->notes);
    free(job);
}

/* With the lock held. The former thread, if there was one, is at its end. */
static bool start_thread(struct reloader *r)
{
    if (r->joinable)
        pthread_join(r->thread, NULL);
    r->joinable = pthread_create(&r->thread, NULL, run, r) == 0;
    return r->joinable;
}

static bool enqueue(struct reloader *r, struct reload_job *job)
{
    pthread_mutex_lock(&r->mu);
    const bool room = r->n_waiting < WAITING_MAX && (r->running || start_thread(r));
    if (room) {
        job->next = r->waiting;
        r->waiting = job;
        r->n_waiting++;
        r->running = true;
    }
    pthread_mutex_unlock(&r->mu);
    return room;
}

void reloader_ask(struct reloader *r, struct exchange *x)
{
    struct reload_job *job = xcalloc(1, sizeof *job);
    exchange_actor(x, &job->by);
    pending_begin(&job->base, x, answer, dispose);
    if (enqueue(r, job))
        return;
    pending_cancel(&job->base);
    reply_plain(x, 503, SV("too many reloads are waiting\n"));
}
