#include "filters.h"

#include "reply.h"

bool filters_read(const struct query *q, const char *name, enum matcher_mode mode, struct matchers *out,
                  struct err *err)
{
    *out = (struct matchers){0};
    struct sv text;
    for (size_t it = 0; query_each(q, name, &it, &text);) {
        struct matcher m;
        if (!matcher_parse(text, mode, &m, NULL, err)) {
            matchers_done(out);
            return false;
        }
        matchers_push(out, m);
    }
    return true;
}

static const struct matchers *some(const struct matchers *ms)
{
    return ms->n != 0 ? ms : NULL;
}

bool alert_filters_read(struct alert_filters *f, const struct query *q, enum matcher_mode mode,
                        struct err *err)
{
    *f = (struct alert_filters){0};
    if (!filters_read(q, "filter", mode, &f->filter, err))
        return false;
    const struct sv receiver = query_last(q, "receiver");
    if (receiver.n != 0 && (f->receiver = re_new_anchored(receiver, err)) == NULL) {
        alert_filters_done(f);
        return err_wrap(err, "failed to parse receiver param");
    }
    if (!filters_read(q, "receiver_matchers", mode, &f->receiver_matchers, err)) {
        alert_filters_done(f);
        return err_wrap(err, "failed to parse receiver_matchers param");
    }
    f->query = (struct alert_query){
        .active = query_bool(q, "active", true),
        .silenced = query_bool(q, "silenced", true),
        .inhibited = query_bool(q, "inhibited", true),
        .muted = query_bool(q, "muted", true),
        .filter = some(&f->filter),
        .receiver = f->receiver,
        .receiver_matchers = some(&f->receiver_matchers),
    };
    return true;
}

void alert_filters_done(struct alert_filters *f)
{
    matchers_done(&f->filter);
    matchers_done(&f->receiver_matchers);
    re_free(f->receiver);
}

bool query_of(struct exchange *x, struct query *q)
{
    if (query_parse(x->routed.query, &x->loop->arena, q))
        return true;
    reply_fault(x, 413, SV("query string too large"));
    return false;
}

static bool parse_number(struct sv s, size_t max, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *n = *n * 10 + (size_t)(s.p[i] - '0');
        if (*n > max)
            return false;
    }
    return s.n != 0;
}

bool query_number_of(struct exchange *x, const struct query *q, const char *name, size_t def, size_t max,
                     size_t *n)
{
    const struct sv text = query_last(q, name);
    *n = def;
    if (text.n == 0 || parse_number(text, max, n))
        return true;
    CLEANUP(strbuf_donep) struct strbuf words = {0};
    strbuf_addf(&words, "%s in query must be a number from 0 to %zu", name, max);
    reply_fault(x, 400, strbuf_sv(&words));
    return false;
}
