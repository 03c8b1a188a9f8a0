/* What every command of tocsinctl works with.
 *
 * A command reads its options and arguments, writes to `out` and returns; the program prints `out` on
 * standard output, and an error as "tocsinctl: error: <text>" on standard error with exit status 1. One
 * thread; everything in `mem` lives until the command ends.
 *
 * A command is one `const struct command` (config/cmdline.h), listed in commands.h and in the table of the
 * command above it.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/cmdline.h"
#include "config/config.h"
#include "config/features.h"

/* The flags of the program itself. */
struct cli_options {
    const char *date_format;
    bool verbose;
    const char *url;    /* NULL: none given */
    const char *output; /* "simple", "extended" or "json" */
    dur_ns timeout;
    const char *http_config_file; /* NULL: none */
    bool version_check;
    const char *enable_feature;
};

enum output { OUTPUT_SIMPLE, OUTPUT_EXTENDED, OUTPUT_JSON };

struct cli {
    const struct cmdline *line;
    const struct cli_options *opt;
    enum output output;
    struct features features;
    struct now now; /* when the command began */
    struct arena mem;
    struct strbuf out;
    const struct server *server; /* client.c's: made with the first request */
    int status;                  /* exit status of a command that ran but has bad news; 0 otherwise */
};

/* The options struct of a command on the command line's path. */
#define CLI_OPTIONS(c, command) cmdline_options((c)->line, (command))
static inline const struct flag_list *cli_args(const struct cli *c)
{
    return &c->line->args;
}

/* Prints `out` now, for commands that take long or write to standard error in between. */
void cli_flush(struct cli *c);
/* One line on standard error, after what is in `out`. */
void cli_warn(struct cli *c, const char *fmt, ...) PRINTF(2, 3);

/* Runs the program; returns its exit status. */
int cli_main(int argc, char *const *argv);
