#include "flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/duration.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  110

static void *member(void *options, const struct flag *f)
{
    return (char *)options + f->offset;
}

static const struct flag *find(const struct flag *table, size_t n, struct sv name)
{
    for (size_t i = 0; i < n; i++)
        if (sv_eq(sv_of(table[i].name), name))
            return &table[i];
    return NULL;
}

static void list_add(struct flag_list *l, const char *value)
{
    l->v = xrealloc(l->v, (l->n + 2) * sizeof(*l->v));
    l->v[l->n++] = value;
    l->v[l->n] = NULL;
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

static bool store(const struct flag *f, void *options, const char *value, struct err *err)
{
    switch (f->kind) {
    case FLAG_STRING:
        *(const char **)member(options, f) = value;
        return true;
    case FLAG_LIST:
        list_add(member(options, f), value);
        return true;
    case FLAG_DURATION:
        return flag_duration_parse(sv_of(value), member(options, f), err);
    case FLAG_INT:
        return parse_int(value, member(options, f), err);
    case FLAG_BOOL:
        *(bool *)member(options, f) = true;
        return true;
    }
    return true;
}

static bool defaults(const struct flag *table, size_t n, void *options, const bool *given, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!given[i] && table[i].def != NULL && !store(&table[i], options, table[i].def, err))
            return false;
    return true;
}

/* One "--name", "--name=value" or "--no-name"; *at moves past a separate value. */
static bool parse_long(const struct flag *table, size_t n, const char *arg, int argc, char *const *argv,
                       int *at, void *options, bool *given, struct err *err)
{
    const char *eq = strchr(arg, '=');
    const struct sv name = {arg, eq != NULL ? (size_t)(eq - arg) : strlen(arg)};
    const struct flag *f = find(table, n, name);
    bool negated = false;

    if (f == NULL && sv_has_prefix(name, SV("no-"))) {
        f = find(table, n, (struct sv){name.p + 3, name.n - 3});
        negated = true;
        if (f != NULL && f->kind != FLAG_BOOL)
            f = NULL;
    }
    if (f == NULL)
        return err_set(err, ERR_INVALID, "unknown long flag '--%.*s'", SV_ARG(name));
    if (given[f - table] && f->kind != FLAG_LIST)
        return err_set(err, ERR_INVALID, "flag '%s' cannot be repeated", f->name);
    given[f - table] = true;

    if (f->kind == FLAG_BOOL) {
        if (eq != NULL)
            return err_set(err, ERR_INVALID, "unexpected %s", eq + 1);
        *(bool *)member(options, f) = !negated;
        return true;
    }
    if (eq != NULL)
        return store(f, options, eq + 1, err);
    if (*at + 1 >= argc || argv[*at + 1][0] == '-')
        return err_set(err, ERR_INVALID, "expected argument for flag '--%s'", f->name);
    return store(f, options, argv[++*at], err);
}

enum flags_result flags_parse(const struct flag *table, size_t n_flags, int argc, char *const *argv,
                              void *options, bool *given, struct err *err)
{
    memset(given, 0, n_flags * sizeof(*given));
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0)
            return FLAGS_HELP;
        if (strcmp(arg, "--version") == 0)
            return FLAGS_VERSION;
        if (strcmp(arg, "--") == 0) {
            if (i + 1 == argc)
                break;
            err_set(err, ERR_INVALID, "unexpected %s", argv[i + 1]);
            return FLAGS_ERROR;
        }
        if (strncmp(arg, "--", 2) == 0) {
            if (!parse_long(table, n_flags, arg + 2, argc, argv, &i, options, given, err))
                return FLAGS_ERROR;
            continue;
        }
        if (arg[0] == '-' && arg[1] != '\0')
            err_set(err, ERR_INVALID, "unknown short flag '-%c'", arg[1]);
        else
            err_set(err, ERR_INVALID, "unexpected %s", arg);
        return FLAGS_ERROR;
    }
    return defaults(table, n_flags, options, given, err) ? FLAGS_OK : FLAGS_ERROR;
}

void flags_free(const struct flag *table, size_t n_flags, void *options)
{
    for (size_t i = 0; i < n_flags; i++)
        if (table[i].kind == FLAG_LIST) {
            struct flag_list *l = member(options, &table[i]);
            free(l->v);
            *l = (struct flag_list){0};
        }
}

static void add_wrapped(struct strbuf *out, const char *text)
{
    size_t column = HELP_COLUMN;

    for (const char *p = text; *p != '\0';) {
        size_t n = strcspn(p, " ");
        if (column + n + 1 > HELP_WIDTH && column > HELP_COLUMN) {
            strbuf_addf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        if (column > HELP_COLUMN) {
            strbuf_addc(out, ' ');
            column++;
        }
        strbuf_add(out, p, n);
        column += n;
        p += n + strspn(p + n, " ");
    }
    strbuf_addc(out, '\n');
}

static void add_flag_help(struct strbuf *out, const struct flag *f)
{
    const size_t from = out->n;

    if (f->kind == FLAG_BOOL)
        strbuf_addf(out, "      --[no-]%s", f->name);
    else if (f->def != NULL && f->def[0] != '\0')
        strbuf_addf(out, "      --%s=%s%s", f->name, f->def, f->kind == FLAG_LIST ? " ..." : "");
    else
        strbuf_addf(out, "      --%s=%s", f->name, f->kind == FLAG_LIST ? "VALUE ..." : "\"\"");
    size_t width = out->n - from;
    if (width + 2 > HELP_COLUMN) {
        strbuf_addc(out, '\n');
        width = 0;
    }
    strbuf_addf(out, "%*s", (int)(HELP_COLUMN - width), "");
    add_wrapped(out, f->help);
}

void flags_help(const struct flag *table, size_t n_flags, const char *program, const char *about,
                struct strbuf *out)
{
    strbuf_addf(out, "usage: %s [<flags>]\n\n%s\n\nFlags:\n", program, about);
    strbuf_addf(out, "  -h, --[no-]help%*sShow this text.\n", HELP_COLUMN - 17, "");
    strbuf_addf(out, "      --[no-]version%*sShow the version.\n", HELP_COLUMN - 20, "");
    for (size_t i = 0; i < n_flags; i++)
        add_flag_help(out, &table[i]);
}
