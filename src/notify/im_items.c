#include <stdlib.h>

#include "im.h"
#include "notify/data.h"
#include "text.h"

static bool too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "message needs too much memory");
}

/* `r`, for a delivery of one of its alerts. */
static bool narrow(struct render *r, const struct im_settings *s, const struct delivery_alert *alert,
                   struct render *out, struct err *err)
{
    struct delivery *one = arena_alloc(r->mem, sizeof *one);
    struct delivery_alert *item = arena_alloc(r->mem, sizeof *item);

    if (one == NULL || item == NULL)
        return too_large(err);
    *item = *alert;
    *one = *r->delivery;
    one->alerts = item;
    one->n_alerts = 1;
    const struct notify_data *data = notify_data_new(one, 0, r->external_url, r->now, r->mem);
    if (data == NULL)
        return too_large(err);
    *out = *r;
    out->delivery = one;
    out->data = notify_data_tval(data);
    out->tmpl = NULL; /* begin anew, with these data */
    return im_template_begin(out, s, err);
}

static bool add(struct render *r, const struct im_settings *s, bool firing, size_t max, struct im_items *out,
                struct err *err)
{
    const struct delivery *d = r->delivery;

    for (size_t i = 0; i < d->n_alerts && out->n < max; i++)
        if (d->alerts[i].firing == firing && !narrow(r, s, &d->alerts[i], &out->v[out->n++], err))
            return false;
    return true;
}

bool im_items(struct render *r, const struct im_settings *s, size_t max, struct im_items *out,
              struct err *err)
{
    const size_t n = r->delivery->n_alerts, shown = n <= max ? n : max - 1;

    *out = (struct im_items){.v = ARENA_ARRAY(r->mem, struct render, max), .rest = n - shown};
    if (out->v == NULL)
        return too_large(err);
    return add(r, s, true, shown, out, err) && add(r, s, false, shown, out, err);
}

bool im_items_rest(struct render *r, const struct im_settings *s, size_t n, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addf(&text, strcmp(s->language, "en") == 0 ? "… %zu more" : "… 其余 %zu 条", n);
    return im_keep(r, &text, out, err);
}
