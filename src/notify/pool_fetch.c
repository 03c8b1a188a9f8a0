/* Requests of which an integration sends one at a time (request.exclusive): one answer serves all who wait.
 */
#include "pool.h"

static void unpark(struct job *j)
{
    *j->parked_at = j->parked_next;
    if (j->parked_next != NULL)
        j->parked_next->parked_at = j->parked_at;
    j->parked_at = NULL;
    j->parked_next = NULL;
}

static void park(struct job **list, struct job *j)
{
    j->parked_next = *list;
    if (j->parked_next != NULL)
        j->parked_next->parked_at = &j->parked_next;
    j->parked_at = list;
    *list = j;
}

bool fetch_begin(struct notify *n, struct job *j)
{
    struct shared *s = j->shared;

    if (s->fetcher == NULL || s->fetcher == j) {
        s->fetcher = j;
        return true;
    }
    pool_leave_lane(n, j);
    job_discard(j);
    j->place = JOB_WAITING;
    park(&s->parked, j);
    timerq_arm(&n->timers, &j->timer, j->d->deadline);
    return false;
}

struct job *fetch_end(struct job *j)
{
    struct shared *s = j->shared;

    if (s->fetcher != j)
        return NULL;
    struct job *waiting = s->parked;
    s->fetcher = s->parked = NULL;
    return waiting;
}

static bool is_failure(const struct verdict *v)
{
    return v != NULL && v->kind != VERDICT_NEXT && v->kind != VERDICT_DELIVERED;
}

void fetch_share(struct notify *n, struct job *waiting, const struct verdict *v)
{
    if (waiting != NULL)
        waiting->parked_at = &waiting;
    for (struct job *j; (j = waiting) != NULL;) {
        unpark(j);
        if (!is_failure(v)) {
            pool_enqueue(n, j);
            continue;
        }
        (void)retry_begin(&j->retry, n->now.mono);
        pool_decide(n, j, v);
    }
}

void fetch_leave(struct notify *n, struct job *j)
{
    if (j->parked_at != NULL)
        unpark(j);
    fetch_share(n, fetch_end(j), NULL);
}
