#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "client.h"
#include "commands.h"
#include "load.h"

struct routes_options {
    const char *file;
};
#define R(name) offsetof(struct routes_options, name)

static const struct flag routes_flags[] = {
    {"config.file", FLAG_FILE, R(file), NULL, "Config file to be tested."},
};

static bool load_from_server(struct cli *c, const struct config **out, struct err *err)
{
    struct api_status status;

    if (!client_status(c, &status, err))
        return false;
    *out = cli_load_text(c, status.original, "server", NULL, err);
    return *out != NULL || err_wrap(err, "the server's configuration cannot be read");
}

static bool load(struct cli *c, const struct config **out, struct err *err)
{
    const struct routes_options *o = CLI_OPTIONS(c, &cmd_config_routes);

    if (o->file == NULL && c->opt->url == NULL)
        return err_set(err, ERR_INVALID,
                       "You have to specify one of --config.file or --alertmanager.url flags.");
    if (o->file == NULL)
        return load_from_server(c, out, err);
    if (c->opt->url != NULL)
        cli_warn(c, "Warning: --config.file flag overrides the --alertmanager.url.");
    *out = cli_load_config(c, o->file, NULL, err);
    return *out != NULL;
}

/* A tree drawn with box characters. `shown` tells which routes belong to it; NULL: all. */
struct drawing {
    struct strbuf *out;
    struct strbuf indent;
    const bool *shown;
    bool only_last_receiver; /* the receiver stands only where the way ends */
};

static bool is_shown(const struct drawing *d, const struct route *r)
{
    return d->shown == NULL || d->shown[r->index];
}

static size_t count_shown(const struct drawing *d, const struct route *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_routes; i++)
        n += is_shown(d, r->routes[i]);
    return n;
}

static void draw_label(const struct drawing *d, const struct route *r, bool ends_here)
{
    if (r->matchers.n == 0)
        strbuf_adds(d->out, "default-route");
    else
        matchers_print(d->out, &r->matchers);
    if (!d->only_last_receiver && r->continue_)
        strbuf_adds(d->out, "  continue: true");
    if (!d->only_last_receiver || ends_here)
        strbuf_addf(d->out, "  receiver: %s", r->receiver->name);
    strbuf_addc(d->out, '\n');
}

static void draw(struct drawing *d, const struct route *r, bool last)
{
    const size_t n_indent = d->indent.n, n = count_shown(d, r);
    size_t seen = 0;

    strbuf_addf(d->out, "%.*s%s", (int)d->indent.n, d->indent.n != 0 ? d->indent.p : "",
                last ? "└── " : "├── ");
    draw_label(d, r, n == 0);
    strbuf_adds(&d->indent, last ? "    " : "│   ");
    for (size_t i = 0; i < r->n_routes; i++)
        if (is_shown(d, r->routes[i]))
            draw(d, r->routes[i], ++seen == n);
    d->indent.n = n_indent;
}

static void draw_tree(struct cli *c, const struct config *config, const bool *shown)
{
    struct drawing d = {.out = &c->out, .shown = shown, .only_last_receiver = shown != NULL};

    strbuf_adds(&c->out, ".\n");
    draw(&d, config->root, true);
    strbuf_addc(&c->out, '\n');
    strbuf_done(&d.indent);
}

static bool run_show(struct cli *c, struct err *err)
{
    const struct config *config = NULL;

    if (!load(c, &config, err))
        return false;
    strbuf_adds(&c->out, "Routing tree:\n");
    draw_tree(c, config, NULL);
    config_unref(config);
    return true;
}

static const struct command cmd_show = {
    .name = "show",
    .help = "Prints alert routing tree.\n\n"
            "The routes come from a local configuration file or from a running server; --config.file takes "
            "precedence.\n\n"
            "  tocsinctl config routes --config.file=alertmanager.yml\n",
    .is_default = true,
    .run = run_show,
};

struct test_options {
    const char *receivers;
    bool tree;
};
#define T(name) offsetof(struct test_options, name)

static const struct flag test_flags[] = {
    {"verify.receivers", FLAG_STRING, T(receivers), NULL,
     "Checks if specified receivers matches resolved receivers. The command fails if the labelset does not "
     "route "
     "to the specified receivers."},
    {"tree", FLAG_BOOL, T(tree), NULL, "Prints out matching routes tree."},
};

static const struct command cmd_test;

static void mark(bool *shown, const struct route *r)
{
    for (; r != NULL; r = r->parent)
        shown[r->index] = true;
}

static void resolve(struct cli *c, const struct config *config, const struct labels *ls)
{
    const struct test_options *o = CLI_OPTIONS(c, &cmd_test);
    const struct route **routes = ARENA_ARRAY(&c->mem, const struct route *, config->n_routes);
    bool *shown = ARENA_ARRAY(&c->mem, bool, config->n_routes);
    CLEANUP(strbuf_donep) struct strbuf names = {0};

    const size_t n = config_routes(config, ls, routes, config->n_routes);
    assert(n != 0); /* the root takes what none of its children takes */
    for (size_t i = 0; i < n; i++) {
        strbuf_addf(&names, "%s%s", i != 0 ? "," : "", routes[i]->receiver->name);
        mark(shown, routes[i]);
    }
    if (o->tree) {
        strbuf_adds(&c->out, "Matching routes:\n");
        draw_tree(c, config, shown);
        strbuf_addc(&c->out, '\n');
    }
    strbuf_addf(&c->out, "%s\n", names.p);
    if (o->receivers == NULL || o->receivers[0] == '\0' || strcmp(o->receivers, names.p) == 0)
        return;
    strbuf_adds(&c->out, "WARNING: Expected receivers did not match resolved receivers.\n");
    c->status = 1;
}

static bool parse_labels(struct cli *c, struct pairs_sv *pairs, struct err *err)
{
    struct matchers ms;

    const bool ok = args_matchers(c, cli_args(c), false, &ms, err)
                        ? args_pairs_of(c, &ms, "Labels", pairs, err)
                        : err_wrap(err, "Failed to parse labels");
    matchers_done(&ms);
    return ok;
}

static bool run_test(struct cli *c, struct err *err)
{
    const struct config *config = NULL;
    struct pairs_sv pairs;

    if (!load(c, &config, err))
        return false;
    const bool ok = parse_labels(c, &pairs, err);
    if (ok) {
        struct labels *ls = labels_new(pairs.v, label_sv_normalize(pairs.v, pairs.n, true));
        resolve(c, config, ls);
        labels_unref(ls);
    }
    config_unref(config);
    return ok;
}

static const struct command cmd_test = {
    .name = "test",
    .args = "[<labels>...]",
    .max_args = SIZE_MAX,
    .help = "Test alert routing.\n\n"
            "Prints the receivers to which an alert with the given labels goes, in the order of the routing "
            "tree. "
            "The routes come from a local configuration file or from a running server; --config.file takes "
            "precedence.\n\n"
            "  tocsinctl config routes test --config.file=alertmanager.yml --verify.receivers=team-db "
            "service=database\n",
    .flags = test_flags,
    .n_flags = COUNT_OF(test_flags),
    .options_size = sizeof(struct test_options),
    .run = run_test,
};

static const struct command *const subs[] = {&cmd_show, &cmd_test, NULL};

const struct command cmd_config_routes = {
    .name = "routes",
    .help = "Prints alert routing tree.\n\n"
            "The routes come from a local configuration file or from a running server; --config.file takes "
            "precedence.\n\n"
            "  tocsinctl config routes [show] --config.file=alertmanager.yml\n",
    .flags = routes_flags,
    .n_flags = COUNT_OF(routes_flags),
    .options_size = sizeof(struct routes_options),
    .subs = subs,
};
