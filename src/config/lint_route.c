/* Rules about routes. Of inherited values only the route that wrote one of them is told. */
#include <string.h>

#include "lint.h"
#include "model/duration.h"

#define MAX_PAIRS ((size_t)1000000) /* a tenth of a second: trees that wide are written by programs */

static bool wrote_timer(const struct route_file *f)
{
    return f->group_wait.set || f->group_interval.set || f->repeat_interval.set;
}

static const struct ytree *at_timer(struct linter *l, const struct route_file *f, const char *const *keys)
{
    const struct ytree *node = decode_object_of(l->d, f)->node;
    for (; *keys != NULL; keys++) {
        const struct ytree *value = ytree_get(node, *keys);
        if (value != NULL)
            return value;
    }
    return node;
}

/* Upstream's advice: a repetition can only leave at a tick of the group. */
void lint_repeat(struct linter *l, const struct lint_rule *rule, const struct route *r,
                 const struct route_file *f)
{
    static const char *const keys[] = {"repeat_interval", "group_interval", NULL};
    CLEANUP(strbuf_donep) struct strbuf repeat = {0}, group = {0};
    if (r->repeat_interval > r->group_interval || (r->parent != NULL && !wrote_timer(f)))
        return;
    duration_print(&repeat, r->repeat_interval);
    duration_print(&group, r->group_interval);
    lint_say(l, rule, at_timer(l, f, keys), "make repeat_interval a multiple of group_interval",
             "repeat_interval (%s) is not above group_interval (%s): an unchanged group is told again at "
             "every group_interval",
             repeat.p, group.p);
}

void lint_group_wait(struct linter *l, const struct lint_rule *rule, const struct route *r,
                     const struct route_file *f)
{
    static const char *const keys[] = {"group_wait", "group_interval", NULL};
    CLEANUP(strbuf_donep) struct strbuf wait = {0}, group = {0};
    if (r->group_wait <= r->group_interval || (r->parent != NULL && !wrote_timer(f)))
        return;
    duration_print(&wait, r->group_wait);
    duration_print(&group, r->group_interval);
    lint_say(
        l, rule, at_timer(l, f, keys), NULL,
        "group_wait (%s) is above group_interval (%s): the first notification waits longer than any later "
        "one",
        wait.p, group.p);
}

static bool swallows(const struct route *r)
{
    return r->parent != NULL && !r->continue_ && lint_takes_all(&r->matchers);
}

void lint_swallows(struct linter *l, const struct lint_rule *rule, const struct route *r,
                   const struct route_file *f)
{
    const size_t behind = swallows(r) ? r->parent->n_routes - r->sibling - 1 : 0;
    if (behind != 0)
        lint_say(l, rule, decode_object_of(l->d, f)->node, "move it to the end, or set continue: true",
                 "this route takes every alert: the %zu behind it %s never reached", behind,
                 behind == 1 ? "is" : "are");
}

void lint_unreachable(struct linter *l, const struct lint_rule *rule, const struct route *r,
                      const struct route_file *f)
{
    for (size_t i = 0; r->parent != NULL && i < r->sibling; i++) {
        const struct route *earlier = r->parent->routes[i];
        if (++l->pairs > MAX_PAIRS || swallows(earlier))
            return;
        if (earlier->continue_ || !lint_route_implies(r, &earlier->matchers))
            continue;
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        matchers_print(&text, &earlier->matchers);
        lint_say(l, rule, decode_object_of(l->d, f)->node,
                 "put the narrower route first, or set continue: true on the earlier one",
                 "this route is never reached: all of its alerts are taken by the earlier %s", text.p);
        return;
    }
}

void lint_never(struct linter *l, const struct lint_rule *rule, const struct route *r,
                const struct route_file *f)
{
    const struct matcher *a, *b;
    CLEANUP(strbuf_donep) struct strbuf one = {0}, other = {0};
    if (!lint_contradiction(r, &a, &b))
        return;
    matcher_print(&one, a);
    matcher_print(&other, b);
    lint_say(l, rule, decode_at(l->d, f, "matchers"), NULL,
             "no alert can match: %s and %s exclude each other", one.p, other.p);
}

void lint_continue(struct linter *l, const struct lint_rule *rule, const struct route *r,
                   const struct route_file *f)
{
    if (r->continue_ && r->parent != NULL && r->sibling + 1 == r->parent->n_routes)
        lint_say(l, rule, decode_at(l->d, f, "continue"), NULL,
                 "continue has no effect: there is no sibling behind this route");
}

void lint_same_interval(struct linter *l, const struct lint_rule *rule, const struct route *r,
                        const struct route_file *f)
{
    for (size_t m = 0; m < r->n_mute; m++)
        for (size_t a = 0; a < r->n_active; a++)
            if (r->mute[m] == r->active[a])
                lint_say(l, rule, decode_item(l->d, f, "mute_time_intervals", m), NULL,
                         "time interval `%s` is both active and mute here: muting wins", r->mute[m]->name);
}
