#include "base/intern.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

#define SHARDS 64

struct shard {
    pthread_mutex_t mu;
    struct istr **bucket;
    size_t n_buckets, n, bytes;
};

static struct shard shards[SHARDS];

__attribute__((constructor)) static void shards_init(void)
{
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&shards[i].mu, NULL);
}

static struct shard *shard_of(uint64_t hash)
{
    return &shards[hash >> 58];
}

static void grow(struct shard *sh)
{
    size_t n = sh->n_buckets != 0 ? sh->n_buckets * 2 : 64;
    struct istr **bucket = xcalloc(n, sizeof(*bucket));

    for (size_t i = 0; i < sh->n_buckets; i++) {
        struct istr *next;
        for (struct istr *s = sh->bucket[i]; s != NULL; s = next) {
            next = s->next;
            struct istr **head = &bucket[s->hash & (n - 1)];
            s->next = *head;
            *head = s;
        }
    }
    free(sh->bucket);
    sh->bucket = bucket;
    sh->n_buckets = n;
}

static struct istr *find(const struct shard *sh, struct sv s, uint64_t hash)
{
    if (sh->n_buckets == 0)
        return NULL;
    for (struct istr *e = sh->bucket[hash & (sh->n_buckets - 1)]; e != NULL; e = e->next)
        if (e->hash == hash && sv_eq(istr_sv(e), s))
            return e;
    return NULL;
}

static struct istr *insert(struct shard *sh, struct sv s, uint64_t hash)
{
    if (sh->n >= sh->n_buckets)
        grow(sh);
    struct istr *e = xmalloc(sizeof(*e) + s.n + 1);
    struct istr **head = &sh->bucket[hash & (sh->n_buckets - 1)];
    e->n = (uint32_t)s.n;
    e->hash = hash;
    e->next = *head;
    atomic_init(&e->refs, 1);
    if (s.n != 0)
        memcpy(e->s, s.p, s.n);
    e->s[s.n] = '\0';
    *head = e;
    sh->n++;
    sh->bytes += sizeof(*e) + s.n + 1;
    return e;
}

struct istr *intern_hashed(struct sv s, uint64_t hash)
{
    struct shard *sh = shard_of(hash);

    assert(s.n <= UINT32_MAX);
    pthread_mutex_lock(&sh->mu);
    struct istr *e = find(sh, s, hash);
    if (e != NULL)
        atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    else
        e = insert(sh, s, hash);
    pthread_mutex_unlock(&sh->mu);
    return e;
}

struct istr *intern(struct sv s)
{
    return intern_hashed(s, sv_hash(s));
}

struct istr *istr_ref(struct istr *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

/* The last reference is dropped under the shard's lock, so that intern() never finds a string that is going.
 */
void istr_unref(struct istr *s)
{
    if (s == NULL)
        return;
    unsigned refs = atomic_load_explicit(&s->refs, memory_order_relaxed);
    while (refs > 1)
        if (atomic_compare_exchange_weak_explicit(&s->refs, &refs, refs - 1, memory_order_release,
                                                  memory_order_relaxed))
            return;

    struct shard *sh = shard_of(s->hash);
    pthread_mutex_lock(&sh->mu);
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
        struct istr **at = &sh->bucket[s->hash & (sh->n_buckets - 1)];
        while (*at != s)
            at = &(*at)->next;
        *at = s->next;
        sh->n--;
        sh->bytes -= sizeof(*s) + s->n + 1;
        free(s);
    }
    pthread_mutex_unlock(&sh->mu);
}

struct intern_stats intern_stats(void)
{
    struct intern_stats sum = {0};

    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&shards[i].mu);
        sum.strings += shards[i].n;
        sum.bytes += shards[i].bytes;
        pthread_mutex_unlock(&shards[i].mu);
    }
    return sum;
}
