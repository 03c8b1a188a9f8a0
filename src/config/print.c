#include "print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/yw.h"
#include "decode.h"
#include "model/duration.h"

struct printer {
    struct yw *out;
    const char *key; /* waits for its value; NULL: none */
    enum secrets secrets;
};

static void flush_key(struct printer *p)
{
    if (p->key != NULL)
        yw_string(p->out, sv_of(p->key));
    p->key = NULL;
}

void print_key(struct printer *p, const char *key)
{
    p->key = key;
}

void print_scalar(struct printer *p, const char *text)
{
    flush_key(p);
    yw_string(p->out, sv_of(text));
}

void print_plain(struct printer *p, const char *text)
{
    flush_key(p);
    yw_plain(p->out, sv_of(text));
}

void print_map_begin(struct printer *p)
{
    flush_key(p);
    yw_map_begin(p->out);
}

void print_map_end(struct printer *p)
{
    yw_map_end(p->out);
}

void print_seq_begin(struct printer *p, bool flow)
{
    flush_key(p);
    yw_seq_begin(p->out, flow);
}

void print_seq_end(struct printer *p)
{
    yw_seq_end(p->out);
}

void print_nothing(struct printer *p, const void *member)
{
    (void)p;
    (void)member;
}

enum secrets print_secrets_mode(const struct printer *p)
{
    return p->secrets;
}

void print_masked(struct printer *p, const char *secret)
{
    if (p->secrets == SECRETS_CLEAR)
        print_scalar(p, secret);
    else
        print_plain(p, MASKED_SECRET);
}

/* A secret that is empty is shown as null where it has to be shown at all. */
static void print_secret(struct printer *p, const char *text)
{
    if (is_set(text))
        print_masked(p, text);
    else
        print_plain(p, "null");
}

static int cmp_keys(const void *a, const void *b)
{
    const struct string_pair *const *x = a, *const *y = b;
    return yw_key_cmp(sv_of((*x)->name), sv_of((*y)->name));
}

static void print_pairs(struct printer *p, const struct string_map *m, bool secret)
{
    const struct string_pair **sorted = xcalloc(m->n, sizeof(const struct string_pair *));
    for (size_t i = 0; i < m->n; i++)
        sorted[i] = &m->v[i];
    qsort(sorted, m->n, sizeof(const struct string_pair *), cmp_keys);
    print_map_begin(p);
    for (size_t i = 0; i < m->n; i++) {
        print_key(p, sorted[i]->name);
        if (secret)
            print_secret(p, sorted[i]->value);
        else
            print_scalar(p, sorted[i]->value);
    }
    print_map_end(p);
    free(sorted);
}

void print_map(struct printer *p, const struct string_map *m)
{
    print_pairs(p, m, false);
}

static void print_strings(struct printer *p, const struct strings *s)
{
    print_seq_begin(p, false);
    for (size_t i = 0; i < s->n; i++)
        print_scalar(p, s->v[i]);
    print_seq_end(p);
}

static void print_matcher_list(struct printer *p, const struct matchers *ms)
{
    print_seq_begin(p, false);
    for (size_t i = 0; i < ms->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        matcher_print(&text, &ms->v[i]);
        print_scalar(p, text.p);
    }
    print_seq_end(p);
}

static void print_hostport(struct printer *p, const struct hostport *hp)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    const bool brackets = strchr(hp->host, ':') != NULL;
    strbuf_addf(&text, brackets ? "[%s]:%s" : "%s:%s", hp->host, hp->port);
    print_scalar(p, text.p);
}

static void print_duration(struct printer *p, dur_ns d, bool go)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    (go ? go_duration_print : duration_print)(&text, d);
    print_scalar(p, text.p);
}

static void print_list(struct printer *p, const struct list *list, const struct schema *s)
{
    print_seq_begin(p, false);
    for (size_t i = 0; i < list->n; i++) {
        if (list->v[i] != NULL)
            print_object(p, s, list->v[i]);
        else
            print_plain(p, "null");
    }
    print_seq_end(p);
}

static void float_text(struct strbuf *out, double v)
{
    if (isnan(v))
        strbuf_adds(out, ".nan");
    else if (isinf(v))
        strbuf_adds(out, v > 0 ? ".inf" : "-.inf");
    else
        strbuf_addg(out, v);
}

/* What a scalar is, not how it was written. True: a string, which may need quotes. */
static bool node_text(const struct ytree *n, struct strbuf *out)
{
    bool flag;
    int64_t whole;
    double number;
    if (ytree_type(n) == YT_NULL)
        strbuf_adds(out, "null");
    else if (ytree_bool(n, &flag))
        strbuf_adds(out, flag ? "true" : "false");
    else if (ytree_type(n) == YT_INT && ytree_int(n, &whole))
        strbuf_addi64(out, whole);
    else if (ytree_float(n, &number))
        float_text(out, number);
    else {
        strbuf_addsv(out, n->text);
        return true;
    }
    return false;
}

static void print_node_scalar(struct printer *p, const struct ytree *n)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    const bool is_text = node_text(n, &text);
    flush_key(p);
    (is_text ? yw_string : yw_plain)(p->out, strbuf_sv(&text));
}

struct node_pair {
    struct strbuf order; /* the key as it will be written */
    const struct ytree *key, *value;
};

static int cmp_node_pairs(const void *a, const void *b)
{
    const struct node_pair *x = a, *y = b;
    return yw_key_cmp(strbuf_sv(&x->order), strbuf_sv(&y->order));
}

static void print_node(struct printer *p, const struct ytree *n);

/* As text, whatever it would be alone. */
static void print_string_key(struct printer *p, const struct ytree *key)
{
    flush_key(p);
    yw_string(p->out, decode_is_null(key) ? SV("") : key->text);
}

static void print_node_map(struct printer *p, const struct ytree *n, bool string_keys)
{
    struct node_pair *pairs = xcalloc(n->n, sizeof(*pairs));
    for (size_t i = 0; i < n->n; i++) {
        pairs[i].key = n->items[2 * i];
        pairs[i].value = n->items[2 * i + 1];
        if (pairs[i].key->kind == YTREE_SCALAR && !(string_keys && decode_is_null(pairs[i].key)))
            (void)node_text(pairs[i].key, &pairs[i].order);
    }
    qsort(pairs, n->n, sizeof(*pairs), cmp_node_pairs);
    print_map_begin(p);
    for (size_t i = 0; i < n->n; i++) {
        if (string_keys && pairs[i].key->kind == YTREE_SCALAR)
            print_string_key(p, pairs[i].key);
        else
            print_node(p, pairs[i].key);
        print_node(p, pairs[i].value);
        strbuf_done(&pairs[i].order);
    }
    print_map_end(p);
    free(pairs);
}

/* A value nobody described: what it is, not how it was written. */
static void print_node(struct printer *p, const struct ytree *n)
{
    if (n->kind == YTREE_SCALAR) {
        print_node_scalar(p, n);
    } else if (n->kind == YTREE_MAP) {
        print_node_map(p, n, false);
    } else {
        print_seq_begin(p, false);
        for (size_t i = 0; i < n->n; i++)
            print_node(p, n->items[i]);
        print_seq_end(p);
    }
}

static bool is_empty_object(const struct schema *s, const void *object);

static bool is_string(enum field_kind kind)
{
    return kind == FIELD_STRING || kind == FIELD_SECRET || kind == FIELD_URL || kind == FIELD_SECRET_URL ||
           kind == FIELD_TEMPLATE_URL;
}

static bool is_empty(const struct field *f, const void *m)
{
    switch (f->kind) {
    case FIELD_STRING:
    case FIELD_SECRET:
    case FIELD_URL:
    case FIELD_TEMPLATE_URL:
        return !is_set(*(char *const *)m);
    case FIELD_SECRET_URL: /* "" stands for a masked one that was read back */
    case FIELD_STRUCT_PTR:
    case FIELD_NODE:
        return *(const void *const *)m == NULL;
    case FIELD_ANY_MAP:
        return *(const struct ytree *const *)m == NULL || (*(const struct ytree *const *)m)->n == 0;
    case FIELD_BOOL:
        return !*(const bool *)m;
    case FIELD_TRIBOOL:
        return *(const int8_t *)m == -1;
    case FIELD_INT:
        return *(const int64_t *)m == 0;
    case FIELD_UINT:
        return *(const uint64_t *)m == 0;
    case FIELD_DURATION:
    case FIELD_GO_DURATION:
        return *(const dur_ns *)m == 0;
    case FIELD_OPT_DURATION:
        return !((const struct opt_duration *)m)->set;
    case FIELD_HOSTPORT:
        return ((const struct hostport *)m)->host == NULL;
    case FIELD_STRINGS:
        return ((const struct strings *)m)->n == 0;
    case FIELD_MAP:
    case FIELD_SECRET_MAP:
        return ((const struct string_map *)m)->n == 0;
    case FIELD_MATCHERS:
        return ((const struct matchers *)m)->n == 0;
    case FIELD_LIST:
        return ((const struct list *)m)->n == 0;
    case FIELD_STRUCT:
        return is_empty_object(f->sub, m);
    case FIELD_CUSTOM:
        break; /* its own function decides: it writes nothing when there is nothing */
    }
    return false;
}

static const void *member_of(const void *object, const struct field *f)
{
    return (const char *)object + f->offset;
}

static bool is_empty_object(const struct schema *s, const void *object)
{
    for (const struct field *f = s->fields; f->key != NULL; f++)
        if (!is_empty(f, member_of(object, f)))
            return false;
    return true;
}

static void print_number(struct printer *p, const struct field *f, const void *m)
{
    char text[24];
    if (f->kind == FIELD_INT)
        (void)snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)m);
    else
        (void)snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)m);
    print_plain(p, text);
}

static void print_url(struct printer *p, const char *url)
{
    if (url != NULL)
        print_scalar(p, url);
    else
        print_plain(p, "null");
}

/* "" stands for one that was read back from a masked text. */
static void print_secret_url(struct printer *p, const char *url)
{
    if (url != NULL)
        print_masked(p, url);
    else
        print_plain(p, "null");
}

static void print_tribool(struct printer *p, int8_t v)
{
    print_plain(p, v < 0 ? "null" : v > 0 ? "true" : "false");
}

static void print_value(struct printer *p, const struct field *f, const void *m)
{
    switch (f->kind) {
    case FIELD_STRING:
        print_scalar(p, *(char *const *)m != NULL ? *(char *const *)m : "");
        break;
    case FIELD_URL:
        print_url(p, *(char *const *)m);
        break;
    case FIELD_SECRET:
    case FIELD_TEMPLATE_URL:
        print_secret(p, *(char *const *)m);
        break;
    case FIELD_SECRET_URL:
        print_secret_url(p, *(char *const *)m);
        break;
    case FIELD_BOOL:
        print_plain(p, *(const bool *)m ? "true" : "false");
        break;
    case FIELD_TRIBOOL:
        print_tribool(p, *(const int8_t *)m);
        break;
    case FIELD_INT:
    case FIELD_UINT:
        print_number(p, f, m);
        break;
    case FIELD_DURATION:
    case FIELD_GO_DURATION:
        print_duration(p, *(const dur_ns *)m, f->kind == FIELD_GO_DURATION);
        break;
    case FIELD_OPT_DURATION:
        print_duration(p, ((const struct opt_duration *)m)->d, false);
        break;
    case FIELD_HOSTPORT:
        print_hostport(p, m);
        break;
    case FIELD_STRINGS:
        print_strings(p, m);
        break;
    case FIELD_MAP:
    case FIELD_SECRET_MAP:
        print_pairs(p, m, f->kind == FIELD_SECRET_MAP);
        break;
    case FIELD_MATCHERS:
        print_matcher_list(p, m);
        break;
    case FIELD_STRUCT:
        print_object(p, f->sub, m);
        break;
    case FIELD_STRUCT_PTR:
        print_object(p, f->sub, *(const void *const *)m);
        break;
    case FIELD_LIST:
        print_list(p, m, f->sub);
        break;
    case FIELD_NODE:
        print_node(p, *(const struct ytree *const *)m);
        break;
    case FIELD_ANY_MAP:
        print_node_map(p, *(const struct ytree *const *)m, true);
        break;
    case FIELD_CUSTOM:
        f->print(p, m);
        break;
    }
}

/* What upstream does not know is left out while it says nothing, so that its tools can read the text. */
static bool is_quiet(const struct field *f, const void *m)
{
    return (f->flags & FIELD_OURS) != 0 && is_string(f->kind) && f->def != NULL &&
           *(char *const *)m != NULL && strcmp(*(char *const *)m, f->def) == 0;
}

void print_object(struct printer *p, const struct schema *s, const void *object)
{
    print_map_begin(p);
    for (const struct field *f = s->fields; f->key != NULL; f++) {
        const void *m = member_of(object, f);
        if ((is_empty(f, m) && (f->flags & FIELD_ALWAYS) == 0) || is_quiet(f, m))
            continue;
        print_key(p, f->key);
        print_value(p, f, m);
        p->key = NULL; /* nobody wanted it */
    }
    print_map_end(p);
}

bool print_document(const struct schema *s, const void *object, enum secrets secrets, struct strbuf *out)
{
    struct printer p = {.out = yw_new(out), .secrets = secrets};
    print_object(&p, s, object);
    return yw_free(p.out);
}
