#include "worker.h"

void worker_init(struct worker *w, const char *name, size_t max_waiting)
{
    *w = (struct worker){.name = name, .max_waiting = max_waiting};
    w->last = &w->first;
    pthread_mutex_init(&w->mu, NULL);
    pthread_cond_init(&w->more, NULL);
}

/* The next piece; NULL: there will be none. */
static struct work *take(struct worker *w)
{
    pthread_mutex_lock(&w->mu);
    while (w->first == NULL && !w->stopping)
        pthread_cond_wait(&w->more, &w->mu);
    struct work *work = w->first;
    if (work != NULL && (w->first = work->next) == NULL)
        w->last = &w->first;
    w->n_waiting -= work != NULL;
    pthread_mutex_unlock(&w->mu);
    return work;
}

static void *run(void *arg)
{
    struct worker *w = arg;
    for (struct work *work; (work = take(w)) != NULL;)
        work->run(work);
    return NULL;
}

/* With the lock held. */
static bool start_thread(struct worker *w)
{
    if (w->running)
        return true;
    w->running = pthread_create(&w->thread, NULL, run, w) == 0;
    if (w->running)
        pthread_setname_np(w->thread, w->name);
    return w->running;
}

bool worker_give(struct worker *w, struct work *work)
{
    pthread_mutex_lock(&w->mu);
    const bool room = w->n_waiting < w->max_waiting && start_thread(w);
    if (room) {
        work->next = NULL;
        *w->last = work;
        w->last = &work->next;
        w->n_waiting++;
        pthread_cond_signal(&w->more);
    }
    pthread_mutex_unlock(&w->mu);
    return room;
}

void worker_done(struct worker *w)
{
    pthread_mutex_lock(&w->mu);
    w->stopping = true;
    pthread_cond_signal(&w->more);
    pthread_mutex_unlock(&w->mu);
    if (w->running)
        pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->more);
    pthread_mutex_destroy(&w->mu);
}
