#include "shared.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

static uint64_t key_of(const struct integration *i)
{
    return (uint64_t)(uintptr_t)i;
}

static struct shared *shared_new(const struct meter *meter, const struct delivery *d)
{
    struct shared *s = xcalloc(1, sizeof *s);
    struct strbuf who = {0};

    s->integration = d->integration;
    s->config = config_ref(d->config);
    s->type = receiver_type_of(d->integration);
    strbuf_addf(&who, "%s/", d->receiver->name);
    const size_t name_at = who.n;
    strbuf_addf(&who, "%s[%zu]", d->integration->type->name, d->integration->index);
    s->who = strbuf_take(&who);
    s->name = s->who + name_at;
    s->state = s->type->shared_size != 0 ? xcalloc(1, s->type->shared_size) : NULL;
    const struct http_config *http = d->integration->settings->http_config;
    s->oauth2 = http != NULL && http->oauth2 != NULL ? xcalloc(1, sizeof *s->oauth2) : NULL;
    meter_series(meter, d->integration->type->name, d->receiver->name, &s->series);
    return s;
}

static void shared_free(struct shared *s)
{
    config_unref(s->config);
    free(s->who);
    for (size_t i = 0; i < DESTINATIONS_MAX; i++)
        free(s->destinations[i].lane);
    free(s->state);
    free(s->oauth2);
    free(s);
}

/* Entries of older configurations that nobody uses any more. */
static struct shared *find_stale(const struct shared_table *t)
{
    struct shared *s;

    for (size_t it = 0; (s = map_next(&t->map, &it)) != NULL;)
        if (s->refs == 0 && s->config != t->latest)
            return s;
    return NULL;
}

static void drop(struct shared_table *t, struct shared *s)
{
    map_del(&t->map, key_of(s->integration));
    shared_free(s);
}

struct shared *shared_get(struct shared_table *t, const struct meter *meter, const struct delivery *d)
{
    struct shared *s = map_get(&t->map, key_of(d->integration));

    if (s == NULL) {
        s = shared_new(meter, d);
        map_put(&t->map, key_of(d->integration), s);
    }
    s->refs++;
    if (d->config != t->latest) {
        t->latest = d->config;
        for (struct shared *stale; (stale = find_stale(t)) != NULL;)
            drop(t, stale);
    }
    return s;
}

void shared_release(struct shared_table *t, struct shared *s)
{
    assert(s->refs > 0);
    if (--s->refs == 0 && s->config != t->latest)
        drop(t, s);
}

void shared_table_done(struct shared_table *t)
{
    struct shared *s;

    for (size_t it = 0; (s = map_next(&t->map, &it)) != NULL;) {
        assert(s->refs == 0);
        shared_free(s);
    }
    map_done(&t->map);
}
