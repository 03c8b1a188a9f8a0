#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "load.h"
#include "scenario.h"

#define FILE_MAX ((size_t)16 << 20)

struct test_options {
    const char *config_file;
};

#define O(name) offsetof(struct test_options, name)
static const struct flag flags[] = {
    {"config.file", FLAG_FILE, O(config_file), NULL, "Test this configuration, whatever the files name.",
     .value = "<filename>"},
};

/* The configuration that a test file names stands beside it. */
static void config_path(const struct test_options *o, const char *test, const char *named, struct strbuf *out)
{
    const char *slash = strrchr(test, '/');
    if (o->config_file != NULL)
        strbuf_adds(out, o->config_file);
    else if (named[0] == '/' || slash == NULL)
        strbuf_adds(out, named);
    else
        strbuf_addf(out, "%.*s/%s", (int)(slash - test), test, named);
}

static bool run_tests(const struct scenario_file *f, const struct config *config, struct scenario_report *r,
                      struct err *err)
{
    for (size_t i = 0; i < f->routes.n; i++)
        scenario_check_route(f->routes.v[i], config, r);
    for (size_t i = 0; i < f->scenarios.n; i++)
        if (!scenario_run(f->scenarios.v[i], config, r, err))
            return false;
    return true;
}

static bool read_tests(struct cli *c, const char *path, struct scenario_file *f, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0}, errors = {0};
    const struct config_env env = cli_config_env(c);
    if (!cli_read_file(path, FILE_MAX, &text, err))
        return false;
    const struct sv kept = {arena_strndup(&c->mem, text.n != 0 ? text.p : "", text.n), text.n};
    if (document_decode(kept, path, &scenario_file_schema, f, &env, &c->mem, &errors, err))
        return true;
    cli_warn(c, "%s", errors.p);
    return err_set(err, ERR_INVALID, "%s cannot be read as tests", path);
}

static bool test_file(struct cli *c, const struct test_options *o, const char *path,
                      struct scenario_report *total, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf named = {0}, errors = {0};
    struct scenario_report r = *total;
    struct scenario_file f = {0};

    r.path = path;
    if (!read_tests(c, path, &f, err))
        return false;
    if (f.config == NULL && o->config_file == NULL)
        return err_set(err, ERR_INVALID, "%s names no configuration; use --config.file", path);
    config_path(o, path, f.config != NULL ? f.config : "", &named);
    struct config *config = cli_load_config(c, named.p, &errors, err);
    if (config == NULL) {
        cli_warn(c, "%s", errors.p);
        return err_wrap(err, "%s", named.p);
    }
    strbuf_addf(&c->out, "%s (%s)\n", path, named.p);
    const bool ok = run_tests(&f, config, &r, err);
    total->passed = r.passed;
    total->failed = r.failed;
    config_unref(config);
    return ok;
}

static bool run(struct cli *c, struct err *err)
{
    const struct test_options *o = CLI_OPTIONS(c, &cmd_config_test);
    const struct flag_list *files = cli_args(c);
    struct scenario_report total = {
        .verbose = c->opt->verbose, .mode = c->features.matcher_mode, .out = &c->out};

    if (files->n == 0)
        return err_set(err, ERR_INVALID, "name at least one file with tests");
    for (size_t i = 0; i < files->n; i++)
        if (!test_file(c, o, files->v[i], &total, err))
            return false;
    strbuf_addf(&c->out, "%zu passed, %zu failed\n", total.passed, total.failed);
    c->status = total.failed != 0 ? 2 : 0;
    return true;
}

const struct command cmd_config_test = {
    .name = "test",
    .args = "<files>...",
    .max_args = SIZE_MAX,
    .args_are_files = true,
    .help = "Run unit tests of a configuration.\n\n"
            "A test says which alerts fire, are resolved and silenced at which times, and which "
            "notifications have "
            "to be sent: no more and no fewer. It runs on the engine of the server with a clock of its own, "
            "so that "
            "days take milliseconds; nothing is sent. conf/tests has examples. Exit status: 0 when all pass, "
            "2 when "
            "one fails, 1 when a file cannot be used.",
    .flags = flags,
    .n_flags = COUNT_OF(flags),
    .options_size = sizeof(struct test_options),
    .run = run,
};
