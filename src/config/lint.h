/* What is allowed, but hardly meant: warnings and remarks about a configuration that loads.
 *
 * A rule is a row of a table: a name, how much it matters, one sentence, and a function for what it looks at.
 * Runs after compile(), when the inherited values are known, and before the positions are forgotten.
 */
#pragma once

#include "file.h"

struct linter {
    struct decoder *d;
    const struct config_file *file;
    const struct config *config;
    size_t pairs; /* of sibling routes that were compared */
};

struct lint_rule {
    const char *name;
    enum config_severity severity;
    const char *doc;
    /* One of these. A route and its file stand for the same place of the tree. */
    void (*route)(struct linter *l, const struct lint_rule *rule, const struct route *r,
                  const struct route_file *f);
    void (*inhibit)(struct linter *l, const struct lint_rule *rule, const struct inhibit_rule *r,
                    const struct ytree *at);
    void (*interval)(struct linter *l, const struct lint_rule *rule, const struct time_interval *t,
                     const struct ytree *at);
    void (*receiver)(struct linter *l, const struct lint_rule *rule, const struct receiver *r,
                     const struct ytree *at);
    void (*node)(struct linter *l, const struct lint_rule *rule, const struct schema *s,
                 const struct field *f, const struct ytree *value);
};

void lint(struct decoder *d, const struct config_file *f, const struct config *c);
/* The rules about single keys, for a decoded file or included file. */
void lint_keys(struct decoder *d, const struct schema *schema, const void *object);

void lint_say(struct linter *l, const struct lint_rule *rule, const struct ytree *at, const char *hint,
              const char *fmt, ...) PRINTF(5, 6);

/* lint_match.c: what sets of alerts have to do with each other. When unsure, false. */
bool lint_takes_all(const struct matchers *ms); /* every alert matches */
/* Each alert that matches all of `strong` matches all of `weak`. */
bool lint_implies(const struct matchers *strong, const struct matchers *weak);
/* The same for alerts that come to a route: its matchers and those of its ancestors hold. */
bool lint_route_implies(const struct route *r, const struct matchers *weak);
/* Two matchers that no alert satisfies together, on the way to this route; the second is one of its own. */
bool lint_contradiction(const struct route *r, const struct matcher **a, const struct matcher **b);
/* The one value that a list demands of a label; NULL: it may have several. */
const struct istr *lint_pinned(const struct matchers *ms, const struct istr *label);

/* lint_route.c */
void lint_repeat(struct linter *l, const struct lint_rule *rule, const struct route *r,
                 const struct route_file *f);
void lint_group_wait(struct linter *l, const struct lint_rule *rule, const struct route *r,
                     const struct route_file *f);
void lint_swallows(struct linter *l, const struct lint_rule *rule, const struct route *r,
                   const struct route_file *f);
void lint_unreachable(struct linter *l, const struct lint_rule *rule, const struct route *r,
                      const struct route_file *f);
void lint_never(struct linter *l, const struct lint_rule *rule, const struct route *r,
                const struct route_file *f);
void lint_continue(struct linter *l, const struct lint_rule *rule, const struct route *r,
                   const struct route_file *f);
void lint_same_interval(struct linter *l, const struct lint_rule *rule, const struct route *r,
                        const struct route_file *f);
