/* Command lines, with the grammar of Alertmanager's programs (config.md 1.1 and 18.1): --name=value, --name
 * value, --no-name for booleans, -n value, -nvalue, -abc; flags anywhere; commands with sub-commands, of
 * which one may be the default.
 *
 * Tables of commands and flags give everything: where a value goes, its default, the help, the manual page,
 * the completion of shells. A command line belongs to one thread; it borrows the tables and argv.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

/* What the flag's member in the options struct is. */
enum flag_kind {
    FLAG_STRING,   /* const char *; NULL when not given and without default */
    FLAG_BOOL,     /* bool */
    FLAG_DURATION, /* dur_ns */
    FLAG_INT,      /* long */
    FLAG_LIST,     /* struct flag_list: may be given several times */
    FLAG_ENUM,     /* const char *, one of `choices` */
    FLAG_FILE,     /* const char *, a file that exists */
};

struct flag_list {
    const char **v; /* NULL-terminated; values are borrowed from argv */
    size_t n;
};

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t offset;   /* of the member in the command's options struct */
    const char *def; /* as on the command line; NULL: none (false, empty) */
    const char *help;
    bool inert;  /* accepted for existing start scripts; has no effect here, which is said once at start */
    char letter; /* -l; 0: none */
    const char *value;   /* what the help calls the value; NULL: the default, or the name in capitals */
    const char *choices; /* FLAG_ENUM: "simple,extended,json" */
    bool required, hidden;
};

struct cli; /* what commands work with: the program's own */

struct command {
    const char *name;
    const char *args;    /* as the usage line shows them: "[<labels>...]"; NULL: takes none */
    size_t max_args;     /* 0: none; SIZE_MAX: any number */
    bool args_are_files; /* each must exist */
    const char *help;    /* paragraphs; the first is the summary; lines that start with a blank are kept */
    const struct flag *flags;
    size_t n_flags;
    size_t options_size;               /* of the struct that the flags fill */
    const struct command *const *subs; /* NULL-terminated; NULL: none */
    bool is_default;                   /* taken when the command above stands without a sub-command */
    bool hidden;
    bool (*run)(struct cli *c, struct err *err); /* NULL with subs */
};

#define CMDLINE_MAX_DEPTH 4 /* program, command, sub-command, its sub-command */

struct cmdline_level {
    const struct command *command;
    void *options;
    bool *given;      /* by place in the command's flags: on the command line */
    const char **def; /* the same: a default that replaces the table's, or NULL */
};

/* What is wanted instead of running a command. */
enum cmdline_ask { ASK_RUN, ASK_HELP, ASK_HELP_LONG, ASK_MAN, ASK_VERSION, ASK_BASH, ASK_ZSH };

struct cmdline {
    struct cmdline_level level[CMDLINE_MAX_DEPTH]; /* the program, then the commands named */
    size_t depth;                                  /* how many; at least 1 */
    struct flag_list args;
    enum cmdline_ask ask;
    struct cmdline_match *matches; /* private: the flags found, in order */
    size_t n_matches, cap_matches;
};

/* Finds commands, flags and arguments; values are not looked at yet. argv[0] is skipped. The line needs
 * cmdline_done() in any case. Errors in upstream's words: "unknown long flag '--x'". */
bool cmdline_parse(struct cmdline *cl, const struct command *program, int argc, char *const *argv,
                   struct err *err) NODISCARD;

/* Replaces the default of a flag of the program or of the innermost command; false: there is none such.
 * `value` is borrowed. Between cmdline_parse() and cmdline_fill(). */
bool cmdline_default(struct cmdline *cl, const char *name, const char *value);

/* Fills the options of every level from the defaults and the command line, and checks what is required. */
bool cmdline_fill(struct cmdline *cl, struct err *err) NODISCARD;

/* The options of a command on the path; the command must be on it. */
void *cmdline_options(const struct cmdline *cl, const struct command *command);
static inline const struct command *cmdline_command(const struct cmdline *cl)
{
    return cl->level[cl->depth - 1].command;
}
/* What the names say on the path, "alert query"; empty for the program itself. */
void cmdline_name(const struct cmdline *cl, struct strbuf *out);
void cmdline_done(struct cmdline *cl);

/* The help of the innermost command on the path, for a terminal of `width` columns (0: 80); `full` explains
 * the commands below it, too. */
void cmdline_help(const struct cmdline *cl, size_t width, bool full, struct strbuf *out);
/* A manual page in troff, section `section`, of the whole program. */
void cmdline_man(const struct command *program, int section, const char *version, struct strbuf *out);

/* Completion scripts, to be loaded by the shell. */
enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };
void cmdline_completion(const struct command *program, enum shell shell, struct strbuf *out);
