#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

void effect_record(struct effects *fx, struct record r)
{
    fx->records = xgrow(fx->records, &fx->cap_records, fx->n_records + 1, sizeof(*fx->records));
    fx->records[fx->n_records++] = r;
}

void effect_delivery(struct effects *fx, struct delivery *d)
{
    fx->deliveries =
        xgrow(fx->deliveries, &fx->cap_deliveries, fx->n_deliveries + 1, sizeof(struct delivery *));
    fx->deliveries[fx->n_deliveries++] = d;
}

void effect_event(struct effects *fx, struct event *ev)
{
    fx->events = xgrow(fx->events, &fx->cap_events, fx->n_events + 1, sizeof(struct event *));
    fx->events[fx->n_events++] = ev;
}

void effects_done(struct effects *fx)
{
    for (size_t i = 0; i < fx->n_records; i++)
        record_done(&fx->records[i]);
    for (size_t i = 0; i < fx->n_deliveries; i++)
        delivery_free(fx->deliveries[i]);
    for (size_t i = 0; i < fx->n_events; i++)
        event_unref(fx->events[i]);
    free(fx->records);
    free(fx->deliveries);
    free(fx->events);
    *fx = (struct effects){0};
}
