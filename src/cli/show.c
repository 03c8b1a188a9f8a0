#include "show.h"

#include <stdlib.h>

#include "codec/gotime.h"
#include "tabwriter.h"

void show_time(const struct cli *c, struct strbuf *out, struct stamp t)
{
    gotime_format(out, t, c->opt->date_format);
}

static void add_time_cell(const struct cli *c, struct strbuf *out, struct stamp t)
{
    show_time(c, out, t);
    strbuf_addc(out, '\t');
}

static void add_cell(struct strbuf *out, struct sv text)
{
    strbuf_addsv(out, text);
    strbuf_addc(out, '\t');
}

/* Values are not escaped: that is how the table has always looked. */
static void add_pairs_cell(struct strbuf *out, const struct pairs_sv *pairs)
{
    for (size_t i = 0; i < pairs->n; i++)
        strbuf_addf(out, "%s%.*s=\"%.*s\"", i != 0 ? " " : "", SV_ARG(pairs->v[i].name),
                    SV_ARG(pairs->v[i].value));
    strbuf_addc(out, '\t');
}

static int by_start(const void *a, const void *b)
{
    const struct api_alert *x = *(const struct api_alert *const *)a, *y = *(const struct api_alert *const *)b;
    const int order = stamp_cmp(x->starts_at.at, y->starts_at.at);

    return order != 0 ? order : (x > y) - (x < y);
}

static int by_end(const void *a, const void *b)
{
    const struct api_silence *x = *(const struct api_silence *const *)a,
                             *y = *(const struct api_silence *const *)b;
    const int order = stamp_cmp(x->ends_at.at, y->ends_at.at);

    return order != 0 ? order : (x > y) - (x < y);
}

static void add_alert_simple(const struct cli *c, const struct api_alert *a, struct strbuf *text)
{
    add_cell(text, pairs_get(&a->labels, SV("alertname")));
    add_time_cell(c, text, a->starts_at.at);
    add_cell(text, pairs_get(&a->annotations, SV("summary")));
    add_cell(text, a->state);
    strbuf_addc(text, '\n');
}

static void add_alert_extended(const struct cli *c, const struct api_alert *a, struct strbuf *text)
{
    add_pairs_cell(text, &a->labels);
    add_pairs_cell(text, &a->annotations);
    add_time_cell(c, text, a->starts_at.at);
    add_time_cell(c, text, a->ends_at.at);
    add_cell(text, a->generator_url);
    add_cell(text, a->state);
    strbuf_addc(text, '\n');
}

static void json_alerts(struct cli *c, const struct api_alerts *alerts)
{
    struct jw w;

    jw_init(&w, &c->out, true);
    jw_array(&w);
    for (size_t i = 0; i < alerts->n; i++)
        api_write_alert(&w, &alerts->v[i]);
    jw_end(&w);
    strbuf_addc(&c->out, '\n');
}

/* Pointers to the items of an array, in the order of `cmp`; the caller frees. */
static const void **sorted(const void *v, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    const void **order = xcalloc(n + 1, sizeof *order);

    for (size_t i = 0; i < n; i++)
        order[i] = (const char *)v + i * size;
    qsort(order, n, sizeof *order, cmp);
    return order;
}

void show_alerts(struct cli *c, const struct api_alerts *alerts)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (c->output == OUTPUT_JSON) {
        json_alerts(c, alerts);
        return;
    }
    const bool simple = c->output == OUTPUT_SIMPLE;
    const void **order = sorted(alerts->v, alerts->n, sizeof(*alerts->v), by_start);
    strbuf_adds(&text, simple ? "Alertname\tStarts At\tSummary\tState\t\n"
                              : "Labels\tAnnotations\tStarts At\tEnds At\tGenerator URL\tState\t\n");
    for (size_t i = 0; i < alerts->n; i++)
        (simple ? add_alert_simple : add_alert_extended)(c, order[i], &text);
    free(order);
    tabwriter_print(&c->out, strbuf_sv(&text));
}

static void add_matchers(struct strbuf *out, const struct api_silence *s, const char *separator)
{
    for (size_t i = 0; i < s->n_matchers; i++) {
        strbuf_adds(out, i != 0 ? separator : "");
        api_matcher_print(out, &s->matchers[i]);
    }
}

static void add_silence_simple(const struct cli *c, const struct api_silence *s, struct strbuf *text)
{
    add_cell(text, s->id);
    add_matchers(text, s, " ");
    strbuf_addc(text, '\t');
    add_time_cell(c, text, s->ends_at.at);
    add_cell(text, s->created_by);
    add_cell(text, s->comment);
    strbuf_addc(text, '\n');
}

static void add_silence_extended(const struct cli *c, const struct api_silence *s, struct strbuf *text)
{
    add_cell(text, s->id);
    strbuf_addc(text, '{');
    add_matchers(text, s, ",");
    strbuf_adds(text, "}\t");
    add_time_cell(c, text, s->starts_at.at);
    add_time_cell(c, text, s->ends_at.at);
    add_time_cell(c, text, s->updated_at.at);
    add_cell(text, s->created_by);
    add_cell(text, s->comment);
    strbuf_addc(text, '\n');
}

static void json_silences(struct cli *c, const struct api_silences *silences)
{
    struct jw w;

    jw_init(&w, &c->out, true);
    jw_array(&w);
    for (size_t i = 0; i < silences->n; i++)
        api_write_silence(&w, &silences->v[i]);
    jw_end(&w);
    strbuf_addc(&c->out, '\n');
}

void show_silences(struct cli *c, const struct api_silences *silences)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (c->output == OUTPUT_JSON) {
        json_silences(c, silences);
        return;
    }
    const bool simple = c->output == OUTPUT_SIMPLE;
    const void **order = sorted(silences->v, silences->n, sizeof(*silences->v), by_end);
    strbuf_adds(&text, simple ? "ID\tMatchers\tEnds At\tCreated By\tComment\t\n"
                              : "ID\tMatchers\tStarts At\tEnds At\tUpdated At\tCreated By\tComment\t\n");
    for (size_t i = 0; i < silences->n; i++)
        (simple ? add_silence_simple : add_silence_extended)(c, order[i], &text);
    free(order);
    tabwriter_print(&c->out, strbuf_sv(&text));
}
