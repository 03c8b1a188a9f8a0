/* `ack`: who is on it. */
#include <stddef.h>
#include <stdint.h>

#include "args.h"
#include "cli.h"
#include "codec/jw.h"
#include "commands.h"
#include "own.h"

/* ---- list ---- */

static size_t count(const json_t *alerts, const char *key)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(alerts); i++)
        n += own_true(json_array_get(alerts, i), key);
    return n;
}

static void print_group(struct cli *c, const json_t *g)
{
    const json_t *alerts = json_object_get(g, "alerts");

    own_add_labels(&c->out, json_object_get(g, "labels"));
    strbuf_addf(&c->out, " for %s\n  %s, ", own_text(g, "receiver"), own_text(g, "by"));
    own_add_when(&c->out, c, own_text(g, "at"));
    strbuf_addf(&c->out, "%s%s\n  %zu of %zu alert(s)\n", own_text(g, "comment")[0] != '\0' ? ": " : "",
                own_text(g, "comment"), count(alerts, "acknowledged"), json_array_size(alerts));
}

static bool run_list(struct cli *c, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/ack", .name = "ack", .own = true};
    json_auto_t *doc = own_call(c, &op, NULL, (struct sv){0}, err);

    if (doc == NULL || own_print_json(c, doc))
        return doc != NULL;
    if (json_array_size(doc) == 0)
        strbuf_adds(&c->out, "Nothing is acknowledged.\n");
    for (size_t i = 0; i < json_array_size(doc); i++)
        print_group(c, json_array_get(doc, i));
    return true;
}

static const struct command cmd_list = {
    .name = "list",
    .help = "Show what is acknowledged, by whom.",
    .is_default = true,
    .run = run_list,
};

/* ---- add, remove ---- */

struct pick_options {
    const char *group, *receiver, *author, *comment;
};
#define P(name) offsetof(struct pick_options, name)

#define PICK_FLAGS                                                                                           \
    {"group", FLAG_STRING, P(group), NULL, "Only the group with this key, as `explain -o json` shows it"},   \
    {                                                                                                        \
        "receiver", FLAG_STRING, P(receiver), NULL, "Only what this receiver is told"                        \
    }

static const struct flag add_flags[] = {
    PICK_FLAGS,
    {"author", FLAG_STRING, P(author), NULL, "Who is on it; your user name by default", .letter = 'a'},
    {"comment", FLAG_STRING, P(comment), "", "What there is to say", .letter = 'c'},
};
static const struct flag remove_flags[] = {PICK_FLAGS};

static const struct command cmd_add, cmd_remove;

static bool change(struct cli *c, const struct operation *op, const struct pick_options *o, struct sv body,
                   struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf query = {0};

    args_query_filters(c, &query);
    if (o->group != NULL)
        args_query(&query, "groupKey", sv_of(o->group));
    if (o->receiver != NULL)
        args_query(&query, "receiver", sv_of(o->receiver));
    json_auto_t *doc = own_call(c, op, query.p, body, err);
    if (doc != NULL && !own_print_json(c, doc))
        strbuf_addf(&c->out, "%ld group(s)\n", own_int(doc, "groups"));
    return doc != NULL;
}

static bool run_add(struct cli *c, struct err *err)
{
    static const struct operation op = {.method = "POST", .path = "/ack", .name = "ack", .own = true};
    const struct pick_options *o = CLI_OPTIONS(c, &cmd_add);
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct jw w;

    jw_init(&w, &body, false);
    jw_object(&w);
    jw_kstr(&w, SV("by"), o->author != NULL ? sv_of(o->author) : args_user_name(c));
    jw_kstr(&w, SV("comment"), sv_of(o->comment));
    jw_end(&w);
    return change(c, &op, o, strbuf_sv(&body), err);
}

static bool run_remove(struct cli *c, struct err *err)
{
    static const struct operation op = {.method = "DELETE", .path = "/ack", .name = "ack", .own = true};

    return change(c, &op, CLI_OPTIONS(c, &cmd_remove), (struct sv){0}, err);
}

static const struct command cmd_add = {
    .name = "add",
    .args = "[<matchers>...]",
    .max_args = SIZE_MAX,
    .help = "Acknowledge what fires: it is not repeated until it is resolved.\n\n"
            "What joins its groups is still told, and so is the end.\n\n"
            "  tocsinctl ack add Disk node=db1 --comment 'ordering a new one'\n",
    .flags = add_flags,
    .n_flags = COUNT_OF(add_flags),
    .options_size = sizeof(struct pick_options),
    .run = run_add,
};

static const struct command cmd_remove = {
    .name = "remove",
    .args = "[<matchers>...]",
    .max_args = SIZE_MAX,
    .help = "Take acknowledgements back.",
    .flags = remove_flags,
    .n_flags = COUNT_OF(remove_flags),
    .options_size = sizeof(struct pick_options),
    .run = run_remove,
};

static const struct command *const subs[] = {&cmd_list, &cmd_add, &cmd_remove, NULL};

const struct command cmd_ack = {
    .name = "ack",
    .help = "Acknowledge alerts, and show who has.",
    .subs = subs,
};
