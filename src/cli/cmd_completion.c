#include <string.h>

#include "cli.h"
#include "commands.h"

static bool run(struct cli *c, struct err *err)
{
    static const char *const shells[] = {[SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"};
    const struct flag_list *args = cli_args(c);

    for (size_t i = 0; args->n == 1 && i < COUNT_OF(shells); i++)
        if (strcmp(args->v[0], shells[i]) == 0) {
            cmdline_completion(&cmd_program, (enum shell)i, &c->out);
            return true;
        }
    return err_set(err, ERR_INVALID, "name one shell: bash, zsh or fish");
}

const struct command cmd_completion = {
    .name = "completion",
    .args = "<shell>",
    .max_args = 1,
    .help = "Print the completion script of a shell (bash, zsh, fish).\n\n"
            "To load it once:\n\n"
            "  source <(tocsinctl completion bash)\n"
            "  tocsinctl completion fish | source\n",
    .run = run,
};
