#include "template_group.h"

#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "client.h"
#include "model/alert.h"
#include "notify/data.h"

static bool matches(const struct api_group *g, const struct matchers *ms, const char *receiver)
{
    for (size_t i = 0; i < ms->n; i++)
        if (!matcher_matches(&ms->v[i], pairs_get(&g->labels, istr_sv(ms->v[i].name))))
            return false;
    return receiver == NULL || sv_eq(g->receiver, sv_of(receiver));
}

static void name_group(struct strbuf *out, const struct api_group *g)
{
    strbuf_addf(out, "%s%.*s {", out->n == 0 ? "" : ", ", SV_ARG(g->receiver));
    for (size_t i = 0; i < g->labels.n; i++)
        strbuf_addf(out, "%s%.*s=\"%.*s\"", i == 0 ? "" : ", ", SV_ARG(g->labels.v[i].name),
                    SV_ARG(g->labels.v[i].value));
    strbuf_addc(out, '}');
}

#define NAMED_MAX 3

static const struct api_group *find_group(const struct api_groups *all, const struct matchers *ms,
                                          const char *receiver, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf names = {0};
    const struct api_group *found = NULL;
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        if (matches(&all->v[i], ms, receiver)) {
            found = &all->v[i];
            if (n++ < NAMED_MAX)
                name_group(&names, found);
        }
    if (n > 1)
        (void)err_set(
            err, ERR_INVALID,
            "%zu groups match, say which with more of --template.group or --template.receiver: %s%s", n,
            names.p, n > NAMED_MAX ? ", ..." : "");
    else if (n == 0)
        (void)err_set(err, ERR_NOT_FOUND, "the server has no group that matches");
    return n == 1 ? found : NULL;
}

/* ---- what the alerts share ---- */

static const struct pairs_sv *labels_of(const struct template_alert *a)
{
    return &a->labels;
}

static const struct pairs_sv *annotations_of(const struct template_alert *a)
{
    return &a->annotations;
}

static bool all_have(const struct template_data *d,
                     const struct pairs_sv *(*side)(const struct template_alert *),
                     const struct label_sv *pair)
{
    for (size_t i = 1; i < d->n_alerts; i++)
        if (!sv_eq(pairs_get(side(&d->alerts[i]), pair->name), pair->value))
            return false;
    return true;
}

static struct pairs_sv common_pairs(const struct template_data *d,
                                    const struct pairs_sv *(*side)(const struct template_alert *),
                                    struct arena *mem)
{
    const struct pairs_sv *first = d->n_alerts != 0 ? side(&d->alerts[0]) : &(struct pairs_sv){0};
    struct pairs_sv common = {.v = ARENA_ARRAY(mem, struct label_sv, first->n)};

    for (size_t i = 0; common.v != NULL && i < first->n; i++)
        if (all_have(d, side, &first->v[i]))
            common.v[common.n++] = first->v[i];
    return common;
}

/* ---- alerts ---- */

/* The order of a notification is that of the engine; only the labels count in it. */
struct ordered {
    struct alert key;
    const struct api_alert *alert;
};

static int by_key(const void *a, const void *b)
{
    return alert_cmp(&((const struct ordered *)a)->key, &((const struct ordered *)b)->key);
}

static struct template_alert alert_of(const struct api_alert *a, struct stamp now)
{
    const bool resolved = !stamp_is_unset(a->ends_at.at) && !stamp_before(now, a->ends_at.at);

    return (struct template_alert){
        .status = resolved ? SV("resolved") : SV("firing"),
        .labels = a->labels,
        .annotations = a->annotations,
        .starts_at = a->starts_at,
        .ends_at = resolved ? a->ends_at : (struct api_time){.at = STAMP_UNSET},
        .generator_url = a->generator_url,
        .fingerprint = a->fingerprint,
    };
}

static bool take_alerts(struct cli *c, const struct api_alerts *alerts, struct template_data *out,
                        struct err *err)
{
    out->alerts = ARENA_ARRAY(&c->mem, struct template_alert, alerts->n);
    if (out->alerts == NULL)
        return err_set(err, ERR_LIMIT, "the group is too large");

    struct ordered *order = xcalloc(alerts->n + 1, sizeof *order);
    for (size_t i = 0; i < alerts->n; i++)
        order[i] = (struct ordered){.key.labels = labels_new(alerts->v[i].labels.v, alerts->v[i].labels.n),
                                    .alert = &alerts->v[i]};
    qsort(order, alerts->n, sizeof *order, by_key);
    out->n_alerts = alerts->n;
    out->status = SV("resolved");
    for (size_t i = 0; i < alerts->n; i++) {
        out->alerts[i] = alert_of(order[i].alert, c->now.wall);
        if (sv_eq(out->alerts[i].status, SV("firing")))
            out->status = SV("firing");
        labels_unref(order[i].key.labels);
    }
    free(order);
    return true;
}

static bool take_group(struct cli *c, const struct api_group *g, struct template_data *out, struct err *err)
{
    const char *url = client_base(c, err);

    if (url == NULL)
        return false;
    *out = (struct template_data){
        .receiver = notify_data_receiver(g->receiver, &c->mem),
        .reason = sv_of(notify_reason_text(REASON_UNKNOWN)),
        .external_url = sv_of(url),
        .group_labels = g->labels,
        .route_labels = g->route_labels,
    };
    if (!take_alerts(c, &g->alerts, out, err))
        return false;
    out->common_labels = common_pairs(out, labels_of, &c->mem);
    out->common_annotations = common_pairs(out, annotations_of, &c->mem);
    return true;
}

bool template_group(struct cli *c, const struct flag_list *labels, const char *receiver,
                    struct template_data *out, struct err *err)
{
    struct api_groups groups;
    struct matchers ms;

    const bool ok = args_matchers(c, labels, true, &ms, err) && client_groups(c, &groups, err);
    const struct api_group *g = ok ? find_group(&groups, &ms, receiver, err) : NULL;
    matchers_done(&ms);
    return g != NULL && take_group(c, g, out, err);
}
