/* What the files of the model share. */
#pragma once

#include "model.h"

static inline struct stamp model_wall(struct now now, mono_ns at)
{
    return stamp_add(now.wall, at - now.mono);
}

static inline const struct route *model_route(const struct model *m, const struct model_group *g)
{
    return m->plan->config->routes[g->route];
}

/* ---- timers ---- */

static inline void timer_start(struct model *m, struct model_timer *t, mono_ns at)
{
    *t = (struct model_timer){.armed = true, .at = at, .turn = ++m->last_turn};
}

static inline bool timer_due(const struct model_timer *t, mono_ns now)
{
    return t->armed && t->at <= now;
}

static inline bool timer_before(const struct model_timer *a, const struct model_timer *b)
{
    return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

/* ---- alerts ---- */

struct period {
    struct stamp starts_at, ends_at, updated_at;
    bool timeout;
};

static inline bool model_resolved_at(const struct model_alert *a, struct stamp t)
{
    return stamp_cmp(a->ends_at, t) <= 0;
}
bool model_is_version(const struct period *p, const struct alert *got);
void model_adopt_version(struct model_alert *a, const struct alert *got, struct stamp now);
/* The alerts by their start: the oldest one opens a group. Returns how many. */
size_t model_by_start(const struct model *m, size_t *order);

/* ---- accounts ---- */

static inline bool account_remembers(const struct account *a, struct stamp now)
{
    return a->has && !stamp_before(a->line.expires_at, now);
}
/* Told firing, and not yet that it is over. */
static inline alert_set account_told(const struct account *a)
{
    return a->line.told.firing | a->line.told.held;
}
struct account *model_account(struct model *m, struct sv key);
/* A line of the log may expire before the repeat that would renew it. */
bool model_short_retention(const struct model *m, const struct route *r);
void model_excuse(struct model *m, struct account *a, alert_set set, enum excuse why);

/* ---- what could not be told: model_owed.c ---- */

/* False: it is given up, and counts as told. */
bool owed_fail(struct model *m, struct model_group *g, const struct model_delivery *d, dur_ns asked,
               struct now now);
static inline void owed_settle(struct account *a)
{
    a->owed = (struct model_owed){0};
}
static inline bool owed_waits(const struct account *a, mono_ns now)
{
    return a->owed.on && a->owed.asked && a->owed.timer.armed && a->owed.timer.at > now;
}
/* The first that is due; NULL: none. */
struct account *owed_due(struct model *m, mono_ns now);
struct model_group *owed_group(struct model *m, const struct account *a);
void owed_restore(struct model *m, const struct archive *rows);
void owed_rehome(struct model *m, struct now now); /* groups were made anew */

/* ---- groups ---- */

void model_find_accounts(struct model *m, struct model_group *g); /* those of its receiver's integrations */
void model_arm(struct model *m, struct model_group *g, mono_ns at);
bool model_flying_for(const struct model *m, const struct model_group *g);
/* A flush that has not come to its end is due at once after a restart. */
void model_record_group(const struct model *m, struct model_group *g, struct now now);
struct model_group *model_add_group(struct model *m, size_t route, uint32_t values);
void model_drop_group(struct model *m, struct model_group *g);
void model_drop_empty_groups(struct model *m);
void model_join_all(struct model *m, size_t alert, struct now now);
/* Only where somebody waits to hear of its end. */
void model_join_owed(struct model *m, size_t alert, struct now now);
void model_forget_deliveries(struct model *m);
