/* What was told in a test, and whether that is what was expected. */
#pragma once

#include "core/delivery.h"
#include "scenario.h"

struct told_alert {
    struct labels *labels; /* a reference */
    bool firing;
};

/* One notification: what several integrations of a receiver are told alike counts once. */
struct told {
    dur_ns at;
    const char *receiver; /* of the configuration */
    char *group_key;
    struct labels *group; /* a reference */
    struct told_alert *alerts;
    size_t n_alerts;
    bool expected;
};

/* Zeroed memory is the empty list. */
struct told_list {
    struct told *v;
    size_t n, cap;
};
void told_add(struct told_list *l, dur_ns at, const struct delivery *d);
void told_done(struct told_list *l);

/* Was the alert told as firing, and nothing else since? */
bool told_firing(const struct told_list *l, const struct labels *alert);

/* Each label of the pattern has this value. */
bool labels_fit(const struct labels *ls, const struct string_map *pattern);

/* Marks what was expected. Prints the timeline when something is missing or too much, or with r->verbose:
 * lines with '-' for what is missing, '+' for what nobody expected. `why` has what was known of the alerts
 * of each expectation at its time, or NULL. True: all is as expected. */
bool told_compare(struct told_list *l, const struct scenario *s, const char *const *why,
                  struct scenario_report *r);
void told_time(struct strbuf *out, dur_ns at);
void told_pattern(struct strbuf *out, const struct string_map *pattern); /* {a="b"} */
