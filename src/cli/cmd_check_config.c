#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "commands.h"
#include "load.h"

#define STDIN_MAX ((size_t)64 << 20)

/* The server's log names the step; in this listing the place does. */
static const char *template_error(const struct err *err)
{
    static const char step[] = "failed to parse templates: ";

    return strncmp(err->text, step, sizeof step - 1) == 0 ? err->text + sizeof step - 1 : err->text;
}

static void add_found(struct cli *c, const struct config *config)
{
    strbuf_addf(&c->out,
                "Found:\n - global config\n - route\n - %zu inhibit rules\n - %zu receivers\n"
                " - %zu templates\n",
                config->n_inhibit_rules, config->n_receivers, config->n_templates);
}

/* Alertmanager's words for the first error stand in the line; all of them, with their places, go to standard
 * error. */
static bool check(struct cli *c, const char *path, struct config *config, const struct strbuf *errors,
                  struct err *err)
{
    strbuf_addf(&c->out, "Checking '%s'", path);
    if (config == NULL) {
        strbuf_addf(&c->out, "  FAILED: %s\n\n", err->text);
        if (errors->n != 0)
            cli_warn(c, "%.*s", (int)errors->n - 1, errors->p);
        return false;
    }
    strbuf_adds(&c->out, "  SUCCESS\n");
    add_found(c, config);
    const bool templates = config_load_templates(config, err);
    if (config->n_templates != 0 && templates)
        strbuf_adds(&c->out, "  SUCCESS\n");
    else if (config->n_templates != 0)
        strbuf_addf(&c->out, "  FAILED: %s\n", template_error(err));
    strbuf_addc(&c->out, '\n');
    return templates;
}

static bool check_file(struct cli *c, const char *path)
{
    struct strbuf errors = {0};
    struct err err = {0};

    struct config *config = cli_load_config(c, path, &errors, &err);
    const bool ok = check(c, path, config, &errors, &err);
    strbuf_done(&errors);
    config_unref(config);
    return ok;
}

static bool check_stdin(struct cli *c, bool *good, struct err *err)
{
    struct strbuf text = {0}, errors = {0};

    if (isatty(STDIN_FILENO) != 0)
        return err_set(err, ERR_INVALID, "Failed to read from standard input");
    bool ok = cli_read_all(STDIN_FILENO, "/dev/stdin", STDIN_MAX, &text, err);
    if (ok) {
        struct config *config = cli_load_text(c, strbuf_sv(&text), "/dev/stdin", &errors, err);
        *good = check(c, "/dev/stdin", config, &errors, err);
        config_unref(config);
    }
    strbuf_done(&errors);
    strbuf_done(&text);
    return ok;
}

static bool run(struct cli *c, struct err *err)
{
    const struct flag_list *files = cli_args(c);
    size_t failed = 0;
    bool good = false;

    if (files->n == 0) {
        if (!check_stdin(c, &good, err))
            return false;
        failed = !good;
    }
    for (size_t i = 0; i < files->n; i++)
        failed += !check_file(c, files->v[i]);
    return failed == 0 || err_set(err, ERR_INVALID, "failed to validate %zu file(s)", failed);
}

const struct command cmd_check_config = {
    .name = "check-config",
    .args = "[<check-files>...]",
    .max_args = SIZE_MAX,
    .args_are_files = true,
    .help =
        "Validate alertmanager config files.\n\n"
        "Validates the syntax and schema of configuration files and their templates. A glob that matches no "
        "template is no error. Without a file, standard input is read. All errors are printed, each with "
        "its place.",
    .run = run,
};
