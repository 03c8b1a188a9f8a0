/* What routes and inhibition rules share: label names, and the deprecated maps of matchers. */
#include "codec/re.h"
#include "file.h"
#include "model/labels.h"

bool label_name_valid(const struct decoder *d, struct sv name)
{
    return decode_matcher_mode(d) == MATCHER_CLASSIC ? label_name_classic(name) : label_name_utf8(name);
}

bool check_match_maps(struct decoder *d, const struct ytree *node, const char *key,
                      const struct string_map *match)
{
    const struct ytree *at = ytree_get(node, key);
    for (size_t i = 0; i < match->n; i++) {
        const struct sv name = sv_of(match->v[i].name);
        if (!label_name_classic(name))
            return decode_fail(d, at, "invalid label name %s", decode_quoted(d, name));
        if (match->v[i].value == NULL)
            return decode_fail(d, at, "invalid regexp value for %s", decode_quoted(d, name));
    }
    return true;
}

static bool check_pattern(struct decoder *d, const struct ytree *node)
{
    struct sv text;
    struct err err;
    if (decode_is_null(node))
        return true;
    if (!decode_text(d, node, "string", &text))
        return false;
    struct re *re = re_new_anchored(text, &err);
    if (re == NULL)
        return decode_fail_err(d, node, &err);
    re_free(re);
    return true;
}

/* Upstream keeps a null pattern apart from an empty one: it refuses it later. */
static void mark_nulls(const struct ytree *node, struct string_map *m)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct ytree *value = ytree_get(node, m->v[i].name);
        if (value != NULL && decode_is_null(value))
            m->v[i].value = NULL;
    }
}

bool decode_patterns(struct decoder *d, const struct ytree *node, void *member)
{
    const size_t before = d->found;
    if (!decode_map(d, node, member))
        return false;
    for (size_t i = 0; i < node->n; i++)
        (void)check_pattern(d, node->items[2 * i + 1]);
    mark_nulls(node, member);
    return d->found == before;
}

void print_patterns(struct printer *p, const void *member)
{
    const struct string_map *m = member;
    if (m->n != 0)
        print_map(p, m);
}
