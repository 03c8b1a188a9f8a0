#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "commands.h"
#include "own.h"

/* One integration: "  webhook[0]  ok      2m ago (14:02:11), 12 ms", and the error on a line of its own. */
static void add_integration(struct cli *c, const json_t *i)
{
    const char *attempt = own_text(i, "lastAttempt"), *failure = own_text(i, "lastFailure");
    const bool failed = failure[0] != '\0' && strcmp(failure, own_text(i, "lastSuccess")) > 0;
    struct strbuf *out = &c->out;

    strbuf_addf(out, "  %s[%ld]  ", own_text(i, "type"), own_int(i, "index"));
    if (attempt[0] == '\0') {
        strbuf_adds(out, "nothing sent yet\n");
        return;
    }
    strbuf_adds(out, failed ? "FAILED  " : "ok  ");
    own_add_when(out, c, attempt);
    strbuf_addf(out, ", %ld ms\n", own_int(i, "latencyMs"));
    if (failure[0] == '\0')
        return;
    strbuf_adds(out, "    last error ");
    own_add_when(out, c, failure);
    strbuf_addf(out, ":\n      %s\n", own_text(i, "lastError"));
}

static bool run_list(struct cli *c, struct err *err)
{
    static const struct operation op = {
        .method = "GET", .path = "/receivers", .name = "receivers", .own = true};
    json_auto_t *doc = own_call(c, &op, NULL, (struct sv){0}, err);

    if (doc == NULL || own_print_json(c, doc))
        return doc != NULL;
    for (size_t i = 0; i < json_array_size(doc); i++) {
        const json_t *r = json_array_get(doc, i), *integrations = json_object_get(r, "integrations");
        strbuf_addf(&c->out, "%s%s\n", own_text(r, "name"),
                    own_true(r, "used") ? "" : " (no route leads here)");
        for (size_t k = 0; k < json_array_size(integrations); k++)
            add_integration(c, json_array_get(integrations, k));
        if (json_array_size(integrations) == 0)
            strbuf_adds(&c->out, "  tells nobody\n");
    }
    return true;
}

const struct command cmd_receivers = {
    .name = "receivers",
    .help = "Show the receivers: when each was last told something, how long it took, its last error.",
    .run = run_list,
};

/* "http://hooks:8080  open" and who waits there. */
static void print_lane(struct cli *c, const json_t *l)
{
    const json_t *receivers = json_object_get(l, "receivers");
    struct strbuf *out = &c->out;

    strbuf_addf(out, "%s\n  ", own_text(l, "name"));
    if (strcmp(own_text(l, "state"), "closed") == 0) {
        strbuf_adds(out, "open for traffic");
        if (own_text(l, "retryAt")[0] != '\0') {
            strbuf_adds(out, ", asked for patience until ");
            own_add_when(out, c, own_text(l, "retryAt"));
        }
    } else {
        strbuf_adds(out, "PAUSED, tried again ");
        own_add_when(out, c, own_text(l, "retryAt"));
    }
    strbuf_addf(out, "; %ld waiting, %ld on the wire\n", own_int(l, "waiting"), own_int(l, "running"));
    if (own_text(l, "lastError")[0] != '\0') {
        strbuf_adds(out, "  last error ");
        own_add_when(out, c, own_text(l, "lastFailure"));
        strbuf_addf(out, ":\n    %s\n", own_text(l, "lastError"));
    }
    for (size_t i = 0; i < json_array_size(receivers); i++)
        strbuf_addf(out, "  for %s\n", json_string_value(json_array_get(receivers, i)));
}

static bool run_lanes(struct cli *c, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/lanes", .name = "lanes", .own = true};
    json_auto_t *doc = own_call(c, &op, NULL, (struct sv){0}, err);

    if (doc == NULL || own_print_json(c, doc))
        return doc != NULL;
    for (size_t i = 0; i < json_array_size(doc); i++)
        print_lane(c, json_array_get(doc, i));
    if (json_array_size(doc) == 0)
        strbuf_adds(&c->out, "Nothing was sent in the last hour.\n");
    return true;
}

const struct command cmd_lanes = {
    .name = "lanes",
    .help = "Show the ways to where notifications go: what waits, what is paused, what last went wrong.",
    .run = run_lanes,
};

struct test_options {
    bool resolved;
    struct flag_list annotations;
};
#define T(name) offsetof(struct test_options, name)

static const struct flag test_flags[] = {
    {"resolved", FLAG_BOOL, T(resolved), NULL, "Tell that the sample alert is over"},
    {"annotation", FLAG_LIST, T(annotations), NULL, "Set an annotation of the sample alert"},
};

static const struct command cmd_test;

static void print_attempts(struct cli *c, const json_t *doc)
{
    const json_t *integrations = json_object_get(doc, "integrations");

    for (size_t k = 0; k < json_array_size(integrations); k++) {
        const json_t *i = json_array_get(integrations, k);
        const bool ok = own_true(i, "ok");
        strbuf_addf(&c->out, "%s  %s[%ld]  %ld ms, %ld attempt(s)\n", ok ? "ok" : "FAILED",
                    own_text(i, "type"), own_int(i, "index"), own_int(i, "durationMs"),
                    own_int(i, "attempts"));
        if (!ok)
            strbuf_addf(&c->out, "  %s: %s\n", own_text(i, "reason"), own_text(i, "error"));
    }
    if (json_array_size(integrations) == 0)
        strbuf_addf(&c->out, "receiver %s tells nobody\n", own_text(doc, "receiver"));
}

static bool write_sample(struct cli *c, struct strbuf *body, struct err *err)
{
    const struct test_options *o = CLI_OPTIONS(c, &cmd_test);
    const struct flag_list labels_given = {cli_args(c)->v + 1, cli_args(c)->n - 1};
    struct pairs_sv labels, annotations;
    struct jw w;

    if (!args_pairs(c, &labels_given, true, "labels", &labels, err) ||
        !args_pairs(c, &o->annotations, false, "annotations", &annotations, err))
        return false;
    jw_init(&w, body, false);
    jw_object(&w);
    jw_key(&w, SV("labels"));
    api_write_pairs(&w, &labels);
    jw_key(&w, SV("annotations"));
    api_write_pairs(&w, &annotations);
    jw_kstr(&w, SV("status"), o->resolved ? SV("resolved") : SV("firing"));
    jw_end(&w);
    return true;
}

static bool run_test(struct cli *c, struct err *err)
{
    static const struct operation op = {
        .method = "POST", .path = "/receivers/{name}/test", .name = "receiver test", .own = true};
    CLEANUP(strbuf_donep) struct strbuf body = {0}, tail = {0};

    if (cli_args(c)->n == 0)
        return err_set(err, ERR_INVALID, "name a receiver; `tocsinctl receivers` lists them");
    if (!write_sample(c, &body, err))
        return false;
    client_tail(&tail, sv_of(cli_args(c)->v[0]));
    strbuf_adds(&tail, "/test");
    json_auto_t *doc = own_call(c, &op, tail.p, strbuf_sv(&body), err);
    if (doc == NULL)
        return false;
    if (!own_print_json(c, doc))
        print_attempts(c, doc);
    c->status = own_true(doc, "ok") ? 0 : 1;
    return true;
}

static const struct command cmd_test = {
    .name = "test",
    .args = "<name> [<labels>...]",
    .max_args = SIZE_MAX,
    .help = "Send a sample alert to a receiver, past routes, groups and silences.\n\n"
            "Every integration of the receiver is tried, and what came of it is printed; the exit status is "
            "1 when "
            "one failed. Labels that are given replace those of the sample.\n\n"
            "  tocsinctl receiver test team-db severity=page\n",
    .flags = test_flags,
    .n_flags = COUNT_OF(test_flags),
    .options_size = sizeof(struct test_options),
    .run = run_test,
};

static const struct command *const subs[] = {&cmd_test, &cmd_receiver_render, NULL};

const struct command cmd_receiver = {.name = "receiver", .help = "Try a receiver.", .subs = subs};
