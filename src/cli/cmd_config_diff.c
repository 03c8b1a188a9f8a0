#include "cli.h"
#include "commands.h"
#include "load.h"

static struct config *load(struct cli *c, const char *path, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct config *config = cli_load_config(c, path, &errors, err);

    if (config == NULL && errors.n != 0)
        cli_warn(c, "%s", errors.p);
    if (config == NULL)
        (void)err_wrap(err, "%s", path);
    return config;
}

static bool run(struct cli *c, struct err *err)
{
    const struct flag_list *files = cli_args(c);

    if (files->n != 2)
        return err_set(err, ERR_INVALID, "name two configuration files");
    struct config *before = load(c, files->v[0], err);
    struct config *after = before != NULL ? load(c, files->v[1], err) : NULL;
    const bool ok = after != NULL;
    if (ok && config_diff(before, after, &c->out) != 0)
        c->status = 3;
    config_unref(before);
    config_unref(after);
    return ok;
}

const struct command cmd_config_diff = {
    .name = "diff",
    .args = "<before> <after>",
    .max_args = 2,
    .args_are_files = true,
    .help =
        "Show what is different between two configurations.\n\n"
        "Compares what the files mean, not how they are written: routes by their matchers, receivers and "
        "time "
        "intervals by their names, with everything that is inherited. Secrets are compared but not shown. "
        "Exit status: 0 when both mean the same, 3 when they differ, 1 when a file cannot be used.",
    .run = run,
};
