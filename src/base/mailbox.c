#include "base/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

void mailbox_init(struct mailbox *b, size_t limit, void (*wake)(void *ctx), void *ctx)
{
    pthread_condattr_t attr;

    *b = (struct mailbox){.limit = limit, .wanted = 1, .wake = wake, .wake_ctx = ctx};
    b->tail = &b->head;
    pthread_mutex_init(&b->mu, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&b->more, &attr);
    pthread_condattr_destroy(&attr);
}

void mailbox_done(struct mailbox *b)
{
    assert(b->head == NULL);
    pthread_cond_destroy(&b->more);
    pthread_mutex_destroy(&b->mu);
}

static bool put(struct mailbox *b, struct mail *m, bool force)
{
    m->next = NULL;
    pthread_mutex_lock(&b->mu);
    if (!force && (b->closed || (b->limit != 0 && b->depth >= b->limit))) {
        pthread_mutex_unlock(&b->mu);
        return false;
    }
    const bool was_empty = b->head == NULL;
    *b->tail = m;
    b->tail = &m->next;
    if (++b->depth > b->high_water)
        b->high_water = b->depth;
    if (b->depth == b->wanted && b->wake == NULL)
        pthread_cond_signal(&b->more);
    pthread_mutex_unlock(&b->mu);
    if (was_empty && b->wake != NULL)
        b->wake(b->wake_ctx);
    return true;
}

bool mailbox_send(struct mailbox *b, struct mail *m)
{
    return put(b, m, false);
}

void mailbox_force(struct mailbox *b, struct mail *m)
{
    (void)put(b, m, true);
}

static struct mail *take_locked(struct mailbox *b)
{
    struct mail *all = b->head;
    b->head = NULL;
    b->tail = &b->head;
    b->depth = 0;
    return all;
}

struct mail *mailbox_take(struct mailbox *b)
{
    pthread_mutex_lock(&b->mu);
    struct mail *all = take_locked(b);
    pthread_mutex_unlock(&b->mu);
    return all;
}

static void sleep_locked(struct mailbox *b, size_t n, mono_ns deadline)
{
    const struct timespec until = {.tv_sec = deadline / NS_PER_S, .tv_nsec = deadline % NS_PER_S};
    int timed_out = 0;

    b->wanted = n;
    while (b->depth < n && !b->closed && !b->nudged && timed_out == 0) {
        if (deadline == MONO_NEVER)
            pthread_cond_wait(&b->more, &b->mu);
        else
            timed_out = pthread_cond_timedwait(&b->more, &b->mu, &until);
    }
}

void mailbox_gather(struct mailbox *b, size_t n, mono_ns deadline)
{
    pthread_mutex_lock(&b->mu);
    sleep_locked(b, n, deadline);
    pthread_mutex_unlock(&b->mu);
}

struct mail *mailbox_wait(struct mailbox *b, mono_ns deadline)
{
    pthread_mutex_lock(&b->mu);
    sleep_locked(b, 1, deadline);
    b->nudged = false;
    struct mail *all = take_locked(b);
    pthread_mutex_unlock(&b->mu);
    return all;
}

void mailbox_nudge(struct mailbox *b)
{
    pthread_mutex_lock(&b->mu);
    b->nudged = true;
    pthread_cond_signal(&b->more);
    pthread_mutex_unlock(&b->mu);
    if (b->wake != NULL)
        b->wake(b->wake_ctx);
}

void mailbox_close(struct mailbox *b)
{
    pthread_mutex_lock(&b->mu);
    b->closed = true;
    pthread_cond_signal(&b->more);
    pthread_mutex_unlock(&b->mu);
    if (b->wake != NULL)
        b->wake(b->wake_ctx);
}

bool mailbox_closed(struct mailbox *b)
{
    pthread_mutex_lock(&b->mu);
    bool closed = b->closed;
    pthread_mutex_unlock(&b->mu);
    return closed;
}

size_t mailbox_depth(struct mailbox *b)
{
    pthread_mutex_lock(&b->mu);
    size_t depth = b->depth;
    pthread_mutex_unlock(&b->mu);
    return depth;
}
