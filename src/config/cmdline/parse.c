#include "config/cmdline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "builtin.h"
#include "codec/goquote.h"
#include "model/duration.h"

enum token_kind { TOKEN_LONG, TOKEN_SHORT, TOKEN_ARG, TOKEN_END };

struct token {
    enum token_kind kind;
    struct sv name;    /* of a flag, without dashes */
    const char *value; /* of an argument */
};

struct scanner {
    char *const *argv;  /* what is left */
    const char *value;  /* of the flag before: what followed '=' or the letter */
    const char *bundle; /* letters left of -abc */
    bool args_only;     /* after -- */
};

struct cmdline_match {
    const struct flag *flag;
    size_t level;
    const char *value; /* NULL for booleans */
    bool negated;
};

static size_t count_subs(const struct command *c)
{
    size_t n = 0;

    while (c->subs != NULL && c->subs[n] != NULL)
        n++;
    return n;
}

static const struct flag *find_long(const struct cmdline *cl, struct sv name, size_t *level)
{
    for (*level = cl->depth; (*level)-- != 0;) {
        const struct command *c = cl->level[*level].command;
        for (size_t i = 0; i < c->n_flags; i++)
            if (sv_eq(sv_of(c->flags[i].name), name))
                return &c->flags[i];
    }
    *level = 0;
    return builtin_flag(name);
}

static const struct flag *find_letter(const struct cmdline *cl, char letter, size_t *level)
{
    for (*level = cl->depth; (*level)-- != 0;) {
        const struct command *c = cl->level[*level].command;
        for (size_t i = 0; i < c->n_flags; i++)
            if (c->flags[i].letter == letter)
                return &c->flags[i];
    }
    *level = 0;
    return letter == 'h' ? builtin_flag(SV("help")) : NULL;
}

/* -abc is -a -b -c while the letters are booleans; the first that takes a value takes the rest. */
static struct token short_token(const struct cmdline *cl, struct scanner *s, const char *letters)
{
    size_t level;
    const struct flag *f = find_letter(cl, letters[0], &level);
    const char *rest = letters[1] != '\0' ? letters + 1 : NULL;

    s->bundle = NULL;
    if (f != NULL && f->kind != FLAG_BOOL)
        s->value = rest;
    else
        s->bundle = rest;
    return (struct token){.kind = TOKEN_SHORT, .name = {letters, 1}};
}

static struct token next_token(const struct cmdline *cl, struct scanner *s)
{
    if (s->value != NULL) {
        const struct token t = {.kind = TOKEN_ARG, .value = s->value};
        s->value = NULL;
        return t;
    }
    if (s->bundle != NULL)
        return short_token(cl, s, s->bundle);
    if (*s->argv != NULL && !s->args_only && strcmp(*s->argv, "--") == 0) {
        s->args_only = true;
        s->argv++;
    }
    if (*s->argv == NULL)
        return (struct token){.kind = TOKEN_END};

    const char *arg = *s->argv++;
    if (s->args_only || arg[0] != '-' || arg[1] == '\0')
        return (struct token){.kind = TOKEN_ARG, .value = arg};
    if (arg[1] != '-')
        return short_token(cl, s, arg + 1);
    const char *eq = strchr(arg, '=');
    s->value = eq != NULL ? eq + 1 : NULL;
    return (struct token){.kind = TOKEN_LONG,
                          .name = {arg + 2, eq != NULL ? (size_t)(eq - arg - 2) : strlen(arg + 2)}};
}

static void enter(struct cmdline *cl, const struct command *c)
{
    assert(cl->depth < CMDLINE_MAX_DEPTH);
    cl->level[cl->depth++] = (struct cmdline_level){
        .command = c,
        .options = xcalloc(1, c->options_size + 1),
        .given = xcalloc(c->n_flags + 1, sizeof(bool)),
        .def = xcalloc(c->n_flags + 1, sizeof(char *)),
    };
}

static const struct command *default_sub(const struct cmdline *cl)
{
    const struct command *c = cmdline_command(cl);

    for (size_t i = 0; i < count_subs(c); i++)
        if (c->subs[i]->is_default)
            return c->subs[i];
    return NULL;
}

static bool enter_default(struct cmdline *cl)
{
    const struct command *c = cl->ask == ASK_RUN ? default_sub(cl) : NULL;

    if (c == NULL)
        return false;
    enter(cl, c);
    return true;
}

static bool take_flag(struct cmdline *cl, struct scanner *s, const struct flag *f, size_t level,
                      struct token token, bool negated, struct err *err)
{
    struct cmdline_match m = {.flag = f, .level = level, .negated = negated};

    if (builtin_ask(f, &cl->ask))
        return true;
    if (f->kind != FLAG_BOOL) {
        const struct scanner before = *s;
        const struct token value = next_token(cl, s);
        if (value.kind != TOKEN_ARG) {
            *s = before;
            return err_set(err, ERR_INVALID, "expected argument for flag '%s%.*s'",
                           token.kind == TOKEN_LONG ? "--" : "-", SV_ARG(token.name));
        }
        m.value = value.value;
    }
    cl->matches = xgrow(cl->matches, &cl->cap_matches, cl->n_matches + 1, sizeof m);
    cl->matches[cl->n_matches++] = m;
    return true;
}

/* The flag of a token among those of the commands named so far; a default sub-command is entered for it. */
static const struct flag *resolve_flag(struct cmdline *cl, struct token t, size_t *level, bool *negated)
{
    for (;;) {
        const struct flag *f =
            t.kind == TOKEN_LONG ? find_long(cl, t.name, level) : find_letter(cl, t.name.p[0], level);
        *negated = false;
        if (f == NULL && t.kind == TOKEN_LONG && sv_has_prefix(t.name, SV("no-"))) {
            f = find_long(cl, (struct sv){t.name.p + 3, t.name.n - 3}, level);
            *negated = f != NULL;
            if (f != NULL && f->kind != FLAG_BOOL)
                f = NULL;
        }
        if (f != NULL || !enter_default(cl))
            return f;
    }
}

static bool parse_flag(struct cmdline *cl, struct scanner *s, struct token t, struct err *err)
{
    size_t level;
    bool negated;
    const struct flag *f = resolve_flag(cl, t, &level, &negated);

    if (f == NULL && t.kind == TOKEN_LONG)
        return err_set(err, ERR_INVALID, "unknown long flag '--%.*s'", SV_ARG(t.name));
    if (f == NULL)
        return err_set(err, ERR_INVALID, "unknown short flag '-%.*s'", SV_ARG(t.name));
    return take_flag(cl, s, f, level, t, negated, err);
}

static bool enter_named(struct cmdline *cl, const char *name, struct err *err)
{
    const struct command *c = cmdline_command(cl);

    for (size_t i = 0; i < count_subs(c); i++)
        if (strcmp(c->subs[i]->name, name) == 0) {
            enter(cl, c->subs[i]);
            return true;
        }
    struct strbuf quoted = {0};
    go_quote(&quoted, sv_of(name));
    (void)err_set(err, ERR_INVALID, "expected command but got %s", quoted.p);
    strbuf_done(&quoted);
    return false;
}

static void list_add(struct flag_list *l, const char *value)
{
    l->v = xrealloc(l->v, (l->n + 2) * sizeof(*l->v));
    l->v[l->n++] = value;
    l->v[l->n] = NULL;
}

static bool parse_arg(struct cmdline *cl, const char *arg, struct err *err)
{
    while (cmdline_command(cl)->subs != NULL) {
        const size_t depth = cl->depth;
        if (depth == 1 && cl->ask == ASK_RUN && strcmp(arg, "help") == 0) {
            cl->ask = ASK_HELP;
            return true;
        }
        if (enter_named(cl, arg, err))
            return true;
        if (!enter_default(cl))
            return false;
    }
    if (cl->args.n == cmdline_command(cl)->max_args)
        return err_set(err, ERR_INVALID, "unexpected %s", arg);
    list_add(&cl->args, arg);
    return true;
}

bool cmdline_parse(struct cmdline *cl, const struct command *program, int argc, char *const *argv,
                   struct err *err)
{
    struct scanner s = {.argv = argc > 0 ? argv + 1 : argv};

    *cl = (struct cmdline){0};
    enter(cl, program);
    for (;;) {
        const struct token t = next_token(cl, &s);
        if (t.kind == TOKEN_END)
            break;
        if (t.kind == TOKEN_ARG ? !parse_arg(cl, t.value, err) : !parse_flag(cl, &s, t, err))
            return false;
    }
    while (enter_default(cl))
        continue;
    return true;
}

bool cmdline_default(struct cmdline *cl, const char *name, const char *value)
{
    const size_t levels[] = {0, cl->depth - 1};
    bool found = false;

    for (size_t k = 0; k < COUNT_OF(levels); k++) {
        struct cmdline_level *l = &cl->level[levels[k]];
        for (size_t i = 0; i < l->command->n_flags; i++)
            if (strcmp(l->command->flags[i].name, name) == 0) {
                l->def[i] = value;
                found = true;
            }
    }
    return found;
}

/* Upstream reads integers as floating point and truncates: 1e3 is 1000, 1.9 is 1. */
static bool parse_int(const char *text, long *out, struct err *err)
{
    char *end;
    double v = strtod(text, &end);

    if (*text == '\0' || *end != '\0' || !(v > -9e18 && v < 9e18))
        return err_set(err, ERR_INVALID, "strconv.ParseFloat: parsing \"%s\": invalid syntax", text);
    *out = (long)v;
    return true;
}

static bool check_choice(const struct flag *f, const char *value, struct err *err)
{
    const size_t n = strlen(value);

    for (const char *p = f->choices; *p != '\0'; p += *p == ',') {
        const size_t len = strcspn(p, ",");
        if (len == n && memcmp(p, value, n) == 0)
            return true;
        p += len;
    }
    return err_set(err, ERR_INVALID, "enum value must be one of %s, got '%s'", f->choices, value);
}

static bool check_file(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return err_set(err, ERR_INVALID, "path '%s' does not exist", path);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_INVALID, "'%s' is a directory", path);
    return true;
}

static bool store(const struct flag *f, void *options, const char *value, struct err *err)
{
    void *member = (char *)options + f->offset;

    switch (f->kind) {
    case FLAG_LIST:
        list_add(member, value);
        return true;
    case FLAG_DURATION:
        return flag_duration_parse(sv_of(value), member, err);
    case FLAG_INT:
        return parse_int(value, member, err);
    case FLAG_BOOL:
        *(bool *)member = strcmp(value, "true") == 0;
        return *(bool *)member || strcmp(value, "false") == 0 ||
               err_set(err, ERR_INVALID, "strconv.ParseBool: parsing \"%s\": invalid syntax", value);
    case FLAG_ENUM:
        *(const char **)member = value;
        return check_choice(f, value, err);
    case FLAG_FILE:
        *(const char **)member = value;
        return check_file(value, err);
    case FLAG_STRING:
        *(const char **)member = value;
        return true;
    }
    return true;
}

static bool fill_given(struct cmdline *cl, struct err *err)
{
    for (size_t i = 0; i < cl->n_matches; i++) {
        const struct cmdline_match *m = &cl->matches[i];
        const struct cmdline_level *l = &cl->level[m->level];
        bool *given = &l->given[m->flag - l->command->flags];
        if (*given && m->flag->kind != FLAG_LIST)
            return err_set(err, ERR_INVALID, "flag '%s' cannot be repeated", m->flag->name);
        *given = true;
        const char *value = m->value;
        if (m->flag->kind == FLAG_BOOL)
            value = m->negated ? "false" : "true";
        if (!store(m->flag, l->options, value, err))
            return false;
    }
    return true;
}

static bool fill_defaults(const struct cmdline_level *l, struct err *err)
{
    for (size_t i = 0; i < l->command->n_flags; i++) {
        const struct flag *f = &l->command->flags[i];
        const char *def = l->def[i] != NULL ? l->def[i] : f->def;
        if (!l->given[i] && def != NULL && !store(f, l->options, def, err))
            return false;
    }
    return true;
}

static bool check_required(const struct cmdline *cl, struct err *err)
{
    struct strbuf missing = {0};

    for (size_t k = 0; k < cl->depth; k++) {
        const struct cmdline_level *l = &cl->level[k];
        for (size_t i = 0; i < l->command->n_flags; i++)
            if (l->command->flags[i].required && !l->given[i] && l->def[i] == NULL)
                strbuf_addf(&missing, "%s'--%s'", missing.n != 0 ? ", " : "", l->command->flags[i].name);
    }
    const bool ok = missing.n == 0;
    if (!ok)
        (void)err_set(err, ERR_INVALID, "required flag(s) %s not provided", missing.p);
    strbuf_done(&missing);
    return ok;
}

bool cmdline_fill(struct cmdline *cl, struct err *err)
{
    if (!fill_given(cl, err))
        return false;
    for (size_t k = 0; k < cl->depth; k++)
        if (!fill_defaults(&cl->level[k], err))
            return false;
    const struct command *c = cmdline_command(cl);
    for (size_t i = 0; c->args_are_files && i < cl->args.n; i++)
        if (!check_file(cl->args.v[i], err))
            return false;
    if (c->subs != NULL && cl->depth > 1) {
        struct strbuf name = {0};
        cmdline_name(cl, &name);
        (void)err_set(err, ERR_INVALID, "must select a subcommand of '%s'", name.p);
        strbuf_done(&name);
        return false;
    }
    return check_required(cl, err);
}

void *cmdline_options(const struct cmdline *cl, const struct command *command)
{
    for (size_t k = 0; k < cl->depth; k++)
        if (cl->level[k].command == command)
            return cl->level[k].options;
    return NULL;
}

void cmdline_name(const struct cmdline *cl, struct strbuf *out)
{
    for (size_t k = 1; k < cl->depth; k++)
        strbuf_addf(out, "%s%s", k > 1 ? " " : "", cl->level[k].command->name);
}

static void level_done(struct cmdline_level *l)
{
    for (size_t i = 0; i < l->command->n_flags; i++)
        if (l->command->flags[i].kind == FLAG_LIST)
            free(((struct flag_list *)(void *)((char *)l->options + l->command->flags[i].offset))->v);
    free(l->options);
    free(l->given);
    free(l->def);
}

void cmdline_done(struct cmdline *cl)
{
    for (size_t k = 0; k < cl->depth; k++)
        level_done(&cl->level[k]);
    free(cl->matches);
    free(cl->args.v);
    *cl = (struct cmdline){0};
}
