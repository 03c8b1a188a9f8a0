#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "commands.h"
#include "own.h"

struct list_options {
    long limit;
};

static const struct flag list_flags[] = {
    {"limit", FLAG_INT, offsetof(struct list_options, limit), "50", "How many, at most 1000; the newest",
     .letter = 'n'},
};

static const struct command cmd_list;

static void print_letter(struct cli *c, const json_t *l)
{
    const json_t *alerts = json_object_get(l, "alerts"), *integration = json_object_get(l, "integration");
    struct strbuf *out = &c->out;

    strbuf_addf(out, "%s\n  given up ", own_text(l, "id"));
    own_add_when(out, c, own_text(l, "givenUpAt"));
    strbuf_addf(out, ": %s, %ld attempt(s)\n  %s %s[%ld], %s\n", own_text(l, "cause"), own_int(l, "attempts"),
                own_text(l, "receiver"), own_text(integration, "type"), own_int(integration, "index"),
                own_text(l, "reason"));
    if (own_text(l, "error")[0] != '\0')
        strbuf_addf(out, "  %s\n", own_text(l, "error"));
    for (size_t i = 0; i < json_array_size(alerts); i++) {
        const json_t *a = json_array_get(alerts, i);
        strbuf_addf(out, "  %s: ", own_text(a, "status"));
        own_add_labels(out, json_object_get(a, "labels"));
        strbuf_addc(out, '\n');
    }
    if (own_int(l, "alertsLeftOut") != 0)
        strbuf_addf(out, "  and %ld more alerts\n", own_int(l, "alertsLeftOut"));
}

static json_t *fetch(struct cli *c, long limit, struct err *err)
{
    static const struct operation op = {
        .method = "GET", .path = "/dead-letters", .name = "dead letters", .own = true};
    CLEANUP(strbuf_donep) struct strbuf query = {0};

    strbuf_addf(&query, "?limit=%ld", limit);
    return own_call(c, &op, query.p, (struct sv){0}, err);
}

static bool run_list(struct cli *c, struct err *err)
{
    const struct list_options *o = CLI_OPTIONS(c, &cmd_list);
    json_auto_t *doc = fetch(c, o->limit, err);

    if (doc == NULL || own_print_json(c, doc))
        return doc != NULL;
    if (json_array_size(doc) == 0)
        strbuf_adds(&c->out,
                    "Nothing: everything that was to be told has been told, or is still being tried.\n");
    for (size_t i = json_array_size(doc); i-- != 0;)
        print_letter(c, json_array_get(doc, i));
    return true;
}

static const struct command cmd_list = {
    .name = "list",
    .help = "Show notifications that were given up, oldest first.",
    .flags = list_flags,
    .n_flags = COUNT_OF(list_flags),
    .options_size = sizeof(struct list_options),
    .is_default = true,
    .run = run_list,
};

struct replay_options {
    bool all;
};

static const struct flag replay_flags[] = {
    {"all", FLAG_BOOL, offsetof(struct replay_options, all), NULL, "All of them, up to 1000"},
};

static const struct command cmd_replay;

static bool replay(struct cli *c, const char *id, struct err *err)
{
    static const struct operation op = {
        .method = "POST", .path = "/dead-letters/{id}/replay", .name = "replay", .own = true};
    CLEANUP(strbuf_donep) struct strbuf tail = {0};

    client_tail(&tail, sv_of(id));
    strbuf_adds(&tail, "/replay");
    json_auto_t *doc = own_call(c, &op, tail.p, (struct sv){0}, err);
    if (doc == NULL)
        return err_wrap(err, "%s", id);
    strbuf_addf(&c->out, "%s\n", own_text(doc, "id"));
    return true;
}

/* Each is tried; the first that cannot be replayed does not hold up the others. */
static bool replay_all(struct cli *c, struct err *err)
{
    json_auto_t *doc = fetch(c, 1000, err);
    const size_t n = json_array_size(doc);
    size_t failed = 0;

    if (doc == NULL)
        return false;
    for (size_t i = n; i-- != 0;)
        if (!replay(c, own_text(json_array_get(doc, i), "id"), err)) {
            failed++;
            cli_warn(c, "%s", err->text);
        }
    return failed == 0 || err_set(err, ERR_INVALID, "couldn't replay %zu out of %zu dead letters", failed, n);
}

static bool run_replay(struct cli *c, struct err *err)
{
    const struct replay_options *o = CLI_OPTIONS(c, &cmd_replay);
    const struct flag_list *ids = cli_args(c);

    if (o->all)
        return replay_all(c, err);
    if (ids->n == 0)
        return err_set(err, ERR_INVALID, "name dead letters by their ids, or say --all");
    for (size_t i = 0; i < ids->n; i++)
        if (!replay(c, ids->v[i], err))
            return false;
    return true;
}

static const struct command cmd_replay = {
    .name = "replay",
    .args = "[<ids>...]",
    .max_args = SIZE_MAX,
    .help = "Send dead letters once more, to the receivers they were for.\n\n"
            "Prints the ids of those that are on their way; what arrives is forgotten.",
    .flags = replay_flags,
    .n_flags = COUNT_OF(replay_flags),
    .options_size = sizeof(struct replay_options),
    .run = run_replay,
};

static const struct command *const subs[] = {&cmd_list, &cmd_replay, NULL};

const struct command cmd_dead_letters = {
    .name = "dead-letters",
    .help = "Show and replay notifications that were given up.",
    .subs = subs,
};
