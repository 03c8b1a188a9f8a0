/* `inhibit_rules`: config.md 6. */
#include "file.h"
#include "table.h"

#define AT(member) offsetof(struct inhibit_file, member)
static const struct field inhibit_fields[] = {
    ROW("name", STRING, name, "For people."),
    ROW("source_match", MAP, source_match, "Deprecated: use source_matchers."),
    ROW_CUSTOM("source_match_re", "map of regular expressions", source_match_re, decode_patterns,
               print_patterns, "Deprecated: use source_matchers."),
    ROW("source_matchers", MATCHERS, source_matchers, "Which alerts inhibit."),
    ROW("target_match", MAP, target_match, "Deprecated: use target_matchers."),
    ROW_CUSTOM("target_match_re", "map of regular expressions", target_match_re, decode_patterns,
               print_patterns, "Deprecated: use target_matchers."),
    ROW("target_matchers", MATCHERS, target_matchers, "Which alerts are inhibited."),
    ROW("equal", STRINGS, equal, "Labels that have to be equal in both; a missing one is an empty one."),
    {0},
};

static bool check_equal(struct decoder *d, const struct ytree *node, const struct strings *equal)
{
    for (size_t i = 0; i < equal->n; i++)
        if (!label_name_valid(d, sv_of(equal->v[i])))
            return decode_fail(d, ytree_get(node, "equal"), "invalid label name %s in equal list",
                               decode_quoted(d, sv_of(equal->v[i])));
    return true;
}

static bool check_inhibit(struct decoder *d, const struct ytree *node, void *object)
{
    const struct inhibit_file *r = object;
    return check_match_maps(d, node, "source_match", &r->source_match) &&
           check_match_maps(d, node, "source_match_re", &r->source_match_re) &&
           check_match_maps(d, node, "target_match", &r->target_match) &&
           check_match_maps(d, node, "target_match_re", &r->target_match_re) &&
           check_equal(d, node, &r->equal);
}

const struct schema inhibit_schema = {
    .name = "inhibition rule",
    .go_type = "common.plain",
    .size = sizeof(struct inhibit_file),
    .fields = inhibit_fields,
    .check = check_inhibit,
};
