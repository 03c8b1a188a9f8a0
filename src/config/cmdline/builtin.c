#include "builtin.h"

const struct flag builtin_flags[] = {
    {.name = "help",
     .kind = FLAG_BOOL,
     .letter = 'h',
     .help = "Show context-sensitive help (also try --help-long and --help-man)."},
    {.name = "version", .kind = FLAG_BOOL, .help = "Show application version."},
    {.name = "help-long", .kind = FLAG_BOOL, .hidden = true},
    {.name = "help-man", .kind = FLAG_BOOL, .hidden = true},
    {.name = "man", .kind = FLAG_BOOL, .hidden = true},
    {.name = "completion-script-bash", .kind = FLAG_BOOL, .hidden = true},
    {.name = "completion-script-zsh", .kind = FLAG_BOOL, .hidden = true},
};
const size_t n_builtin_flags = COUNT_OF(builtin_flags);

/* By place in the table above. */
static const enum cmdline_ask asks[] = {ASK_HELP, ASK_VERSION, ASK_HELP_LONG, ASK_MAN,
                                        ASK_MAN,  ASK_BASH,    ASK_ZSH};
_Static_assert(COUNT_OF(asks) == COUNT_OF(builtin_flags), "one question per flag");

const struct flag *builtin_flag(struct sv name)
{
    for (size_t i = 0; i < n_builtin_flags; i++)
        if (sv_eq(sv_of(builtin_flags[i].name), name))
            return &builtin_flags[i];
    return NULL;
}

bool builtin_ask(const struct flag *f, enum cmdline_ask *ask)
{
    if (f < builtin_flags || f >= builtin_flags + n_builtin_flags)
        return false;
    const enum cmdline_ask asked = asks[f - builtin_flags];
    if (*ask == ASK_RUN || *ask == ASK_HELP)
        *ask = asked;
    return true;
}
