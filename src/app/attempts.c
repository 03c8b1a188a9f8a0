#include "attempts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

struct entry {
    char *key; /* webhook/0/<receiver> */
    struct integration_status status;
};

struct attempts {
    pthread_mutex_t mu;
    struct strmap entries;
};

static const struct integration_status never = {.last_attempt = {.sec = STAMP_UNSET_SEC},
                                                .last_success = {.sec = STAMP_UNSET_SEC},
                                                .last_failure = {.sec = STAMP_UNSET_SEC}};

struct attempts *attempts_new(void)
{
    struct attempts *a = xcalloc(1, sizeof *a);

    pthread_mutex_init(&a->mu, NULL);
    return a;
}

void attempts_free(struct attempts *a)
{
    struct entry *e;

    if (a == NULL)
        return;
    for (size_t it = 0; (e = strmap_next(&a->entries, &it)) != NULL;) {
        free(e->key);
        free(e);
    }
    strmap_done(&a->entries);
    pthread_mutex_destroy(&a->mu);
    free(a);
}

static void add_key(struct strbuf *out, const struct receiver *r, const struct integration *i)
{
    strbuf_addf(out, "%s/%zu/%s", i->type->name, i->index, r->name);
}

static struct entry *find_or_add(struct attempts *a, struct strbuf *key)
{
    struct entry *e = strmap_get(&a->entries, strbuf_sv(key));

    if (e != NULL)
        return e;
    e = xcalloc(1, sizeof *e);
    e->key = strbuf_take(key);
    e->status = never;
    strmap_put(&a->entries, sv_of(e->key), e);
    return e;
}

void attempts_note(struct attempts *a, const struct delivery *d)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    if (d->attempts == 0)
        return; /* nothing left the house */
    add_key(&key, d->receiver, d->integration);
    pthread_mutex_lock(&a->mu);
    struct integration_status *s = &find_or_add(a, &key)->status;
    s->last_attempt = d->finished_at;
    s->latency = stamp_sub(d->finished_at, d->due.wall);
    if (d->ok) {
        s->last_success = d->finished_at;
    } else {
        s->last_failure = d->finished_at;
        memcpy(s->error, d->error, sizeof s->error);
    }
    pthread_mutex_unlock(&a->mu);
}

void attempts_get(struct attempts *a, const struct receiver *r, const struct integration *i,
                  struct integration_status *out)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    add_key(&key, r, i);
    pthread_mutex_lock(&a->mu);
    const struct entry *e = strmap_get(&a->entries, strbuf_sv(&key));
    *out = e != NULL ? e->status : never;
    pthread_mutex_unlock(&a->mu);
}
