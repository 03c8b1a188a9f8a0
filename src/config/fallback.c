/* `fallback` of routes and receivers: who is told when somebody cannot be reached. */
#include "base/map.h"
#include "file.h"
#include "table.h"

#define AT(member) offsetof(struct fallback_file, member)
static const struct field fallback_fields[] = {
    ROW_DEF("receiver", STRING, receiver, NULL, FIELD_REQUIRED, "Who is told instead."),
    ROW_DEF("after", DURATION, after, "10m", 0, "For how long a notification could not be delivered."),
    {0},
};

static bool check_fallback(struct decoder *d, const struct ytree *node, void *object)
{
    const struct fallback_file *f = object;
    return is_set(f->receiver) || decode_fail(d, node, "missing receiver in fallback");
}

const struct schema fallback_schema = {
    .name = "fallback",
    .go_type = "config.plain",
    .size = sizeof(struct fallback_file),
    .fields = fallback_fields,
    .check = check_fallback,
};

/* ---- between the blocks ---- */

struct check {
    struct decoder *d;
    const struct strmap *receivers;
    size_t longest; /* chain without a loop */
};

static const struct fallback_file *next_of(const struct check *c, const struct fallback_file *f)
{
    const struct receiver_file *r = is_set(f->receiver) ? strmap_get(c->receivers, sv_of(f->receiver)) : NULL;
    return r != NULL ? r->fallback : NULL;
}

/* From this fallback on, somebody stands in for `name`. */
static bool leads_to(const struct check *c, const struct fallback_file *f, const char *name)
{
    size_t steps = 0;
    while (f != NULL && is_set(f->receiver) && strcmp(f->receiver, name) != 0 && steps++ < c->longest)
        f = next_of(c, f);
    return f != NULL && is_set(f->receiver) && strcmp(f->receiver, name) == 0;
}

/* `name`: for whom it is the fallback. */
static void check_one(const struct check *c, const void *owner, const struct fallback_file *f,
                      const char *name)
{
    struct decoder *d = c->d;
    const struct ytree *at = decode_at(d, owner, "fallback");

    if (f == NULL || !is_set(f->receiver))
        return;
    if (strmap_get(c->receivers, sv_of(f->receiver)) == NULL)
        decode_fail(d, at, "undefined receiver %s used in fallback", decode_quoted(d, sv_of(f->receiver)));
    else if (is_set(name) && leads_to(c, f, name))
        decode_fail(d, at, "the fallback of receiver %s leads back to it", decode_quoted(d, sv_of(name)));
}

static void check_routes(const struct check *c, const struct route_file *r, const char *inherited)
{
    const char *receiver = is_set(r->receiver) ? r->receiver : inherited;

    check_one(c, r, r->fallback, receiver);
    for (size_t i = 0; i < r->routes.n; i++)
        check_routes(c, r->routes.v[i], receiver);
}

void fallback_check(struct decoder *d, const struct config_file *f, const struct strmap *receivers)
{
    const struct check c = {.d = d, .receivers = receivers, .longest = f->receivers.n + 1};

    for (size_t i = 0; i < f->receivers.n; i++) {
        const struct receiver_file *r = f->receivers.v[i];
        if (r != NULL)
            check_one(&c, r, r->fallback, r->name);
    }
    if (decode_is_clean(d, f->route))
        check_routes(&c, f->route, NULL);
}
