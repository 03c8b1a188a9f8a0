#include "tmpl/format.h"

#include "base/utf8.h"
#include "tmpl/run.h"
#include "tmpl/value.h"
#include "tmpl/verb.h"

#define NUMBER_MAX 1000000 /* of widths, precisions and argument indexes, as in Go */

struct formatter {
    struct tmpl_run *run;
    struct strbuf *out;
    struct sv format;
    size_t at;
    const struct tval *args;
    size_t n_args, arg; /* arg: the next one to print */
    bool reordered;     /* an index was used: unused arguments are no mistake */
    bool bad_index;     /* in the verb at work */
};

static bool at_end(const struct formatter *f)
{
    return f->at >= f->format.n;
}

static char here(const struct formatter *f)
{
    return at_end(f) ? '\0' : f->format.p[f->at];
}

/* The digits here; false: none, or too large. */
static bool take_number(struct formatter *f, int *number)
{
    bool any = false, large = false;

    *number = 0;
    for (; here(f) >= '0' && here(f) <= '9'; f->at++) {
        any = true;
        *number = *number * 10 + (here(f) - '0');
        large |= *number > NUMBER_MAX;
        if (large)
            *number = 0;
    }
    return any && !large;
}

static void take_flags(struct formatter *f, struct verb *v)
{
    for (;; f->at++)
        switch (here(f)) {
        case '#':
            v->sharp = true;
            break;
        case '0':
            v->zero = true;
            break;
        case '+':
            v->plus = true;
            break;
        case '-':
            v->minus = true;
            break;
        case ' ':
            v->space = true;
            break;
        default:
            return;
        }
}

/* "[n]" makes argument n the next one. */
static bool take_index(struct formatter *f)
{
    int number;

    if (here(f) != '[')
        return false;
    f->reordered = true;
    const char *close = memchr(f->format.p + f->at, ']', f->format.n - f->at);
    if (close == NULL) {
        f->bad_index = true;
        f->at++;
        return true;
    }
    f->at++;
    bool ok = take_number(f, &number) && here(f) == ']' && number >= 1 && (size_t)number <= f->n_args;
    f->at = (size_t)(close - f->format.p) + 1;
    if (ok)
        f->arg = (size_t)number - 1;
    else
        f->bad_index = true;
    return true;
}

/* The value of a '*'; false: there is no fitting argument. */
static bool star_argument(struct formatter *f, int *number)
{
    if (f->arg >= f->n_args)
        return false;
    const struct tval v = f->args[f->arg++];
    if (v.kind != TVAL_INT || v.i > NUMBER_MAX || v.i < -NUMBER_MAX)
        return false;
    *number = (int)v.i;
    return true;
}

static void take_width(struct formatter *f, struct verb *v, bool *after_index)
{
    if (here(f) != '*') {
        v->has_width = take_number(f, &v->width);
        if (v->has_width && *after_index)
            f->bad_index = true; /* "%[3]2d" */
        return;
    }
    f->at++;
    v->has_width = star_argument(f, &v->width);
    if (!v->has_width)
        strbuf_adds(f->out, "%!(BADWIDTH)");
    if (v->width < 0) {
        v->width = -v->width;
        v->minus = true;
        v->zero = false;
    }
    *after_index = false;
}

static void take_precision(struct formatter *f, struct verb *v, bool *after_index)
{
    if (here(f) != '.')
        return;
    f->at++;
    if (*after_index)
        f->bad_index = true; /* "%[3].2d" */
    *after_index = take_index(f);
    if (here(f) != '*') {
        if (!take_number(f, &v->prec))
            v->prec = 0;
        v->has_prec = true;
        return;
    }
    f->at++;
    v->has_prec = star_argument(f, &v->prec);
    if (!v->has_prec)
        strbuf_adds(f->out, "%!(BADPREC)");
    if (v->prec < 0)
        v->has_prec = false;
    *after_index = false;
}

static void print_problem(struct formatter *f, uint32_t letter, const char *what)
{
    char bytes[4];
    strbuf_adds(f->out, "%!");
    strbuf_add(f->out, bytes, utf8_encode(letter, bytes));
    strbuf_adds(f->out, what);
}

/* What stands behind a '%'. */
static void print_directive(struct formatter *f)
{
    struct verb v = {0};

    f->bad_index = false;
    take_flags(f, &v);
    bool after_index = take_index(f);
    take_width(f, &v, &after_index);
    take_precision(f, &v, &after_index);
    if (!after_index)
        (void)take_index(f);
    if (at_end(f)) {
        strbuf_adds(f->out, "%!(NOVERB)");
        return;
    }
    f->at += utf8_decode((struct sv){f->format.p + f->at, f->format.n - f->at}, &v.letter, NULL);
    if (v.letter == 'v') {
        v.go_syntax = v.sharp;
        v.field_names = v.plus;
        v.sharp = v.plus = false;
    }
    if (v.letter == '%')
        strbuf_addc(f->out, '%');
    else if (f->bad_index)
        print_problem(f, v.letter, "(BADINDEX)");
    else if (f->arg >= f->n_args)
        print_problem(f, v.letter, "(MISSING)");
    else
        verb_print(f->run, f->out, v, f->args[f->arg++]);
}

static void print_extra(struct formatter *f)
{
    strbuf_adds(f->out, "%!(EXTRA ");
    for (size_t i = f->arg; i < f->n_args; i++) {
        const struct tval v = f->args[i];
        strbuf_adds(f->out, i != f->arg ? ", " : "");
        if (v.kind != TVAL_NIL) {
            strbuf_adds(f->out, tval_type_name(v));
            strbuf_addc(f->out, '=');
        }
        tval_print(f->run, f->out, &v);
    }
    strbuf_addc(f->out, ')');
}

void format_printf(struct tmpl_run *run, struct strbuf *out, struct sv format, const struct tval *args,
                   size_t n_args)
{
    struct formatter f = {.run = run, .out = out, .format = format, .args = args, .n_args = n_args};

    while (!at_end(&f) && !out->overflow) {
        const char *percent = memchr(format.p + f.at, '%', format.n - f.at);
        size_t end = percent != NULL ? (size_t)(percent - format.p) : format.n;
        strbuf_add(out, format.p + f.at, end - f.at);
        f.at = end + 1;
        if (percent != NULL)
            print_directive(&f);
    }
    if (!f.reordered && f.arg < n_args)
        print_extra(&f);
}
