#include "cli.h"
#include "commands.h"

static const struct command *const subs[] = {
    &cmd_config_lint,
    &cmd_config_reference,
    &cmd_config_test,
    NULL,
};

const struct command cmd_config = {
    .name = "config",
    .help = "View and check configurations.",
    .subs = subs,
};
