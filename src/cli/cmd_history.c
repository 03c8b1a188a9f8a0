#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "codec/rfc3339.h"
#include "commands.h"
#include "model/duration.h"
#include "own.h"

struct history_options {
    const char *from, *to, *kind, *receiver, *fingerprint;
    long limit;
};
#define H(name) offsetof(struct history_options, name)

static const struct flag flags[] = {
    {"from", FLAG_STRING, H(from), NULL,
     "Not before this time (RFC3339), or not longer ago than this (2h, 3d)"},
    {"to", FLAG_STRING, H(to), NULL, "Not after this time (RFC3339), or at least this long ago"},
    {"kind", FLAG_STRING, H(kind), NULL, "Only this kind of event, as it is printed"},
    {"receiver", FLAG_STRING, H(receiver), NULL, "Only of this receiver (notifications and mutings)",
     .letter = 'r'},
    {"fingerprint", FLAG_STRING, H(fingerprint), NULL, "Only of the alert with this fingerprint"},
    {"limit", FLAG_INT, H(limit), "50", "How many, at most 1000; the newest", .letter = 'n'},
};

/* "failed  " in a column that fits the usual kinds. */
static void add_kind(struct cli *c, const json_t *item, int width)
{
    own_add_clock(&c->out, c, own_text(item, "at"));
    strbuf_addf(&c->out, "  %-*s ", width, own_text(item, "kind"));
}

static void print_alert(struct cli *c, const json_t *item)
{
    add_kind(c, item, 8);
    own_add_labels(&c->out, json_object_get(item, "labels"));
    strbuf_addc(&c->out, '\n');
}

static void print_notification(struct cli *c, const json_t *item)
{
    const json_t *alerts = json_object_get(item, "alerts");
    struct strbuf *out = &c->out;

    add_kind(c, item, 9);
    strbuf_addf(out, "%s %s[%ld], %s\n  %ld firing, %ld resolved", own_text(item, "receiver"),
                own_text(item, "integration"), own_int(item, "index"), own_text(item, "reason"),
                own_int(item, "firing"), own_int(item, "resolved"));
    if (own_int(item, "muted") != 0)
        strbuf_addf(out, ", %ld muted", own_int(item, "muted"));
    if (json_array_size(alerts) != 0) {
        strbuf_adds(out, ": ");
        own_add_labels(out, json_object_get(json_array_get(alerts, 0), "labels"));
        strbuf_adds(out, json_array_size(alerts) > 1 ? ", ..." : "");
    }
    strbuf_addc(out, '\n');
    if (own_text(item, "error")[0] != '\0')
        strbuf_addf(out, "  %s after %ld attempt(s): %s\n", own_text(item, "failure"),
                    own_int(item, "attempts"), own_text(item, "error"));
}

static void add_cause(struct cli *c, const json_t *item)
{
    const json_t *silence = json_object_get(item, "silence"),
                 *inhibition = json_object_get(item, "inhibition");

    if (json_is_object(silence))
        strbuf_addf(&c->out, "  by silence %s\n  %s: %s\n", own_text(silence, "id"),
                    own_text(silence, "createdBy"), own_text(silence, "comment"));
    else if (json_is_object(inhibition))
        strbuf_addf(&c->out, "  by alert %s (rule %ld)\n", own_text(inhibition, "source"),
                    own_int(inhibition, "rule"));
    else if (own_true(item, "outsideActive"))
        strbuf_addf(&c->out, "  outside %s\n", own_text(item, "intervals"));
    else
        strbuf_addf(&c->out, "  by time interval %s\n", own_text(item, "intervals"));
}

static void print_muting(struct cli *c, const json_t *item)
{
    add_kind(c, item, 10);
    own_add_labels(&c->out, json_object_get(item, "labels"));
    strbuf_addf(&c->out, " for %s, %s", own_text(item, "receiver"),
                own_text(item, "endedAt")[0] != '\0' ? "until " : "still");
    if (own_text(item, "endedAt")[0] != '\0')
        own_add_clock(&c->out, c, own_text(item, "endedAt"));
    strbuf_addc(&c->out, '\n');
    add_cause(c, item);
}

static void add_silence_matchers(struct cli *c, const json_t *silence)
{
    const json_t *matchers = json_object_get(silence, "matchers");

    for (size_t i = 0; i < json_array_size(matchers); i++) {
        const json_t *m = json_array_get(matchers, i);
        const struct api_matcher matcher = {.name = sv_of(own_text(m, "name")),
                                            .value = sv_of(own_text(m, "value")),
                                            .is_regex = own_true(m, "isRegex"),
                                            .is_equal = own_true(m, "isEqual")};
        strbuf_adds(&c->out, i != 0 ? " " : "  ");
        api_matcher_print(&c->out, &matcher);
    }
    strbuf_addf(&c->out, "\n  %s: %s\n", own_text(silence, "createdBy"), own_text(silence, "comment"));
}

static void add_ack(struct cli *c, const json_t *ack)
{
    strbuf_addf(&c->out, "  %s acknowledged %ld alert(s) of ", own_text(ack, "by"), own_int(ack, "alerts"));
    own_add_labels(&c->out, json_object_get(ack, "labels"));
    strbuf_addf(&c->out, " for %s %s\n", own_text(ack, "receiver"), own_text(ack, "comment"));
}

static void print_audit(struct cli *c, const json_t *item)
{
    const json_t *silence = json_object_get(item, "silence"), *ack = json_object_get(item, "ack");
    const char *user = own_text(item, "user"), *address = own_text(item, "address");

    add_kind(c, item, 15);
    strbuf_addf(&c->out, "%s%s%s%s\n", user, user[0] != '\0' && address[0] != '\0' ? "@" : "", address,
                own_true(item, "byLink") ? " by link" : "");
    if (json_is_object(ack))
        add_ack(c, ack);
    if (!json_is_object(silence))
        return;
    strbuf_addf(&c->out, "  %s, until ", own_text(silence, "id"));
    own_add_clock(&c->out, c, own_text(silence, "endsAt"));
    strbuf_addc(&c->out, '\n');
    add_silence_matchers(c, silence);
}

/* A length of time counts back from now. */
static bool add_time(struct cli *c, struct strbuf *query, const char *name, const char *text, struct err *err)
{
    struct err not_length;
    struct stamp t;
    dur_ns d;

    if (text == NULL)
        return true;
    if (flag_duration_parse(sv_of(text), &d, &not_length))
        t = stamp_add(stamp_utc(c->now.wall), -d);
    else if (!stamp_parse_rfc3339(sv_of(text), &t, err))
        return err_wrap(err, "--%s is neither a length of time nor a time", name);
    args_query(query, name, args_api_time(c, t).text);
    return true;
}

static bool make_query(struct cli *c, const struct history_options *o, struct strbuf *query, struct err *err)
{
    const struct {
        const char *name, *value;
    } plain[] = {{"kind", o->kind}, {"receiver", o->receiver}, {"fingerprint", o->fingerprint}};
    struct matchers ms;

    strbuf_addf(query, "?limit=%ld", o->limit);
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (plain[i].value != NULL)
            args_query(query, plain[i].name, sv_of(plain[i].value));
    const bool ok = args_matchers(c, cli_args(c), true, &ms, err);
    args_query_matchers(query, "filter", &ms);
    matchers_done(&ms);
    return ok && add_time(c, query, "from", o->from, err) && add_time(c, query, "to", o->to, err);
}

/* Oldest first, as in a log: what was last stands next to the prompt. */
static bool run(struct cli *c, const char *path, void (*print)(struct cli *c, const json_t *item),
                struct err *err)
{
    const struct operation op = {.method = "GET", .path = path, .name = "history", .own = true};
    CLEANUP(strbuf_donep) struct strbuf query = {0};

    if (!make_query(c, CLI_OPTIONS(c, cmdline_command(c->line)), &query, err))
        return false;
    json_auto_t *doc = own_call(c, &op, query.p, (struct sv){0}, err);
    if (doc == NULL || own_print_json(c, doc))
        return doc != NULL;
    const json_t *items = json_object_get(doc, "items");
    if (json_array_size(items) == 0)
        strbuf_adds(&c->out, "Nothing.\n");
    if (own_text(doc, "next")[0] != '\0')
        strbuf_adds(&c->out, "(there is more before this: --limit, --to)\n");
    for (size_t i = json_array_size(items); i-- != 0;)
        print(c, json_array_get(items, i));
    return true;
}

static bool run_alerts(struct cli *c, struct err *err)
{
    return run(c, "/history/alerts", print_alert, err);
}

static bool run_notifications(struct cli *c, struct err *err)
{
    return run(c, "/history/notifications", print_notification, err);
}

static bool run_mutings(struct cli *c, struct err *err)
{
    return run(c, "/history/mutings", print_muting, err);
}

static bool run_audit(struct cli *c, struct err *err)
{
    return run(c, "/history/audit", print_audit, err);
}

#define LISTING(word, n_args, default_one, summary, kinds, function)                                         \
    {                                                                                                        \
        .name = (word), .args = (n_args) != 0 ? "[<matcher-groups>...]" : NULL, .max_args = (n_args),        \
        .is_default = (default_one), .help = summary ", oldest first. Kinds: " kinds ".", .flags = flags,    \
        .n_flags = COUNT_OF(flags), .options_size = sizeof(struct history_options), .run = (function)        \
    }

static const struct command cmd_alerts = LISTING("alerts", SIZE_MAX, true, "What became of alerts",
                                                 "created, changed, resolved, expired, refired", run_alerts);
static const struct command cmd_notifications =
    LISTING("notifications", SIZE_MAX, false, "Who was told what, and what could not be told",
            "delivered, failed", run_notifications);
static const struct command cmd_mutings = LISTING("mutings", SIZE_MAX, false, "What was held back, and why",
                                                  "silence, inhibition, time_interval", run_mutings);
static const struct command cmd_audit =
    LISTING("audit", 0, false, "Who changed what",
            "silence_created, silence_updated, silence_expired, config_loaded, startup, shutdown", run_audit);

static const struct command *const subs[] = {&cmd_alerts, &cmd_notifications, &cmd_mutings, &cmd_audit, NULL};

const struct command cmd_history = {
    .name = "history",
    .help = "Show what happened.\n\n"
            "  tocsinctl history notifications --from 2h\n"
            "  tocsinctl history alerts Disk node=db1\n"
            "  tocsinctl history mutings -r team-db --from 2026-11-20T00:00:00Z\n",
    .subs = subs,
};
