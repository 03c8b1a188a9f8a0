#include <stdint.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "commands.h"
#include "own.h"

static void add_head(struct cli *c, const json_t *doc)
{
    const json_t *alert = json_object_get(doc, "alert");
    struct strbuf *out = &c->out;

    own_add_labels(out, json_object_get(doc, "labels"));
    strbuf_addf(out, "\n%s", own_text(doc, "fingerprint"));
    if (!json_is_object(alert)) {
        strbuf_adds(out, ": not known\n");
    } else {
        strbuf_addf(out, ": %s, since ", own_text(alert, "state"));
        own_add_when(
            out, c, own_text(alert, strcmp(own_text(alert, "state"), "firing") == 0 ? "startsAt" : "endsAt"));
        strbuf_addc(out, '\n');
    }
    strbuf_addf(out, "\n%s\n", own_text(doc, "summary"));
}

static void add_inhibition(struct cli *c, const json_t *i)
{
    const char *name = own_text(i, "name");

    strbuf_adds(&c->out, "Inhibited by ");
    own_add_labels(&c->out, json_object_get(json_object_get(i, "source"), "labels"));
    if (name[0] != '\0')
        strbuf_addf(&c->out, " (rule %s)\n", name);
    else
        strbuf_addf(&c->out, " (rule %ld)\n", own_int(i, "rule"));
}

static void add_silence(struct cli *c, const json_t *s)
{
    const bool active = strcmp(own_text(s, "state"), "active") == 0;

    strbuf_addf(&c->out, "%s %s\n  ", active ? "Silenced by" : "Will be silenced by", own_text(s, "id"));
    strbuf_adds(&c->out, active ? "ends " : "starts ");
    own_add_when(&c->out, c, own_text(s, active ? "endsAt" : "startsAt"));
    strbuf_addf(&c->out, "\n  %s: %s\n", own_text(s, "createdBy"), own_text(s, "comment"));
}

static void add_route(struct cli *c, const json_t *r)
{
    const json_t *mismatch = json_object_get(r, "mismatch");
    const char *mark = own_true(r, "taken") ? "*" : own_true(r, "matched") ? "+" : "-";

    strbuf_addf(&c->out, "  %*s%s ", (int)(2 * own_int(r, "depth")), "", mark);
    if (own_count(r, "matchers") == 0)
        strbuf_adds(&c->out, "default");
    else
        own_add_matchers(&c->out, json_object_get(r, "matchers"));
    if (own_true(r, "taken"))
        strbuf_addf(&c->out, " -> %s", own_text(r, "receiver"));
    if (json_is_object(mismatch))
        strbuf_addf(&c->out, ": not %s, it is \"%s\"", own_text(mismatch, "matcher"),
                    own_text(mismatch, "value"));
    strbuf_addc(&c->out, '\n');
}

static void add_failing(struct cli *c, const json_t *failing)
{
    if (!json_is_object(failing))
        return;
    strbuf_adds(&c->out, "\n    FAILING: first ");
    own_add_when(&c->out, c, own_text(failing, "since"));
    strbuf_addf(&c->out, ", %ld attempt(s), again ", own_int(failing, "attempts"));
    own_add_when(&c->out, c, own_text(failing, "retryAt"));
    strbuf_addf(&c->out, "\n      %s", own_text(failing, "error"));
}

static void add_integration(struct cli *c, const json_t *i)
{
    const json_t *last = json_object_get(i, "last"), *next = json_object_get(i, "next");
    struct strbuf *out = &c->out;

    strbuf_addf(out, "  %s[%ld]\n    last: ", own_text(i, "integration"), own_int(i, "index"));
    if (json_is_object(last)) {
        strbuf_addf(out, "told %s, ", own_text(last, "told"));
        own_add_when(out, c, own_text(last, "at"));
    } else {
        strbuf_adds(out, "nothing told yet");
    }
    if (own_true(i, "inFlight"))
        strbuf_adds(out, "\n    now: on its way");
    if (own_true(i, "owed"))
        strbuf_adds(out, "\n    is told when it is over");
    add_failing(c, json_object_get(i, "failing"));
    strbuf_adds(out, "\n    next: ");
    if (json_is_object(next)) {
        own_add_when(out, c, own_text(next, "at"));
        strbuf_addf(out, ", %s\n", own_text(next, "reason"));
    } else {
        strbuf_adds(out, "nothing, as things stand\n");
    }
}

static void add_until(struct cli *c, const char *time)
{
    if (time[0] != '\0') {
        strbuf_adds(&c->out, ", until ");
        own_add_when(&c->out, c, time);
    }
    strbuf_addc(&c->out, '\n');
}

/* Names of intervals, "night, weekend". */
static void add_names(struct cli *c, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        strbuf_addf(&c->out, "%s%s", i != 0 ? ", " : "", json_string_value(json_array_get(names, i)));
}

static void add_muted(struct cli *c, const json_t *group)
{
    const json_t *muted = json_object_get(group, "muted"), *intervals = json_object_get(group, "intervals");
    const char *cause = own_text(muted, "cause");

    if (strcmp(cause, "silence") == 0 || strcmp(cause, "inhibition") == 0) {
        strbuf_addf(&c->out, "  MUTED by %s", cause);
        add_until(c, own_text(muted, "until"));
    }
    if (own_true(intervals, "muted")) {
        strbuf_addf(&c->out, "  MUTED %s ",
                    own_true(intervals, "outsideActive") ? "outside" : "by time interval");
        add_names(c, json_object_get(intervals, "names"));
        add_until(c, own_text(intervals, "until"));
    }
}

static void add_ack(struct cli *c, const json_t *group)
{
    const json_t *ack = json_object_get(group, "acknowledged");

    if (!json_is_object(ack))
        return;
    strbuf_addf(&c->out, "  ACKNOWLEDGED by %s, ", own_text(ack, "by"));
    own_add_when(&c->out, c, own_text(ack, "at"));
    strbuf_adds(&c->out, own_true(ack, "covers") ? "\n" : ", without this alert\n");
}

static void add_group(struct cli *c, const json_t *g)
{
    const json_t *integrations = json_object_get(g, "integrations");
    struct strbuf *out = &c->out;

    strbuf_addf(out, "\n%s, group ", own_text(g, "receiver"));
    own_add_labels(out, json_object_get(g, "labels"));
    strbuf_adds(out, own_true(g, "exists") ? "\n  flushed next " : " (not open)\n");
    if (own_true(g, "exists")) {
        own_add_when(out, c, own_text(g, "nextFlush"));
        strbuf_addf(out, ", %ld so far\n", own_int(g, "flushes"));
    }
    strbuf_addf(out, "  wait %s, interval %s, repeat %s\n", own_text(g, "groupWait"),
                own_text(g, "groupInterval"), own_text(g, "repeatInterval"));
    add_ack(c, g);
    add_muted(c, g);
    for (size_t i = 0; i < json_array_size(integrations); i++)
        add_integration(c, json_array_get(integrations, i));
}

static void each(struct cli *c, const json_t *doc, const char *key,
                 void (*add)(struct cli *c, const json_t *item))
{
    const json_t *items = json_object_get(doc, key);

    for (size_t i = 0; i < json_array_size(items); i++)
        add(c, json_array_get(items, i));
}

static void print(struct cli *c, const json_t *doc)
{
    add_head(c, doc);
    each(c, doc, "inhibitions", add_inhibition);
    each(c, doc, "silences", add_silence);
    strbuf_adds(&c->out, "\nRoutes (* taken, + matched, - did not match)\n");
    each(c, doc, "routes", add_route);
    each(c, doc, "groups", add_group);
}

/* One argument of 16 hex digits is a fingerprint, anything else are labels. */
static bool make_query(struct cli *c, struct strbuf *query, struct err *err)
{
    const struct flag_list *args = cli_args(c);
    struct pairs_sv labels;
    uint64_t fp;

    if (args->n == 0)
        return err_set(err, ERR_INVALID, "name an alert: by its fingerprint, or by its labels");
    if (args->n == 1 && fingerprint_parse(sv_of(args->v[0]), &fp)) {
        args_query(query, "fingerprint", sv_of(args->v[0]));
        return true;
    }
    if (!args_pairs(c, args, true, "labels", &labels, err))
        return false;
    for (size_t i = 0; i < labels.n; i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        const struct api_matcher m = {.name = labels.v[i].name, .value = labels.v[i].value, .is_equal = true};
        api_matcher_print(&text, &m);
        args_query(query, "filter", strbuf_sv(&text));
    }
    return true;
}

static bool run(struct cli *c, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/explain", .name = "explain", .own = true};
    CLEANUP(strbuf_donep) struct strbuf query = {0};

    if (!make_query(c, &query, err))
        return false;
    json_auto_t *doc = own_call(c, &op, query.p, (struct sv){0}, err);
    if (doc != NULL && !own_print_json(c, doc))
        print(c, doc);
    return doc != NULL;
}

const struct command cmd_explain = {
    .name = "explain",
    .args = "[<fingerprint>|<labels>...]",
    .max_args = SIZE_MAX,
    .help = "Explain why an alert was or was not told, and what happens next.\n\n"
            "The alert is named by its fingerprint or by all its labels; one that does not exist is treated "
            "as if it "
            "fired now.\n\n"
            "  tocsinctl explain 980a6a0e0facf311\n"
            "  tocsinctl explain Disk node=db1 severity=page\n",
    .run = run,
};
