#include "shrink.h"

#include <stdlib.h>

#include "base/mem.h"

struct hunt {
    struct script *best, *trial;
    struct outcome *out;
};

/* Whether the trial still fails in the same way; then it is the best there is. */
static bool keeps_failing(struct hunt *h)
{
    struct outcome out;

    world_play(h->trial, true, NULL, &out);
    if (strcmp(out.kind, h->out->kind) != 0)
        return false;
    if (out.step + 1 < h->trial->n_steps)
        h->trial->n_steps = out.step + 1;
    *h->out = out;
    memcpy(h->best, h->trial, sizeof(*h->best));
    return true;
}

static struct script *try_again(struct hunt *h)
{
    memcpy(h->trial, h->best, sizeof(*h->trial));
    return h->trial;
}

static bool drop_steps(struct hunt *h)
{
    bool any = false;

    for (size_t chunk = h->best->n_steps / 2; chunk > 0; chunk /= 2)
        for (size_t at = 0; at + chunk <= h->best->n_steps;) {
            struct script *t = try_again(h);
            memmove(&t->steps[at], &t->steps[at + chunk], (t->n_steps - at - chunk) * sizeof(*t->steps));
            t->n_steps -= chunk;
            if (keeps_failing(h))
                any = true;
            else
                at += chunk;
        }
    return any;
}

static bool simplify_waits(struct hunt *h)
{
    bool any = false;

    for (size_t i = 0; i < h->best->n_steps; i++) {
        if (h->best->steps[i].wait == 0)
            continue;
        try_again(h)->steps[i].wait = 0;
        any = keeps_failing(h) || any;
    }
    return any;
}

static bool drop_alerts(struct hunt *h)
{
    bool any = false;

    for (size_t a = 0; a < h->best->n_alerts; a++) {
        struct script *t = try_again(h);
        alert_set before = 0;
        for (size_t i = 0; i < t->n_steps; i++) {
            if (t->steps[i].kind != STEP_POST)
                continue;
            before |= t->steps[i].post.alerts & 1u << a;
            t->steps[i].post.alerts &= ~(1u << a);
        }
        any = (before != 0 && keeps_failing(h)) || any;
    }
    return any;
}

static bool drop_alerts_of_steps(struct hunt *h)
{
    bool any = false;

    for (size_t i = 0; i < h->best->n_steps; i++)
        for (size_t a = 0; a < h->best->n_alerts && i < h->best->n_steps; a++) {
            const struct step *st = &h->best->steps[i];
            if (st->kind != STEP_POST || (st->post.alerts >> a & 1) == 0)
                continue;
            try_again(h)->steps[i].post.alerts &= ~(1u << a);
            any = keeps_failing(h) || any;
        }
    return any;
}

static bool drop_of_route(struct hunt *h, size_t config, size_t at)
{
    const struct sim_route *r = &h->best->configs[config].routes[at];
    bool any = false;

    if (at != 0 && !r->gone) {
        try_again(h)->configs[config].routes[at].gone = true;
        if (keeps_failing(h))
            return true;
    }
    if (r->continue_) {
        try_again(h)->configs[config].routes[at].continue_ = false;
        any = keeps_failing(h);
    }
    if (r->mute != 0 || r->active != 0) {
        struct sim_route *t = &try_again(h)->configs[config].routes[at];
        t->mute = t->active = 0;
        any = keeps_failing(h) || any;
    }
    if (r->matchers.n > 1) {
        try_again(h)->configs[config].routes[at].matchers.n = 1;
        any = keeps_failing(h) || any;
    }
    return any;
}

static bool drop_of_config(struct hunt *h, size_t config)
{
    bool any = false;

    for (size_t i = 0; i < h->best->configs[config].n_routes; i++)
        any = drop_of_route(h, config, i) || any;
    for (size_t i = 0; i < h->best->configs[config].n_rules; i++) {
        if (h->best->configs[config].rules[i].gone)
            continue;
        try_again(h)->configs[config].rules[i].gone = true;
        any = keeps_failing(h) || any;
    }
    for (size_t i = 0; i < SIM_RECEIVERS; i++) {
        if (h->best->configs[config].receivers[i].n == 0)
            continue;
        try_again(h)->configs[config].receivers[i].n--;
        any = keeps_failing(h) || any;
    }
    return any;
}

static bool drop_configs(struct hunt *h)
{
    bool any = false;

    if (h->best->n_configs > 1) {
        try_again(h)->n_configs--;
        any = keeps_failing(h);
    }
    for (size_t i = 0; i < h->best->n_configs; i++)
        any = drop_of_config(h, i) || any;
    return any;
}

void shrink(struct script *s, struct outcome *out)
{
    struct hunt h = {.best = s, .trial = xmalloc(sizeof(*s)), .out = out};
    bool any = true;

    if (out->step + 1 < s->n_steps)
        s->n_steps = out->step + 1;
    for (int round = 0; any && round < 10; round++) {
        any = drop_steps(&h);
        any = drop_alerts(&h) || any;
        any = drop_configs(&h) || any;
        any = drop_alerts_of_steps(&h) || any;
        any = simplify_waits(&h) || any;
    }
    free(h.trial);
}
