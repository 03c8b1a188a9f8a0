/* Two configurations compared, as they are printed: with everything inherited, paths joined, globs as they
 * are. Each is printed twice: masked, to be shown, and in clear, to be compared. The two texts have the same
 * shape, so that a place in one is the same place in the other. */
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "print.h"

/* A value with its two faces; NULL, NULL: it is not there. */
struct face {
    const struct ytree *clear, *shown;
};

struct differ {
    struct arena mem;
    struct strbuf *out;
    size_t changes;
};

/* Where we are: "receiver a", "webhook_configs[0].url". */
struct place {
    const char *block; /* "" for single keys of the file */
    const char *path;
};

static struct face member(struct face of, const char *key)
{
    struct face none = {NULL, NULL};
    if (of.clear == NULL || of.clear->kind != YTREE_MAP)
        return none;
    return (struct face){ytree_get(of.clear, key), ytree_get(of.shown, key)};
}

static struct face item(struct face of, size_t i)
{
    return (struct face){of.clear->items[i], of.shown->items[i]};
}

static size_t count(struct face list)
{
    return list.clear != NULL && list.clear->kind == YTREE_SEQ ? list.clear->n : 0;
}

static bool equal(const struct ytree *a, const struct ytree *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->kind != b->kind || a->n != b->n || !sv_eq(a->text, b->text))
        return false;
    const size_t items = a->kind == YTREE_MAP ? 2 * a->n : a->n;
    for (size_t i = 0; i < items; i++)
        if (!equal(a->items[i], b->items[i]))
            return false;
    return true;
}

/* ---- lines ---- */

static void add_value(struct strbuf *out, const struct ytree *n)
{
    if (n == NULL || n->kind == YTREE_MAP) {
        strbuf_adds(out, n == NULL ? "(not set)" : "{...}");
        return;
    }
    if (n->kind == YTREE_SCALAR) {
        strbuf_addsv(out, n->text);
        return;
    }
    strbuf_addc(out, '[');
    for (size_t i = 0; i < n->n; i++) {
        strbuf_adds(out, i != 0 ? ", " : "");
        add_value(out, n->items[i]);
    }
    strbuf_addc(out, ']');
}

static void say(struct differ *d, char sign, const char *block)
{
    d->changes++;
    strbuf_addf(d->out, "%c %s\n", sign, block);
}

static void say_changed(struct differ *d, struct place at, struct face a, struct face b)
{
    d->changes++;
    strbuf_addf(d->out, "~ %s: %s: ", at.block, at.path);
    if (equal(a.shown, b.shown)) {
        strbuf_adds(d->out, "another secret\n");
        return;
    }
    add_value(d->out, a.shown);
    strbuf_adds(d->out, " -> ");
    add_value(d->out, b.shown);
    strbuf_addc(d->out, '\n');
}

static char *keep(struct differ *d, struct strbuf *text)
{
    char *kept = arena_strndup(&d->mem, text->n != 0 ? text->p : "", text->n);
    strbuf_done(text);
    return kept;
}

/* ---- values ---- */

static void compare(struct differ *d, struct place at, struct face a, struct face b);

static struct place below(struct differ *d, struct place at, const char *key)
{
    struct strbuf path = {0};
    strbuf_addf(&path, "%s%s%s", at.path, at.path[0] != '\0' ? "." : "", key);
    return (struct place){at.block, keep(d, &path)};
}

static void compare_maps(struct differ *d, struct place at, struct face a, struct face b)
{
    for (size_t i = 0; i < a.clear->n; i++) {
        const char *key = a.clear->items[2 * i]->text.p;
        compare(d, below(d, at, key), member(a, key), member(b, key));
    }
    for (size_t i = 0; i < b.clear->n; i++) {
        const char *key = b.clear->items[2 * i]->text.p;
        if (ytree_get(a.clear, key) == NULL)
            compare(d, below(d, at, key), (struct face){NULL, NULL}, member(b, key));
    }
}

static bool holds_maps(struct face list)
{
    return count(list) != 0 && list.clear->items[0]->kind == YTREE_MAP;
}

/* Integrations have no names: they are compared by place. */
static void compare_lists(struct differ *d, struct place at, struct face a, struct face b)
{
    const size_t n = count(a) > count(b) ? count(a) : count(b);
    for (size_t i = 0; i < n; i++) {
        const struct face none = {NULL, NULL};
        struct strbuf path = {0};
        strbuf_addf(&path, "%s[%zu]", at.path, i);
        compare(d, (struct place){at.block, keep(d, &path)}, i < count(a) ? item(a, i) : none,
                i < count(b) ? item(b, i) : none);
    }
}

static void compare(struct differ *d, struct place at, struct face a, struct face b)
{
    if (equal(a.clear, b.clear))
        return;
    const bool both = a.clear != NULL && b.clear != NULL;
    if (both && a.clear->kind == YTREE_MAP && b.clear->kind == YTREE_MAP)
        compare_maps(d, at, a, b);
    else if (holds_maps(a) || holds_maps(b))
        compare_lists(d, at, a, b);
    else
        say_changed(d, at, a, b);
}

/* ---- blocks that are known by a name ---- */

struct block {
    const char *name;
    struct face face;
    bool taken;
};

struct blocks {
    struct block *v;
    size_t n;
};

typedef const char *namer(struct differ *d, struct face block, const char *prefix);

static struct blocks name_blocks(struct differ *d, struct face list, namer *name, const char *prefix)
{
    struct blocks b = {ARENA_ARRAY(&d->mem, struct block, count(list) + 1), count(list)};
    for (size_t i = 0; i < b.n; i++)
        b.v[i] = (struct block){name(d, item(list, i), prefix), item(list, i), false};
    return b;
}

/* Of several with the same name the first that is left. */
static struct block *take(struct blocks *in, const char *name)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->v[i].taken || strcmp(in->v[i].name, name) != 0)
            continue;
        in->v[i].taken = true;
        return &in->v[i];
    }
    return NULL;
}

static void compare_blocks(struct differ *d, struct face a, struct face b, namer *name)
{
    struct blocks old = name_blocks(d, a, name, ""), new = name_blocks(d, b, name, "");
    for (size_t i = 0; i < old.n; i++) {
        const struct block *found = take(&new, old.v[i].name);
        if (found == NULL)
            say(d, '-', old.v[i].name);
        else
            compare(d, (struct place){found->name, ""}, old.v[i].face, found->face);
    }
    for (size_t i = 0; i < new.n; i++)
        if (!new.v[i].taken)
            say(d, '+', new.v[i].name);
}

static const char *name_with(struct differ *d, struct face block, const char *what)
{
    struct strbuf text = {0};
    const struct ytree *name = member(block, "name").shown;
    strbuf_addf(&text, "%s %s", what, name != NULL ? name->text.p : "");
    return keep(d, &text);
}

static const char *name_receiver(struct differ *d, struct face block, const char *prefix)
{
    (void)prefix;
    return name_with(d, block, "receiver");
}

static const char *name_interval(struct differ *d, struct face block, const char *prefix)
{
    (void)prefix;
    return name_with(d, block, "time interval");
}

static void add_matchers(struct strbuf *out, struct face block, const char *const *keys)
{
    const char *before = "";
    strbuf_addc(out, '{');
    for (; *keys != NULL; keys++) {
        const struct ytree *list = member(block, *keys).shown;
        for (size_t i = 0; list != NULL && i < list->n; i++) {
            if (list->kind == YTREE_MAP)
                strbuf_addf(out, "%s%s=\"%s\"", before, list->items[2 * i]->text.p,
                            list->items[2 * i + 1]->text.p);
            else
                strbuf_addf(out, "%s%s", before, list->items[i]->text.p);
            before = ",";
        }
    }
    strbuf_addc(out, '}');
}

/* What it is about is all there is to call a rule by. */
static const char *name_rule(struct differ *d, struct face block, const char *prefix)
{
    static const char *const source[] = {"source_match", "source_match_re", "source_matchers", NULL};
    static const char *const target[] = {"target_match", "target_match_re", "target_matchers", NULL};
    struct strbuf text = {0};
    (void)prefix;
    strbuf_adds(&text, "inhibition rule ");
    add_matchers(&text, block, source);
    strbuf_adds(&text, " of ");
    add_matchers(&text, block, target);
    return keep(d, &text);
}

/* ---- routes ---- */

static const char *name_route(struct differ *d, struct face block, const char *parent)
{
    static const char *const keys[] = {"match", "match_re", "matchers", NULL};
    struct strbuf text = {0};
    strbuf_addf(&text, "%s/", parent);
    add_matchers(&text, block, keys);
    return keep(d, &text);
}

static void compare_own_keys(struct differ *d, const char *name, struct face a, struct face b)
{
    static const char *const keys[] = {
        "receiver", "group_by",   "mute_time_intervals", "active_time_intervals",
        "continue", "group_wait", "group_interval",      "repeat_interval",
        "labels",   "fallback"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        compare(d, (struct place){name, keys[i]}, member(a, keys[i]), member(b, keys[i]));
}

static void add_routes(struct differ *d, char sign, const struct block *route)
{
    struct strbuf text = {0};
    const struct ytree *receiver = member(route->face, "receiver").shown;
    strbuf_addf(&text, "%s: receiver: %s", route->name, receiver != NULL ? receiver->text.p : "(inherited)");
    say(d, sign, keep(d, &text));
    const struct blocks children = name_blocks(d, member(route->face, "routes"), name_route, route->name);
    for (size_t i = 0; i < children.n; i++)
        add_routes(d, sign, &children.v[i]);
}

static void compare_routes(struct differ *d, const char *name, struct face a, struct face b)
{
    struct blocks old = name_blocks(d, member(a, "routes"), name_route, name);
    struct blocks new = name_blocks(d, member(b, "routes"), name_route, name);
    const struct block *last = NULL;
    bool moved = false;
    compare_own_keys(d, name, a, b);
    for (size_t i = 0; i < old.n; i++) {
        const struct block *found = take(&new, old.v[i].name);
        if (found == NULL) {
            add_routes(d, '-', &old.v[i]);
            continue;
        }
        moved = moved || (last != NULL && found < last);
        last = found;
        compare_routes(d, found->name, old.v[i].face, found->face);
    }
    for (size_t i = 0; i < new.n; i++)
        if (!new.v[i].taken)
            add_routes(d, '+', &new.v[i]);
    if (moved) {
        d->changes++;
        strbuf_addf(d->out, "~ %s: the order of its routes\n", name);
    }
}

/* ---- whole configurations ---- */

static const struct ytree *parse(struct differ *d, const struct config_impl *impl, enum secrets secrets)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct ytree *root = NULL;
    struct err err;
    if (!print_document(impl->schema, impl->file, secrets, &text) ||
        !ytree_parse(strbuf_sv(&text), &d->mem, &root, &err))
        return NULL; /* what is too large to be printed was refused when it was loaded */
    explicit_bzero(text.p, text.n);
    return root;
}

static struct face faces(struct differ *d, const struct config *c)
{
    const struct config_impl *impl = (const struct config_impl *)c;
    return (struct face){parse(d, impl, SECRETS_CLEAR), parse(d, impl, SECRETS_MASKED)};
}

size_t config_diff(const struct config *a, const struct config *b, struct strbuf *out)
{
    struct differ d = {.out = out};
    arena_init(&d.mem, SIZE_MAX / 2);
    const struct face old = faces(&d, a), new = faces(&d, b);
    compare(&d, (struct place){"global", ""}, member(old, "global"), member(new, "global"));
    compare_routes(&d, "route {}", member(old, "route"), member(new, "route"));
    compare_blocks(&d, member(old, "receivers"), member(new, "receivers"), name_receiver);
    compare_blocks(&d, member(old, "inhibit_rules"), member(new, "inhibit_rules"), name_rule);
    compare_blocks(&d, member(old, "mute_time_intervals"), member(new, "mute_time_intervals"), name_interval);
    compare_blocks(&d, member(old, "time_intervals"), member(new, "time_intervals"), name_interval);
    static const char *const single[] = {"templates", "tracing", "event_recorder"};
    for (size_t i = 0; i < COUNT_OF(single); i++)
        compare(&d, (struct place){"file", single[i]}, member(old, single[i]), member(new, single[i]));
    arena_done(&d.mem);
    return d.changes;
}
