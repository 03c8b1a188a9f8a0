#include "plan.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/mem.h"
#include "support/probe_receiver.h"

/* ---- the file ---- */

static const struct config *load(const struct sim_config *spec)
{
    const struct config_env env = {.receivers = probe_receivers};
    CLEANUP(strbuf_donep) struct strbuf yaml = {0};
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct err err;

    sim_config_yaml(&yaml, spec);
    const struct config *c = config_load(strbuf_sv(&yaml), "sim.yml", &env, &errors, &err);
    if (c == NULL) {
        fprintf(stderr, "%s%s: %s\n", yaml.p, err.text, errors.n != 0 ? errors.p : "");
        abort();
    }
    return c;
}

/* ---- routes ---- */

static bool is_gone(const struct sim_config *c, int route)
{
    for (; route >= 0; route = c->routes[route].parent)
        if (c->routes[route].gone)
            return true;
    return false;
}

static int group_by_of(const struct sim_config *c, const struct sim_route *r)
{
    while (r->group_by == GROUP_BY_INHERIT)
        r = &c->routes[r->parent];
    return r->group_by;
}

static uint32_t group_values(const struct sim_alert *a, int group_by)
{
    uint32_t values = 0;
    for (size_t n = 0; n < SIM_NAMES; n++)
        if (group_by == GROUP_BY_ALL || (group_by >> n & 1) != 0)
            values |= (uint32_t)a->value[n] << (4 * n);
    return values;
}

void group_values_print(struct strbuf *out, uint32_t values)
{
    const char *between = "";

    strbuf_addc(out, '{');
    for (size_t n = 0; n < SIM_NAMES; n++) {
        const size_t v = values >> (4 * n) & 15;
        if (v == 0)
            continue;
        strbuf_addf(out, "%s%s=\"%s\"", between, sim_label_name(n), sim_label_value(n, v));
        between = ", ";
    }
    strbuf_addc(out, '}');
}

/* `at` is a place in the specification, whose route is known to match; `place[at]` its index in the file. */
static unsigned walk(const struct sim_config *c, const int *place, int at, const struct sim_alert *a)
{
    unsigned found = 0;
    for (int i = at + 1; i < (int)c->n_routes; i++) {
        if (c->routes[i].parent != at || place[i] < 0 || !sim_matches(&c->routes[i].matchers, a))
            continue;
        found |= walk(c, place, i, a);
        if (!c->routes[i].continue_)
            break;
    }
    return found != 0 ? found : 1u << place[at];
}

static unsigned twins_before(const struct config *c, size_t at)
{
    unsigned n = 0;
    for (size_t i = 0; i < at; i++)
        n += c->routes[i]->receiver == c->routes[at]->receiver &&
             strcmp(c->routes[i]->key, c->routes[at]->key) == 0;
    return n;
}

static void init_routes(struct plan *p, const struct script *s)
{
    const struct sim_config *c = p->spec;
    int place[SIM_ROUTES], n = 0;

    for (int i = 0; i < (int)c->n_routes; i++) {
        place[i] = is_gone(c, i) ? -1 : n;
        if (place[i] < 0)
            continue;
        p->spec_of[n] = &c->routes[i];
        p->twin[n] = twins_before(p->config, (size_t)n);
        for (size_t a = 0; a < s->n_alerts; a++)
            p->group_of[n][a] = group_values(&s->alerts[a], group_by_of(c, &c->routes[i]));
        n++;
    }
    for (size_t a = 0; a < s->n_alerts; a++)
        p->routes_of[a] = walk(c, place, 0, &s->alerts[a]);
}

bool plan_muted(const struct plan *p, size_t route, struct stamp due)
{
    const struct sim_route *r = p->spec_of[route];
    const int minute = (int)(due.sec % 86400 / 60);
    unsigned now = 0;

    for (size_t i = 0; i < SIM_INTERVALS; i++)
        if (minute >= p->spec->intervals[i].begin && minute < p->spec->intervals[i].end)
            now |= 1u << i;
    return (r->active != 0 && (r->active & now) == 0) || (r->mute & now) != 0;
}

/* ---- inhibition ---- */

static bool equal_on(const struct sim_alert *a, const struct sim_alert *b, unsigned names)
{
    for (size_t n = 0; n < SIM_NAMES; n++)
        if ((names >> n & 1) != 0 && a->value[n] != b->value[n])
            return false;
    return true;
}

static struct plan_rule compile_rule(const struct script *s, const struct sim_rule *r)
{
    struct plan_rule rule = {0};

    for (size_t a = 0; a < s->n_alerts; a++) {
        rule.source |= (alert_set)sim_matches(&r->source, &s->alerts[a]) << a;
        rule.target |= (alert_set)sim_matches(&r->target, &s->alerts[a]) << a;
        for (size_t b = 0; b < s->n_alerts; b++)
            rule.equal[a] |= (alert_set)equal_on(&s->alerts[a], &s->alerts[b], r->equal) << b;
    }
    return rule;
}

alert_set plan_inhibited(const struct plan *p, alert_set firing)
{
    alert_set inhibited = 0;

    for (size_t i = 0; i < p->n_rules; i++) {
        const struct plan_rule *r = &p->rules[i];
        for (size_t a = 0; a < SIM_ALERTS; a++) {
            if ((r->target >> a & 1) == 0)
                continue;
            alert_set sources = r->source & firing & r->equal[a];
            if ((r->source >> a & 1) !=
                0) /* a target that is a source, too: other such sources do not count */
                sources &= ~r->target;
            inhibited |= (alert_set)(sources != 0) << a;
        }
    }
    return inhibited;
}

void plan_init(struct plan *p, const struct script *s, const struct sim_config *spec)
{
    *p = (struct plan){.config = load(spec), .spec = spec};
    init_routes(p, s);
    for (size_t i = 0; i < spec->n_rules; i++)
        if (!spec->rules[i].gone)
            p->rules[p->n_rules++] = compile_rule(s, &spec->rules[i]);
}

void plan_done(struct plan *p)
{
    config_unref(p->config);
}
