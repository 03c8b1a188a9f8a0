#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "settings.h"

#define MEMORY_MAX ((size_t)1 << 30)

void cli_flush(struct cli *c)
{
    if (c->out.n != 0)
        (void)fwrite(c->out.p, 1, c->out.n, stdout);
    (void)fflush(stdout); /* a failure stays noted in the stream: cli_main() looks */
    strbuf_reset(&c->out);
}

void cli_warn(struct cli *c, const char *fmt, ...)
{
    va_list args;

    cli_flush(c);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static size_t terminal_width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool answer(struct cli *c)
{
    const enum cmdline_ask ask = c->line->ask;

    switch (ask) {
    case ASK_RUN:
        return false;
    case ASK_HELP:
    case ASK_HELP_LONG:
        cmdline_help(c->line, terminal_width(), ask == ASK_HELP_LONG, &c->out);
        break;
    case ASK_MAN:
        cmdline_man(&cmd_program, 1, "Tocsin " TOCSIN_VERSION, &c->out);
        break;
    case ASK_VERSION:
        strbuf_addf(&c->out, "tocsinctl, version %s (like amtool of Alertmanager %s)\n", TOCSIN_VERSION,
                    COMPAT_VERSION);
        break;
    case ASK_BASH:
        cmdline_completion(&cmd_program, SHELL_BASH, &c->out);
        break;
    case ASK_ZSH:
        cmdline_completion(&cmd_program, SHELL_ZSH, &c->out);
        break;
    }
    return true;
}

static bool take_options(struct cli *c, struct err *err)
{
    static const char *const outputs[] = {"simple", "extended", "json"};

    c->opt = cmdline_options(c->line, &cmd_program);
    for (size_t i = 0; i < COUNT_OF(outputs); i++)
        if (strcmp(c->opt->output, outputs[i]) == 0)
            c->output = (enum output)i;
    return features_parse(c->opt->enable_feature, &c->features, err);
}

/* The command line is parsed; settings files give defaults, then the command runs. */
static bool run(struct cli *c, struct cmdline *line, struct err *err)
{
    if (answer(c))
        return true;
    if (line->depth == 1) { /* no command at all */
        cmdline_help(line, terminal_width(), false, &c->out);
        return true;
    }
    return settings_apply(line, &c->mem, err) && cmdline_fill(line, err) && take_options(c, err) &&
           cmdline_command(line)->run(c, err);
}

int cli_main(int argc, char *const *argv)
{
    struct cmdline line;
    struct cli c = {.line = &line, .now = clk_now()};
    struct err err = {0};

    arena_init(&c.mem, MEMORY_MAX);
    bool ok = cmdline_parse(&line, &cmd_program, argc, argv, &err) && run(&c, &line, &err);
    cli_flush(&c);
    if (ok && ferror(stdout))
        ok = err_errno(&err, "write to standard output");
    if (!ok)
        (void)fprintf(stderr, "tocsinctl: error: %s\n", err.text);
    cmdline_done(&line);
    strbuf_done(&c.out);
    arena_done(&c.mem);
    return ok ? c.status : 1;
}
