#include "scenario.h"

#include <string.h>

#include "codec/rfc3339.h"
#include "model/duration.h"

#define AT(member) offsetof(SETTINGS, member)
#define ROW(name, type, member, text)                                                                        \
    {                                                                                                        \
        .key = (name), .kind = FIELD_##type, .offset = AT(member), .doc = (text)                             \
    }
#define ROW_LIST(name, member, schema, text)                                                                 \
    {                                                                                                        \
        .key = (name), .kind = FIELD_LIST, .offset = AT(member), .sub = &(schema), .doc = (text)             \
    }
#define ROW_READ(name, member, read, text)                                                                   \
    {                                                                                                        \
        .key = (name), .kind = FIELD_CUSTOM, .offset = AT(member), .decode = (read), .doc = (text)           \
    }
#define SCHEMA(title, table)                                                                                 \
    {                                                                                                        \
        .name = (title), .go_type = (title), .size = sizeof(SETTINGS), .fields = (table)                     \
    }

static bool read_moment(struct decoder *d, const struct ytree *node, void *member)
{
    struct moment *m = member;
    struct err err;
    char *text;
    m->line = node->line;
    return decode_string(d, node, &text) && (duration_parse(sv_of(text != NULL ? text : ""), &m->at, &err) ||
                                             decode_fail(d, node, "%s", err.text));
}

static bool read_stamp(struct decoder *d, const struct ytree *node, void *member)
{
    struct err err;
    char *text;
    return decode_string(d, node, &text) &&
           (stamp_parse_rfc3339(sv_of(text != NULL ? text : ""), member, &err) ||
            decode_fail(d, node, "%s", err.text));
}

static bool read_maps(struct decoder *d, const struct ytree *node, void *member)
{
    struct label_maps *out = member;
    bool ok = true;
    if (node->kind != YTREE_SEQ)
        return decode_type_error(d, node, "[]labels");
    out->v = ARENA_ARRAY(decode_arena(d), struct string_map, node->n + 1);
    for (size_t i = 0; i < node->n; i++)
        ok = decode_map(d, node->items[i], &out->v[out->n++]) && ok;
    return ok;
}

/* The labels of a test of routes, and their line. */
static bool read_route_labels(struct decoder *d, const struct ytree *node, void *member)
{
    struct scenario_route *r = member;
    r->at.line = node->line;
    return decode_map(d, node, &r->labels);
}

#define SETTINGS struct scenario_alert
static const struct field alert_fields[] = {
    ROW("labels", MAP, labels, "The labels of the alert."),
    ROW("annotations", MAP, annotations, "Its annotations."),
    ROW("for", OPT_DURATION, lasts, "How long it fires; by default until it is resolved."),
    {0},
};
static const struct schema alert_schema = SCHEMA("alert", alert_fields);
#undef SETTINGS

#define SETTINGS struct scenario_silence
static const struct field silence_fields[] = {
    ROW("name", STRING, name, "What `expire` calls it by."),
    ROW("matchers", STRINGS, matchers, "Which alerts it mutes."),
    ROW("for", OPT_DURATION, lasts, "How long; by default to the end of the test."),
    {0},
};
static const struct schema silence_schema = SCHEMA("silence", silence_fields);
#undef SETTINGS

#define SETTINGS struct scenario_step
static const struct field step_fields[] = {
    ROW_READ("at", at, read_moment, "When, since the start."),
    ROW_LIST("alerts", alerts, alert_schema, "Alerts that fire from now on."),
    ROW_READ("resolve", resolve, read_maps, "Alerts that are over: all that have these labels."),
    ROW_LIST("silences", silences, silence_schema, "Silences that begin."),
    ROW("expire", STRINGS, expire, "Names of silences that end."),
    {0},
};
static const struct schema step_schema = SCHEMA("step", step_fields);
#undef SETTINGS

#define SETTINGS struct scenario_expect
static const struct field expect_fields[] = {
    ROW_READ("at", at, read_moment, "When, since the start."),
    ROW("receiver", STRING, receiver, "Who is notified."),
    ROW_READ("firing", firing, read_maps, "The firing alerts of the notification, by some of their labels."),
    ROW_READ("resolved", resolved, read_maps, "The resolved ones."),
    ROW("group", MAP, group, "Some of the group's labels."),
    {0},
};
static bool check_expect(struct decoder *d, const struct ytree *node, void *object)
{
    const struct scenario_expect *e = object;
    if (e->receiver == NULL)
        return decode_fail(d, node, "an expectation needs a receiver");
    return e->firing.n + e->resolved.n != 0 ||
           decode_fail(d, node, "an expectation needs firing or resolved alerts");
}
static const struct schema expect_schema = {
    .name = "expectation",
    .go_type = "expectation",
    .size = sizeof(SETTINGS),
    .fields = expect_fields,
    .check = check_expect,
};
#undef SETTINGS

#define SETTINGS struct scenario_held
static const struct field held_fields[] = {
    ROW_READ("at", at, read_moment, "When, since the start."),
    ROW("labels", MAP, labels, "The alert, by some of its labels."),
    ROW("because", STRING, because, "silence, inhibition, interval, or waiting (for its group's timer)."),
    {0},
};
static bool check_held(struct decoder *d, const struct ytree *node, void *object)
{
    static const char *const causes[] = {"silence", "inhibition", "interval", "waiting"};
    const struct scenario_held *h = object;
    for (size_t i = 0; i < COUNT_OF(causes); i++)
        if (h->because != NULL && strcmp(h->because, causes[i]) == 0)
            return true;
    return decode_fail(d, node, "because has to be silence, inhibition, interval or waiting");
}
static const struct schema held_schema = {
    .name = "held alert",
    .go_type = "held alert",
    .size = sizeof(SETTINGS),
    .fields = held_fields,
    .check = check_held,
};
#undef SETTINGS

#define SETTINGS struct scenario
static const struct field scenario_fields[] = {
    ROW("name", STRING, name, "What is promised, in words."),
    ROW_READ("start", start, read_stamp,
             "The time of day, RFC 3339; by default Monday, 2026-01-05T00:00:00Z."),
    ROW("until", OPT_DURATION, until, "How long to go on; by default to the last moment that is named."),
    ROW_LIST("steps", steps, step_schema, "What happens."),
    ROW_LIST("expect", expect, expect_schema, "All notifications that have to be sent."),
    ROW_LIST("held", held, held_schema, "Alerts that are not told, and why."),
    {0},
};

/* In the order of time, and no null among them. */
static bool check_order(struct decoder *d, const struct ytree *node, const char *key, const struct list *list,
                        size_t offset)
{
    dur_ns last = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (list->v[i] == NULL)
            return decode_fail(d, ytree_get(node, key), "an item of %s is empty", key);
        const struct moment *m = (const void *)((const char *)list->v[i] + offset);
        if (m->at < last)
            return decode_fail(d, ytree_get(node, key), "the items of %s have to stand in the order of time",
                               key);
        last = m->at;
    }
    return true;
}

static bool check_scenario(struct decoder *d, const struct ytree *node, void *object)
{
    struct scenario *s = object;
    if (s->name == NULL)
        return decode_fail(d, node, "a test needs a name");
    if (s->start.sec == 0)
        s->start.sec = civil_to_sec(2026, 1, 5, 0, 0, 0);
    return check_order(d, node, "steps", &s->steps, offsetof(struct scenario_step, at)) &&
           check_order(d, node, "expect", &s->expect, offsetof(struct scenario_expect, at)) &&
           check_order(d, node, "held", &s->held, offsetof(struct scenario_held, at));
}
static const struct schema scenario_schema = {
    .name = "test",
    .go_type = "test",
    .size = sizeof(SETTINGS),
    .fields = scenario_fields,
    .check = check_scenario,
};
#undef SETTINGS

#define SETTINGS struct scenario_route
static const struct field route_fields[] = {
    {.key = "labels",
     .kind = FIELD_CUSTOM,
     .offset = 0,
     .decode = read_route_labels,
     .doc = "Labels of an alert."},
    ROW("receivers", STRINGS, receivers, "The receivers it comes to, in this order."),
    {0},
};
static const struct schema route_schema = SCHEMA("route test", route_fields);
#undef SETTINGS

#define SETTINGS struct scenario_file
static const struct field file_fields[] = {
    ROW("config", STRING, config, "The configuration to test, relative to this file."),
    ROW_LIST("routes", routes, route_schema, "Tests of routing alone."),
    ROW_LIST("tests", scenarios, scenario_schema, "Tests in time."),
    {0},
};
static bool check_file(struct decoder *d, const struct ytree *node, void *object)
{
    const struct scenario_file *f = object;
    for (size_t i = 0; i < f->routes.n; i++)
        if (f->routes.v[i] == NULL)
            return decode_fail(d, ytree_get(node, "routes"), "an item of routes is empty");
    for (size_t i = 0; i < f->scenarios.n; i++)
        if (f->scenarios.v[i] == NULL)
            return decode_fail(d, ytree_get(node, "tests"), "an item of tests is empty");
    return true;
}
const struct schema scenario_file_schema = {
    .name = "test file",
    .go_type = "test file",
    .size = sizeof(SETTINGS),
    .fields = file_fields,
    .check = check_file,
};
#undef SETTINGS
