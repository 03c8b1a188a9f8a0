#include <stddef.h>
#include <stdint.h>

#include "args.h"
#include "cli.h"
#include "client.h"
#include "codec/rfc3339.h"
#include "commands.h"
#include "show.h"

#define NAME_RULE                                                                                            \
    "The first argument may be a bare word: it stands for alertname=WORD. Matchers are written name=value, " \
    "name!=value, name=~regex and name!~regex, and all of them must match."

struct query_options {
    bool inhibited, silenced, active, unprocessed;
    const char *receiver;
};
#define Q(name) offsetof(struct query_options, name)

static const struct flag query_flags[] = {
    {"inhibited", FLAG_BOOL, Q(inhibited), NULL, "Show inhibited alerts", .letter = 'i'},
    {"silenced", FLAG_BOOL, Q(silenced), NULL, "Show silenced alerts", .letter = 's'},
    {"active", FLAG_BOOL, Q(active), NULL, "Show active alerts", .letter = 'a'},
    {"unprocessed", FLAG_BOOL, Q(unprocessed), NULL, "Show unprocessed alerts", .letter = 'u'},
    {"receiver", FLAG_STRING, Q(receiver), NULL, "Show alerts matching receiver (Supports regex syntax)",
     .letter = 'r'},
};

static const struct command cmd_query, cmd_add;

static void add_bool(struct strbuf *query, const char *name, bool v)
{
    args_query(query, name, v ? SV("true") : SV("false"));
}

static bool run_query(struct cli *c, struct err *err)
{
    const struct query_options *o = CLI_OPTIONS(c, &cmd_query);
    CLEANUP(strbuf_donep) struct strbuf query = {0};
    struct api_alerts alerts;

    const bool any = o->inhibited || o->silenced || o->active || o->unprocessed;
    add_bool(&query, "active", o->active || !any);
    args_query_filters(c, &query);
    add_bool(&query, "inhibited", o->inhibited);
    if (o->receiver != NULL && o->receiver[0] != '\0')
        args_query(&query, "receiver", sv_of(o->receiver));
    add_bool(&query, "silenced", o->silenced);
    add_bool(&query, "unprocessed", o->unprocessed);
    if (!client_alerts(c, query.p, &alerts, err))
        return false;
    show_alerts(c, &alerts);
    return true;
}

static const struct command cmd_query = {
    .name = "query",
    .args = "[<matcher-groups>...]",
    .max_args = SIZE_MAX,
    .help = "View and search through current alerts.\n\n" NAME_RULE "\n\n"
            "  tocsinctl alert query alertname=foo node=bar\n"
            "  tocsinctl alert query foo node=bar\n"
            "  tocsinctl alert query 'alertname=~foo.*'\n\n"
            "Alerts can be selected by state; without such a flag only active alerts are shown.",
    .flags = query_flags,
    .n_flags = COUNT_OF(query_flags),
    .options_size = sizeof(struct query_options),
    .is_default = true,
    .run = run_query,
};

struct add_options {
    const char *generator_url, *start, *end;
    struct flag_list annotations;
};
#define A(name) offsetof(struct add_options, name)

static const struct flag add_flags[] = {
    {"generator-url", FLAG_STRING, A(generator_url), NULL,
     "Set the URL of the source that generated the alert"},
    {"start", FLAG_STRING, A(start), NULL,
     "Set when the alert should start. RFC3339 format 2006-01-02T15:04:05-07:00"},
    {"end", FLAG_STRING, A(end), NULL,
     "Set when the alert should end. RFC3339 format 2006-01-02T15:04:05-07:00"},
    {"annotation", FLAG_LIST, A(annotations), NULL, "Set an annotation to be included with the alert"},
};

static void write_time(struct jw *w, struct sv key, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_ms(t, text);

    jw_kstr(w, key, (struct sv){text, n});
}

static bool run_add(struct cli *c, struct err *err)
{
    static const struct operation op = {.method = "POST", .path = "/alerts", .name = "postAlerts"};
    const struct add_options *o = CLI_OPTIONS(c, &cmd_add);
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct stamp starts_at = STAMP_UNSET, ends_at = STAMP_UNSET;
    struct pairs_sv labels, annotations;
    struct sv answer = {0};
    struct jw w;

    if (!args_pairs(c, cli_args(c), true, "labels", &labels, err) ||
        !args_pairs(c, &o->annotations, false, "annotations", &annotations, err) ||
        !args_time(o->start, &starts_at, err) || !args_time(o->end, &ends_at, err))
        return false;
    jw_init(&w, &body, false);
    jw_array(&w);
    jw_object(&w);
    jw_key(&w, SV("annotations"));
    api_write_pairs(&w, &annotations);
    write_time(&w, SV("endsAt"), ends_at);
    write_time(&w, SV("startsAt"), starts_at);
    if (o->generator_url != NULL)
        jw_kstr(&w, SV("generatorURL"), sv_of(o->generator_url));
    jw_key(&w, SV("labels"));
    api_write_pairs(&w, &labels);
    jw_end(&w);
    jw_end(&w);
    return client_call(c, &op, NULL, strbuf_sv(&body), &answer, NULL, err);
}

static const struct command cmd_add = {
    .name = "add",
    .args = "[<labels>...]",
    .max_args = SIZE_MAX,
    .help = "Add a new alert.\n\n"
            "The first argument may be a bare word: it stands for alertname=WORD.\n\n"
            "  tocsinctl alert add alertname=foo node=bar\n"
            "  tocsinctl alert add foo node=bar --annotation=summary='summary of the alert'\n\n"
            "Without --end the alert resolves when it is not added again for resolve_timeout.",
    .flags = add_flags,
    .n_flags = COUNT_OF(add_flags),
    .options_size = sizeof(struct add_options),
    .run = run_add,
};

static const struct command *const subs[] = {&cmd_query, &cmd_add, NULL};

const struct command cmd_alert = {.name = "alert", .help = "Add or query alerts.", .subs = subs};
