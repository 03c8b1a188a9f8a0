#include <string.h>

#include "builtin.h"
#include "describe.h"

/* One command with what leads to it. */
struct place {
    const struct command *const *path; /* the program first */
    size_t depth;
    const char *name; /* "config routes"; "" for the program */
};
typedef void place_fn(const struct place *p, struct strbuf *out);

static void walk(const struct command **path, size_t depth, const char *name, place_fn *fn,
                 struct strbuf *out)
{
    const struct command *c = path[depth - 1];

    fn(&(struct place){path, depth, name}, out);
    for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++) {
        struct strbuf below = {0};
        if ((*s)->hidden || depth == CMDLINE_MAX_DEPTH)
            continue;
        strbuf_addf(&below, "%s%s%s", name, *name != '\0' ? " " : "", (*s)->name);
        path[depth] = *s;
        walk(path, depth + 1, below.p, fn, out);
        strbuf_done(&below);
    }
}

static void each_place(const struct command *program, place_fn *fn, struct strbuf *out)
{
    const struct command *path[CMDLINE_MAX_DEPTH] = {program};

    walk(path, 1, "", fn, out);
}

/* The first sentence of a help text; quotes are left out, so that it may stand between any. */
static void add_summary(const char *help, struct strbuf *out)
{
    size_t n = strcspn(help, "\n");
    const char *stop = strstr(help, ". ");

    if (stop != NULL && (size_t)(stop - help) < n)
        n = (size_t)(stop - help);
    while (n != 0 && help[n - 1] == '.')
        n--;
    for (size_t i = 0; i < n; i++)
        if (strchr("'\"`\\[]$:", help[i]) == NULL)
            strbuf_addc(out, help[i]);
}

/* What may be completed at a place: its sub-commands and the flags of everything on the path. */
struct word {
    const char *prefix, *name, *help;
    const struct flag *flag; /* NULL: a command */
};
typedef void word_fn(const struct word *w, struct strbuf *out);

static void each_flag(const struct flag *flags, size_t n, word_fn *fn, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++)
        if (!flags[i].hidden)
            fn(&(struct word){"--", flags[i].name, flags[i].help, &flags[i]}, out);
}

static void each_word(const struct place *p, word_fn *fn, struct strbuf *out)
{
    const struct command *c = p->path[p->depth - 1];

    for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++)
        if (!(*s)->hidden)
            fn(&(struct word){"", (*s)->name, (*s)->help, NULL}, out);
    if (p->depth == 1 && c->subs != NULL)
        fn(&(struct word){"", "help", "Show help", NULL}, out);
    for (size_t k = p->depth; k-- != 0;)
        each_flag(p->path[k]->flags, p->path[k]->n_flags, fn, out);
    each_flag(builtin_flags, n_builtin_flags, fn, out);
}

/* A case for every command but the program: words that lead one step down. */
static void add_step(const struct place *p, struct strbuf *out)
{
    if (p->depth > 1)
        strbuf_addf(out, "%s\"%s\"", strbuf_sv(out).p[out->n - 1] == '"' ? " | " : "", p->name);
}

/* The part that bash and zsh share: `place` becomes the name of the command that the words name. */
static void add_steps(const struct command *program, const char *words, const char *first, const char *last,
                      struct strbuf *out)
{
    strbuf_addf(out,
                "    for ((i = %s; i < %s; i++)); do\n"
                "        next=\"${place:+$place }${%s[i]}\"\n"
                "        case \"$next\" in\n"
                "        ",
                first, last, words);
    each_place(program, add_step, out);
    strbuf_adds(out, ")\n            place=$next ;;\n        esac\n    done\n    case \"$place\" in\n");
}

static void bash_word(const struct word *w, struct strbuf *out)
{
    strbuf_addf(out, " %s%s", w->prefix, w->name);
}

static void bash_place(const struct place *p, struct strbuf *out)
{
    strbuf_addf(out, "    \"%s\") words=\"", p->name);
    each_word(p, bash_word, out);
    strbuf_adds(out, "\" ;;\n");
}

static void bash_script(const struct command *program, struct strbuf *out)
{
    strbuf_addf(out, "# bash completion for %s\n_%s() {\n    local i next place= words=\n", program->name,
                program->name);
    if (program->subs != NULL)
        add_steps(program, "COMP_WORDS", "1", "COMP_CWORD", out);
    else
        strbuf_adds(out, "    case \"\" in\n");
    each_place(program, bash_place, out);
    strbuf_addf(out,
                "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
                "complete -o default -F _%s %s\n",
                program->name, program->name);
}

static void zsh_word(const struct word *w, struct strbuf *out)
{
    strbuf_addf(out, " '%s%s:", w->prefix, w->name);
    add_summary(w->help, out);
    strbuf_addc(out, '\'');
}

static void zsh_place(const struct place *p, struct strbuf *out)
{
    strbuf_addf(out, "    \"%s\") words_here=(", p->name);
    each_word(p, zsh_word, out);
    strbuf_adds(out, ") ;;\n");
}

static void zsh_script(const struct command *program, struct strbuf *out)
{
    strbuf_addf(out,
                "#compdef %s\n_%s() {\n    local i next place=\n    local -a words_here\n"
                "    setopt localoptions ksharrays\n",
                program->name, program->name);
    if (program->subs != NULL)
        add_steps(program, "words", "1", "CURRENT - 1", out);
    else
        strbuf_adds(out, "    case \"\" in\n");
    each_place(program, zsh_place, out);
    strbuf_addf(
        out, "    esac\n    unsetopt ksharrays\n    _describe %s words_here\n    _files\n}\ncompdef _%s %s\n",
        program->name, program->name, program->name);
}

static void fish_place(const struct place *p, struct strbuf *out)
{
    const struct command *program = p->path[0], *c = p->path[p->depth - 1];
    struct strbuf line = {0};

    strbuf_addf(&line, "complete -c %s -n '__%s_at \"%s\"'", program->name, program->name, p->name);
    for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++) {
        if ((*s)->hidden)
            continue;
        strbuf_addf(out, "%s -f -a %s -d '", line.p, (*s)->name);
        add_summary((*s)->help, out);
        strbuf_adds(out, "'\n");
    }
    if (p->depth > 1)
        for (size_t i = 0; i < c->n_flags; i++) {
            const struct flag *f = &c->flags[i];
            if (f->hidden)
                continue;
            strbuf_addf(out, "%s -l %s%s -d '", line.p, f->name, f->kind != FLAG_BOOL ? " -r" : "");
            add_summary(f->help, out);
            strbuf_adds(out, "'\n");
        }
    strbuf_done(&line);
}

static void fish_global(const char *program, const struct flag *flags, size_t n, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct flag *f = &flags[i];
        if (f->hidden)
            continue;
        strbuf_addf(out, "complete -c %s -l %s%s", program, f->name, f->kind != FLAG_BOOL ? " -r" : "");
        if (f->letter != 0)
            strbuf_addf(out, " -s %c", f->letter);
        strbuf_adds(out, " -d '");
        add_summary(f->help, out);
        strbuf_adds(out, "'\n");
    }
}

static void fish_script(const struct command *program, struct strbuf *out)
{
    strbuf_addf(out,
                "# fish completion for %s\n"
                "# True when the words that are no flags are the command given.\n"
                "function __%s_at\n"
                "    set -l words (string match -v -- '-*' (commandline -opc))\n"
                "    test \"$words[2..]\" = \"$argv[1]\"\n"
                "end\n",
                program->name, program->name);
    fish_global(program->name, program->flags, program->n_flags, out);
    fish_global(program->name, builtin_flags, n_builtin_flags, out);
    each_place(program, fish_place, out);
}

void cmdline_completion(const struct command *program, enum shell shell, struct strbuf *out)
{
    switch (shell) {
    case SHELL_BASH:
        bash_script(program, out);
        break;
    case SHELL_ZSH:
        zsh_script(program, out);
        break;
    case SHELL_FISH:
        fish_script(program, out);
        break;
    }
}
