/* GET /api/v2/alerts/groups. */
#include <stdlib.h>
#include <string.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "core/view.h"
#include "filters.h"
#include "listing.h"
#include "reply.h"

/* A group may hold all alerts there are, so the place between two pieces is a group and an alert in it. */
struct groups_listing {
    struct listing base;
    struct groups_view view;
    size_t group, alert;
    struct now now;
};

static void open_group(struct jw *w)
{
    jw_object(w);
    jw_key(w, SV("alerts"));
    jw_array(w);
}

/* Without anybody to render them: the labels that are plain text. */
static size_t plain_labels(const struct string_map *labels, struct arena *mem, const struct label_sv **out)
{
    struct label_sv *v = ARENA_ARRAY(mem, struct label_sv, labels->n);
    size_t n = 0;
    for (size_t i = 0; v != NULL && i < labels->n; i++)
        if (strstr(labels->v[i].value, "{{") == NULL)
            v[n++] = (struct label_sv){sv_of(labels->v[i].name), sv_of(labels->v[i].value)};
    *out = v;
    return n;
}

static void write_route_labels(struct groups_listing *l, const struct group_view *g)
{
    struct jw *w = &l->base.w;
    const struct host *host = host_of(l->base.exchange);
    const struct string_map *labels = &g->route->labels;
    const struct label_sv *v = NULL;
    size_t n = 0;
    if (labels->n != 0 && host->route_labels != NULL)
        n = host->route_labels(host->ctx, &l->view, g, l->now, &l->base.mem, &v);
    else if (labels->n != 0)
        n = plain_labels(labels, &l->base.mem, &v);
    jw_object(w);
    for (size_t i = 0; i < n; i++)
        jw_kstr(w, v[i].name, v[i].value);
    jw_end(w);
}

static void close_group(struct groups_listing *l, const struct group_view *g)
{
    struct jw *w = &l->base.w;
    w->html = false;
    jw_end(w);
    jw_key(w, SV("labels"));
    labels_write_json(w, g->labels);
    jw_key(w, SV("receiver"));
    jw_object(w);
    jw_kstr(w, SV("name"), sv_of(g->route->receiver->name));
    jw_end(w);
    jw_key(w, SV("routeLabels"));
    write_route_labels(l, g);
    jw_end(w);
}

static bool step(struct listing *base)
{
    struct groups_listing *l = CONTAINER_OF(base, struct groups_listing, base);
    if (l->group == l->view.n)
        return false;
    const struct group_view *g = &l->view.v[l->group];
    if (l->alert == 0)
        open_group(&base->w);
    if (l->alert < g->n_alerts) {
        base->w.html = true;
        alert_write_json(&base->w, &l->view.alerts.v[g->alerts[l->alert++]], g);
    }
    if (l->alert < g->n_alerts)
        return true;
    close_group(l, g);
    l->group++;
    l->alert = 0;
    return true;
}

static void dispose(struct listing *base)
{
    struct groups_listing *l = CONTAINER_OF(base, struct groups_listing, base);
    groups_view_done(&l->view);
    free(l);
}

static void send_groups(struct exchange *x, const struct alert_query *query)
{
    struct groups_listing *l = xcalloc(1, sizeof *l);
    listing_init(&l->base, x, step, dispose);
    const struct host *host = host_of(x);
    l->now = host->now(host->ctx);
    const struct engine *e = host->read_begin(host->ctx);
    engine_view_groups(e, l->now, &l->base.mem, &l->view);
    host->read_end(host->ctx);
    if (l->view.alerts.incomplete) {
        reply_too_much(x);
        return;
    }
    groups_view_filter(&l->view, query, &l->base.mem);
    groups_view_sort(&l->view);
    listing_send(&l->base);
}

void api_groups_get(struct exchange *x)
{
    struct query q;
    struct alert_filters f;
    struct err err;
    if (!query_of(x, &q))
        return;
    if (!alert_filters_read(&f, &q, server_of(x)->opts.matcher_mode, &err)) {
        reply_error_string(x, 400, sv_of(err.text));
        return;
    }
    send_groups(x, &f.query);
    alert_filters_done(&f);
}
