/* Matchers and their two grammars (config.md 14). Immutable after parsing; any thread may match.
 *
 * Literal patterns and alternations of literals never reach the regex engine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "model/labels.h"

enum match_op { MATCH_EQ, MATCH_NE, MATCH_RE, MATCH_NRE }; /* = != =~ !~ */

enum matcher_mode { MATCHER_FALLBACK, MATCHER_CLASSIC, MATCHER_UTF8_STRICT }; /* config.md 14.3 */

struct matcher {
    enum match_op op;
    struct istr *name, *value; /* value: the pattern as written */
    struct match_prog *prog;   /* private: compiled pattern, NULL for = and != */
    bool broken;               /* see matcher_init_broken() */
};

/* A list, ANDed. Zeroed memory is the empty list, which matches everything. */
struct matchers {
    struct matcher *v;
    size_t n;
};

/* Takes no ownership of `name` and `value`. Error: "error parsing regexp: ...". */
bool matcher_init(struct matcher *m, enum match_op op, struct sv name, struct sv value,
                  struct err *err) NODISCARD;
/* For a stored pattern that does not compile: a matcher that shows what was written, and matches nothing, not
 * even when negated. */
void matcher_init_broken(struct matcher *m, enum match_op op, struct sv name, struct sv value);
void matcher_copy(struct matcher *to, const struct matcher *from); /* shares the program */
/* The two have the same pattern: `m` goes on with the program of `with` instead of its own. */
void matcher_share(struct matcher *m, const struct matcher *with);
void matcher_done(struct matcher *m);
void matchers_done(struct matchers *ms);
void matchers_push(struct matchers *ms, struct matcher m); /* moves m */
void matchers_sort(struct matchers *ms);                   /* name, value, operator */

/* What fallback mode has to tell the operator: the classic grammar won over the UTF-8 one. */
struct matcher_warning {
    bool disagreement;    /* both parsed, differently */
    bool classic_only;    /* only the classic grammar could parse it: the texts below are set */
    char suggestion[512]; /* how to write it so that both agree; cut when it does not fit */
    char reason[512];     /* what the UTF-8 grammar objects to */
};

/* One string, several matchers (config items). Appends to ms; on error ms is unchanged. `warn` may be NULL,
 * otherwise it is always set. */
bool matchers_parse(struct sv text, enum matcher_mode mode, struct matchers *ms, struct matcher_warning *warn,
                    struct err *err) NODISCARD;
/* One string, exactly one matcher (API filters, amtool). */
bool matcher_parse(struct sv text, enum matcher_mode mode, struct matcher *m, struct matcher_warning *warn,
                   struct err *err) NODISCARD;

/* Routing, inhibition, silences: a missing label is the empty string. */
bool matcher_matches(const struct matcher *m, struct sv value);
bool matchers_match(const struct matchers *ms, const struct labels *ls);

/* API filters on label maps: the special rules for an empty pattern, api.md 2.9. */
bool matchers_filter(const struct matchers *ms, const struct labels *ls);

bool matcher_equal(const struct matcher *a, const struct matcher *b);    /* name, operator, pattern */
bool matchers_equal(const struct matchers *a, const struct matchers *b); /* in order */
bool matcher_matches_empty(const struct matcher *m); /* as silences count it: != and !~ never do */
/* The texts of which a label must have one to match, if they can be listed: that of `=`, those of `=~"a|b"`.
 * 0: they cannot be, or are more than `max`, or a missing label matches, too. The texts are the matcher's. */
size_t matcher_values(const struct matcher *m, struct sv *out, size_t max);

void matcher_print(struct strbuf *out, const struct matcher *m);    /* a="1"; config.md 14.5 */
void matchers_print(struct strbuf *out, const struct matchers *ms); /* {a="1",b=~"2"} */
const char *match_op_text(enum match_op op);
