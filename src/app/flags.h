/* Command line flags, with the grammar of Alertmanager's (config.md 1.1): --name=value, --name value,
 * --no-name for booleans, -h. One table gives names, defaults, help and where the value goes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

enum flag_kind { FLAG_STRING, FLAG_BOOL, FLAG_DURATION, FLAG_INT, FLAG_LIST };

struct flag_list {
    const char **v; /* NULL-terminated; values are borrowed from argv */
    size_t n;
};

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t offset;   /* of const char *, bool, dur_ns, long or struct flag_list in the options struct */
    const char *def; /* as on the command line; NULL: none (false, empty) */
    const char *help;
    bool inert; /* accepted for existing start scripts; has no effect here, which is said once at start */
};

enum flags_result { FLAGS_OK, FLAGS_HELP, FLAGS_VERSION, FLAGS_ERROR };

/* Fills `options` from the table's defaults and the arguments (argv[0] is skipped). `given` (as long as the
 * table) tells which flags were on the command line. The error text is upstream's, without the program's
 * name. */
enum flags_result flags_parse(const struct flag *table, size_t n_flags, int argc, char *const *argv,
                              void *options, bool *given, struct err *err) NODISCARD;
void flags_free(const struct flag *table, size_t n_flags, void *options);

void flags_help(const struct flag *table, size_t n_flags, const char *program, const char *about,
                struct strbuf *out);
