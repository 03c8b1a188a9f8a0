#include "model/labels.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "codec/digest.h"
#include "codec/goquote.h"

#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME  UINT64_C(1099511628211)

/* Follows names and values; no valid UTF-8 holds it, so that {ab="c"} and {a="bc"} differ. */
#define SEPARATOR '\xff'

/* Up to here insertion sort wins; label sets larger than this are rare. */
#define SMALL_SORT 24

/* Counted like any other set, but the reference of its own keeps it from ever being freed. */
static struct labels empty_set = {.refs = 1, .fp = FNV_OFFSET};

static void insertion_sort(struct label_sv *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct label_sv moving = v[i];
        size_t at = i;
        for (; at > 0 && sv_cmp(v[at - 1].name, moving.name) > 0; at--)
            v[at] = v[at - 1];
        v[at] = moving;
    }
}

/* Merges the sorted halves v[0..half) and v[half..n); `spare` has room for the first one. */
static void merge_halves(struct label_sv *v, size_t half, size_t n, struct label_sv *spare)
{
    size_t left = 0, right = half, to = 0;

    memcpy(spare, v, half * sizeof(*v));
    while (left < half && right < n)
        v[to++] = sv_cmp(spare[left].name, v[right].name) <= 0 ? spare[left++] : v[right++];
    memcpy(v + to, spare + left, (half - left) * sizeof(*v));
}

/* Stable, unlike qsort(): the order of equal names decides which value wins. */
static void merge_sort(struct label_sv *v, size_t n, struct label_sv *spare)
{
    if (n <= SMALL_SORT) {
        insertion_sort(v, n);
        return;
    }
    const size_t half = n / 2;
    merge_sort(v, half, spare);
    merge_sort(v + half, n - half, spare);
    merge_halves(v, half, n, spare);
}

static void sort_pairs(struct label_sv *v, size_t n)
{
    if (n <= SMALL_SORT) {
        insertion_sort(v, n);
        return;
    }
    struct label_sv *spare = xmalloc(n / 2 * sizeof(*v)); /* bounded by what the caller holds already */
    merge_sort(v, n, spare);
    free(spare);
}

/* Senders often keep their labels sorted: nothing is to be done then. */
static bool is_normal(const struct label_sv *v, size_t n, bool drop_empty)
{
    for (size_t i = 0; i < n; i++) {
        if (drop_empty && v[i].value.n == 0)
            return false;
        if (i != 0 && sv_cmp(v[i - 1].name, v[i].name) >= 0)
            return false;
    }
    return true;
}

size_t label_sv_normalize(struct label_sv *pairs, size_t n, bool drop_empty)
{
    if (is_normal(pairs, n, drop_empty))
        return n;
    sort_pairs(pairs, n);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const bool overridden = i + 1 < n && sv_eq(pairs[i].name, pairs[i + 1].name);
        if (!overridden && !(drop_empty && pairs[i].value.n == 0))
            pairs[kept++] = pairs[i];
    }
    return kept;
}

static uint64_t fnv_add(uint64_t h, struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * FNV_PRIME;
    return (h ^ (unsigned char)SEPARATOR) * FNV_PRIME;
}

uint64_t label_sv_fingerprint(const struct label_sv *pairs, size_t n)
{
    uint64_t h = FNV_OFFSET;
    for (size_t i = 0; i < n; i++)
        h = fnv_add(fnv_add(h, pairs[i].name), pairs[i].value);
    return h;
}

static struct labels *labels_alloc(size_t n, uint64_t fp)
{
    struct labels *ls = xmalloc(sizeof(*ls) + n * sizeof(ls->v[0]));
    atomic_init(&ls->refs, 1);
    ls->n = (uint32_t)n;
    ls->fp = fp;
    return ls;
}

struct labels *labels_new(const struct label_sv *normalized, size_t n)
{
    return labels_new_hashed(normalized, n, label_sv_fingerprint(normalized, n));
}

struct labels *labels_new_hashed(const struct label_sv *normalized, size_t n, uint64_t fp)
{
    if (n == 0)
        return labels_empty();
    struct labels *ls = labels_alloc(n, fp);
    for (size_t i = 0; i < n; i++)
        ls->v[i] = (struct label){intern(normalized[i].name), intern(normalized[i].value)};
    return ls;
}

struct labels *labels_new_memo(struct intern_memo *m, const struct label_sv *normalized, size_t n,
                               uint64_t fp)
{
    if (n == 0)
        return labels_empty();
    struct labels *ls = labels_alloc(n, fp);
    for (size_t i = 0; i < n; i++)
        ls->v[i] = (struct label){intern_memo(m, normalized[i].name), intern_memo(m, normalized[i].value)};
    return ls;
}

struct labels *labels_empty(void)
{
    return labels_ref(&empty_set);
}

struct labels *labels_ref(struct labels *ls)
{
    atomic_fetch_add_explicit(&ls->refs, 1, memory_order_relaxed);
    return ls;
}

void labels_unref(struct labels *ls)
{
    if (ls == NULL || atomic_fetch_sub_explicit(&ls->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < ls->n; i++) {
        istr_unref(ls->v[i].name);
        istr_unref(ls->v[i].value);
    }
    free(ls);
}

bool labels_equal_sv(const struct labels *ls, const struct label_sv *normalized, size_t n)
{
    if (ls->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sv_eq(istr_sv(ls->v[i].name), normalized[i].name) ||
            !sv_eq(istr_sv(ls->v[i].value), normalized[i].value))
            return false;
    return true;
}

bool labels_equal(const struct labels *a, const struct labels *b)
{
    if (a == b)
        return true;
    if (a->fp != b->fp || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i].name != b->v[i].name || a->v[i].value != b->v[i].value)
            return false;
    return true;
}

struct sv labels_get(const struct labels *ls, struct sv name)
{
    for (size_t i = 0; i < ls->n; i++)
        if (sv_eq(istr_sv(ls->v[i].name), name))
            return istr_sv(ls->v[i].value);
    return (struct sv){0};
}

const struct istr *labels_find(const struct labels *ls, const struct istr *name)
{
    for (size_t i = 0; i < ls->n; i++)
        if (ls->v[i].name == name)
            return ls->v[i].value;
    return NULL;
}

static int istr_cmp(const struct istr *a, const struct istr *b)
{
    return a == b ? 0 : sv_cmp(istr_sv(a), istr_sv(b));
}

int labels_cmp(const struct labels *a, const struct labels *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = 0; i < a->n; i++) {
        /* The set without the smaller of two different names lacks that label, and comes first. */
        const int name = istr_cmp(a->v[i].name, b->v[i].name);
        if (name != 0)
            return -name;
        const int value = istr_cmp(a->v[i].value, b->v[i].value);
        if (value != 0)
            return value;
    }
    return 0;
}

static void add_separated(struct strbuf *out, const struct istr *s)
{
    strbuf_addsv(out, istr_sv(s));
    strbuf_addc(out, SEPARATOR);
}

uint64_t labels_dedup_hash(const struct labels *ls)
{
    size_t bytes = 0;
    for (size_t i = 0; i < ls->n; i++)
        bytes += (size_t)ls->v[i].name->n + ls->v[i].value->n + 2;

    CLEANUP(strbuf_donep) struct strbuf hashed = {.ceiling = bytes + 1};
    strbuf_reserve(&hashed, bytes);
    for (size_t i = 0; i < ls->n; i++) {
        add_separated(&hashed, ls->v[i].name);
        add_separated(&hashed, ls->v[i].value);
    }
    return xxh64(strbuf_sv(&hashed));
}

struct restriction {
    const struct istr *const *names;
    size_t n_names;
    size_t at_label, at_name;
};

/* The next label whose name is listed, or NULL. Both lists have the same order, so neither is walked twice.
 */
static const struct label *next_kept(const struct labels *ls, struct restriction *r)
{
    for (; r->at_label < ls->n; r->at_label++)
        for (size_t k = r->at_name; k < r->n_names; k++)
            if (r->names[k] == ls->v[r->at_label].name) {
                r->at_name = k + 1;
                return &ls->v[r->at_label++];
            }
    return NULL;
}

struct labels *labels_only(const struct labels *ls, const struct istr *const *names, size_t n_names)
{
    struct restriction count = {.names = names, .n_names = n_names}, fill = count;
    const struct label *l;
    size_t n = 0;

    while (next_kept(ls, &count) != NULL)
        n++;
    if (n == 0)
        return labels_empty();
    struct labels *only = labels_alloc(n, labels_fingerprint_only(ls, names, n_names));
    for (size_t i = 0; (l = next_kept(ls, &fill)) != NULL; i++)
        only->v[i] = (struct label){istr_ref(l->name), istr_ref(l->value)};
    return only;
}

uint64_t labels_fingerprint_only(const struct labels *ls, const struct istr *const *names, size_t n_names)
{
    struct restriction r = {.names = names, .n_names = n_names};
    const struct label *l;
    uint64_t h = FNV_OFFSET;

    while ((l = next_kept(ls, &r)) != NULL)
        h = fnv_add(fnv_add(h, istr_sv(l->name)), istr_sv(l->value));
    return h;
}

void labels_print(struct strbuf *out, const struct labels *ls)
{
    strbuf_addc(out, '{');
    for (size_t i = 0; i < ls->n; i++) {
        if (i != 0)
            strbuf_adds(out, ", ");
        strbuf_addsv(out, istr_sv(ls->v[i].name));
        strbuf_addc(out, '=');
        go_quote(out, istr_sv(ls->v[i].value));
    }
    strbuf_addc(out, '}');
}

bool label_name_classic(struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i != 0 && c >= '0' && c <= '9'))
            return false;
    }
    return s.n != 0;
}

bool label_name_utf8(struct sv s)
{
    return s.n != 0 && utf8_valid(s);
}

void fingerprint_print(uint64_t fp, char out[17])
{
    for (size_t i = 16; i-- > 0; fp >>= 4)
        out[i] = "0123456789abcdef"[fp & 15];
    out[16] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool fingerprint_parse(struct sv s, uint64_t *fp)
{
    uint64_t value = 0;

    if (s.n != 16)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const int digit = hex_digit(s.p[i]);
        if (digit < 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *fp = value;
    return true;
}
