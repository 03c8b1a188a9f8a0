#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "builtin.h"
#include "codec/goquote.h"
#include "describe.h"

#define DEFAULT_WIDTH  80
#define FIRST_COLUMN   30 /* a wider one is put on a line of its own */
#define COLUMN_PADDING 2
#define NARROWEST_TEXT 20

/* One line of a paragraph, or one word of it that is longer than the line. */
static size_t line_length(const char *p, const char *end, size_t width)
{
    size_t n = 0, fits = 0;

    while (p + n < end) {
        const size_t word = strcspn(p + n, " \n");
        if (n + word > width && fits != 0)
            return fits;
        n += word;
        fits = n;
        while (p + n < end && (p[n] == ' ' || p[n] == '\n'))
            n++;
    }
    return fits;
}

/* Words of [p, end) filled into lines; the first line continues where the caller stands. */
static void add_filled(struct strbuf *out, const char *p, const char *end, size_t indent, size_t width)
{
    while (p < end) {
        size_t n = line_length(p, end, width);
        for (size_t i = 0; i < n; i++)
            strbuf_addc(out, p[i] == '\n' ? ' ' : p[i]);
        p += n;
        while (p < end && (*p == ' ' || *p == '\n'))
            p++;
        if (p < end)
            strbuf_addf(out, "\n%*s", (int)indent, "");
    }
    strbuf_addc(out, '\n');
}

void describe_text(const char *text, size_t indent, size_t width, struct strbuf *out)
{
    const size_t room = width > indent + NARROWEST_TEXT ? width - indent : NARROWEST_TEXT;

    for (const char *p = text; *p != '\0';) {
        const char *blank = strstr(p, "\n\n");
        const char *end = blank != NULL ? blank : p + strlen(p);
        if (*p == ' ') {
            const size_t n = strcspn(p, "\n");
            strbuf_addf(out, "%*s%.*s\n", (int)indent, "", (int)n, p);
            p += n + (p[n] == '\n');
        } else {
            strbuf_addf(out, "%*s", (int)indent, "");
            add_filled(out, p, end, indent, room);
            p = *end != '\0' ? end + 1 : end;
        }
        if (*p == '\n') {
            strbuf_addc(out, '\n');
            p++;
        }
    }
}

static void add_placeholder(const struct flag *f, struct strbuf *out)
{
    if (f->value != NULL) {
        strbuf_adds(out, f->value);
    } else if (f->def != NULL && f->kind == FLAG_STRING) {
        go_quote(out, sv_of(f->def));
    } else if (f->def != NULL) {
        strbuf_adds(out, f->def);
    } else {
        for (const char *p = f->name; *p != '\0'; p++)
            strbuf_addc(out, (char)toupper((unsigned char)*p));
    }
}

void describe_flag(const struct flag *f, bool with_no, struct strbuf *out)
{
    if (f->letter != 0)
        strbuf_addf(out, "-%c, ", f->letter);
    strbuf_addf(out, "--%s%s", f->kind == FLAG_BOOL && with_no ? "[no-]" : "", f->name);
    if (f->kind != FLAG_BOOL) {
        strbuf_addc(out, '=');
        add_placeholder(f, out);
    }
}

void describe_usage(const struct command *c, struct strbuf *out)
{
    bool optional = false;

    for (size_t i = 0; i < c->n_flags; i++) {
        const struct flag *f = &c->flags[i];
        optional |= !f->required && !f->hidden;
        if (!f->required)
            continue;
        strbuf_addf(out, " --%s=", f->name);
        add_placeholder(f, out);
    }
    if (optional)
        strbuf_adds(out, " [<flags>]");
    if (c->args != NULL)
        strbuf_addf(out, " %s", c->args);
}

/* Left column, one string per flag, and the texts for the right one. */
struct row {
    char *left;
    const char *right;
};
struct rows {
    struct row *v;
    size_t n, cap;
};

static void rows_add(struct rows *rows, const struct flag *flags, size_t n, bool align)
{
    for (size_t i = 0; i < n; i++) {
        struct strbuf left = {0};
        if (flags[i].hidden)
            continue;
        if (align && flags[i].letter == 0)
            strbuf_adds(&left, "    ");
        describe_flag(&flags[i], true, &left);
        if (flags[i].kind == FLAG_LIST)
            strbuf_adds(&left, " ...");
        rows->v = xgrow(rows->v, &rows->cap, rows->n + 1, sizeof(*rows->v));
        rows->v[rows->n++] = (struct row){strbuf_take(&left), flags[i].help};
    }
}

/* Prints and frees the rows. */
static void rows_print(struct rows *rows, size_t indent, size_t width, struct strbuf *out)
{
    size_t first = 0;

    for (size_t i = 0; i < rows->n; i++) {
        const size_t n = strlen(rows->v[i].left);
        if (n > first && n < FIRST_COLUMN)
            first = n;
    }
    const size_t at = indent + first + COLUMN_PADDING;
    const size_t room = width > at + NARROWEST_TEXT ? width - at : NARROWEST_TEXT;
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->v[i];
        strbuf_addf(out, "%*s%-*s%*s", (int)indent, "", (int)first, r->left, COLUMN_PADDING, "");
        if (strlen(r->left) >= FIRST_COLUMN)
            strbuf_addf(out, "\n%*s", (int)at, "");
        add_filled(out, r->right, r->right + strlen(r->right), at, room);
        free(r->left);
    }
    free(rows->v);
    *rows = (struct rows){0};
}

static bool has_letter(const struct flag *flags, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (flags[i].letter != 0 && !flags[i].hidden)
            return true;
    return false;
}

/* The flags that may stand with the innermost command: the program's, and those of all commands on the path.
 */
static void add_flags(const struct cmdline *cl, size_t width, struct strbuf *out)
{
    struct rows rows = {0};

    rows_add(&rows, builtin_flags, 1,
             true); /* help first, version last of the global ones, as kingpin does */
    for (size_t k = 0; k < cl->depth; k++) {
        const struct command *c = cl->level[k].command;
        rows_add(&rows, c->flags, c->n_flags, true);
        if (k == 0)
            rows_add(&rows, builtin_flags + 1, n_builtin_flags - 1, true);
    }
    strbuf_adds(out, "Flags:\n");
    rows_print(&rows, 2, width, out);
}

static void add_list(const struct command *c, size_t depth, struct strbuf *out)
{
    for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++) {
        if ((*s)->hidden)
            continue;
        strbuf_addf(out, "%*s%s%s", (int)(2 * depth), "", (*s)->name, (*s)->is_default ? "*" : "");
        describe_usage(*s, out);
        strbuf_addc(out, '\n');
        add_list(*s, depth + 1, out);
    }
}

/* What the long help says of each command without sub-commands. */
static void add_full(const struct command *c, const char *prefix, size_t width, struct strbuf *out)
{
    for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++) {
        struct strbuf name = {0};
        if ((*s)->hidden)
            continue;
        strbuf_addf(&name, "%s%s", prefix, (*s)->name);
        if ((*s)->subs == NULL) {
            struct rows rows = {0};
            strbuf_addsv(out, strbuf_sv(&name));
            describe_usage(*s, out);
            strbuf_addc(out, '\n');
            describe_text((*s)->help, 4, width, out);
            strbuf_addc(out, '\n');
            rows_add(&rows, (*s)->flags, (*s)->n_flags, has_letter((*s)->flags, (*s)->n_flags));
            const bool any = rows.n != 0;
            rows_print(&rows, 4, width, out);
            strbuf_adds(out, any ? "\n" : "");
        }
        strbuf_addc(&name, ' ');
        add_full(*s, name.p, width, out);
        strbuf_done(&name);
    }
}

static void add_commands(const struct cmdline *cl, struct strbuf *out)
{
    const struct command *c = cmdline_command(cl);
    size_t depth = 1;

    strbuf_adds(out, "\nCommands:\n");
    if (cl->depth == 1) {
        strbuf_adds(out, "  help [<command>...]\n");
    } else {
        strbuf_adds(out, "  ");
        cmdline_name(cl, out);
        strbuf_addc(out, '\n');
        depth = 2;
    }
    add_list(c, depth, out);
}

void cmdline_help(const struct cmdline *cl, size_t width, bool full, struct strbuf *out)
{
    const struct command *program = cl->level[0].command, *c = cmdline_command(cl);

    if (width == 0)
        width = DEFAULT_WIDTH;
    strbuf_addf(out, "usage: %s", program->name);
    if (cl->depth > 1)
        strbuf_addc(out, ' ');
    cmdline_name(cl, out);
    if (cl->depth == 1)
        strbuf_adds(out, " [<flags>]");
    else
        describe_usage(c, out);
    strbuf_addf(out, "%s\n\n", c->subs != NULL ? " <command> [<args> ...]" : "");
    describe_text(c->help, 0, width, out);
    strbuf_addc(out, '\n');
    add_flags(cl, width, out);
    if (c->subs == NULL)
        return;
    if (!full) {
        add_commands(cl, out);
        return;
    }
    struct strbuf prefix = {0};
    cmdline_name(cl, &prefix);
    strbuf_adds(&prefix, cl->depth > 1 ? " " : "");
    strbuf_adds(out, "\nCommands:\n");
    if (cl->depth == 1)
        strbuf_adds(out, "help [<command>...]\n    Show help.\n\n");
    add_full(c, prefix.p != NULL ? prefix.p : "", width, out);
    strbuf_done(&prefix);
}
