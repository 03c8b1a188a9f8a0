#include "base/metric.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

#define LABELS_MAX ((size_t)16)

/* Summaries have no quantiles here, so they are histograms with the one bucket that takes everything.
 * Counters and gauges use `value` alone. */
struct metric {
    const struct metric_family *family;
    char *labels; /* as printed, without braces: a="x",b="y" */
    _Atomic(double) value;
    atomic_uint_least64_t bucket[]; /* family->n_buckets + 1, not cumulative */
};

/* Families and series are kept in sorted arrays: they are read far more often than they grow. */
struct metric_family {
    struct metrics *registry;
    char *name, *help;
    enum metric_kind kind;
    char *label[LABELS_MAX];
    size_t n_labels;
    size_t print_order[LABELS_MAX]; /* indices into label, by name */
    double *bounds;
    size_t n_buckets;
    struct metric **series;
    size_t n, cap;
};

struct collector {
    void (*collect)(void *ctx);
    void *ctx;
};

struct metrics {
    pthread_mutex_t scrape; /* the collectors, and one scrape at a time: they clear and refill families */
    pthread_mutex_t mu;     /* the arrays below and those of the families */
    struct metric_family **family;
    size_t n, cap;
    struct collector *collector;
    size_t n_collectors, collectors_cap;
};

struct metrics *metrics_new(void)
{
    struct metrics *m = xcalloc(1, sizeof(*m));

    pthread_mutex_init(&m->scrape, NULL);
    pthread_mutex_init(&m->mu, NULL);
    return m;
}

static void drop_series(struct metric_family *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->series[i]->labels);
        free(f->series[i]);
    }
    f->n = 0;
}

static void family_free(struct metric_family *f)
{
    drop_series(f);
    for (size_t i = 0; i < f->n_labels; i++)
        free(f->label[i]);
    free(f->series);
    free(f->bounds);
    free(f->name);
    free(f->help);
    free(f);
}

void metrics_free(struct metrics *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n; i++)
        family_free(m->family[i]);
    free(m->family);
    free(m->collector);
    pthread_mutex_destroy(&m->mu);
    pthread_mutex_destroy(&m->scrape);
    free(m);
}

/* A sorted array of things with a name. */
typedef const char *name_at(const void *array, size_t i);

static const char *family_name(const void *array, size_t i)
{
    return ((struct metric_family *const *)array)[i]->name;
}

static const char *series_name(const void *array, size_t i)
{
    return ((struct metric *const *)array)[i]->labels;
}

/* Where `name` is, or where it has to be inserted. */
static size_t seek(const void *array, size_t n, name_at *at, const char *name, bool *found)
{
    size_t lo = 0, hi = n;

    *found = false;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int c = strcmp(at(array, mid), name);
        *found |= c == 0;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void set_labels(struct metric_family *f, const char *const *labels)
{
    for (; labels != NULL && labels[f->n_labels] != NULL; f->n_labels++) {
        const size_t i = f->n_labels;
        assert(i < LABELS_MAX);
        f->label[i] = xstrdup(labels[i]);
        size_t at = i;
        for (; at > 0 && strcmp(f->label[f->print_order[at - 1]], labels[i]) > 0; at--)
            f->print_order[at] = f->print_order[at - 1];
        f->print_order[at] = i;
    }
}

static struct metric_family *family_new(struct metrics *m, enum metric_kind kind, const char *name,
                                        const char *help, const char *const *labels)
{
    struct metric_family *f = xcalloc(1, sizeof(*f));

    f->registry = m;
    f->kind = kind;
    f->name = xstrdup(name);
    f->help = xstrdup(help);
    set_labels(f, labels);
    return f;
}

/* Finds or makes a family. `bounds` are copied; NULL for the kinds without buckets. */
static struct metric_family *family_get(struct metrics *m, enum metric_kind kind, const char *name,
                                        const char *help, const char *const *labels, const double *bounds,
                                        size_t n_bounds)
{
    bool found;

    pthread_mutex_lock(&m->mu);
    const size_t at = seek(m->family, m->n, family_name, name, &found);
    if (!found) {
        struct metric_family *f = family_new(m, kind, name, help, labels);
        f->n_buckets = n_bounds;
        f->bounds = xcalloc(n_bounds, sizeof(*f->bounds));
        for (size_t i = 0; i < n_bounds; i++)
            f->bounds[i] = bounds[i];
        m->family = xgrow(m->family, &m->cap, m->n + 1, sizeof(*m->family));
        memmove(m->family + at + 1, m->family + at, (m->n - at) * sizeof(*m->family));
        m->family[at] = f;
        m->n++;
    }
    struct metric_family *f = m->family[at];
    pthread_mutex_unlock(&m->mu);
    assert(f->kind == kind);
    return f;
}

struct metric_family *metric_family(struct metrics *m, enum metric_kind kind, const char *name,
                                    const char *help, const char *const *labels)
{
    assert(kind != METRIC_HISTOGRAM);
    return family_get(m, kind, name, help, labels, NULL, 0);
}

struct metric_family *metric_histogram(struct metrics *m, const char *name, const char *help,
                                       const char *const *labels, const double *buckets, size_t n_buckets)
{
    return family_get(m, METRIC_HISTOGRAM, name, help, labels, buckets, n_buckets);
}

static void add_escaped(struct strbuf *out, struct sv s, bool quotes)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (c == '\n')
            strbuf_adds(out, "\\n");
        else if (c == '\\' || (quotes && c == '"'))
            strbuf_addf(out, "\\%c", c);
        else
            strbuf_addc(out, c);
    }
}

/* The printed form of a series' labels is also its key. */
static char *label_text(const struct metric_family *f, const char *const *values)
{
    struct strbuf text = {0}, clean = {0};

    assert(f->n_labels == 0 || values != NULL);

    for (size_t i = 0; i < f->n_labels; i++) {
        const size_t label = f->print_order[i];
        strbuf_reset(&clean);
        utf8_add_clean(&clean, sv_of(values[label]));
        strbuf_addf(&text, "%s%s=\"", i != 0 ? "," : "", f->label[label]);
        add_escaped(&text, strbuf_sv(&clean), true);
        strbuf_addc(&text, '"');
    }
    strbuf_done(&clean);
    return strbuf_take(&text);
}

struct metric *metric_with(struct metric_family *f, const char *const *values)
{
    char *labels = label_text(f, values);
    bool found;

    pthread_mutex_lock(&f->registry->mu);
    const size_t at = seek(f->series, f->n, series_name, labels, &found);
    if (found) {
        free(labels);
    } else {
        struct metric *s = xcalloc(1, sizeof(*s) + (f->n_buckets + 1) * sizeof(s->bucket[0]));
        s->family = f;
        s->labels = labels;
        f->series = xgrow(f->series, &f->cap, f->n + 1, sizeof(*f->series));
        memmove(f->series + at + 1, f->series + at, (f->n - at) * sizeof(*f->series));
        f->series[at] = s;
        f->n++;
    }
    struct metric *s = f->series[at];
    pthread_mutex_unlock(&f->registry->mu);
    return s;
}

struct metric *metric_one(struct metrics *m, enum metric_kind kind, const char *name, const char *help)
{
    return metric_with(metric_family(m, kind, name, help, NULL), NULL);
}

void metric_inc(struct metric *s)
{
    metric_add(s, 1);
}

void metric_add(struct metric *s, double v)
{
    double old = atomic_load_explicit(&s->value, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&s->value, &old, old + v, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
}

void metric_set(struct metric *s, double v)
{
    atomic_store_explicit(&s->value, v, memory_order_relaxed);
}

void metric_observe(struct metric *s, double v)
{
    const struct metric_family *f = s->family;
    size_t i = 0;

    assert(f->kind == METRIC_HISTOGRAM || f->kind == METRIC_SUMMARY);
    while (i < f->n_buckets && v > f->bounds[i])
        i++;
    atomic_fetch_add_explicit(&s->bucket[i], 1, memory_order_relaxed);
    metric_add(s, v);
}

static uint64_t bucket_count(const struct metric *s, size_t i)
{
    return atomic_load_explicit(&s->bucket[i], memory_order_relaxed);
}

double metric_value(struct metric *s)
{
    uint64_t count = 0;

    if (s->family->kind == METRIC_COUNTER || s->family->kind == METRIC_GAUGE)
        return atomic_load_explicit(&s->value, memory_order_relaxed);
    for (size_t i = 0; i <= s->family->n_buckets; i++)
        count += bucket_count(s, i);
    return (double)count;
}

void metric_family_clear(struct metric_family *f)
{
    pthread_mutex_lock(&f->registry->mu);
    drop_series(f);
    pthread_mutex_unlock(&f->registry->mu);
}

void metrics_collector(struct metrics *m, void (*collect)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&m->scrape);
    m->collector = xgrow(m->collector, &m->collectors_cap, m->n_collectors + 1, sizeof(*m->collector));
    m->collector[m->n_collectors++] = (struct collector){collect, ctx};
    pthread_mutex_unlock(&m->scrape);
}

/* `name` + `suffix` with the labels of the series; `le` is NULL but for buckets. The value follows. */
static void write_name(struct strbuf *out, const struct metric *s, const char *suffix, const double *le)
{
    const bool labels = s->labels[0] != '\0';

    strbuf_addf(out, "%s%s", s->family->name, suffix);
    if (labels || le != NULL)
        strbuf_addf(out, "{%s", s->labels);
    if (le != NULL) {
        strbuf_adds(out, labels ? ",le=\"" : "le=\"");
        strbuf_addg(out, *le);
        strbuf_addc(out, '"');
    }
    strbuf_adds(out, labels || le != NULL ? "} " : " ");
}

static void write_count(struct strbuf *out, uint64_t n)
{
    strbuf_addu64(out, n);
    strbuf_addc(out, '\n');
}

static void write_value(struct strbuf *out, const struct metric *s, const char *suffix)
{
    write_name(out, s, suffix, NULL);
    strbuf_addg(out, atomic_load_explicit(&s->value, memory_order_relaxed));
    strbuf_addc(out, '\n');
}

static void write_distribution(struct strbuf *out, const struct metric *s)
{
    const struct metric_family *f = s->family;
    const double inf = __builtin_inf();
    uint64_t count = 0;

    for (size_t i = 0; i <= f->n_buckets; i++) {
        count += bucket_count(s, i);
        if (f->kind == METRIC_SUMMARY)
            continue;
        write_name(out, s, "_bucket", i < f->n_buckets ? &f->bounds[i] : &inf);
        write_count(out, count);
    }
    write_value(out, s, "_sum");
    write_name(out, s, "_count", NULL);
    write_count(out, count);
}

static void write_family(struct strbuf *out, const struct metric_family *f)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram", "summary"};

    if (f->n == 0)
        return;
    strbuf_addf(out, "# HELP %s ", f->name);
    add_escaped(out, sv_of(f->help), false);
    strbuf_addf(out, "\n# TYPE %s %s\n", f->name, kinds[f->kind]);
    for (size_t i = 0; i < f->n; i++) {
        if (f->kind == METRIC_COUNTER || f->kind == METRIC_GAUGE)
            write_value(out, f->series[i], "");
        else
            write_distribution(out, f->series[i]);
    }
}

static bool selected(const struct metric_family *f, const char *const *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++)
        if (strcmp(f->name, names[i]) == 0)
            return true;
    return names == NULL;
}

void metrics_write(struct metrics *m, const char *const *names, size_t n_names, struct strbuf *out)
{
    pthread_mutex_lock(&m->scrape);
    for (size_t i = 0; i < m->n_collectors; i++)
        m->collector[i].collect(m->collector[i].ctx);
    pthread_mutex_lock(&m->mu);
    for (size_t i = 0; i < m->n; i++)
        if (selected(m->family[i], names, n_names))
            write_family(out, m->family[i]);
    pthread_mutex_unlock(&m->mu);
    pthread_mutex_unlock(&m->scrape);
}
