#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "load.h"

struct lint_options {
    const char *level;
};

#define O(name) offsetof(struct lint_options, name)
static const struct flag flags[] = {
    {"level", FLAG_ENUM, O(level), "info", "Show findings of this level and above (info, warning, error)",
     .choices = "info,warning,error"},
};

struct linting {
    struct cli *c;
    enum config_severity level;
    size_t found[CONFIG_INFO + 1];
};

static void print(void *ctx, const struct config_finding *f)
{
    struct linting *l = ctx;
    l->found[f->severity]++;
    if (f->severity <= l->level)
        config_finding_print(f, &l->c->out);
}

static void lint_file(struct linting *l, const char *path)
{
    struct config_env env = cli_config_env(l->c);
    struct err err = {0};
    const size_t before = l->found[CONFIG_ERROR];
    env.lint = true;
    env.report = print;
    env.ctx = l;
    struct config *config = config_load_file(path, &env, NULL, &err);
    const bool loaded = config != NULL && config_load_templates(config, &err);
    if (!loaded && l->found[CONFIG_ERROR] == before) {
        l->found[CONFIG_ERROR]++;
        strbuf_addf(&l->c->out, "%s: %s\n", path, err.text);
    }
    config_unref(config);
}

static bool run(struct cli *c, struct err *err)
{
    static const char *const levels[] = {"error", "warning", "info"};
    const struct lint_options *o = CLI_OPTIONS(c, &cmd_config_lint);
    struct linting l = {.c = c, .level = CONFIG_INFO};
    const struct flag_list *files = cli_args(c);

    if (files->n == 0)
        return err_set(err, ERR_INVALID, "name at least one configuration file");
    while (strcmp(levels[l.level], o->level) != 0)
        l.level--;
    for (size_t i = 0; i < files->n; i++)
        lint_file(&l, files->v[i]);
    strbuf_addf(&c->out, "%zu errors, %zu warnings, %zu remarks\n", l.found[CONFIG_ERROR],
                l.found[CONFIG_WARNING], l.found[CONFIG_INFO]);
    c->status = l.found[CONFIG_ERROR] != 0 ? 1 : l.found[CONFIG_WARNING] != 0 ? 3 : 0;
    return true;
}

const struct command cmd_config_lint = {
    .name = "lint",
    .args = "<files>...",
    .max_args = SIZE_MAX,
    .args_are_files = true,
    .help =
        "Look for what is allowed in a configuration but hardly meant.\n\n"
        "Prints errors, warnings and remarks with the line they are about: routes that are never reached, "
        "receivers that nobody uses, inhibitions that mute everything, secrets in the file. The list of "
        "rules "
        "is part of `config reference`. Exit status: 0 when there are neither errors nor warnings, 3 with "
        "warnings, 1 with errors.",
    .flags = flags,
    .n_flags = COUNT_OF(flags),
    .options_size = sizeof(struct lint_options),
    .run = run,
};
