#include <string.h>

#include "builtin.h"
#include "describe.h"

/* Plain text for troff: no requests, no escapes, dashes that can be copied. */
static void add_escaped(struct strbuf *out, struct sv text)
{
    bool line_start = true;

    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (line_start && (c == '.' || c == '\''))
            strbuf_adds(out, "\\&");
        if (c == '\\')
            strbuf_adds(out, "\\e");
        else if (c == '-')
            strbuf_adds(out, "\\-");
        else
            strbuf_addc(out, c);
        line_start = c == '\n';
    }
}

static void add_line(struct strbuf *out, struct sv text)
{
    add_escaped(out, text);
    strbuf_addc(out, '\n');
}

/* Paragraphs are separated by .PP; lines that start with a blank are shown as they are. */
static void add_text(struct strbuf *out, const char *text)
{
    bool verbatim = false;

    for (const char *p = text; *p != '\0';) {
        const size_t n = strcspn(p, "\n");
        const bool indented = n != 0 && *p == ' ';
        if (n != 0 && indented != verbatim) {
            strbuf_adds(out, indented ? ".nf\n" : ".fi\n");
            verbatim = indented;
        }
        if (n == 0)
            strbuf_adds(out, ".PP\n");
        else
            add_line(out, (struct sv){p, n});
        p += n + (p[n] == '\n');
    }
    if (verbatim)
        strbuf_adds(out, ".fi\n");
}

static void add_flags(struct strbuf *out, const struct flag *flags, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct strbuf name = {0};
        if (flags[i].hidden)
            continue;
        describe_flag(&flags[i], true, &name);
        strbuf_adds(out, ".TP\n\\fB");
        add_escaped(out, strbuf_sv(&name));
        strbuf_adds(out, "\\fR\n");
        add_line(out, sv_of(flags[i].help));
        strbuf_done(&name);
    }
}

static void add_command(struct strbuf *out, const struct command *c, struct sv name)
{
    struct strbuf usage = {0};

    describe_usage(c, &usage);
    strbuf_adds(out, ".SS\n\\fB");
    add_escaped(out, name);
    add_escaped(out, strbuf_sv(&usage));
    strbuf_adds(out, "\\fR\n.PP\n");
    add_text(out, c->help);
    add_flags(out, c->flags, c->n_flags);
    strbuf_done(&usage);
}

static void add_commands(struct strbuf *out, const struct command *c, const char *prefix)
{
    for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++) {
        struct strbuf name = {0};
        if ((*s)->hidden)
            continue;
        strbuf_addf(&name, "%s%s", prefix, (*s)->name);
        if ((*s)->subs == NULL || (*s)->n_flags != 0)
            add_command(out, *s, strbuf_sv(&name));
        strbuf_addc(&name, ' ');
        add_commands(out, *s, name.p);
        strbuf_done(&name);
    }
}

void cmdline_man(const struct command *program, int section, const char *version, struct strbuf *out)
{
    const size_t summary = strcspn(program->help, "\n");

    strbuf_addf(out, ".TH %s %d \"\" \"%s\"\n.SH NAME\n%s \\- ", program->name, section, version,
                program->name);
    add_line(out, (struct sv){program->help, summary});
    strbuf_addf(out, ".SH SYNOPSIS\n\\fB%s\\fR [<flags>]%s\n.SH DESCRIPTION\n", program->name,
                program->subs != NULL ? " <command> [<args> ...]" : "");
    add_text(out, program->help);
    strbuf_adds(out, ".SH OPTIONS\n");
    add_flags(out, builtin_flags, n_builtin_flags);
    add_flags(out, program->flags, program->n_flags);
    if (program->subs == NULL)
        return;
    strbuf_adds(out, ".SH COMMANDS\n");
    add_commands(out, program, "");
}
