#include "cli.h"
#include "client.h"
#include "commands.h"

static void print_extended(struct cli *c, const struct api_status *s)
{
    static const char *const keys[] = {"buildUser", "goVersion", "revision",
                                       "version",   "branch",    "buildDate"};

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        strbuf_addf(&c->out, "%s %.*s\n", keys[i], SV_ARG(pairs_get(&s->version, sv_of(keys[i]))));
    strbuf_addf(&c->out, "uptime %.*s\n", SV_ARG(s->uptime));
}

static bool run_show(struct cli *c, struct err *err)
{
    struct api_status status;

    if (!client_status(c, &status, err))
        return false;
    if (c->output == OUTPUT_JSON) {
        struct jw w;
        jw_init(&w, &c->out, true);
        api_write_status(&w, &status);
        strbuf_addc(&c->out, '\n');
        return true;
    }
    strbuf_addf(&c->out, "%.*s\n", SV_ARG(status.original));
    if (c->output == OUTPUT_EXTENDED)
        print_extended(c, &status);
    return true;
}

static const struct command cmd_show = {
    .name = "show",
    .help = "View current config.\n\n"
            "The amount of output is controlled by the output selection flag:\n"
            "  - Simple: Print just the running config\n"
            "  - Extended: Print the running config as well as uptime and all version info\n"
            "  - Json: Print entire config object as json\n",
    .is_default = true,
    .run = run_show,
};

static const struct command *const subs[] = {
    &cmd_show,
    &cmd_config_routes,
    &cmd_config_lint,
    &cmd_config_diff,
    &cmd_config_reference,
    &cmd_config_test,
    NULL,
};

const struct command cmd_config = {
    .name = "config",
    .help = "View, check and compare configurations.",
    .subs = subs,
};
