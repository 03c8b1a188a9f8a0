#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "codec/goquote.h"
#include "codec/tmpl.h"
#include "codec/url.h"
#include "decode.h"
#include "model/duration.h"
#include "secret.h"

bool decode_is_null(const struct ytree *node)
{
    return node->kind == YTREE_SCALAR && ytree_type(node) == YT_NULL;
}

const char *decode_quoted(struct decoder *d, struct sv text)
{
    struct strbuf quoted = {0};
    go_quote(&quoted, text);
    const char *kept = arena_strndup(d->mem, quoted.p, quoted.n);
    strbuf_done(&quoted);
    return kept;
}

/* Any scalar as it is written. Null is the empty text. */
bool decode_text(struct decoder *d, const struct ytree *node, const char *go_type, struct sv *out)
{
    if (node->kind != YTREE_SCALAR)
        return decode_type_error(d, node, go_type);
    if (memchr(node->text.p, '\0', node->text.n) != NULL)
        return decode_fail(d, node, "the character NUL is not allowed");
    *out = decode_is_null(node) ? (struct sv){"", 0} : node->text;
    return true;
}

char *decode_keep(struct decoder *d, struct sv text)
{
    return arena_strndup(d->mem, text.p, text.n);
}

bool decode_string(struct decoder *d, const struct ytree *node, char **out)
{
    struct sv text;
    *out = NULL;
    if (decode_is_null(node))
        return true;
    if (!decode_text(d, node, "string", &text))
        return false;
    *out = decode_keep(d, text);
    return true;
}

static bool string_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    struct sv text;
    if (!decode_text(d, node, f->kind == FIELD_STRING ? "string" : "config.plain", &text))
        return false;
    if (f->kind == FIELD_SECRET && !secret_resolve(d, node, text, &text))
        return false;
    *(char **)member = decode_keep(d, text);
    return true;
}

static bool bool_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    (void)f;
    return ytree_bool(node, member) || decode_type_error(d, node, "bool");
}

static bool tribool_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    bool v;
    (void)f;
    if (!ytree_bool(node, &v))
        return decode_type_error(d, node, "bool");
    *(int8_t *)member = v ? 1 : 0;
    return true;
}

static bool int_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    (void)f;
    return ytree_int(node, member) || decode_type_error(d, node, "int");
}

static bool uint_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    int64_t v;
    (void)f;
    if (!ytree_int(node, &v) || v < 0)
        return decode_type_error(d, node, "uint64");
    *(uint64_t *)member = (uint64_t)v;
    return true;
}

static bool duration_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    struct sv text;
    struct err err;
    (void)f;
    return decode_text(d, node, "string", &text) &&
           (duration_parse(text, member, &err) || decode_fail_err(d, node, &err));
}

static bool opt_duration_value(struct decoder *d, const struct ytree *node, const struct field *f,
                               void *member)
{
    struct opt_duration *o = member;
    o->set = duration_value(d, node, f, &o->d);
    return o->set;
}

/* An unquoted number is a count of nanoseconds, as Go reads it. */
static bool go_duration_value(struct decoder *d, const struct ytree *node, const struct field *f,
                              void *member)
{
    struct err err;
    (void)f;
    if (ytree_int(node, member))
        return true;
    const bool text = node->kind == YTREE_SCALAR && ytree_type(node) == YT_STR;
    return (text && go_duration_parse(node->text, member, &err)) ||
           decode_type_error(d, node, "time.Duration");
}

/* Says nothing of a URL that is secret but what is wrong with it. */
static bool fail_url(struct decoder *d, const struct ytree *node, const char *prefix, const char *text,
                     bool secret)
{
    const bool quotes_all = strncmp(text, "parse ", 6) == 0;
    return decode_fail(d, node, "%s%s", prefix, secret && quotes_all ? secret_mask_quotes(d, text) : text);
}

static bool checked_url(struct decoder *d, const struct ytree *node, struct sv text, const char *prefix,
                        bool secret, char **out)
{
    struct url url;
    struct err err;
    if (!url_parse_http(text, d->mem, &url, &err))
        return fail_url(d, node, prefix, err.text, secret);
    struct strbuf normal = {0};
    url_print(&normal, &url);
    *out = arena_zalloc(d->mem, normal.n + 2); /* room for a slash: FIELD_URL */
    memcpy(*out, normal.p, normal.n);
    strbuf_done(&normal);
    return true;
}

/* What cannot be checked: the mask that stands for a secret, and a reference that was not looked up. */
static bool stands_for_secret(struct sv text)
{
    return sv_eq(text, SV(MASKED_SECRET)) || secret_is_reference(text);
}

static bool url_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    struct sv text;
    (void)f;
    return decode_text(d, node, "string", &text) && checked_url(d, node, text, "", false, member);
}

static bool secret_url_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    struct sv text;
    (void)f;
    if (!decode_text(d, node, "string", &text) || !secret_resolve(d, node, text, &text))
        return false;
    if (!stands_for_secret(text))
        return checked_url(d, node, text, "", true, member);
    *(char **)member = decode_keep(d, SV(""));
    return true;
}

static bool has_action(struct sv text)
{
    return memmem(text.p, text.n, "{{", 2) != NULL;
}

static bool template_url_value(struct decoder *d, const struct ytree *node, const struct field *f,
                               void *member)
{
    struct sv text;
    struct err err;
    char *normal;
    (void)f;
    if (!decode_text(d, node, "config.plain", &text) || !secret_resolve(d, node, text, &text))
        return false;
    if (has_action(text)) {
        if (!tmpl_check_plain(text, &err))
            return decode_fail(d, node, "invalid template syntax: %s", err.text);
    } else if (text.n != 0 && !stands_for_secret(text)) {
        if (!checked_url(d, node, text, "invalid URL: ", true, &normal))
            return false;
    }
    *(char **)member = decode_keep(d, text);
    return true;
}

static bool fail_address(struct decoder *d, const struct ytree *node, struct sv text, const char *problem)
{
    return decode_fail(d, node, "address %.*s: %s", SV_ARG(text), problem);
}

/* host:port, [host]:port; the last colon splits. */
static bool hostport_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    struct hostport *hp = member;
    struct sv text;
    (void)f;
    if (!decode_text(d, node, "string", &text))
        return false;
    *hp = (struct hostport){0};
    if (text.n == 0)
        return true;
    const char *colon = memrchr(text.p, ':', text.n);
    if (colon == NULL)
        return fail_address(d, node, text, "missing port in address");
    struct sv host = {text.p, (size_t)(colon - text.p)};
    const struct sv port = {colon + 1, text.n - host.n - 1};
    if (host.n != 0 && host.p[0] == '[') {
        if (host.p[host.n - 1] != ']')
            return fail_address(d, node, text,
                                memchr(host.p, ']', host.n) != NULL ? "missing port in address"
                                                                    : "missing ']' in address");
        host = (struct sv){host.p + 1, host.n - 2};
    } else if (memchr(host.p, ':', host.n) != NULL) {
        return fail_address(d, node, text, "too many colons in address");
    }
    if (memchr(host.p, '[', host.n) != NULL)
        return fail_address(d, node, text, "unexpected '[' in address");
    if (memchr(host.p, ']', host.n) != NULL)
        return fail_address(d, node, text, "unexpected ']' in address");
    if (port.n == 0)
        return decode_fail(d, node, "address %s: port cannot be empty", decode_quoted(d, text));
    *hp = (struct hostport){decode_keep(d, host), decode_keep(d, port)};
    return true;
}

bool decode_strings(struct decoder *d, const struct ytree *node, struct strings *out)
{
    const size_t before = d->found;
    if (node->kind != YTREE_SEQ)
        return decode_is_null(node) || decode_type_error(d, node, "[]string");
    *out = (struct strings){.v = ARENA_ARRAY(d->mem, char *, node->n + 1), .present = true};
    for (size_t i = 0; i < node->n; i++) {
        struct sv text;
        if (decode_text(d, node->items[i], "string", &text))
            out->v[out->n++] = decode_keep(d, text);
    }
    return d->found == before;
}

static bool strings_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    (void)f;
    return decode_strings(d, node, member);
}

/* For finding keys that are given twice: a plain map does not allow it, not even through merge keys. */
static bool check_key_is_new(struct decoder *d, struct strmap *seen, struct sv key, const struct ytree *value)
{
    static char present;
    return strmap_put(seen, key, &present) == NULL ||
           decode_schema_error(d, value, "key %s already set in map", decode_quoted(d, key));
}

static int cmp_names(const void *a, const void *b)
{
    return strcmp(((const struct string_pair *)a)->name, ((const struct string_pair *)b)->name);
}

void string_map_sort(struct string_map *m)
{
    qsort(m->v, m->n, sizeof(*m->v), cmp_names);
}

bool decode_map(struct decoder *d, const struct ytree *node, struct string_map *out)
{
    const size_t before = d->found;
    if (node->kind != YTREE_MAP)
        return decode_is_null(node) || decode_type_error(d, node, "map[string]string");
    struct strmap seen = {0};
    *out = (struct string_map){.v = ARENA_ARRAY(d->mem, struct string_pair, node->n + 1)};
    for (size_t i = 0; i < node->n; i++) {
        struct sv key, value;
        if (decode_text(d, node->items[2 * i], "string", &key) &&
            decode_text(d, node->items[2 * i + 1], "string", &value) &&
            check_key_is_new(d, &seen, key, node->items[2 * i + 1]))
            out->v[out->n++] = (struct string_pair){decode_keep(d, key), decode_keep(d, value)};
    }
    strmap_done(&seen);
    string_map_sort(out);
    return d->found == before;
}

bool decode_secret_list(struct decoder *d, const struct ytree *node, struct strings *out)
{
    const size_t before = d->found;
    if (!decode_strings(d, node, out))
        return false;
    for (size_t i = 0; i < out->n; i++) {
        struct sv value;
        if (secret_resolve(d, node->items[i], sv_of(out->v[i]), &value))
            out->v[i] = decode_keep(d, value);
    }
    return d->found == before;
}

static bool map_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    (void)f;
    return decode_map(d, node, member);
}

static bool secret_map_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    const size_t before = d->found;
    struct string_map *m = member;
    (void)f;
    if (!decode_map(d, node, m))
        return false;
    for (size_t i = 0; i < m->n; i++) {
        struct sv value;
        if (secret_resolve(d, node, sv_of(m->v[i].value), &value))
            m->v[i].value = decode_keep(d, value);
    }
    return d->found == before;
}

static void warn_matcher(struct decoder *d, const struct ytree *at, const struct matcher_warning *warning)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0}, hint = {0};
    if (!warning->disagreement && !warning->classic_only)
        return;
    strbuf_adds(&text, "matchers ");
    go_quote(&text, at->text);
    if (warning->classic_only) {
        strbuf_addf(&text, " are read with the classic grammar, because the UTF-8 grammar refuses them (%s)",
                    warning->reason);
        strbuf_addf(&hint, "write %s", warning->suggestion);
    } else {
        strbuf_adds(&text, " mean something else in the UTF-8 grammar; the classic grammar decides");
        strbuf_adds(&hint, "quote the value, so that both read the same");
    }
    decode_warn(d, at, CONFIG_WARNING, "matcher-grammar", text.p, hint.p);
}

static bool matchers_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    const size_t before = d->found;
    (void)f;
    if (node->kind != YTREE_SEQ)
        return decode_type_error(d, node, "[]string");
    decode_own_matchers(d, member);
    matchers_done(member); /* a merge key may give the list again */
    for (size_t i = 0; i < node->n; i++) {
        struct matcher_warning warning = {0};
        struct sv text;
        struct err err;
        if (!decode_text(d, node->items[i], "string", &text))
            continue;
        if (!matchers_parse(text, d->env->matcher_mode, member, &warning, &err))
            decode_fail_err(d, node->items[i], &err);
        else
            warn_matcher(d, node->items[i], &warning);
    }
    matchers_sort(member);
    return d->found == before;
}

static bool struct_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    return decode_object(d, node, f->sub, member);
}

static bool struct_ptr_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    void *object = arena_zalloc(d->mem, f->sub->size);
    *(void **)member = object;
    return decode_object(d, node, f->sub, object);
}

/* Null items stay in the list as NULL: what they mean is for the owner of the list to say. */
static bool list_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    const size_t before = d->found;
    struct list *list = member;
    if (node->kind != YTREE_SEQ) {
        CLEANUP(strbuf_donep) struct strbuf type = {0};
        strbuf_addf(&type, "[]%s", f->sub->go_type);
        return decode_type_error(d, node, type.p);
    }
    *list = (struct list){.v = ARENA_ARRAY(d->mem, void *, node->n + 1), .n = node->n, .present = true};
    for (size_t i = 0; i < node->n; i++)
        if (!decode_is_null(node->items[i]) || (f->flags & FIELD_VALUES) != 0)
            (void)struct_ptr_value(d, node->items[i], f, &list->v[i]);
    return d->found == before;
}

/* Any value; the only rule is that no map in it has a key twice. */
static bool check_any(struct decoder *d, const struct ytree *node)
{
    const size_t before = d->found;
    struct strmap seen = {0};
    const bool map = node->kind == YTREE_MAP;
    for (size_t i = 0; i < node->n; i++) {
        const struct ytree *value = node->items[map ? 2 * i + 1 : i];
        if (map && node->items[2 * i]->kind == YTREE_SCALAR)
            (void)check_key_is_new(d, &seen, node->items[2 * i]->text, value);
        (void)check_any(d, value);
    }
    strmap_done(&seen);
    return d->found == before;
}

static bool node_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    (void)f;
    *(const struct ytree **)member = node;
    return check_any(d, node);
}

static bool any_map_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    return node->kind == YTREE_MAP ? node_value(d, node, f, member)
                                   : decode_type_error(d, node, "map[string]interface {}");
}

static bool custom_value(struct decoder *d, const struct ytree *node, const struct field *f, void *member)
{
    return f->decode(d, node, member);
}

/* What the kinds differ in. A kind of size 0 is not touched by null. */
static const struct {
    size_t size;
    bool (*decode)(struct decoder *d, const struct ytree *node, const struct field *f, void *member);
} kinds[] = {
    [FIELD_STRING] = {sizeof(char *), string_value},
    [FIELD_SECRET] = {sizeof(char *), string_value},
    [FIELD_BOOL] = {sizeof(bool), bool_value},
    [FIELD_TRIBOOL] = {sizeof(int8_t), tribool_value},
    [FIELD_INT] = {sizeof(int64_t), int_value},
    [FIELD_UINT] = {sizeof(uint64_t), uint_value},
    [FIELD_DURATION] = {sizeof(dur_ns), duration_value},
    [FIELD_OPT_DURATION] = {sizeof(struct opt_duration), opt_duration_value},
    [FIELD_GO_DURATION] = {sizeof(dur_ns), go_duration_value},
    [FIELD_URL] = {sizeof(char *), url_value},
    [FIELD_SECRET_URL] = {sizeof(char *), secret_url_value},
    [FIELD_TEMPLATE_URL] = {sizeof(char *), template_url_value},
    [FIELD_HOSTPORT] = {sizeof(struct hostport), hostport_value},
    [FIELD_STRINGS] = {sizeof(struct strings), strings_value},
    [FIELD_MAP] = {sizeof(struct string_map), map_value},
    [FIELD_SECRET_MAP] = {sizeof(struct string_map), secret_map_value},
    [FIELD_MATCHERS] = {sizeof(struct matchers), matchers_value},
    [FIELD_STRUCT] = {0, struct_value},
    [FIELD_STRUCT_PTR] = {sizeof(void *), struct_ptr_value},
    [FIELD_LIST] = {sizeof(struct list), list_value},
    [FIELD_NODE] = {sizeof(const struct ytree *), node_value},
    [FIELD_ANY_MAP] = {sizeof(const struct ytree *), any_map_value},
    [FIELD_CUSTOM] = {0, custom_value},
};

static void *member_of(void *object, const struct field *f)
{
    return (char *)object + f->offset;
}

/* Null is the zero of the type, not its default (config.md 2 item 5). */
static void set_null(struct decoder *d, const struct field *f, void *member)
{
    memset(member, 0, kinds[f->kind].size);
    if (f->kind == FIELD_TRIBOOL)
        *(int8_t *)member = -1;
    else if ((f->kind == FIELD_STRING || f->kind == FIELD_SECRET) && f->def != NULL)
        *(char **)member = decode_keep(d, SV(""));
}

bool decode_field(struct decoder *d, const struct ytree *node, const struct field *f, void *object)
{
    void *member = member_of(object, f);
    if (!decode_is_null(node) || (f->flags & FIELD_SEES_NULL) != 0)
        return kinds[f->kind].decode(d, node, f, member);
    if (f->kind == FIELD_MATCHERS)
        matchers_done(member);
    set_null(d, f, member);
    return true;
}

static bool is_collection(enum field_kind kind)
{
    return kind == FIELD_STRINGS || kind == FIELD_MAP || kind == FIELD_SECRET_MAP || kind == FIELD_MATCHERS ||
           kind == FIELD_STRUCT || kind == FIELD_STRUCT_PTR || kind == FIELD_LIST || kind == FIELD_NODE ||
           kind == FIELD_ANY_MAP;
}

/* Defaults of scalars are their text, of strings verbatim; those of collections are read as YAML. */
static const struct ytree *default_node(struct decoder *d, const struct field *f)
{
    struct ytree *node = NULL;
    struct err err;
    if (is_collection(f->kind))
        return ytree_parse(sv_of(f->def), d->mem, &node, &err) ? node : NULL;
    node = ARENA_NEW(d->mem, struct ytree);
    *node = (struct ytree){.kind = YTREE_SCALAR, .text = sv_of(f->def), .line = 1, .col = 1};
    return node;
}

void decode_default(struct decoder *d, const struct field *f, void *object)
{
    if (f->def != NULL) {
        const struct ytree *node = default_node(d, f);
        assert(node != NULL);
        (void)decode_field(d, node, f, object);
    } else if (f->kind == FIELD_TRIBOOL) {
        *(int8_t *)member_of(object, f) = -1;
    } else if (f->kind == FIELD_STRUCT) {
        for (const struct field *sub = f->sub->fields; sub->key != NULL; sub++)
            decode_default(d, sub, member_of(object, f));
    }
}
