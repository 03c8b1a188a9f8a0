#include "base/intern.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

#define SHARDS  64
#define CAP_MIN ((size_t)64)

/* Open addressing with the hashes in the table: a look-up touches no string but the one it finds. */
struct entry {
    uint64_t hash;
    struct istr *s; /* NULL: empty */
};

struct shard {
    pthread_mutex_t mu;
    struct entry *v;
    size_t cap, n, bytes;
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

/* The next place after `i`. */
static size_t after(const struct shard *sh, size_t i)
{
    return (i + 1) & (sh->cap - 1);
}

/* Where a string with this hash is looked for first. The top bits chose the shard. */
static size_t home(const struct shard *sh, uint64_t hash)
{
    return hash & (sh->cap - 1);
}

static size_t free_place(const struct shard *sh, uint64_t hash)
{
    size_t i = home(sh, hash);
    while (sh->v[i].s != NULL)
        i = after(sh, i);
    return i;
}

static void grow(struct shard *sh)
{
    struct entry *old = sh->v;
    const size_t old_cap = sh->cap;

    sh->cap = old_cap != 0 ? old_cap * 2 : CAP_MIN;
    sh->v = xmalloc(sh->cap * sizeof(*sh->v));
    memset(sh->v, 0, sh->cap * sizeof(*sh->v)); /* by hand: a page that is read first faults twice */
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].s != NULL)
            sh->v[free_place(sh, old[i].hash)] = old[i];
    free(old);
}

static struct istr *find(const struct shard *sh, struct sv s, uint64_t hash)
{
    if (sh->n == 0)
        return NULL;
    for (size_t i = home(sh, hash); sh->v[i].s != NULL; i = after(sh, i))
        if (sh->v[i].hash == hash && sv_eq(istr_sv(sh->v[i].s), s))
            return sh->v[i].s;
    return NULL;
}

static bool is_plain(struct sv s)
{
    static const bool special[128] = {['"'] = true, ['\\'] = true, ['<'] = true, ['>'] = true, ['&'] = true};
    bool plain = true;

    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        plain = plain && c >= ' ' && c <= '~' && !special[c];
    }
    return plain;
}

static struct istr *insert(struct shard *sh, struct sv s, uint64_t hash)
{
    if ((sh->n + 1) * 4 > sh->cap * 3)
        grow(sh);
    struct istr *e = xmalloc(sizeof(*e) + s.n + 1);
    e->n = (uint32_t)s.n & INT32_MAX;
    e->plain = is_plain(s);
    e->hash = hash;
    atomic_init(&e->refs, 1);
    if (s.n != 0)
        memcpy(e->s, s.p, s.n);
    e->s[s.n] = '\0';
    sh->v[free_place(sh, hash)] = (struct entry){hash, e};
    sh->n++;
    sh->bytes += sizeof(*e) + s.n + 1;
    return e;
}

/* Entries that the hole cut off from their home move back into it. */
static void remove_at(struct shard *sh, size_t hole)
{
    const size_t mask = sh->cap - 1;

    for (size_t i = after(sh, hole); sh->v[i].s != NULL; i = after(sh, i)) {
        const size_t from = home(sh, sh->v[i].hash);
        if (((i - from) & mask) >= ((i - hole) & mask)) {
            sh->v[hole] = sh->v[i];
            hole = i;
        }
    }
    sh->v[hole].s = NULL;
}

struct istr *intern_hashed(struct sv s, uint64_t hash)
{
    struct shard *sh = shard_of(hash);

    assert(s.n <= INTERN_MAX);
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
        size_t i = home(sh, s->hash);
        while (sh->v[i].s != s)
            i = after(sh, i);
        remove_at(sh, i);
        sh->n--;
        sh->bytes -= sizeof(*s) + s->n + 1;
        free(s);
    }
    pthread_mutex_unlock(&sh->mu);
}

static void pay(struct istr *s, unsigned owed)
{
    if (owed != 0)
        atomic_fetch_add_explicit(&s->refs, owed, memory_order_relaxed);
}

struct istr *intern_memo(struct intern_memo *m, struct sv s)
{
    const uint64_t hash = sv_hash(s);
    const size_t i = hash % INTERN_MEMO;
    struct istr *seen = m->v[i].s;

    if (seen != NULL && seen->hash == hash && sv_eq(istr_sv(seen), s)) {
        m->v[i].owed++;
        return seen;
    }
    if (seen != NULL)
        pay(seen, m->v[i].owed);
    m->v[i].s = intern_hashed(s, hash);
    m->v[i].owed = 0;
    return m->v[i].s;
}

void intern_memo_settle(struct intern_memo *m)
{
    for (size_t i = 0; i < INTERN_MEMO; i++)
        if (m->v[i].s != NULL)
            pay(m->v[i].s, m->v[i].owed);
    memset(m, 0, sizeof(*m));
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
