/* What a configuration means for the alerts of a script: worked out by the model's own rules, from the data
 * that the file was written from. Only inherited durations and the texts of keys come from the loaded file.
 */
#pragma once

#include "script.h"

struct plan_rule {
    alert_set source, target;
    alert_set equal[SIM_ALERTS]; /* the alerts with the same values of the equal labels */
};

struct plan {
    const struct config *config; /* a reference */
    const struct sim_config *spec;
    unsigned routes_of[SIM_ALERTS];              /* bit: index of the route */
    uint32_t group_of[SIM_ROUTES][SIM_ALERTS];   /* grouping labels, four bits per name; 0: not there */
    unsigned twin[SIM_ROUTES];                   /* routes before it with the same key and receiver */
    const struct sim_route *spec_of[SIM_ROUTES]; /* by index of the route */
    struct plan_rule rules[SIM_RULES];
    size_t n_rules;
};

void plan_init(struct plan *p, const struct script *s, const struct sim_config *spec);
void plan_done(struct plan *p);

alert_set plan_inhibited(const struct plan *p, alert_set firing);
bool plan_muted(const struct plan *p, size_t route, struct stamp due);
void group_values_print(struct strbuf *out, uint32_t values); /* {a="1", b="2"} */
