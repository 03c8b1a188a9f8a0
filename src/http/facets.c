#include "facets.h"

#include <stdlib.h>
#include <string.h>

struct count {
    const struct istr *value;
    size_t n;
};

static bool is_wanted(const struct istr *name, const struct sv *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sv_eq(istr_sv(name), names[i]))
            return true;
    return n == 0;
}

static bool grow(struct facets *f, struct arena *mem)
{
    const size_t cap = f->cap != 0 ? f->cap * 2 : 1024;
    struct facet_pair *v = arena_alloc(mem, cap * sizeof *v);
    if (v == NULL)
        return false;
    if (f->n != 0)
        memcpy(v, f->v, f->n * sizeof *v);
    f->v = v;
    f->cap = cap;
    return true;
}

bool facets_add(struct facets *f, const struct labels *ls, const struct sv *names, size_t n_names,
                struct arena *mem)
{
    for (uint32_t i = 0; i < ls->n; i++) {
        if (!is_wanted(ls->v[i].name, names, n_names))
            continue;
        if (f->n == f->cap && !grow(f, mem))
            return false;
        f->v[f->n++] = (struct facet_pair){ls->v[i].name, ls->v[i].value};
    }
    return true;
}

/* Equal strings are the same object, so that most comparisons look at no text. */
static int cmp_istr(const struct istr *a, const struct istr *b)
{
    return a == b ? 0 : sv_cmp(istr_sv(a), istr_sv(b));
}

static int by_name_and_value(const void *a, const void *b)
{
    const struct facet_pair *x = a, *y = b;
    const int order = cmp_istr(x->name, y->name);
    return order != 0 ? order : cmp_istr(x->value, y->value);
}

static int most_frequent_first(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return cmp_istr(x->value, y->value);
}

/* The values of the label that begins at `from`, counted; returns where the next label begins. */
static size_t count_values(const struct facets *f, size_t from, struct count *counts, size_t *n)
{
    size_t i = from;
    *n = 0;
    for (; i < f->n && f->v[i].name == f->v[from].name; i++) {
        if (i == from || f->v[i].value != f->v[i - 1].value)
            counts[(*n)++] = (struct count){.value = f->v[i].value};
        counts[*n - 1].n++;
    }
    qsort(counts, *n, sizeof *counts, most_frequent_first);
    return i;
}

static void write_values(struct jw *w, const struct count *counts, size_t n)
{
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kstr(w, SV("value"), istr_sv(counts[i].value));
        jw_kint(w, SV("count"), (int64_t)counts[i].n);
        jw_end(w);
    }
    jw_end(w);
}

void facets_write_json(struct jw *w, struct facets *f, size_t limit, struct arena *mem)
{
    struct count *counts = arena_alloc(mem, f->n * sizeof *counts);
    jw_object(w);
    if (f->n > 1)
        qsort(f->v, f->n, sizeof *f->v, by_name_and_value);
    for (size_t i = 0; counts != NULL && i < f->n;) {
        size_t n;
        jw_key(w, istr_sv(f->v[i].name));
        i = count_values(f, i, counts, &n);
        write_values(w, counts, n < limit ? n : limit);
    }
    jw_end(w);
}
