#include "tmpl/value.h"

#include <stdlib.h>

#include "tmpl/run.h"
#include "tmpl/timefuncs.h"
#include "tmpl/verb.h"

/* ---- lists that the engine itself makes ---- */

struct strings {
    const struct sv *v;
    size_t n;
};

struct array {
    const struct tval *v;
    size_t n;
};

struct dict {
    const struct sv *keys;
    const struct tval *values;
    size_t n;
};

static size_t strings_len(const void *p)
{
    return ((const struct strings *)p)->n;
}

static struct tval strings_at(struct tmpl_run *run, const void *p, size_t i)
{
    (void)run;
    return tval_str(((const struct strings *)p)->v[i]);
}

static bool strings_join(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                         struct tval *ret, struct err *err)
{
    (void)n_args;
    return tval_join(run, self, args[0].s, ret, err);
}

size_t tval_array_len(const void *p)
{
    return ((const struct array *)p)->n;
}

struct tval tval_array_at(struct tmpl_run *run, const void *p, size_t i)
{
    (void)run;
    return ((const struct array *)p)->v[i];
}

static size_t dict_len(const void *p)
{
    return ((const struct dict *)p)->n;
}

static struct sv dict_key(const void *p, size_t i)
{
    return ((const struct dict *)p)->keys[i];
}

static struct tval dict_get(struct tmpl_run *run, const void *p, struct sv key, bool *found)
{
    const struct dict *d = p;
    size_t low = 0, high = d->n;

    (void)run;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = sv_cmp(d->keys[middle], key);
        if (c == 0) {
            *found = true;
            return d->values[middle];
        }
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return (struct tval){.kind = TVAL_NIL};
}

static const struct tmethod strings_methods[] = {
    {.name = "Join", .min_args = 1, .max_args = 1, .call = strings_join, .params = "s"},
    {.name = NULL},
};
static const struct tlist_type named_strings_type = {"template.Strings", strings_len, strings_at,
                                                     strings_methods};
static const struct tlist_type plain_strings_type = {"[]string", strings_len, strings_at, NULL};
static const struct tlist_type generic_list_type = {"[]interface {}", tval_array_len, tval_array_at, NULL};
static const struct tmap_type dict_type = {
    .go_type = "map[string]interface {}",
    .len = dict_len,
    .key = dict_key,
    .get = dict_get,
    .zero = {.kind = TVAL_NIL, .tag = TVAL_MISSING},
};

static const struct tmap_type string_map_type = {
    .go_type = "map[string]string",
    .len = dict_len,
    .key = dict_key,
    .get = dict_get,
    .zero = {.kind = TVAL_STR},
};

static struct tval make_strings(struct tmpl_run *run, const struct tlist_type *type, const struct sv *v,
                                size_t n)
{
    struct strings *p = ARENA_NEW(run->mem, struct strings);
    if (p == NULL)
        return (struct tval){.kind = TVAL_NIL};
    *p = (struct strings){v, n};
    return (struct tval){.kind = TVAL_LIST, .list = {type, p}};
}

struct tval tval_strings(struct tmpl_run *run, const struct sv *v, size_t n)
{
    return make_strings(run, &named_strings_type, v, n);
}

struct tval tval_string_slice(struct tmpl_run *run, const struct sv *v, size_t n)
{
    return make_strings(run, &plain_strings_type, v, n);
}

static struct tval make_array(struct arena *mem, const struct tlist_type *type, const struct tval *v,
                              size_t n)
{
    struct array *p = ARENA_NEW(mem, struct array);
    if (p == NULL)
        return (struct tval){.kind = TVAL_NIL};
    *p = (struct array){v, n};
    return (struct tval){.kind = TVAL_LIST, .list = {type, p}};
}

struct tval tval_array(struct tmpl_run *run, const struct tlist_type *type, const struct tval *v, size_t n)
{
    return make_array(run->mem, type, v, n);
}

struct tval tval_generic_list(struct arena *mem, const struct tval *v, size_t n)
{
    return make_array(mem, &generic_list_type, v, n);
}

struct tval tval_dict(struct arena *mem, const struct sv *keys, const struct tval *values, size_t n)
{
    struct dict *p = ARENA_NEW(mem, struct dict);
    if (p == NULL)
        return (struct tval){.kind = TVAL_NIL};
    *p = (struct dict){keys, values, n};
    return (struct tval){.kind = TVAL_MAP, .map = {&dict_type, p}};
}

static int by_key(const void *a, const void *b)
{
    const struct tval_pair *x = a, *y = b;
    int c = sv_cmp(x->key, y->key);
    return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

struct tval tval_dict_of(struct arena *mem, struct tval_pair *pairs, size_t n)
{
    struct sv *keys = ARENA_ARRAY(mem, struct sv, n);
    struct tval *values = ARENA_ARRAY(mem, struct tval, n);
    size_t kept = 0;

    if (keys == NULL || values == NULL)
        return (struct tval){.kind = TVAL_NIL};
    if (n > 1)
        qsort(pairs, n, sizeof *pairs, by_key);
    for (size_t i = 0; i < n; i++) {
        if (kept != 0 && sv_eq(keys[kept - 1], pairs[i].key))
            kept--;
        keys[kept] = pairs[i].key;
        values[kept++] = pairs[i].value;
    }
    return tval_dict(mem, keys, values, kept);
}

struct tval tval_string_map(struct tval dict)
{
    if (dict.kind == TVAL_MAP)
        dict.map.type = &string_map_type;
    return dict;
}

bool tval_is_dict(struct tval v)
{
    return v.kind == TVAL_MAP && v.map.type == &dict_type;
}

bool tval_dict_set(struct arena *mem, struct tval dict, struct sv key, struct tval value)
{
    struct dict *d = (struct dict *)(uintptr_t)dict.map.p; /* ours: made by tval_dict() in an arena */
    struct sv *keys = ARENA_ARRAY(mem, struct sv, d->n + 1);
    struct tval *values = ARENA_ARRAY(mem, struct tval, d->n + 1);
    size_t n = 0, i = 0;

    if (keys == NULL || values == NULL)
        return false;
    for (; i < d->n && sv_cmp(d->keys[i], key) < 0; i++, n++) {
        keys[n] = d->keys[i];
        values[n] = d->values[i];
    }
    keys[n] = key;
    values[n++] = value;
    i += i < d->n && sv_eq(d->keys[i], key) ? 1 : 0;
    for (; i < d->n; i++, n++) {
        keys[n] = d->keys[i];
        values[n] = d->values[i];
    }
    *d = (struct dict){keys, values, n};
    return true;
}

bool tval_join(struct tmpl_run *run, struct tval list, struct sv separator, struct tval *ret, struct err *err)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    const size_t n = tval_len(list);

    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            strbuf_addsv(&out, separator);
        strbuf_addsv(&out, tval_string_at(run, list, i));
    }
    return return_string(run, &out, ret, err);
}

/* ---- properties ---- */

static const char *scalar_type_name(struct tval v)
{
    static const char *const tags[] = {
        [TVAL_HTML] = "template.HTML", [TVAL_URL] = "template.URL",     [TVAL_BYTE] = "uint8",
        [TVAL_MONTH] = "time.Month",   [TVAL_WEEKDAY] = "time.Weekday",
    };
    static const char *const kinds[] = {
        [TVAL_NIL] = "interface {}",
        [TVAL_BOOL] = "bool",
        [TVAL_INT] = "int",
        [TVAL_FLOAT] = "float64",
        [TVAL_COMPLEX] = "complex128",
        [TVAL_STR] = "string",
        [TVAL_TIME] = "time.Time",
        [TVAL_DURATION] = "time.Duration",
    };
    return v.tag != TVAL_PLAIN && v.tag != TVAL_MISSING ? tags[v.tag] : kinds[v.kind];
}

const char *tval_type_name(struct tval v)
{
    switch (v.kind) {
    case TVAL_LIST:
        return v.list.type->go_type;
    case TVAL_MAP:
        return v.map.type->go_type;
    case TVAL_OBJECT:
        return v.obj.type->go_type;
    default:
        return scalar_type_name(v);
    }
}

bool tval_truth(struct tval v)
{
    switch (v.kind) {
    case TVAL_NIL:
        return false;
    case TVAL_BOOL:
        return v.b;
    case TVAL_INT:
    case TVAL_DURATION:
        return v.i != 0;
    case TVAL_FLOAT:
        return v.f != 0;
    case TVAL_COMPLEX:
        return v.complex.re != 0 || v.complex.im != 0;
    case TVAL_STR:
        return v.s.n != 0;
    case TVAL_LIST:
    case TVAL_MAP:
        return tval_len(v) != 0;
    case TVAL_TIME:
    case TVAL_OBJECT:
        return true;
    }
    return false;
}

const struct tmethod *tval_methods(const struct tval *v)
{
    switch (v->kind) {
    case TVAL_TIME:
        return time_methods;
    case TVAL_DURATION:
        return duration_methods;
    case TVAL_INT:
        return v->tag == TVAL_MONTH ? month_methods : v->tag == TVAL_WEEKDAY ? weekday_methods : NULL;
    case TVAL_LIST:
        return v->list.type->methods;
    case TVAL_MAP:
        return v->map.type->methods;
    case TVAL_OBJECT:
        return v->obj.type->methods;
    default:
        return NULL;
    }
}

const struct tmethod *tval_method(const struct tval *v, struct sv name)
{
    const struct tmethod *m = tval_methods(v);
    for (; m != NULL && m->name != NULL; m++)
        if (name_is(m->name, name))
            return m;
    return NULL;
}

size_t tval_len(struct tval v)
{
    return v.kind == TVAL_LIST ? v.list.type->len(v.list.p) : v.map.type->len(v.map.p);
}

bool tval_is_string_list(struct tval v)
{
    return v.kind == TVAL_LIST && v.list.type->at == strings_at;
}

bool tval_is_generic_list(struct tval v)
{
    return v.kind == TVAL_LIST && v.list.type == &generic_list_type;
}

struct sv tval_string_at(struct tmpl_run *run, struct tval v, size_t i)
{
    return v.list.type->at(run, v.list.p, i).s;
}

/* ---- printing ---- */

bool tfield_is_printed(const struct tfield *f, struct tval value)
{
    return !f->hidden && (!f->unless_empty || tval_len(value) != 0);
}

bool tval_stringer(struct tmpl_run *run, struct tval v, struct sv *s)
{
    struct tval text;
    struct err ignored;
    const struct tmethod *m = tval_method(&v, SV("String"));

    if (m == NULL || m->min_args != 0 || !m->call(run, v, NULL, 0, &text, &ignored) || text.kind != TVAL_STR)
        return false;
    *s = text.s;
    return true;
}

void tval_print(struct tmpl_run *run, struct strbuf *out, const struct tval *v)
{
    if (v->kind == TVAL_STR)
        strbuf_addsv(out, v->s); /* nearly everything that templates print */
    else
        verb_print(run, out, (struct verb){.letter = 'v'}, *v);
}
