/* What the deliveries of one integration have in common: its series, its token cache, its usual lanes.
 *
 * An entry belongs to one loaded configuration and keeps it alive; a newer configuration starts afresh.
 */
#pragma once

#include <stddef.h>

#include "base/map.h"
#include "meter.h"
#include "notify/receiver.h"
#include "oauth2.h"

/* One of receiver_type.destinations. */
struct shared_destination {
    char *lane;            /* of the last request; NULL: not known, or it varies */
    mono_ns avoided_until; /* it has refused for a reason of its own */
};

struct shared {
    const struct integration *integration; /* the key */
    const struct config *config;           /* a reference */
    const struct receiver_type *type;
    char *who;        /* RECEIVER/TYPE[IDX] */
    const char *name; /* TYPE[IDX], the end of `who` */
    struct meter_series series;
    struct shared_destination destinations[DESTINATIONS_MAX];
    unsigned turn;               /* of DESTINATIONS_ROUND_ROBIN */
    size_t refs;                 /* deliveries under way */
    void *state;                 /* render.shared */
    struct oauth2_state *oauth2; /* NULL: http_config has no such block */
    struct job *fetcher;         /* whose exclusive request is on the wire */
    struct job *parked;          /* who waits for its answer; pool_fetch.c */
};

struct shared_table {
    struct map map; /* by the address of the integration */
    const struct config *latest;
};

/* The entry of the delivery's integration; the caller owes shared_release(). */
struct shared *shared_get(struct shared_table *t, const struct meter *meter, const struct delivery *d);
void shared_release(struct shared_table *t, struct shared *s);
void shared_table_done(struct shared_table *t); /* nothing may be under way */
