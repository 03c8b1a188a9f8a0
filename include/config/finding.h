/* What loading has to say about a place in a file: errors, warnings and remarks, for people.
 *
 * Texts are valid during the callback that hands a finding over. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum config_severity { CONFIG_ERROR, CONFIG_WARNING, CONFIG_INFO };

struct config_finding {
    enum config_severity severity;
    const char *file;
    int line, col;     /* 1-based; characters, not bytes */
    const char *rule;  /* of a warning or remark: the name of the lint rule, else NULL */
    const char *text;  /* one sentence; of an error: upstream's words */
    const char *hint;  /* what to do about it; NULL: none */
    struct sv in_file; /* the line as it stands in the file: it may hold secrets */
    bool hide_values;  /* all values of that line may be secrets: a key that nobody knows may be one's */
};

/* What may be shown of the line: what follows a key that usually holds a secret is replaced by <secret>, and
 * characters that a terminal would act on by '?'. Ours is not to guess which ones are real: a URL counts. */
void config_finding_line(const struct config_finding *f, struct strbuf *out);

/* One finding, with its line and a caret under the column:
 *
 *     am.yml:3:3: field group_wiat not found in type config.plain
 *         3 |   group_wiat: 30s
 *           |   ^ did you mean `group_wait`?
 */
void config_finding_print(const struct config_finding *f, struct strbuf *out);

const char *config_severity_text(enum config_severity s); /* "error", "warning", "info" */

/* What is looked for when config_env.lint is set: rule number i; false behind the last. */
struct config_lint_rule {
    const char *name, *doc;
    enum config_severity severity;
};
bool config_lint_rule(size_t i, struct config_lint_rule *out);
