#include "codec/ytree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/map.h"

#define MERGE_TAG "tag:yaml.org,2002:merge"

/* A node that aliases can refer to. Weight and height are those of its whole subtree, so that an alias is
 * charged for what it stands for without walking it. */
struct anchor {
    struct ytree *node; /* NULL while its subtree is being read */
    size_t weight;
    int height;
};

struct builder {
    yaml_parser_t parser;
    struct arena *mem;
    struct err *err;
    struct strmap anchors;
    struct ytree **stack; /* finished nodes that wait for their parent */
    size_t n_stack, cap_stack;
    size_t nodes, from_aliases;
    uint16_t source;
};

static bool fail_at(struct builder *b, yaml_mark_t at, const char *before, const char *name,
                    const char *after)
{
    err_set(b->err, ERR_INVALID, "yaml: %s%.200s%s", before, name, after);
    b->err->line = (int)at.line + 1;
    b->err->col = (int)at.column + 1;
    return false;
}

static bool fail_full(struct builder *b)
{
    return err_set(b->err, ERR_LIMIT, "yaml: document is too large");
}

/* yaml.v2 prints libyaml's 0-based line as it is, except for errors of the scanner. */
static bool fail_syntax(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    size_t line = 0;
    if (p->problem_mark.line != 0)
        line = p->problem_mark.line + (p->error == YAML_SCANNER_ERROR ? 1 : 0);
    else if (p->context_mark.line != 0)
        line = p->context_mark.line;
    const char *problem = p->problem != NULL ? p->problem : "unknown problem parsing YAML content";
    if (line != 0)
        err_set(b->err, ERR_INVALID, "yaml: line %zu: %s", line, problem);
    else
        err_set(b->err, ERR_INVALID, "yaml: %s", problem);
    b->err->line = (int)p->problem_mark.line + 1;
    b->err->col = (int)p->problem_mark.column + 1;
    return false;
}

static bool next_event(struct builder *b, yaml_event_t *ev)
{
    return yaml_parser_parse(&b->parser, ev) != 0 || fail_syntax(b);
}

/* How much of a document may come from aliases: small ones may repeat themselves almost at will. */
static double allowed_alias_ratio(size_t nodes)
{
    const double low = 400e3, high = 4e6;
    if ((double)nodes <= low)
        return 0.99;
    return 0.99 - 0.89 * ((double)nodes - low) / (high - low);
}

static bool count_nodes(struct builder *b, size_t more, bool from_alias, yaml_mark_t at)
{
    b->nodes += more;
    if (from_alias)
        b->from_aliases += more;
    if (b->from_aliases > 100 && b->nodes > 1000 &&
        (double)b->from_aliases / (double)b->nodes > allowed_alias_ratio(b->nodes))
        return fail_at(b, at, "document contains excessive aliasing", "", "");
    if (b->nodes > YTREE_MAX_NODES)
        return fail_at(b, at, "document has too many nodes", "", "");
    return true;
}

static bool check_depth(struct builder *b, int depth, yaml_mark_t at)
{
    return depth <= YTREE_MAX_DEPTH || fail_at(b, at, "exceeded the maximum depth of nested values", "", "");
}

static void push(struct builder *b, struct ytree *n)
{
    b->stack = xgrow(b->stack, &b->cap_stack, b->n_stack + 1, sizeof(struct ytree *));
    b->stack[b->n_stack++] = n;
}

static bool copy_text(struct builder *b, const yaml_char_t *text, size_t n, struct sv *out)
{
    const char *p = arena_strndup(b->mem, (const char *)text, n);
    if (p == NULL)
        return fail_full(b);
    *out = (struct sv){p, n};
    return true;
}

static bool new_node(struct builder *b, enum ytree_kind kind, const yaml_event_t *ev, const yaml_char_t *tag,
                     struct ytree **out)
{
    struct ytree *n = ARENA_NEW(b->mem, struct ytree);
    if (n == NULL)
        return fail_full(b);
    n->kind = kind;
    n->line = (int)ev->start_mark.line + 1;
    n->col = (int)ev->start_mark.column + 1;
    n->source = b->source;
    *out = n;
    return tag == NULL || copy_text(b, tag, strlen((const char *)tag), &n->tag);
}

static bool open_anchor(struct builder *b, const yaml_char_t *name, struct anchor **out)
{
    if (name == NULL)
        return true;
    struct anchor *a = ARENA_NEW(b->mem, struct anchor);
    struct sv key;
    if (a == NULL)
        return fail_full(b);
    if (!copy_text(b, name, strlen((const char *)name), &key))
        return false;
    strmap_del(&b->anchors, key); /* the newest anchor of a name counts, and lends the map its key */
    strmap_put(&b->anchors, key, a);
    *out = a;
    return true;
}

static bool use_alias(struct builder *b, const yaml_event_t *ev, int depth, struct ytree **out, int *height)
{
    const char *name = (const char *)ev->data.alias.anchor;
    const struct anchor *a = strmap_get(&b->anchors, sv_of(name));
    if (a == NULL)
        return fail_at(b, ev->start_mark, "unknown anchor '", name, "' referenced");
    if (a->node == NULL)
        return fail_at(b, ev->start_mark, "anchor '", name, "' value contains itself");
    *out = a->node;
    *height = a->height;
    return check_depth(b, depth + a->height - 1, ev->start_mark) &&
           count_nodes(b, a->weight, true, ev->start_mark);
}

static bool build(struct builder *b, const yaml_event_t *ev, int depth, struct ytree **out, int *height);

/* Reads nodes up to the end of a sequence or map and leaves them on the stack. */
static bool build_children(struct builder *b, yaml_event_type_t end, int depth, int *height)
{
    for (;;) {
        yaml_event_t ev;
        struct ytree *child = NULL;
        int h = 0;
        if (!next_event(b, &ev))
            return false;
        const bool more = ev.type != end;
        const bool ok = !more || build(b, &ev, depth, &child, &h);
        yaml_event_delete(&ev);
        if (!ok || !more)
            return ok;
        push(b, child);
        if (h > *height)
            *height = h;
    }
}

/* Takes everything above `base` off the stack, as the items of a node. */
static bool take_items(struct builder *b, size_t base, struct ytree *n)
{
    const size_t count = b->n_stack - base;
    n->n = n->kind == YTREE_MAP ? count / 2 : count;
    n->items = ARENA_ARRAY(b->mem, struct ytree *, count);
    if (n->items == NULL)
        return fail_full(b);
    if (count != 0)
        memcpy(n->items, b->stack + base, count * sizeof(struct ytree *));
    b->n_stack = base;
    return true;
}

static bool is_merge(const struct ytree *key)
{
    return key->kind == YTREE_SCALAR && !key->quoted && sv_eq(key->text, SV("<<")) &&
           (key->tag.n == 0 || sv_eq(key->tag, SV(MERGE_TAG)));
}

static bool push_merged(struct builder *b, const struct ytree *map)
{
    for (size_t i = 0; i < map->n; i++) {
        struct ytree *key = ARENA_NEW(b->mem, struct ytree);
        if (key == NULL)
            return fail_full(b);
        *key = *map->items[2 * i];
        key->merged = true;
        push(b, key);
        push(b, map->items[2 * i + 1]);
    }
    return true;
}

static bool fail_merge(struct builder *b, const struct ytree *at)
{
    err_set(b->err, ERR_INVALID, "yaml: map merge requires map or sequence of maps as the value");
    b->err->line = at->line;
    b->err->col = at->col;
    return false;
}

/* `value` is a map, or a list of maps of which an earlier one wins: it has to come later. */
static bool push_merge_value(struct builder *b, const struct ytree *value)
{
    if (value->kind == YTREE_MAP)
        return push_merged(b, value);
    if (value->kind != YTREE_SEQ)
        return fail_merge(b, value);
    for (size_t i = value->n; i-- > 0;) {
        if (value->items[i]->kind != YTREE_MAP)
            return fail_merge(b, value->items[i]);
        if (!push_merged(b, value->items[i]))
            return false;
    }
    return true;
}

/* Puts the pairs of merged maps where their merge key stands. Most maps have none and stay as they are. */
static bool apply_merges(struct builder *b, struct ytree *map)
{
    size_t merges = 0;
    for (size_t i = 0; i < map->n; i++)
        merges += is_merge(map->items[2 * i]) ? 1 : 0;
    if (merges == 0)
        return true;
    const size_t base = b->n_stack;
    for (size_t i = 0; i < map->n; i++) {
        if (!is_merge(map->items[2 * i])) {
            push(b, map->items[2 * i]);
            push(b, map->items[2 * i + 1]);
        } else if (!push_merge_value(b, map->items[2 * i + 1])) {
            return false;
        }
    }
    return take_items(b, base, map);
}

static bool build_scalar(struct builder *b, const yaml_event_t *ev, struct ytree **out)
{
    if (!new_node(b, YTREE_SCALAR, ev, ev->data.scalar.tag, out) ||
        !copy_text(b, ev->data.scalar.value, ev->data.scalar.length, &(*out)->text))
        return false;
    (*out)->quoted = ev->data.scalar.tag == NULL && !ev->data.scalar.plain_implicit;
    return true;
}

static bool build_collection(struct builder *b, const yaml_event_t *ev, int depth, struct ytree **out,
                             int *height)
{
    const bool is_map = ev->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *tag = is_map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag;
    const size_t base = b->n_stack;
    if (!new_node(b, is_map ? YTREE_MAP : YTREE_SEQ, ev, tag, out) ||
        !build_children(b, is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, depth + 1, height) ||
        !take_items(b, base, *out))
        return false;
    *height += 1;
    return !is_map || apply_merges(b, *out);
}

static const yaml_char_t *anchor_of(const yaml_event_t *ev)
{
    return ev->type == YAML_SCALAR_EVENT          ? ev->data.scalar.anchor
           : ev->type == YAML_MAPPING_START_EVENT ? ev->data.mapping_start.anchor
                                                  : ev->data.sequence_start.anchor;
}

/* The depth is checked before anything below is read: libyaml's own work grows with its square. */
static bool build(struct builder *b, const yaml_event_t *ev, int depth, struct ytree **out, int *height)
{
    if (ev->type == YAML_ALIAS_EVENT)
        return use_alias(b, ev, depth, out, height);
    struct anchor *anchor = NULL;
    const size_t before = b->nodes;
    if (!check_depth(b, depth, ev->start_mark) || !count_nodes(b, 1, false, ev->start_mark) ||
        !open_anchor(b, anchor_of(ev), &anchor))
        return false;
    *height = 0;
    const bool ok = ev->type == YAML_SCALAR_EVENT ? build_scalar(b, ev, out)
                                                  : build_collection(b, ev, depth, out, height);
    if (ok && anchor != NULL)
        *anchor = (struct anchor){.node = *out, .weight = b->nodes - before, .height = *height};
    return ok;
}

/* Events around the first document: stream start, document start, its node, document end. */
static bool read_document(struct builder *b, struct ytree **root)
{
    for (;;) {
        yaml_event_t ev;
        int height;
        bool ok = true;
        if (!next_event(b, &ev))
            return false;
        const yaml_event_type_t type = ev.type;
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
            type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
            ok = build(b, &ev, 1, root, &height);
        yaml_event_delete(&ev);
        if (!ok || type == YAML_DOCUMENT_END_EVENT || type == YAML_STREAM_END_EVENT)
            return ok;
    }
}

bool ytree_parse(struct sv text, struct arena *mem, struct ytree **root, struct err *err)
{
    return ytree_parse_source(text, 0, mem, root, err);
}

bool ytree_parse_source(struct sv text, uint16_t source, struct arena *mem, struct ytree **root,
                        struct err *err)
{
    struct builder b = {.mem = mem, .err = err, .source = source};

    *root = NULL;
    if (yaml_parser_initialize(&b.parser) == 0)
        return err_set(err, ERR_SYSTEM, "yaml: out of memory");
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.n != 0 ? text.p : ""), text.n);
    struct ytree *found = NULL;
    const bool ok = read_document(&b, &found);
    if (ok)
        *root = found;
    free(b.stack);
    strmap_done(&b.anchors);
    yaml_parser_delete(&b.parser);
    return ok;
}

const struct ytree *ytree_get(const struct ytree *map, const char *key)
{
    const struct sv want = sv_of(key);
    if (map == NULL || map->kind != YTREE_MAP)
        return NULL;
    for (size_t i = map->n; i-- > 0;) {
        const struct ytree *k = map->items[2 * i];
        if (k->kind == YTREE_SCALAR && sv_eq(k->text, want))
            return map->items[2 * i + 1];
    }
    return NULL;
}
