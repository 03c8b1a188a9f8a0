#include "cli.h"
#include "commands.h"
#include "notify/receiver.h"

static bool run(struct cli *c, struct err *err)
{
    (void)err;
    config_reference(receiver_schemas(), &c->out);
    return true;
}

const struct command cmd_config_reference = {
    .name = "reference",
    .help = "Print the reference of all configuration keys, in Markdown.",
    .run = run,
};
