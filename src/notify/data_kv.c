/* Two representations of a KV exist, a label set and a list of pairs, so that nothing is copied before a
 * template asks for it. Their methods go through pair_at() and serve both.
 */
#include "notify/kv.h"

/* A list of pairs: the common labels, and what SortedPairs and Remove make. */
struct kv {
    const struct label_sv *v;
    size_t n;
};

static const struct tmap_type kv_labels_type, kv_pairs_type;
static const struct tlist_type pairs_type;

struct tval kv_of_labels(const struct labels *ls)
{
    return (struct tval){.kind = TVAL_MAP, .map = {&kv_labels_type, ls}};
}

struct tval kv_of_pairs(struct tmpl_run *run, const struct label_sv *v, size_t n)
{
    struct kv *kv = ARENA_NEW(tmpl_run_arena(run), struct kv);

    if (kv == NULL)
        return (struct tval){0};
    *kv = (struct kv){v, n};
    return (struct tval){.kind = TVAL_MAP, .map = {&kv_pairs_type, kv}};
}

bool tval_out_of_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "template needs too much memory");
}

static struct label_sv pair_at(struct tval self, size_t i)
{
    if (self.map.type == &kv_pairs_type)
        return ((const struct kv *)self.map.p)->v[i];
    const struct labels *ls = self.map.p;
    return (struct label_sv){istr_sv(ls->v[i].name), istr_sv(ls->v[i].value)};
}

/* The pairs of a KV, sorted by name. */
static struct kv *kv_copy(struct tmpl_run *run, struct tval self)
{
    struct arena *mem = tmpl_run_arena(run);
    struct kv *out = ARENA_NEW(mem, struct kv);
    const size_t n = self.map.type->len(self.map.p);
    struct label_sv *v = ARENA_ARRAY(mem, struct label_sv, n);

    if (out == NULL || v == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        v[i] = pair_at(self, i);
    *out = (struct kv){v, n};
    return out;
}

/* alertname first, then by name: the order in which people read labels. */
static struct kv *kv_sorted(struct tmpl_run *run, struct tval self)
{
    struct kv *kv = kv_copy(run, self);

    for (size_t i = 0; kv != NULL && i < kv->n; i++) {
        if (!sv_eq(kv->v[i].name, SV("alertname")))
            continue;
        struct label_sv *v = ARENA_ARRAY(tmpl_run_arena(run), struct label_sv, kv->n);
        if (v == NULL)
            return NULL;
        v[0] = kv->v[i];
        memcpy(v + 1, kv->v, i * sizeof *v);
        memcpy(v + 1 + i, kv->v + i + 1, (kv->n - i - 1) * sizeof *v);
        kv->v = v;
        break;
    }
    return kv;
}

/* Methods of Pairs; those of KV are the same after sorting. */

static bool strings_of(struct tmpl_run *run, const struct kv *kv, bool names, struct tval *ret,
                       struct err *err)
{
    struct sv *v = kv != NULL ? ARENA_ARRAY(tmpl_run_arena(run), struct sv, kv->n) : NULL;

    if (v == NULL)
        return tval_out_of_memory(err);
    for (size_t i = 0; i < kv->n; i++)
        v[i] = names ? kv->v[i].name : kv->v[i].value;
    *ret = tval_strings(run, v, kv->n);
    return true;
}

static bool text_of(struct tmpl_run *run, const struct kv *kv, struct tval *ret, struct err *err)
{
    struct strbuf text = {0};

    for (size_t i = 0; kv != NULL && i < kv->n; i++) {
        strbuf_adds(&text, i != 0 ? ", " : "");
        strbuf_addsv(&text, kv->v[i].name);
        strbuf_addc(&text, '=');
        strbuf_addsv(&text, kv->v[i].value);
    }
    const char *copy = arena_strndup(tmpl_run_arena(run), text.n != 0 ? text.p : "", text.n);
    *ret = tval_str((struct sv){copy, text.n});
    strbuf_done(&text);
    return (kv != NULL && copy != NULL) || tval_out_of_memory(err);
}

TVAL_METHOD(pairs_names)
{
    return strings_of(run, self.list.p, true, ret, err);
}

TVAL_METHOD(pairs_values)
{
    return strings_of(run, self.list.p, false, ret, err);
}

TVAL_METHOD(pairs_string)
{
    return text_of(run, self.list.p, ret, err);
}

TVAL_METHOD(kv_sorted_pairs)
{
    const struct kv *kv = kv_sorted(run, self);

    *ret = (struct tval){.kind = TVAL_LIST, .list = {&pairs_type, kv}};
    return kv != NULL || tval_out_of_memory(err);
}

TVAL_METHOD(kv_names)
{
    return strings_of(run, kv_sorted(run, self), true, ret, err);
}

TVAL_METHOD(kv_values)
{
    return strings_of(run, kv_sorted(run, self), false, ret, err);
}

TVAL_METHOD(kv_string)
{
    return text_of(run, kv_sorted(run, self), ret, err);
}

static bool list_has(struct tmpl_run *run, struct tval list, struct sv name)
{
    const size_t n = list.list.type->len(list.list.p);

    for (size_t i = 0; i < n; i++) {
        const struct tval v = list.list.type->at(run, list.list.p, i);
        if (v.kind == TVAL_STR && sv_eq(v.s, name))
            return true;
    }
    return false;
}

TVAL_METHOD(kv_remove)
{
    const struct kv *all = kv_copy(run, self);
    struct label_sv *kept = all != NULL ? ARENA_ARRAY(tmpl_run_arena(run), struct label_sv, all->n) : NULL;
    size_t n = 0;

    if (kept == NULL)
        return tval_out_of_memory(err);
    for (size_t i = 0; i < all->n; i++)
        if (!list_has(run, args[0], all->v[i].name))
            kept[n++] = all->v[i];
    *ret = kv_of_pairs(run, kept, n);
    return true;
}

static const struct tmethod kv_methods[] = {
    {"SortedPairs", 0, 0, kv_sorted_pairs, NULL},
    {"Remove", 1, 1, kv_remove, "S"},
    {"Names", 0, 0, kv_names, NULL},
    {"Values", 0, 0, kv_values, NULL},
    {"String", 0, 0, kv_string, NULL},
    {0},
};
static const struct tmethod pairs_methods[] = {
    {"Names", 0, 0, pairs_names, NULL},
    {"Values", 0, 0, pairs_values, NULL},
    {"String", 0, 0, pairs_string, NULL},
    {0},
};

static size_t labels_len(const void *p)
{
    return ((const struct labels *)p)->n;
}

static struct sv labels_key(const void *p, size_t i)
{
    return istr_sv(((const struct labels *)p)->v[i].name);
}

static struct tval labels_value(struct tmpl_run *run TVAL_UNUSED, const void *p, struct sv key, bool *found)
{
    const struct labels *ls = p;
    size_t lo = 0, hi = ls->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int order = sv_cmp(istr_sv(ls->v[mid].name), key);
        if (order == 0) {
            *found = true;
            return tval_str(istr_sv(ls->v[mid].value));
        }
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *found = false;
    return tval_str((struct sv){0});
}

static size_t kv_len(const void *p)
{
    return ((const struct kv *)p)->n;
}

static struct sv kv_key(const void *p, size_t i)
{
    return ((const struct kv *)p)->v[i].name;
}

static struct tval kv_value(struct tmpl_run *run TVAL_UNUSED, const void *p, struct sv key, bool *found)
{
    const struct kv *kv = p;

    *found = false;
    for (size_t i = 0; i < kv->n; i++)
        if (sv_eq(kv->v[i].name, key)) {
            *found = true;
            return tval_str(kv->v[i].value);
        }
    return tval_str((struct sv){0});
}

static const struct tmap_type kv_labels_type = {
    .go_type = "template.KV",
    .len = labels_len,
    .key = labels_key,
    .get = labels_value,
    .methods = kv_methods,
    .zero = {.kind = TVAL_STR},
};
static const struct tmap_type kv_pairs_type = {
    .go_type = "template.KV",
    .len = kv_len,
    .key = kv_key,
    .get = kv_value,
    .methods = kv_methods,
    .zero = {.kind = TVAL_STR},
};

TVAL_FIELD(pair_name)
{
    return tval_str(((const struct label_sv *)p)->name);
}

TVAL_FIELD(pair_value)
{
    return tval_str(((const struct label_sv *)p)->value);
}

static const struct tfield pair_fields[] = {{"Name", pair_name, NULL}, {"Value", pair_value, NULL}, {0}};
static const struct tobj_type pair_type = {.go_type = "template.Pair", .fields = pair_fields};

static struct tval pairs_at(struct tmpl_run *run TVAL_UNUSED, const void *p, size_t i)
{
    return (struct tval){.kind = TVAL_OBJECT, .obj = {&pair_type, &((const struct kv *)p)->v[i]}};
}

static const struct tlist_type pairs_type = {
    .go_type = "template.Pairs",
    .len = kv_len,
    .at = pairs_at,
    .methods = pairs_methods,
};
