/* The alerts and silences of the running engine are put into a second one that has the other configuration:
 * so the answer is what the engine itself would do, not what somebody thinks it does.
 */
#include "dry_run.h"

#include <stdlib.h>
#include <string.h>

#include "alert_json.h"
#include "base/map.h"
#include "codec/jw.h"
#include "listing.h"

/* A group that holds an alert, as one of the two configurations has it. */
struct place {
    const struct group_view *group;
    const char **muted_by; /* shared by all places of the group */
    size_t n_muted_by;
};

/* One configuration's view, by alert. */
struct side {
    const struct groups_view *view;
    struct place *places; /* of all alerts, one alert's after the other's */
    size_t *first;        /* by alert: where its places begin; one more at the end */
    const char ***muted;  /* by group, to be freed */
};

enum change { CHANGE_RECEIVER = 1, CHANGE_GROUP = 2, CHANGE_MUTING = 4 };

struct totals {
    size_t alerts, changed, receiver, group, muting;
};

void dry_run_take(struct dry_run_input *in, const struct engine *e, struct now now)
{
    *in = (struct dry_run_input){0};
    arena_init(&in->mem, LISTING_CEILING);
    engine_view_groups(e, now, &in->mem, &in->before);
    engine_view_silences(e, &in->mem, &in->silences);
}

void dry_run_done(struct dry_run_input *in)
{
    groups_view_done(&in->before);
    silences_view_done(&in->silences);
    arena_done(&in->mem);
}

/* ---- the second engine ---- */

static struct engine *engine_with(const struct config *config, const struct dry_run_input *in, struct now now)
{
    struct engine *e = engine_new(&(struct engine_opts){.retention = 3600 * NS_PER_S}, config, now);
    struct effects fx = {0};
    for (size_t i = 0; i < in->silences.n; i++)
        engine_restore(e, &(struct record){.kind = RECORD_SILENCE, .silence = silence_ref(in->silences.v[i])},
                       now);
    for (size_t i = 0; i < in->before.alerts.n; i++)
        engine_restore(
            e, &(struct record){.kind = RECORD_ALERT, .alert = alert_ref(in->before.alerts.v[i].alert)}, now);
    engine_restored(e, now.wall, now, &fx);
    effects_done(&fx); /* it is never written down, and nobody is told */
    return e;
}

/* ---- sides ---- */

static int by_receiver_and_labels(const void *a, const void *b)
{
    const struct group_view *x = ((const struct place *)a)->group, *y = ((const struct place *)b)->group;
    const int order = strcmp(x->route->receiver->name, y->route->receiver->name);
    return order != 0 ? order : labels_cmp(x->labels, y->labels);
}

static void count_places(struct side *s)
{
    const struct groups_view *v = s->view;
    for (size_t g = 0; g < v->n; g++)
        for (size_t i = 0; i < v->v[g].n_alerts; i++)
            s->first[v->v[g].alerts[i] + 1]++;
    for (size_t i = 0; i < v->alerts.n; i++)
        s->first[i + 1] += s->first[i];
}

static void fill_places(struct side *s, struct stamp now, size_t *next)
{
    const struct groups_view *v = s->view;
    memcpy(next, s->first, v->alerts.n * sizeof *next);
    for (size_t g = 0; g < v->n; g++) {
        const size_t n = route_muted_by(v->v[g].route, now, &s->muted[g]);
        for (size_t i = 0; i < v->v[g].n_alerts; i++)
            s->places[next[v->v[g].alerts[i]]++] = (struct place){&v->v[g], s->muted[g], n};
    }
    for (size_t i = 0; i < v->alerts.n; i++)
        qsort(&s->places[s->first[i]], s->first[i + 1] - s->first[i], sizeof *s->places,
              by_receiver_and_labels);
}

static bool side_init(struct side *s, const struct groups_view *view, struct stamp now, struct arena *mem)
{
    const size_t n = view->alerts.n;
    *s = (struct side){.view = view, .first = ARENA_ARRAY(mem, size_t, n + 1)};
    if (s->first == NULL || view->alerts.incomplete)
        return false;
    count_places(s);
    s->places = ARENA_ARRAY(mem, struct place, s->first[n]);
    size_t *next = ARENA_ARRAY(mem, size_t, n);
    s->muted = ARENA_ARRAY(mem, const char **, view->n);
    if (s->places == NULL || next == NULL || s->muted == NULL)
        return false;
    fill_places(s, now, next);
    return true;
}

static void side_done(struct side *s)
{
    for (size_t g = 0; s->muted != NULL && g < s->view->n; g++)
        free(s->muted[g]);
}

/* ---- the comparison ---- */

/* One alert on one side. */
struct standing {
    const struct alert_view *alert;
    const struct place *places;
    size_t n;
};

static struct standing standing_of(const struct side *s, size_t i)
{
    return (struct standing){&s->view->alerts.v[i], &s->places[s->first[i]], s->first[i + 1] - s->first[i]};
}

static bool same_receivers(const struct standing *a, const struct standing *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (strcmp(a->places[i].group->route->receiver->name, b->places[i].group->route->receiver->name) != 0)
            return false;
    return a->n == b->n;
}

static bool has_labels(const struct standing *s, const struct labels *ls)
{
    for (size_t i = 0; i < s->n; i++)
        if (labels_equal(s->places[i].group->labels, ls))
            return true;
    return false;
}

/* Whom a group is sent to is the receiver's part of it: here its labels count. */
static bool groups_within(const struct standing *a, const struct standing *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!has_labels(b, a->places[i].group->labels))
            return false;
    return true;
}

static size_t muted_places(const struct standing *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->places[i].n_muted_by != 0;
    return n;
}

static bool same_muting(const struct standing *a, const struct standing *b)
{
    const bool a_all = a->n != 0 && muted_places(a) == a->n, b_all = b->n != 0 && muted_places(b) == b->n;
    return a->alert->inhibited == b->alert->inhibited && a_all == b_all &&
           (a->n != b->n || muted_places(a) == muted_places(b));
}

static unsigned changes_of(const struct standing *a, const struct standing *b)
{
    return (same_receivers(a, b) ? 0u : CHANGE_RECEIVER) |
           (groups_within(a, b) && groups_within(b, a) ? 0u : CHANGE_GROUP) |
           (same_muting(a, b) ? 0u : CHANGE_MUTING);
}

/* ---- the answer ---- */

static void write_place(struct jw *w, const struct place *p)
{
    jw_object(w);
    jw_kstr(w, SV("receiver"), sv_of(p->group->route->receiver->name));
    jw_key(w, SV("labels"));
    labels_write_json(w, p->group->labels);
    jw_key(w, SV("mutedBy"));
    jw_array(w);
    for (size_t i = 0; i < p->n_muted_by; i++)
        jw_str(w, sv_of(p->muted_by[i]));
    jw_end(w);
    jw_end(w);
}

static void write_standing(struct jw *w, struct sv key, const struct standing *s)
{
    char fp[17];
    jw_key(w, key);
    jw_object(w);
    jw_key(w, SV("groups"));
    jw_array(w);
    for (size_t i = 0; i < s->n; i++)
        write_place(w, &s->places[i]);
    jw_end(w);
    jw_key(w, SV("inhibitedBy"));
    jw_array(w);
    if (s->alert->inhibited) {
        fingerprint_print(s->alert->inhibited_by, fp);
        jw_str(w, sv_of(fp));
    }
    jw_end(w);
    jw_end(w);
}

static void write_change(struct jw *w, unsigned changes, const struct standing *a, const struct standing *b)
{
    char fp[17];
    fingerprint_print(a->alert->alert->labels->fp, fp);
    jw_object(w);
    jw_kstr(w, SV("fingerprint"), sv_of(fp));
    jw_key(w, SV("labels"));
    labels_write_json(w, a->alert->alert->labels);
    jw_key(w, SV("changes"));
    jw_array(w);
    if (changes & CHANGE_RECEIVER)
        jw_str(w, SV("receiver"));
    if (changes & CHANGE_GROUP)
        jw_str(w, SV("group"));
    if (changes & CHANGE_MUTING)
        jw_str(w, SV("muting"));
    jw_end(w);
    write_standing(w, SV("before"), a);
    write_standing(w, SV("after"), b);
    jw_end(w);
}

static void add_up(struct totals *t, unsigned changes)
{
    t->alerts++;
    t->changed += changes != 0;
    t->receiver += (changes & CHANGE_RECEIVER) != 0;
    t->group += (changes & CHANGE_GROUP) != 0;
    t->muting += (changes & CHANGE_MUTING) != 0;
}

static void write_totals(struct jw *w, const struct totals *t)
{
    jw_kint(w, SV("alertCount"), (int64_t)t->alerts);
    jw_kint(w, SV("changedCount"), (int64_t)t->changed);
    jw_kint(w, SV("receiverChanges"), (int64_t)t->receiver);
    jw_kint(w, SV("groupChanges"), (int64_t)t->group);
    jw_kint(w, SV("mutingChanges"), (int64_t)t->muting);
}

/* The alerts in the order of their fingerprints, as every listing has them. */
static int by_fingerprint(const void *a, const void *b, void *view)
{
    const struct alert_view *v = ((const struct groups_view *)view)->alerts.v;
    const uint64_t x = v[*(const size_t *)a].alert->labels->fp, y = v[*(const size_t *)b].alert->labels->fp;
    return x < y ? -1 : x > y;
}

static bool write_all(struct dry_run_input *in, const struct side *a, const struct side *b, size_t limit,
                      struct sv findings, struct strbuf *out)
{
    struct map after = {0};
    size_t *order = ARENA_ARRAY(&in->mem, size_t, a->view->alerts.n);
    struct totals t = {0};
    struct jw w;
    if (order == NULL)
        return false;
    for (size_t i = 0; i < a->view->alerts.n; i++)
        order[i] = i;
    for (size_t i = 0; i < b->view->alerts.n; i++)
        map_put(&after, b->view->alerts.v[i].alert->labels->fp, &b->view->alerts.v[i]);
    qsort_r(order, a->view->alerts.n, sizeof *order, by_fingerprint, &in->before);
    jw_init(&w, out, false);
    jw_object(&w);
    jw_key(&w, SV("alerts"));
    jw_array(&w);
    for (size_t i = 0; i < a->view->alerts.n; i++) {
        const struct standing was = standing_of(a, order[i]);
        const struct alert_view *found = map_get(&after, was.alert->alert->labels->fp);
        if (found == NULL)
            continue; /* its end passed in between */
        const struct standing is = standing_of(b, (size_t)(found - b->view->alerts.v));
        const unsigned changes = changes_of(&was, &is);
        add_up(&t, changes);
        if (changes != 0 && t.changed <= limit)
            write_change(&w, changes, &was, &is);
    }
    jw_end(&w);
    write_totals(&w, &t);
    jw_key(&w, SV("findings"));
    jw_raw(&w, findings);
    jw_end(&w);
    map_done(&after);
    return !out->overflow;
}

bool dry_run_write(struct dry_run_input *in, const struct config *config, struct now now, size_t limit,
                   struct sv findings, struct strbuf *out)
{
    struct engine *e = engine_with(config, in, now);
    struct groups_view view;
    struct side before, after;
    engine_view_groups(e, now, &in->mem, &view);
    engine_free(e);
    bool ok = side_init(&before, &in->before, now.wall, &in->mem);
    ok = side_init(&after, &view, now.wall, &in->mem) && ok;
    ok = ok && write_all(in, &before, &after, limit, findings, out);
    side_done(&before);
    side_done(&after);
    groups_view_done(&view);
    return ok;
}
