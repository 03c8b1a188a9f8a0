#include <stddef.h>
#include <stdint.h>

#include "args.h"
#include "cli.h"
#include "commands.h"
#include "own.h"

struct preview_options {
    long limit;
};

static const struct flag flags[] = {
    {"limit", FLAG_INT, offsetof(struct preview_options, limit), "20", "How many alerts and groups to list"},
};

static void write_matchers(struct strbuf *body, const struct matchers *ms)
{
    struct jw w;

    jw_init(&w, body, false);
    jw_object(&w);
    jw_key(&w, SV("matchers"));
    jw_array(&w);
    for (size_t i = 0; i < ms->n; i++) {
        const struct api_matcher m = api_matcher_of(&ms->v[i]);
        api_write_matcher(&w, &m);
    }
    jw_end(&w);
    jw_end(&w);
}

static void print_rest(struct cli *c, long total, size_t listed, const char *what)
{
    if (total > (long)listed)
        strbuf_addf(&c->out, "  and %ld more %s\n", total - (long)listed, what);
}

static void print_preview(struct cli *c, const json_t *doc)
{
    const json_t *alerts = json_object_get(doc, "alerts"), *groups = json_object_get(doc, "groups");
    const long n_alerts = own_int(doc, "alertCount"), n_groups = own_int(doc, "groupCount");

    strbuf_addf(&c->out, "Would mute %ld alert(s) in %ld group(s), %ld of them whole.\n", n_alerts, n_groups,
                own_int(doc, "fullyMutedGroupCount"));
    for (size_t i = 0; i < json_array_size(alerts); i++) {
        strbuf_adds(&c->out, i == 0 ? "\nAlerts\n  " : "  ");
        own_add_labels(&c->out, json_object_get(json_array_get(alerts, i), "labels"));
        strbuf_addc(&c->out, '\n');
    }
    print_rest(c, n_alerts, json_array_size(alerts), "alerts");
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *g = json_array_get(groups, i);
        strbuf_addf(&c->out, "%s  %s ", i == 0 ? "\nGroups\n" : "",
                    own_text(json_object_get(g, "receiver"), "name"));
        own_add_labels(&c->out, json_object_get(g, "labels"));
        strbuf_addf(&c->out, ": %ld of %ld\n", own_int(g, "mutedCount"), own_int(g, "alertCount"));
    }
    print_rest(c, n_groups, json_array_size(groups), "groups");
}

static bool run(struct cli *c, struct err *err)
{
    static const struct operation op = {
        .method = "POST", .path = "/silences/preview", .name = "silence preview", .own = true};
    const struct preview_options *o = CLI_OPTIONS(c, &cmd_silence_preview);
    CLEANUP(strbuf_donep) struct strbuf body = {0}, query = {0};
    struct matchers ms;

    const bool parsed = args_matchers(c, cli_args(c), true, &ms, err);
    write_matchers(&body, &ms);
    matchers_done(&ms);
    if (!parsed)
        return false;
    strbuf_addf(&query, "?limit=%ld", o->limit);
    json_auto_t *doc = own_call(c, &op, query.p, strbuf_sv(&body), err);
    if (doc != NULL && !own_print_json(c, doc))
        print_preview(c, doc);
    return doc != NULL;
}

const struct command cmd_silence_preview = {
    .name = "preview",
    .args = "[<matcher-groups>...]",
    .max_args = SIZE_MAX,
    .help = "Show what a silence with these matchers would mute now; nothing is changed.\n\n"
            "  tocsinctl silence preview Disk 'node=~db.*'\n",
    .flags = flags,
    .n_flags = COUNT_OF(flags),
    .options_size = sizeof(struct preview_options),
    .run = run,
};
