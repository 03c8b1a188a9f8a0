/* Who is mentioned in a robot's message: always, and by rules on labels, reasons and times (receivers.md
 * B1.2, B2). */
#include "codec/tz.h"
#include "im.h"

#define MAX_MENTIONS 100
#define DAY          86400

/* ---- settings ---- */

#define AT_FIELDS(base)                                                                                      \
    {.key = "all",                                                                                           \
     .kind = FIELD_BOOL,                                                                                     \
     .offset = (base) + offsetof(struct im_at, all),                                                         \
     .flags = FIELD_OURS,                                                                                    \
     .doc = "Everybody."},                                                                                   \
        {.key = "mobiles",                                                                                   \
         .kind = FIELD_STRINGS,                                                                              \
         .offset = (base) + offsetof(struct im_at, mobiles),                                                 \
         .flags = FIELD_TMPL | FIELD_OURS,                                                                   \
         .doc = "Mobile numbers; each may be a template that gives a comma list."},                          \
    {                                                                                                        \
        .key = "user_ids", .kind = FIELD_STRINGS, .offset = (base) + offsetof(struct im_at, user_ids),       \
        .flags = FIELD_TMPL | FIELD_OURS, .doc = "User ids; each may be a template that gives a comma list." \
    }

static const struct field at_fields[] = {AT_FIELDS(0), {0}};
const struct schema im_at_schema = {
    .name = "at", .go_type = "config.plain", .size = sizeof(struct im_at), .fields = at_fields};

#define RULE(member) offsetof(struct im_at_rule, member)
static const struct field rule_fields[] = {
    {.key = "matchers",
     .kind = FIELD_MATCHERS,
     .offset = RULE(matchers),
     .flags = FIELD_OURS,
     .doc = "What one alert of the message must match; none: any alert."},
    {.key = "on",
     .kind = FIELD_STRINGS,
     .offset = RULE(on),
     .def = "[firing]",
     .flags = FIELD_OURS,
     .doc = "What that alert must be: firing, resolved."},
    {.key = "reasons",
     .kind = FIELD_STRINGS,
     .offset = RULE(reasons),
     .def = "[first notification, new alerts added, some alerts resolved, all alerts resolved, unknown]",
     .flags = FIELD_OURS,
     .doc = "Why the message is sent; without setting it, anything but: repeat interval elapsed."},
    AT_FIELDS(RULE(at)),
    {.key = "rotate",
     .kind = FIELD_STRING,
     .offset = RULE(rotate),
     .def = "none",
     .flags = FIELD_OURS,
     .doc =
         "daily: only one of each list, the next one every day (of the server's zone); none: all of them."},
    {.key = "active_time_intervals",
     .kind = FIELD_STRINGS,
     .offset = RULE(active),
     .flags = FIELD_OURS | FIELD_INTERVALS,
     .doc = "The time intervals in which the rule holds; none: always."},
    {.key = "continue",
     .kind = FIELD_BOOL,
     .offset = RULE(continue_),
     .flags = FIELD_OURS,
     .doc = "Whether the rules after this one are tried as well when it holds."},
    {0},
};

static bool is_reason(const char *text)
{
    for (enum notify_reason r = REASON_FIRST; r <= REASON_UNKNOWN; r++)
        if (strcmp(text, notify_reason_text(r)) == 0)
            return true;
    return false;
}

static bool check_rule(struct decoder *d, const struct ytree *node, void *object)
{
    const struct im_at_rule *rule = object;

    for (size_t i = 0; i < rule->on.n; i++)
        if (strcmp(rule->on.v[i], "firing") != 0 && strcmp(rule->on.v[i], "resolved") != 0)
            return decode_fail(d, node, "on must be firing or resolved, not \"%s\"", rule->on.v[i]);
    for (size_t i = 0; i < rule->reasons.n; i++)
        if (!is_reason(rule->reasons.v[i]))
            return decode_fail(d, node, "unknown reason \"%s\"", rule->reasons.v[i]);
    return strcmp(rule->rotate, "none") == 0 || strcmp(rule->rotate, "daily") == 0 ||
           decode_fail(d, node, "rotate must be none or daily");
}

const struct schema im_at_rule_schema = {.name = "at_rule",
                                         .go_type = "config.plain",
                                         .size = sizeof(struct im_at_rule),
                                         .fields = rule_fields,
                                         .check = check_rule};

bool im_mentions_check(struct decoder *d, const struct ytree *node, const struct im_settings *s,
                       const struct im_platform *p)
{
    bool mobiles = s->at.mobiles.n != 0;

    for (size_t i = 0; i < s->at_rules.n; i++) {
        const struct im_at_rule *rule = s->at_rules.v[i];
        if (rule == NULL)
            return decode_fail(d, node, "missing rule in at_rules");
        mobiles |= rule->at.mobiles.n != 0;
    }
    return !mobiles || !p->no_mobiles ||
           decode_fail(d, node, "%s robots cannot mention mobiles, only user_ids (open ids)", p->name);
}

bool im_mentions_anybody(const struct im_settings *s)
{
    return s->at.all || s->at.mobiles.n != 0 || s->at.user_ids.n != 0 || s->at_rules.n != 0;
}

/* ---- rules ---- */

static bool has(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], text) == 0)
            return true;
    return false;
}

static bool interval_contains(const struct config *c, const char *name, struct stamp t)
{
    for (size_t i = 0; i < c->n_intervals; i++) {
        const struct time_interval *interval = &c->intervals[i];
        for (size_t k = 0; strcmp(interval->name, name) == 0 && k < interval->n; k++)
            if (time_spec_contains(&interval->v[k], t))
                return true;
    }
    return false;
}

static bool is_time(const struct render *r, const struct im_at_rule *rule)
{
    for (size_t i = 0; i < rule->active.n; i++)
        if (interval_contains(r->delivery->config, rule->active.v[i], r->now.wall))
            return true;
    return rule->active.n == 0;
}

static bool matches_alert(const struct delivery *d, const struct im_at_rule *rule)
{
    for (size_t i = 0; i < d->n_alerts; i++)
        if (has(&rule->on, d->alerts[i].firing ? "firing" : "resolved") &&
            matchers_match(&rule->matchers, d->alerts[i].alert->labels))
            return true;
    return false;
}

static bool holds(const struct render *r, const struct im_at_rule *rule)
{
    return has(&rule->reasons, notify_reason_text(r->delivery->reason)) && is_time(r, rule) &&
           matches_alert(r->delivery, rule);
}

/* ---- ids ---- */

struct ids {
    struct sv v[MAX_MENTIONS];
    size_t n;
};

static bool known(const struct ids *ids, struct sv id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (sv_eq(ids->v[i], id))
            return true;
    return false;
}

/* Control characters and blanks have no place in an id, and would break the text it is put into. */
static bool id_ok(struct sv id)
{
    for (size_t i = 0; i < id.n; i++)
        if ((unsigned char)id.p[i] <= ' ' || strchr("<>@\"\\", id.p[i]) != NULL)
            return false;
    return id.n != 0;
}

static void add_id(struct ids *ids, struct sv id)
{
    if (ids->n < MAX_MENTIONS && id_ok(id) && !known(ids, id))
        ids->v[ids->n++] = id;
}

static void add_comma_list(struct ids *ids, struct sv list)
{
    while (list.n != 0) {
        const char *comma = memchr(list.p, ',', list.n);
        const size_t length = comma != NULL ? (size_t)(comma - list.p) : list.n;
        add_id(ids, sv_trim((struct sv){list.p, length}));
        const size_t skip = comma != NULL ? length + 1 : length;
        list = (struct sv){list.p + skip, list.n - skip};
    }
}

static bool render_ids(struct render *r, const struct strings *templates, struct ids *out, struct err *err)
{
    for (size_t i = 0; i < templates->n; i++) {
        struct sv list;
        if (!im_render_clean(r, templates->v[i], &list, err))
            return false;
        add_comma_list(out, list);
    }
    return true;
}

/* ---- mentions ---- */

struct people {
    bool all;
    struct ids mobiles, user_ids;
};

static bool add_at(struct render *r, const struct im_at *at, struct people *out, struct err *err)
{
    out->all |= at->all;
    return render_ids(r, &at->mobiles, &out->mobiles, err) &&
           render_ids(r, &at->user_ids, &out->user_ids, err);
}

/* Days of the server's zone, so that the turn changes at its midnight. */
static int64_t local_day(struct stamp t)
{
    struct err ignored;
    const struct tz *zone = tz_load("Local", &ignored); /* NULL is UTC */
    const int64_t local = t.sec + tz_at(zone, t.sec).seconds_east;

    return local / DAY - (local % DAY < 0);
}

static void add_turn(const struct ids *from, int64_t day, struct ids *to)
{
    if (from->n == 0)
        return;
    const int64_t n = (int64_t)from->n;
    add_id(to, from->v[(day % n + n) % n]);
}

static bool add_rule(struct render *r, const struct im_at_rule *rule, struct people *out, struct err *err)
{
    if (strcmp(rule->rotate, "daily") != 0)
        return add_at(r, &rule->at, out, err);
    struct people list = {0};
    if (!add_at(r, &rule->at, &list, err))
        return false;
    out->all |= list.all;
    add_turn(&list.mobiles, local_day(r->now.wall), &out->mobiles);
    add_turn(&list.user_ids, local_day(r->now.wall), &out->user_ids);
    return true;
}

static bool add_rules(struct render *r, const struct list *rules, struct people *out, struct err *err)
{
    for (size_t i = 0; i < rules->n; i++) {
        const struct im_at_rule *rule = rules->v[i];
        if (!holds(r, rule))
            continue;
        if (!add_rule(r, rule, out, err))
            return false;
        if (!rule->continue_)
            break;
    }
    return true;
}

bool im_mentions_render(struct render *r, const struct im_settings *s, struct im_mentions *out,
                        struct err *err)
{
    struct people *people = ARENA_NEW(r->mem, struct people);

    const struct im_state *state = r->state;

    *out = (struct im_mentions){0};
    if (!im_mentions_anybody(s) || state->unmentioned)
        return true;
    if (people == NULL)
        return err_set(err, ERR_LIMIT, "message needs too much memory");
    *people = (struct people){0};
    if (!add_at(r, &s->at, people, err) || !add_rules(r, &s->at_rules, people, err))
        return false;
    out->all = people->all;
    if (people->all)
        return true;
    out->mobiles = people->mobiles.v;
    out->n_mobiles = people->mobiles.n;
    out->user_ids = people->user_ids.v;
    out->n_user_ids = people->user_ids.n;
    return true;
}
