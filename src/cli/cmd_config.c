#include "cli.h"
#include "commands.h"

static const struct command *const subs[] = {
    NULL,
};

const struct command cmd_config = {
    .name = "config",
    .help = "View and check configurations.",
    .subs = subs,
};
