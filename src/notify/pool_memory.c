/* What a lane tells its successor in the next process: how full its bucket is, and until when the destination
 * wants to be left alone (receivers.md B1.5). A restart would otherwise end a penalty early, and give a robot
 * a full bucket that has just been emptied.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pool.h"

/* A wall clock that was wrong must not silence a destination for longer. */
#define BLOCK_MAX (24 * 3600 * NS_PER_S)

void memory_init(struct notify *n, const struct lane_memory *v, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lane_memory *copy = xmalloc(sizeof *copy);
        *copy = v[i];
        free(strmap_put(&n->memories, sv_of(copy->key), copy));
    }
}

void memory_done(struct notify *n)
{
    struct lane_memory *m;

    for (size_t it = 0; (m = strmap_next(&n->memories, &it)) != NULL;)
        free(m);
    strmap_done(&n->memories);
}

void memory_recall(struct notify *n, struct pool_lane *l)
{
    struct lane_memory *m = strmap_del(&n->memories, sv_of(l->key));
    const mono_ns now = n->now.mono;

    if (m == NULL)
        return;
    const dur_ns passed = stamp_sub(n->now.wall, m->at);
    const dur_ns blocked = stamp_sub(m->blocked_until, n->now.wall);
    lane_recall(&l->lane, m->tokens, passed > 0 ? now - passed : now,
                now + (blocked < BLOCK_MAX ? blocked : BLOCK_MAX));
    free(m);
}

void memory_keep(struct notify *n, struct pool_lane *l)
{
    const mono_ns now = n->now.mono, until = lane_rested_at(&l->lane, now);

    if (n->opts.remember == NULL || until <= now || strlen(l->key) >= LANE_KEY_MAX)
        return;
    struct lane_memory m = {.tokens = l->lane.tokens,
                            .at = n->now.wall,
                            .blocked_until = stamp_add(n->now.wall, l->lane.blocked_until - now),
                            .until = stamp_add(n->now.wall, until - now)};
    strcpy(m.key, l->key);
    n->opts.remember(n->opts.ctx, &m);
}
