#include "payload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct writer {
    struct render *r;
    struct jw *jw;
    struct err *err;
    unsigned depth;
};

static bool write_value(struct writer *w, const struct ytree *node, bool rendered);

static bool too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "payload is too large");
}

/* Go's encoding/json: the shortest digits that read back, without an exponent from 1e-6 up to 1e21. */
static bool write_float(struct writer *w, double v)
{
    char digits[40], text[64];

    if (!isfinite(v))
        return err_set(w->err, ERR_INVALID, "json: unsupported value: %s",
                       isnan(v) ? "NaN"
                       : v > 0  ? "+Inf"
                                : "-Inf");
    int precision = 0;
    do
        (void)snprintf(digits, sizeof digits, "%.*e", precision, v);
    while (strtod(digits, NULL) != v && precision++ < 17);
    char *e = strchr(digits, 'e');
    const int exponent = (int)strtol(e + 1, NULL, 10);
    if (v == 0 || (exponent >= -6 && exponent < 21)) {
        (void)snprintf(text, sizeof text, "%.*f", precision > exponent ? precision - exponent : 0, v);
    } else {
        *e = '\0';
        (void)snprintf(text, sizeof text, exponent < 0 ? "%se-%d" : "%se+%d", digits, abs(exponent));
    }
    jw_raw(w->jw, sv_of(text));
    return true;
}

static bool write_number(struct writer *w, const struct ytree *node)
{
    int64_t i;
    double f;

    if (ytree_type(node) == YT_INT && ytree_int(node, &i)) {
        jw_int(w->jw, i);
        return true;
    }
    if (ytree_float(node, &f))
        return write_float(w, f);
    jw_str(w->jw, node->text);
    return true;
}

/* What a template printed: a structure if YAML reads one there, else the text as it is. */
static bool write_rendered(struct writer *w, struct sv text)
{
    struct ytree *node;
    struct err ignored;

    if (!ytree_parse(text, w->r->mem, &node, &ignored)) {
        jw_str(w->jw, text);
        return true;
    }
    if (node == NULL) {
        jw_null(w->jw);
        return true;
    }
    if (node->kind == YTREE_SCALAR) {
        const enum ytree_type type = ytree_type(node);
        if (type == YT_STR || type == YT_OTHER) {
            jw_str(w->jw, text);
            return true;
        }
    }
    return write_value(w, node, true);
}

static bool render_leaf(struct writer *w, struct sv template, struct sv *out)
{
    const char *text = arena_strndup(w->r->mem, template.p, template.n);
    return text == NULL ? too_large(w->err) : render_text(w->r, text, out, w->err);
}

static bool write_scalar(struct writer *w, const struct ytree *node, bool rendered)
{
    bool v;
    struct sv text = {0};

    switch (ytree_type(node)) {
    case YT_NULL:
        jw_null(w->jw);
        return true;
    case YT_BOOL:
        if (ytree_bool(node, &v))
            jw_bool(w->jw, v);
        return true;
    case YT_INT:
    case YT_FLOAT:
        return write_number(w, node);
    case YT_STR:
    case YT_OTHER:
        break;
    }
    /* Up to 0.33 Alertmanager reads the strings inside once more, and "" becomes null. It also renders them
     * as templates, which would let the sender of an alert execute what he likes: that is not for us. */
    if (rendered && w->r->compat_strict && memmem(node->text.p, node->text.n, "{{", 2) == NULL)
        return write_rendered(w, node->text);
    if (rendered) {
        jw_str(w->jw, node->text);
        return true;
    }
    return render_leaf(w, node->text, &text) && write_rendered(w, text);
}

struct member {
    struct sv key;
    const struct ytree *value;
    size_t order;
};

static int member_cmp(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    const int order = sv_cmp(x->key, y->key);
    return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static bool is_repeated(const struct member *sorted, size_t n, size_t i)
{
    return i + 1 < n && sv_eq(sorted[i].key, sorted[i + 1].key);
}

static bool is_text(const struct ytree *key)
{
    return key->kind == YTREE_SCALAR && (ytree_type(key) == YT_STR || ytree_type(key) == YT_OTHER);
}

/* Inside of values, keys that are not strings are lost, as they are upstream. Of equal keys the last one
 * counts. */
static bool read_members(struct writer *w, const struct ytree *map, bool outermost, bool rendered,
                         struct member **out, size_t *n)
{
    *out = ARENA_ARRAY(w->r->mem, struct member, map->n);
    *n = 0;
    if (*out == NULL)
        return too_large(w->err);
    for (size_t i = 0; i < map->n; i++) {
        const struct ytree *key = map->items[2 * i];
        if (outermost ? key->kind != YTREE_SCALAR : !is_text(key))
            continue;
        struct member *m = &(*out)[(*n)++];
        *m = (struct member){key->text, map->items[2 * i + 1], i};
        if (!rendered && !render_leaf(w, key->text, &m->key))
            return false;
    }
    if (*n != 0)
        qsort(*out, *n, sizeof **out, member_cmp);
    return true;
}

static bool write_map(struct writer *w, const struct ytree *node, bool rendered)
{
    struct member *members;
    size_t n;

    if (!read_members(w, node, false, rendered, &members, &n))
        return false;
    jw_object(w->jw);
    for (size_t i = 0; i < n; i++) {
        if (is_repeated(members, n, i))
            continue;
        jw_key(w->jw, members[i].key);
        if (!write_value(w, members[i].value, rendered))
            return false;
    }
    jw_end(w->jw);
    return true;
}

static bool write_list(struct writer *w, const struct ytree *node, bool rendered)
{
    jw_array(w->jw);
    for (size_t i = 0; i < node->n; i++)
        if (!write_value(w, node->items[i], rendered))
            return false;
    jw_end(w->jw);
    return true;
}

/* The tree's own limit on depth, once more, because rendered text may add levels to a deep configuration. */
static bool write_value(struct writer *w, const struct ytree *node, bool rendered)
{
    bool ok;

    if (w->depth >= YTREE_MAX_DEPTH - 1 || w->jw->out->overflow)
        return too_large(w->err);
    w->depth++;
    switch (node->kind) {
    case YTREE_MAP:
        ok = write_map(w, node, rendered);
        break;
    case YTREE_SEQ:
        ok = write_list(w, node, rendered);
        break;
    default:
        ok = write_scalar(w, node, rendered);
    }
    w->depth--;
    return ok;
}

bool payload_value(struct render *r, const struct ytree *node, struct jw *out, struct err *err)
{
    struct writer w = {.r = r, .jw = out, .err = err};

    return write_value(&w, node, false);
}

bool payload_write(struct render *r, const struct ytree *node, struct strbuf *out, struct err *err)
{
    struct jw jw;

    jw_init(&jw, out, true);
    if (!payload_value(r, node, &jw, err))
        return false;
    strbuf_addc(out, '\n');
    return !out->overflow || too_large(err);
}

static bool member_json(struct writer *w, const struct ytree *node, bool rendered, struct sv *out)
{
    CLEANUP(strbuf_donep) struct strbuf json = {0};
    struct jw jw;

    jw_init(&jw, &json, true);
    w->jw = &jw;
    if (!write_value(w, node, rendered))
        return false;
    const char *copy = json.overflow ? NULL : arena_strndup(w->r->mem, json.p, json.n);
    *out = (struct sv){copy, json.n};
    return copy != NULL || too_large(w->err);
}

static bool members_of(struct render *r, const struct ytree *map, bool rendered, struct payload_member **out,
                       size_t *n, struct err *err)
{
    struct writer w = {.r = r, .err = err};
    struct member *members;
    size_t n_members;

    *n = 0;
    if (map == NULL || map->kind != YTREE_MAP)
        return true;
    if (!read_members(&w, map, true, true, &members, &n_members))
        return false;
    *out = ARENA_ARRAY(r->mem, struct payload_member, n_members);
    if (*out == NULL)
        return too_large(err);
    for (size_t i = 0; i < n_members; i++) {
        if (is_repeated(members, n_members, i))
            continue;
        struct payload_member *m = &(*out)[(*n)++];
        m->key = members[i].key;
        if (!member_json(&w, members[i].value, rendered, &m->json))
            return false;
    }
    return true;
}

bool payload_members(struct render *r, const struct ytree *map, struct payload_member **out, size_t *n,
                     struct err *err)
{
    return members_of(r, map, false, out, n, err);
}

bool payload_plain_members(const struct ytree *map, struct arena *mem, struct payload_member **out, size_t *n,
                           struct err *err)
{
    struct render r = {.mem = mem};

    return members_of(&r, map, true, out, n, err);
}
