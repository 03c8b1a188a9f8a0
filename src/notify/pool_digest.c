/* Several waiting notifications told by one message, where the destination counts messages (receivers.md
 * B1.5).
 *
 * The job whose turn it is leads: its request tells the others as well, and its answer is theirs. When the
 * platform refuses such a message for what is in it, each is sent by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "pool.h"

#define MERGE_MAX 200

struct waiting {
    struct job *v[MERGE_MAX];
    size_t n;
};

/* Their links lead to the same server. */
static bool same_origin(const struct delivery *a, const struct delivery *b)
{
    if (a->external_url == NULL || b->external_url == NULL)
        return a->external_url == b->external_url;
    return strcmp(a->external_url, b->external_url) == 0;
}

static bool can_join(const struct job *j, const struct job *leader)
{
    return same_origin(j->d, leader->d) && j->shared->type == leader->shared->type && j->step == 0 &&
           !j->alone;
}

static bool can_lead(const struct job *j)
{
    const struct lane *l = &j->lane->lane;

    return l->rate.merge && l->waiting != 0 && j->shared->type->digest != NULL && can_join(j, j);
}

/* Takes what waits off the queue, in its order. */
static void take_waiting(struct notify *n, struct job *leader, struct waiting *joining,
                         struct waiting *others)
{
    struct lane *l = &leader->lane->lane;

    joining->v[joining->n++] = leader;
    while (joining->n < MERGE_MAX && others->n < MERGE_MAX && l->waiting != 0) {
        struct lane_item *i = lane_first(l, n->now.mono);
        struct job *j = CONTAINER_OF(i, struct job, item);
        struct waiting *to = can_join(j, leader) ? joining : others;
        lane_remove(l, i);
        to->v[to->n++] = j;
    }
}

static void put_back(struct lane *l, const struct waiting *w, size_t from)
{
    for (size_t i = w->n; i > from; i--)
        lane_push_front(l, &w->v[i - 1]->item);
}

static bool render_digest(struct notify *n, struct job *leader, const struct waiting *joining, size_t *fit)
{
    const struct delivery *v[MERGE_MAX];
    struct err err;

    for (size_t i = 0; i < joining->n; i++)
        v[i] = joining->v[i]->d;
    *fit = joining->n;
    if (joining->n > 1 && job_render_digest(leader, &n->env, n->now, pool_random(n), v, fit, &err))
        return true;
    job_discard(leader);
    *fit = 1;
    return false;
}

static void join(struct notify *n, struct job *leader, struct job *j)
{
    timerq_disarm(&n->timers, &j->timer);
    job_discard(j);
    j->place = JOB_MERGED;
    j->lane = NULL;
    j->leader = leader;
    leader->merged[leader->n_merged++] = j;
}

void digest_gather(struct notify *n, struct job *leader)
{
    struct waiting joining = {.n = 0}, others = {.n = 0};
    size_t fit;

    if (!can_lead(leader))
        return;
    struct lane *l = &leader->lane->lane;
    take_waiting(n, leader, &joining, &others);
    if (render_digest(n, leader, &joining, &fit)) {
        leader->merged = xcalloc(fit, sizeof(struct job *));
        for (size_t i = 1; i < fit; i++)
            join(n, leader, joining.v[i]);
        metric_inc(n->meter.digests);
        metric_add(n->meter.digest_groups, (double)fit);
    }
    put_back(l, &others, 0);
    put_back(l, &joining, fit);
}

void digest_begin(struct notify *n, struct job *leader)
{
    for (size_t i = 0; i < leader->n_merged; i++)
        (void)retry_begin(&leader->merged[i]->retry, n->now.mono);
}

struct job *digest_pop(struct job *leader)
{
    if (leader->n_merged == 0)
        return NULL;
    struct job *j = leader->merged[--leader->n_merged];
    j->leader = NULL;
    j->place = JOB_WAITING;
    if (leader->n_merged == 0) {
        free(leader->merged);
        leader->merged = NULL;
    }
    return j;
}

void digest_leave(struct job *j)
{
    struct job *leader = j->leader;

    if (leader == NULL)
        return;
    for (size_t i = 0; i < leader->n_merged; i++)
        if (leader->merged[i] == j) {
            leader->merged[i] = leader->merged[leader->n_merged - 1];
            leader->merged[leader->n_merged - 1] = j;
            (void)digest_pop(leader);
            return;
        }
}

void digest_forget(struct job *j)
{
    j->alone = true;
    retry_abort(&j->retry);
    memset(j->state, 0, j->shared->type->state_size);
}
