#include "decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 256

static void add_error(struct decoder *d, const struct ytree *at, enum problem_kind kind, char *text)
{
    d->last = problems_add(&d->problems, (struct problem){
                                             .kind = kind,
                                             .severity = CONFIG_ERROR,
                                             .source = at != NULL ? at->source : d->source,
                                             .line = at != NULL ? at->line : 1,
                                             .col = at != NULL ? at->col : 1,
                                             .text = text,
                                         });
    d->found++;
}

PRINTF(2, 0) static char *format(struct decoder *d, const char *fmt, va_list ap)
{
    char text[sizeof(((struct err *)0)->text)];
    (void)vsnprintf(text, sizeof text, fmt, ap);
    return arena_strndup(d->mem, text, strlen(text));
}

bool decode_fail(struct decoder *d, const struct ytree *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_error(d, at, d->crossing ? PROBLEM_CROSS : PROBLEM_SEMANTIC, format(d, fmt, ap));
    va_end(ap);
    return false;
}

bool decode_fail_err(struct decoder *d, const struct ytree *at, const struct err *err)
{
    return decode_fail(d, at, "%s", err->text);
}

bool decode_schema_error(struct decoder *d, const struct ytree *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_error(d, at, PROBLEM_SCHEMA, format(d, fmt, ap));
    va_end(ap);
    return false;
}

void decode_hint(struct decoder *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (d->last != NULL)
        d->last->hint = format(d, fmt, ap);
    va_end(ap);
}

bool decode_type_error(struct decoder *d, const struct ytree *at, const char *go_type)
{
    CLEANUP(strbuf_donep) struct strbuf shown = {0};
    ytree_show(at, &shown);
    decode_schema_error(d, at, "cannot unmarshal %s into %s", shown.p, go_type);
    if (strncmp(go_type, "[]", 2) == 0 && at->kind == YTREE_SCALAR && at->text.n < 80)
        decode_hint(d, "a list is due here: [%.*s]", SV_ARG(at->text));
    return false;
}

/* The text of the YAML reader begins with "yaml: ", and often has a line of its own. */
static void add_syntax_error(struct decoder *d, const struct err *err)
{
    const char *text = err->text;
    if (strncmp(text, "yaml: ", 6) == 0)
        text += 6;
    if (strncmp(text, "line ", 5) == 0) {
        const char *colon = strstr(text, ": ");
        text = colon != NULL ? colon + 2 : text;
    }
    const struct ytree at = {.line = err->line, .col = err->col, .source = d->source};
    decode_fail(d, &at, "%s", text);
    if (d->last != NULL)
        d->last->upstream = decode_keep(d, sv_of(err->text));
}

const struct ytree *decode_parse(struct decoder *d, uint16_t source)
{
    struct ytree *root;
    struct err err;
    d->source = source;
    d->dir = d->sources[source].dir;
    if (!ytree_parse_source(d->sources[source].text, source, d->mem, &root, &err)) {
        add_syntax_error(d, &err);
        return NULL;
    }
    return root != NULL && !decode_is_null(root) ? root : NULL;
}

struct arena *decode_arena(struct decoder *d)
{
    return d->mem;
}

enum matcher_mode decode_matcher_mode(const struct decoder *d)
{
    return d->env->matcher_mode;
}

void decode_own(struct decoder *d, void (*done)(void *object), void *object)
{
    struct owned *o = ARENA_NEW(d->mem, struct owned);
    *o = (struct owned){done, object, d->owned};
    d->owned = o;
}

static void done_matchers(void *matchers)
{
    matchers_done(matchers);
}

void decode_own_matchers(struct decoder *d, struct matchers *ms)
{
    decode_own(d, done_matchers, ms);
}

void decode_warn(struct decoder *d, const struct ytree *at, enum config_severity severity, const char *rule,
                 const char *text, const char *hint)
{
    d->last = problems_add(&d->problems, (struct problem){
                                             .kind = PROBLEM_WARNING,
                                             .severity = severity,
                                             .source = at->source,
                                             .line = at->line,
                                             .col = at->col,
                                             .text = decode_keep(d, sv_of(text)),
                                             .hint = hint != NULL ? decode_keep(d, sv_of(hint)) : NULL,
                                             .rule = rule,
                                         });
}

const struct object *decode_object_of(const struct decoder *d, const void *object)
{
    return map_get(&d->objects, (uint64_t)(uintptr_t)object);
}

bool decode_is_clean(const struct decoder *d, const void *object)
{
    const struct object *o = object != NULL ? decode_object_of(d, object) : NULL;
    return o != NULL && o->clean;
}

const struct ytree *decode_at(const struct decoder *d, const void *object, const char *key)
{
    const struct object *o = decode_object_of(d, object);
    if (o == NULL)
        return NULL;
    const struct ytree *value = ytree_get(o->node, key);
    return value != NULL ? value : o->node;
}

/* A key that was given twice may hold something else than what was decoded. */
const struct ytree *decode_item(const struct decoder *d, const void *object, const char *key, size_t i)
{
    const struct ytree *list = decode_at(d, object, key);
    return list != NULL && list->kind == YTREE_SEQ && i < list->n ? list->items[i] : list;
}

static const struct field *find_field(const struct schema *s, struct sv key, size_t *index)
{
    for (size_t i = 0; s->fields[i].key != NULL; i++) {
        if (sv_eq(key, sv_of(s->fields[i].key))) {
            *index = i;
            return &s->fields[i];
        }
    }
    return NULL;
}

static bool has_secrets(const struct schema *s)
{
    for (const struct field *f = s->fields; f->key != NULL; f++)
        if (f->kind == FIELD_SECRET || f->kind == FIELD_SECRET_URL || f->kind == FIELD_TEMPLATE_URL ||
            f->kind == FIELD_SECRET_MAP)
            return true;
    return false;
}

static void unknown_key(struct decoder *d, const struct ytree *key, const struct schema *s)
{
    struct nearest best = {0};
    for (const struct field *f = s->fields; f->key != NULL; f++)
        nearest_try(&best, key->text, sv_of(f->key));
    decode_schema_error(d, key, "field %.*s not found in type %s", SV_ARG(key->text), s->go_type);
    if (d->last != NULL)
        d->last->hide_values = has_secrets(s);
    if (best.name.n != 0)
        decode_hint(d, "did you mean `%.*s`?", SV_ARG(best.name));
}

static void decode_pairs(struct decoder *d, const struct ytree *node, const struct schema *s, void *object)
{
    bool seen[MAX_FIELDS] = {false};
    for (size_t i = 0; i < node->n; i++) {
        const struct ytree *key = node->items[2 * i];
        size_t index = 0;
        if (key->kind != YTREE_SCALAR) {
            decode_type_error(d, key, "string");
            continue;
        }
        const struct field *f = find_field(s, key->text, &index);
        if (f == NULL) {
            unknown_key(d, key, s);
        } else if (!key->merged && seen[index]) {
            decode_schema_error(d, key, "field %s already set in type %s", f->key, s->go_type);
        } else {
            seen[index] = seen[index] || !key->merged;
            decode_field(d, node->items[2 * i + 1], f, object);
        }
    }
}

static void remember(struct decoder *d, const struct ytree *node, void *object, bool clean)
{
    struct object *o = ARENA_NEW(d->mem, struct object);
    *o = (struct object){node, clean};
    map_put(&d->objects, (uint64_t)(uintptr_t)object, o);
}

static void set_defaults(struct decoder *d, const struct schema *s, void *object)
{
    for (const struct field *f = s->fields; f->key != NULL; f++)
        decode_default(d, f, object);
}

bool decode_object(struct decoder *d, const struct ytree *node, const struct schema *s, void *object)
{
    const size_t before = d->found;
    set_defaults(d, s, object);
    if (node->kind == YTREE_MAP)
        decode_pairs(d, node, s, object);
    else if (!decode_is_null(node))
        decode_type_error(d, node, s->go_type);
    if (d->found == before && s->check != NULL)
        (void)s->check(d, node, object);
    remember(d, node, object, d->found == before);
    return d->found == before;
}

void *decode_new_default(struct decoder *d, const struct schema *s)
{
    static const struct ytree empty = {.kind = YTREE_MAP, .line = 1, .col = 1};
    void *object = arena_zalloc(d->mem, s->size);
    decode_object(d, &empty, s, object);
    return object;
}
