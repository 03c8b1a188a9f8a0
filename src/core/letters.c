/* Dead letters: notifications that could not be delivered and are not tried any more. The newest are kept for
 * a while, to be seen and to be replayed. */

#include <stdlib.h>

#include "base/mem.h"
#include "core/view.h"
#include "internal.h"

#define LETTERS_MAX    ((size_t)1000)
#define REPLAY_TIMEOUT (60 * NS_PER_S)

/* ---- made of ---- */

static struct dead_letter *letter_new(const struct receiver *receiver, const struct integration *in,
                                      const struct route *r, const char *group_key, struct labels *labels)
{
    struct dead_letter *l = dead_letter_new();

    l->receiver = xstrdup(receiver->name);
    l->type = xstrdup(in->type->name);
    l->index = in->index;
    l->route_id = xstrdup(r->id);
    l->group_key = xstrdup(group_key);
    l->group_labels = labels_ref(labels);
    return l;
}

static void add_story(struct dead_letter *l, const struct owed *o, enum letter_cause cause)
{
    l->cause = cause;
    l->since = o->since;
    l->attempts = o->attempts;
    l->failure = o->failure;
    l->error = xstrdup(o->error);
}

static void add_alert(struct dead_letter *l, struct alert *a, bool firing)
{
    if (l->n_alerts < LETTER_ALERTS)
        l->alerts[l->n_alerts++] = (struct delivery_alert){.alert = alert_ref(a), .firing = firing};
    else
        l->n_left_out++;
}

static void make_room(struct dead_letter *l, size_t n)
{
    l->alerts = xcalloc(n < LETTER_ALERTS ? n : LETTER_ALERTS, sizeof(*l->alerts));
}

struct dead_letter *letter_of_delivery(const struct delivery *d, const struct owed *o,
                                       enum letter_cause cause)
{
    struct dead_letter *l = letter_new(d->receiver, d->integration, d->route, d->group_key, d->group_labels);

    l->reason = d->reason;
    add_story(l, o, cause);
    make_room(l, d->n_alerts);
    for (size_t i = 0; i < d->n_alerts; i++)
        add_alert(l, d->alerts[i].alert, d->alerts[i].firing);
    return l;
}

struct dead_letter *letter_of_group(const struct group *g, const struct receiver *receiver,
                                    const struct integration *in, const struct owed *o)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    group_key_add(&key, g->route, g->labels);
    struct dead_letter *l = letter_new(receiver, in, g->route, key.p, g->labels);
    l->reason = REASON_UNKNOWN;
    add_story(l, o, LETTER_UNROUTED);
    make_room(l, g->n);
    for (const struct member *m = g->first; m != NULL; m = m->next)
        add_alert(l, m->slot->version, !m->ended);
    return l;
}

/* ---- kept ---- */

static void record(struct effects *fx, struct dead_letter *l, bool del)
{
    effect_record(fx, (struct record){.kind = RECORD_LETTER, .del = del, .letter = dead_letter_ref(l)});
}

static void add(struct letters *t, struct dead_letter *l)
{
    t->v = xgrow(t->v, &t->cap, t->n + 1, sizeof(struct dead_letter *));
    t->v[t->n++] = l;
}

static void cut(struct letters *t, size_t at)
{
    dead_letter_unref(t->v[at]);
    memmove(&t->v[at], &t->v[at + 1], (--t->n - at) * sizeof(struct dead_letter *));
}

static void forget(struct letters *t, size_t at, struct effects *fx)
{
    record(fx, t->v[at], true);
    cut(t, at);
}

void letter_write(struct engine *e, struct dead_letter *l, struct stamp now, struct effects *fx)
{
    engine_uuid(e, l->id);
    l->at = stamp_utc(now);
    e->stats.dead_letters_total++;
    if (e->letters.n == LETTERS_MAX)
        forget(&e->letters, 0, fx);
    add(&e->letters, l);
    record(fx, l, false);
    emit_letter(e, EVENT_LETTER_WRITTEN, l, now, fx);
}

void letters_gc(struct engine *e, struct stamp now, struct effects *fx)
{
    const struct stamp oldest = stamp_add(now, -e->opts.letter_retention);

    while (e->letters.n != 0 && stamp_before(e->letters.v[0]->at, oldest))
        forget(&e->letters, 0, fx);
}

void letters_restore(struct engine *e, struct dead_letter *l)
{
    add(&e->letters, l);
}

static int by_age(const void *a, const void *b)
{
    const struct dead_letter *x = *(struct dead_letter *const *)a, *y = *(struct dead_letter *const *)b;
    const int order = stamp_cmp(x->at, y->at);
    return order != 0 ? order : strcmp(x->id, y->id);
}

void letters_sort(struct letters *t)
{
    if (t->n > 1)
        qsort(t->v, t->n, sizeof(struct dead_letter *), by_age);
}

void letters_done(struct letters *t)
{
    for (size_t i = 0; i < t->n; i++)
        dead_letter_unref(t->v[i]);
    free(t->v);
}

/* ---- seen ---- */

static size_t find(const struct letters *t, struct sv id)
{
    size_t at = 0;
    while (at < t->n && !sv_eq(sv_of(t->v[at]->id), id))
        at++;
    return at;
}

bool engine_view_letters(const struct engine *e, struct sv after, size_t limit, struct arena *mem,
                         struct letters_view *out)
{
    const struct letters *t = &e->letters;
    const size_t from = after.n == 0 ? t->n : find(t, after);

    *out = (struct letters_view){0};
    if (after.n != 0 && from == t->n)
        return false;
    const size_t n = from < limit ? from : limit;
    out->v = ARENA_ARRAY(mem, struct dead_letter *, n);
    out->more = from > n;
    for (size_t i = 0; out->v != NULL && i < n; i++)
        out->v[out->n++] = dead_letter_ref(t->v[from - 1 - i]);
    return true;
}

void letters_view_done(struct letters_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        dead_letter_unref(v->v[i]);
}

/* ---- replayed ---- */

static const struct integration *addressee(const struct config *c, const struct dead_letter *l,
                                           const struct receiver **receiver)
{
    *receiver = config_receiver(c, sv_of(l->receiver));
    for (size_t i = 0; *receiver != NULL && i < (*receiver)->n_integrations; i++) {
        const struct integration *in = &(*receiver)->integrations[i];
        if (in->index == l->index && strcmp(in->type->name, l->type) == 0)
            return in;
    }
    return NULL;
}

static const struct route *route_of(const struct config *c, const char *id)
{
    for (size_t i = 0; i < c->n_routes; i++)
        if (strcmp(c->routes[i]->id, id) == 0)
            return c->routes[i];
    return c->root;
}

static struct delivery *delivery_of(struct engine *e, const struct dead_letter *l,
                                    const struct receiver *receiver, const struct integration *in,
                                    struct now now)
{
    struct delivery *d = xcalloc(1, sizeof(*d));

    d->id = ++e->last_delivery;
    d->config = config_ref(e->config);
    d->route = route_of(e->config, l->route_id);
    d->receiver = receiver;
    d->integration = in;
    d->group_key = xstrdup(l->group_key);
    d->group_labels = labels_ref(l->group_labels);
    d->reason = l->reason;
    d->due = now;
    d->deadline = now.mono + REPLAY_TIMEOUT;
    d->alerts = xcalloc(l->n_alerts, sizeof(*d->alerts));
    for (; d->n_alerts < l->n_alerts; d->n_alerts++)
        d->alerts[d->n_alerts] = (struct delivery_alert){.alert = alert_ref(l->alerts[d->n_alerts].alert),
                                                         .firing = l->alerts[d->n_alerts].firing};
    return d;
}

bool engine_replay_letter(struct engine *e, struct sv id, struct now now, struct effects *fx, struct err *err)
{
    const size_t at = find(&e->letters, id);
    const struct receiver *receiver;

    if (at == e->letters.n)
        return err_set(err, ERR_NOT_FOUND, "dead letter %.*s not found", SV_ARG(id));
    struct dead_letter *l = e->letters.v[at];
    const struct integration *in = addressee(e->config, l, &receiver);
    if (in == NULL)
        return err_set(err, ERR_CONFLICT, "%s/%s[%zu] is not configured any more", l->receiver, l->type,
                       l->index);
    struct delivery *d = delivery_of(e, l, receiver, in, now);
    map_put(&e->replays, d->id, dead_letter_ref(l));
    emit_letter(e, EVENT_LETTER_REPLAYED, l, now.wall, fx);
    effect_delivery(fx, d);
    return true;
}

/* A letter that arrived is forgotten; one that did not stays, and can be replayed again. */
void letter_replayed(struct engine *e, const struct delivery *d, struct effects *fx)
{
    struct dead_letter *l = map_del(&e->replays, d->id);

    if (l == NULL)
        return;
    const size_t at = find(&e->letters, sv_of(l->id));
    if (d->ok && at < e->letters.n)
        forget(&e->letters, at, fx);
    dead_letter_unref(l);
}

void replays_done(struct engine *e)
{
    struct dead_letter *l;

    for (size_t it = 0; (l = map_next(&e->replays, &it)) != NULL;)
        dead_letter_unref(l);
    map_done(&e->replays);
}
