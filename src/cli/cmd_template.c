#include <stddef.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "config/templates.h"
#include "template_data.h"
#include "template_group.h"
#include "template_limits.h"

struct render_options {
    struct flag_list globs, group;
    const char *text, *type, *data, *receiver;
    bool limits;
};
#define R(name) offsetof(struct render_options, name)

static const struct flag render_flags[] = {
    {"template.glob", FLAG_LIST, R(globs), NULL,
     "Glob of paths that will be expanded and used for rendering.", .required = true},
    {"template.text", FLAG_STRING, R(text), NULL, "The template that will be rendered.", .required = true},
    {"template.type", FLAG_ENUM, R(type), NULL,
     "The type of the template. Can be either text (default) or html.", .choices = "html,text"},
    {"template.data", FLAG_STRING, R(data), NULL,
     "Full path to a file which contains the data of the alert(-s) with which the --template.text will be "
     "rendered: "
     "JSON, as the body of a webhook. If none has been specified then a predefined, simple alert will be "
     "used."},
    {"template.group", FLAG_LIST, R(group), NULL,
     "Take the data from the server's group with these labels: a matcher, may be repeated; a bare word is an "
     "alertname."},
    {"template.receiver", FLAG_STRING, R(receiver), NULL,
     "The receiver of the group, where several receivers have one with these labels."},
    {"template.limits", FLAG_BOOL, R(limits), NULL,
     "Print how long the text is beside what each channel takes, instead of the text."},
};

static const struct command cmd_render;

static bool read_data(struct cli *c, const struct render_options *o, struct template_data *data,
                      struct err *err)
{
    const bool group = o->group.n != 0 || o->receiver != NULL;

    if (group && o->data != NULL)
        return err_set(err, ERR_INVALID, "the data comes from a file or from a group, not from both");
    if (group)
        return template_group(c, &o->group, o->receiver, data, err);
    if (o->data != NULL)
        return template_data_file(c, o->data, data, err);
    template_data_sample(data, c->now.wall, &c->mem);
    return true;
}

static bool render(struct cli *c, const struct render_options *o, const struct tmpl_set *set, struct err *err)
{
    /* the labels of a group have been rendered by the server */
    const struct tmpl_limits limits = {.expand_route_labels = o->group.n == 0 && o->receiver == NULL};
    const bool html = o->type != NULL && strcmp(o->type, "html") == 0;
    struct template_data data;
    struct sv out;

    if (!read_data(c, o, &data, err))
        return false;
    const bool ok = (html ? tmpl_html : tmpl_text)(set, sv_of(o->text), template_data_tval(&data), c->now,
                                                   &limits, &c->mem, &out, err);
    if (ok && o->limits)
        template_limits_print(&c->out, out);
    else if (ok)
        strbuf_addsv(&c->out, out);
    return ok;
}

static bool run(struct cli *c, struct err *err)
{
    const struct render_options *o = CLI_OPTIONS(c, &cmd_render);
    struct tmpl_set *set = templates_new(err);
    bool ok = set != NULL;

    for (size_t i = 0; ok && i < o->globs.n; i++)
        ok = templates_add(set, o->globs.v[i], err);
    ok = ok && render(c, o, set, err);
    tmpl_set_free(set);
    return ok;
}

static const struct command cmd_render = {
    .name = "render",
    .help = "Render a given definition in a template file to standard output.",
    .flags = render_flags,
    .n_flags = COUNT_OF(render_flags),
    .options_size = sizeof(struct render_options),
    .run = run,
};
static const struct command *const subs[] = {&cmd_render, NULL};

const struct command cmd_template = {.name = "template", .help = "Render template files.", .subs = subs};
