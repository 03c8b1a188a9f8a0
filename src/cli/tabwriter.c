#include "tabwriter.h"

#include <stdlib.h>

#include "base/mem.h"

#define PADDING 2

struct line {
    struct sv *cell; /* the last one is the text after the last tab */
    size_t n;
};

struct page {
    struct line *lines;
    size_t n_lines;
    size_t *widths; /* of the columns that are open */
    size_t n_widths, cap_widths;
    struct strbuf *out;
};

static size_t width_of(struct sv s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80; /* continuation bytes do not count */
    return n;
}

static void print_line(const struct page *p, const struct line *l)
{
    for (size_t i = 0; i < l->n; i++) {
        strbuf_addsv(p->out, l->cell[i]);
        if (i < p->n_widths)
            strbuf_addf(p->out, "%*s", (int)(p->widths[i] - width_of(l->cell[i])), "");
    }
    strbuf_addc(p->out, '\n');
}

static void print_lines(const struct page *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        print_line(p, &p->lines[i]);
}

static bool has_column(const struct line *l, size_t column)
{
    return column + 1 < l->n;
}

/* Lines [from, to), in which the columns open so far are settled: finds the blocks of the next column. */
static void format(struct page *p, size_t from, size_t to)
{
    const size_t column = p->n_widths;
    size_t at = from;

    while (at < to) {
        if (!has_column(&p->lines[at], column)) {
            at++;
            continue;
        }
        print_lines(p, from, at);
        size_t width = 0, end = at;
        for (; end < to && has_column(&p->lines[end], column); end++) {
            const size_t w = width_of(p->lines[end].cell[column]) + PADDING;
            width = w > width ? w : width;
        }
        p->widths = xgrow(p->widths, &p->cap_widths, column + 1, sizeof(*p->widths));
        p->widths[p->n_widths++] = width;
        format(p, at, end);
        p->n_widths--;
        from = at = end;
    }
    print_lines(p, from, to);
}

static struct line split_cells(struct sv text)
{
    struct line l = {0};
    size_t cap = 0, start = 0;

    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && text.p[i] != '\t' && text.p[i] != '\v')
            continue;
        l.cell = xgrow(l.cell, &cap, l.n + 1, sizeof(*l.cell));
        l.cell[l.n++] = (struct sv){text.p + start, i - start};
        start = i + 1;
    }
    return l;
}

void tabwriter_print(struct strbuf *out, struct sv text)
{
    struct page p = {.out = out};
    size_t cap = 0, start = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\n' && text.p[i] != '\f')
            continue;
        p.lines = xgrow(p.lines, &cap, p.n_lines + 1, sizeof(*p.lines));
        p.lines[p.n_lines++] = split_cells((struct sv){text.p + start, i - start});
        start = i + 1;
    }
    format(&p, 0, p.n_lines);
    for (size_t i = 0; i < p.n_lines; i++)
        free(p.lines[i].cell);
    free(p.lines);
    free(p.widths);
}
