#include "scenario_told.h"

#include <stdlib.h>
#include <string.h>

#include "codec/goquote.h"
#include "model/duration.h"

/* ---- what was told ---- */

static bool same_alerts(const struct told *t, const struct delivery *d)
{
    if (t->n_alerts != d->n_alerts)
        return false;
    for (size_t i = 0; i < t->n_alerts; i++)
        if (t->alerts[i].firing != d->alerts[i].firing ||
            !labels_equal(t->alerts[i].labels, d->alerts[i].alert->labels))
            return false;
    return true;
}

static bool is_known(const struct told_list *l, dur_ns at, const struct delivery *d)
{
    for (size_t i = l->n; i-- > 0 && l->v[i].at == at;)
        if (strcmp(l->v[i].receiver, d->receiver->name) == 0 &&
            strcmp(l->v[i].group_key, d->group_key) == 0 && same_alerts(&l->v[i], d))
            return true;
    return false;
}

void told_add(struct told_list *l, dur_ns at, const struct delivery *d)
{
    if (d->n_alerts == 0 || is_known(l, at, d))
        return;
    l->v = xgrow(l->v, &l->cap, l->n + 1, sizeof(*l->v));
    struct told *t = &l->v[l->n++];
    *t = (struct told){
        .at = at,
        .receiver = d->receiver->name,
        .group_key = xstrdup(d->group_key),
        .group = labels_ref(d->group_labels),
        .alerts = xcalloc(d->n_alerts, sizeof(*t->alerts)),
        .n_alerts = d->n_alerts,
    };
    for (size_t i = 0; i < d->n_alerts; i++)
        t->alerts[i] = (struct told_alert){labels_ref(d->alerts[i].alert->labels), d->alerts[i].firing};
}

void told_done(struct told_list *l)
{
    for (size_t n = 0; n < l->n; n++) {
        struct told *t = &l->v[n];
        for (size_t i = 0; i < t->n_alerts; i++)
            labels_unref(t->alerts[i].labels);
        free(t->alerts);
        free(t->group_key);
        labels_unref(t->group);
    }
    free(l->v);
    *l = (struct told_list){0};
}

bool told_firing(const struct told_list *l, const struct labels *alert)
{
    for (size_t i = l->n; i-- > 0;)
        for (size_t k = 0; k < l->v[i].n_alerts; k++)
            if (labels_equal(l->v[i].alerts[k].labels, alert))
                return l->v[i].alerts[k].firing;
    return false;
}

/* ---- against what was expected ---- */

bool labels_fit(const struct labels *ls, const struct string_map *pattern)
{
    for (size_t i = 0; i < pattern->n; i++)
        if (!sv_eq(labels_get(ls, sv_of(pattern->v[i].name)), sv_of(pattern->v[i].value)))
            return false;
    return true;
}

static size_t count_state(const struct told *t, bool firing)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_alerts; i++)
        n += t->alerts[i].firing == firing ? 1 : 0;
    return n;
}

static bool take_fitting(const struct told *t, bool firing, const struct string_map *pattern, bool *taken)
{
    for (size_t i = 0; i < t->n_alerts; i++) {
        if (taken[i] || t->alerts[i].firing != firing || !labels_fit(t->alerts[i].labels, pattern))
            continue;
        taken[i] = true;
        return true;
    }
    return false;
}

/* One alert for each pattern. Those with many labels choose first, so that wider ones leave them room. */
static bool fits_state(const struct told *t, bool firing, const struct label_maps *patterns)
{
    if (count_state(t, firing) != patterns->n)
        return false;
    bool *taken = xcalloc(t->n_alerts + 1, sizeof(*taken));
    size_t found = 0, widest = 0;
    for (size_t i = 0; i < patterns->n; i++)
        widest = patterns->v[i].n > widest ? patterns->v[i].n : widest;
    for (size_t n = widest + 1; n-- > 0;)
        for (size_t i = 0; i < patterns->n; i++)
            found += patterns->v[i].n == n && take_fitting(t, firing, &patterns->v[i], taken) ? 1 : 0;
    free(taken);
    return found == patterns->n;
}

static bool fits(const struct told *t, const struct scenario_expect *e)
{
    return t->at == e->at.at && strcmp(t->receiver, e->receiver) == 0 && labels_fit(t->group, &e->group) &&
           fits_state(t, true, &e->firing) && fits_state(t, false, &e->resolved);
}

static bool take_told(struct told_list *l, const struct scenario_expect *e)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].expected || !fits(&l->v[i], e))
            continue;
        l->v[i].expected = true;
        return true;
    }
    return false;
}

/* ---- the timeline ---- */

void told_time(struct strbuf *out, dur_ns at)
{
    duration_print(out, at);
}

void told_pattern(struct strbuf *out, const struct string_map *pattern)
{
    strbuf_addc(out, '{');
    for (size_t i = 0; i < pattern->n; i++) {
        strbuf_addf(out, "%s%s=", i != 0 ? ", " : "", pattern->v[i].name);
        go_quote(out, sv_of(pattern->v[i].value));
    }
    strbuf_addc(out, '}');
}

static void print_told(const struct told *t, struct strbuf *out)
{
    strbuf_adds(out, t->expected ? "      " : "    + ");
    told_time(out, t->at);
    strbuf_addf(out, "  %s", t->receiver);
    for (size_t i = 0; i < t->n_alerts; i++) {
        strbuf_adds(out, t->alerts[i].firing ? "  firing " : "  resolved ");
        labels_print(out, t->alerts[i].labels);
    }
    strbuf_addc(out, '\n');
}

static void print_maps(const char *state, const struct label_maps *maps, struct strbuf *out)
{
    for (size_t i = 0; i < maps->n; i++) {
        strbuf_addf(out, "  %s ", state);
        told_pattern(out, &maps->v[i]);
    }
}

static void print_missing(const struct scenario_expect *e, const char *why, struct strbuf *out)
{
    strbuf_adds(out, "    - ");
    told_time(out, e->at.at);
    strbuf_addf(out, "  %s", e->receiver);
    print_maps("firing", &e->firing, out);
    print_maps("resolved", &e->resolved, out);
    strbuf_addf(out, "  (line %d%s%s)\n", e->at.line, why != NULL ? "; " : "", why != NULL ? why : "");
}

/* Both in the order of time; what is missing stands before what came instead. */
static void print_timeline(const struct told_list *l, const struct scenario *s, const bool *met,
                           const char *const *why, struct strbuf *out)
{
    size_t t = 0;
    for (size_t i = 0; i <= s->expect.n; i++) {
        const struct scenario_expect *e = i < s->expect.n ? s->expect.v[i] : NULL;
        for (; t < l->n && (e == NULL || l->v[t].at < e->at.at); t++)
            print_told(&l->v[t], out);
        if (e != NULL && !met[i])
            print_missing(e, why[i], out);
    }
}

bool told_compare(struct told_list *l, const struct scenario *s, const char *const *why,
                  struct scenario_report *r)
{
    bool *met = xcalloc(s->expect.n + 1, sizeof(*met));
    bool ok = true;
    for (size_t i = 0; i < s->expect.n; i++) {
        met[i] = take_told(l, s->expect.v[i]);
        ok = ok && met[i];
    }
    for (size_t i = 0; i < l->n; i++)
        ok = ok && l->v[i].expected;
    if (!ok || r->verbose)
        print_timeline(l, s, met, why, r->out);
    free(met);
    return ok;
}
