/* Which alerts go first when not all of them may stay (receivers.md B1.4, 3): those that fire, and of these
 * the most severe. */
#include "im.h"
#include "notify/data.h"

#define UNKNOWN 3

/* What people call severities; the lower the worse. */
static const struct {
    const char *name;
    unsigned rank;
} severities[] = {
    {"critical", 0}, {"page", 0}, {"emergency", 0}, {"disaster", 0},    {"fatal", 0},
    {"error", 1},    {"high", 1}, {"major", 1},     {"warning", 2},     {"warn", 2},
    {"average", 2},  {"info", 4}, {"low", 4},       {"information", 4}, {"none", 4},
};
#define RANKS 5

static unsigned rank_of(const struct delivery_alert *a)
{
    const struct sv severity = labels_get(a->alert->labels, SV("severity"));

    for (size_t i = 0; i < COUNT_OF(severities); i++)
        if (sv_eq_nocase(severity, sv_of(severities[i].name)))
            return severities[i].rank;
    return UNKNOWN;
}

static size_t add_rank(struct delivery_alert *out, const struct delivery *d, bool firing, unsigned rank)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_alerts; i++)
        if (d->alerts[i].firing == firing && rank_of(&d->alerts[i]) == rank)
            out[n++] = d->alerts[i];
    return n;
}

bool im_order(struct render *r, struct err *err)
{
    struct notify_data *data = ARENA_NEW(r->mem, struct notify_data);
    struct delivery *d = ARENA_NEW(r->mem, struct delivery);
    struct delivery_alert *alerts = ARENA_ARRAY(r->mem, struct delivery_alert, r->delivery->n_alerts + 1);
    size_t n = 0;

    if (data == NULL || d == NULL || alerts == NULL)
        return err_set(err, ERR_LIMIT, "notification data needs too much memory");
    for (unsigned rank = 0; rank < RANKS; rank++)
        n += add_rank(alerts + n, r->delivery, true, rank);
    for (unsigned rank = 0; rank < RANKS; rank++)
        n += add_rank(alerts + n, r->delivery, false, rank);
    *d = *r->delivery;
    d->alerts = alerts;
    *data = *(const struct notify_data *)r->data.obj.p;
    data->delivery = d;
    r->data = notify_data_tval(data);
    r->delivery = d;
    return true;
}
