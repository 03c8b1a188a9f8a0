/* `time_intervals` and `mute_time_intervals`: config.md 7 and 15.1. */
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "table.h"

typedef bool range_parser(struct sv s, struct int_range *r, struct err *err);

/* The elements are texts such as 1:5. */
static bool decode_ranges(struct decoder *d, const struct ytree *node, struct range_list *out,
                          const char *go_type, range_parser *parse)
{
    const size_t before = d->found;
    if (node->kind != YTREE_SEQ)
        return decode_type_error(d, node, go_type);
    *out = (struct range_list){.present = true, .v = ARENA_ARRAY(d->mem, struct int_range, node->n + 1)};
    for (size_t i = 0; i < node->n; i++) {
        struct sv text;
        struct err err;
        if (!decode_text(d, node->items[i], "string", &text))
            continue;
        if (parse(text, &out->v[out->n], &err))
            out->n++;
        else
            decode_fail_err(d, node->items[i], &err);
    }
    return d->found == before;
}

static bool decode_weekdays(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_ranges(d, node, member, "[]timeinterval.WeekdayRange", weekday_range_parse);
}

static bool decode_days(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_ranges(d, node, member, "[]timeinterval.DayOfMonthRange", day_range_parse);
}

static bool decode_months(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_ranges(d, node, member, "[]timeinterval.MonthRange", month_range_parse);
}

static bool decode_years(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_ranges(d, node, member, "[]timeinterval.YearRange", year_range_parse);
}

struct time_range {
    char *start, *end;
};
#define AT(member) offsetof(struct time_range, member)
static const struct field range_fields[] = {
    ROW("start_time", STRING, start, "HH:MM, included."),
    ROW("end_time", STRING, end, "HH:MM, up to 24:00, not included."),
    {0},
};
#undef AT
static const struct schema range_schema = {
    .name = "time range",
    .go_type = "timeinterval.yamlTimeRange",
    .size = sizeof(struct time_range),
    .fields = range_fields,
};

static bool decode_time_range(struct decoder *d, const struct ytree *node, struct int_range *r)
{
    struct time_range range = {0};
    struct err err;
    return decode_object(d, node, &range_schema, &range) &&
           (time_range_parse(sv_of(range.start), sv_of(range.end), r, &err) ||
            decode_fail_err(d, node, &err));
}

static bool decode_times(struct decoder *d, const struct ytree *node, void *member)
{
    const size_t before = d->found;
    struct range_list *out = member;
    if (node->kind != YTREE_SEQ)
        return decode_type_error(d, node, "[]timeinterval.TimeRange");
    *out = (struct range_list){.present = true, .v = ARENA_ARRAY(d->mem, struct int_range, node->n + 1)};
    for (size_t i = 0; i < node->n; i++)
        out->n += decode_time_range(d, node->items[i], &out->v[out->n]) ? 1 : 0;
    return d->found == before;
}

static bool decode_location(struct decoder *d, const struct ytree *node, void *member)
{
    struct time_spec *s = member;
    struct err err;
    if (!decode_string(d, node, &s->location_name))
        return false;
    s->location = tz_load(s->location_name, &err);
    if (s->location == NULL)
        return decode_fail_err(d, node, &err);
    if (strcmp(s->location_name, "Local") == 0) /* printed as what it stands for */
        s->location_name = decode_keep(d, sv_of(tz_name(s->location)));
    return true;
}

static void print_times(struct printer *p, const void *member)
{
    const struct range_list *times = member;
    char text[16];
    if (times->n == 0)
        return;
    print_seq_begin(p, false);
    for (size_t i = 0; i < times->n; i++) {
        const struct int_range r = times->v[i];
        print_map_begin(p);
        print_key(p, "start_time");
        (void)snprintf(text, sizeof text, "%02d:%02d", r.begin / 60, r.begin % 60);
        print_scalar(p, text);
        print_key(p, "end_time");
        (void)snprintf(text, sizeof text, "%02d:%02d", r.end / 60, r.end % 60);
        print_scalar(p, text);
        print_map_end(p);
    }
    print_seq_end(p);
}

static const char *weekday_name(int day)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};
    return names[day % 7];
}

/* A range whose ends are equal is written as one value. `name` is NULL for plain numbers. */
static void print_ranges(struct printer *p, const struct range_list *list, const char *(*name)(int value))
{
    if (list->n == 0)
        return;
    print_seq_begin(p, true);
    for (size_t i = 0; i < list->n; i++) {
        const struct int_range r = list->v[i];
        const bool one = r.begin == r.end;
        char text[64];
        if (name != NULL)
            (void)snprintf(text, sizeof text, one ? "%s" : "%s:%s", name(r.begin), name(r.end));
        else
            (void)snprintf(text, sizeof text, one ? "%d" : "%d:%d", r.begin, r.end);
        print_scalar(p, text);
    }
    print_seq_end(p);
}

static void print_weekdays(struct printer *p, const void *member)
{
    print_ranges(p, member, weekday_name);
}

static void print_numbers(struct printer *p, const void *member)
{
    print_ranges(p, member, NULL);
}

static void print_location(struct printer *p, const void *member)
{
    const struct time_spec *s = member;
    if (s->location_name != NULL)
        print_scalar(p, s->location_name[0] != '\0' ? s->location_name : "UTC");
}

#define AT(member) offsetof(struct time_spec, member)
static const struct field spec_fields[] = {
    ROW_CUSTOM("times", "list of {start_time, end_time}", times, decode_times, print_times,
               "Times of the day."),
    ROW_CUSTOM("weekdays", "list of ranges", weekdays, decode_weekdays, print_weekdays,
               "Days of the week: monday:friday."),
    ROW_CUSTOM("days_of_month", "list of ranges", days_of_month, decode_days, print_numbers,
               "Days of the month; negative ones count from its end: -1 is its last day."),
    ROW_CUSTOM("months", "list of ranges", months, decode_months, print_numbers, "Months by name or number."),
    ROW_CUSTOM("years", "list of ranges", years, decode_years, print_numbers, "Years."),
    {.key = "location",
     .kind = FIELD_CUSTOM,
     .type = "string",
     .decode = decode_location,
     .print = print_location,
     .doc = "The time zone by its IANA name; UTC by default."},
    {0},
};
#undef AT
static const struct schema spec_schema = {
    .name = "interval condition",
    .go_type = "timeinterval.TimeInterval",
    .size = sizeof(struct time_spec),
    .fields = spec_fields,
};

#define AT(member) offsetof(struct interval_file, member)
static const struct field interval_fields[] = {
    ROW_DEF("name", STRING, name, NULL, FIELD_ALWAYS, "What routes call it by."),
    {.key = "time_intervals",
     .kind = FIELD_LIST,
     .offset = AT(specs),
     .sub = &spec_schema,
     .flags = FIELD_ALWAYS | FIELD_VALUES,
     .doc = "The interval contains what one of these contains."},
    {0},
};
#undef AT

static bool check_name(struct decoder *d, const struct ytree *node, const char *name, const char *what)
{
    return is_set(name) || decode_fail(d, node, "missing name in %s", what);
}

static bool check_interval(struct decoder *d, const struct ytree *node, void *object)
{
    return check_name(d, node, ((const struct interval_file *)object)->name, "time interval");
}

static bool check_mute_interval(struct decoder *d, const struct ytree *node, void *object)
{
    return check_name(d, node, ((const struct interval_file *)object)->name, "mute time interval");
}

const struct schema interval_schema = {
    .name = "time interval",
    .go_type = "config.plain",
    .size = sizeof(struct interval_file),
    .fields = interval_fields,
    .check = check_interval,
};

const struct schema mute_interval_schema = {
    .name = "mute time interval",
    .go_type = "config.plain",
    .size = sizeof(struct interval_file),
    .fields = interval_fields,
    .check = check_mute_interval,
};
