/* tocsinctl receiver render: the messages that a receiver would send, for those who write templates. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "load.h"
#include "notify/preview.h"
#include "template_data.h"

struct render_options {
    const char *config_file, *data;
};
#define R(name) offsetof(struct render_options, name)

static const struct flag flags[] = {
    {"config.file", FLAG_FILE, R(config_file), NULL, "The configuration with the receiver", .required = true},
    {"data", FLAG_FILE, R(data), NULL,
     "A file with the notification: JSON, as the body of a webhook. By default two made-up alerts."},
};

static bool read_data(struct cli *c, const char *path, struct template_data *data, struct err *err)
{
    if (path != NULL)
        return template_data_file(c, path, data, err) || err_wrap(err, "%s", path);
    template_data_sample(data, c->now.wall, &c->mem);
    return true;
}

static struct labels *labels_of(const struct pairs_sv *pairs)
{
    return labels_new(pairs->v, label_sv_normalize(pairs->v, pairs->n, true));
}

static struct delivery_alert alert_of(const struct template_alert *a)
{
    const bool firing = !sv_eq(a->status, SV("resolved"));

    return (struct delivery_alert){
        .alert = alert_new(labels_of(&a->labels), labels_of(&a->annotations), intern(a->generator_url),
                           a->starts_at.at, firing ? STAMP_UNSET : a->ends_at.at, a->starts_at.at, false),
        .firing = firing};
}

static char *text_or_null(struct sv text)
{
    return text.n != 0 ? xstrndup(text.p, text.n) : NULL;
}

static struct delivery *delivery_of(const struct config *config, const struct receiver *r,
                                    const struct integration *i, const struct template_data *data)
{
    struct delivery *d = xcalloc(1, sizeof *d);

    *d = (struct delivery){.config = config_ref(config),
                           .receiver = r,
                           .integration = i,
                           .group_key = xstrdup("{}:{}"),
                           .group_labels = labels_of(&data->group_labels),
                           .alerts = xcalloc(data->n_alerts + 1, sizeof *d->alerts),
                           .reason = notify_reason_parse(data->reason),
                           .external_url = text_or_null(data->external_url),
                           .receiver_name = text_or_null(data->receiver),
                           .deadline = MONO_NEVER};
    for (size_t k = 0; k < data->n_alerts; k++) {
        struct delivery_alert a = alert_of(&data->alerts[k]);
        if (a.firing || i->settings->send_resolved)
            d->alerts[d->n_alerts++] = a;
        else
            alert_unref(a.alert);
    }
    return d;
}

/* Each body behind a line that says which it is. */
struct shown {
    struct cli *c;
    const struct integration *i;
    unsigned n;
};

static void show(void *ctx, struct sv body)
{
    struct shown *s = ctx;

    strbuf_addf(&s->c->out, "%s%s[%zu], message %u, %zu bytes:\n", s->c->out.n != 0 ? "\n" : "",
                s->i->type->name, s->i->index, ++s->n, body.n);
    strbuf_addsv(&s->c->out, sv_trim(body));
    strbuf_addc(&s->c->out, '\n');
}

static bool render_all(struct cli *c, const struct config *config, const struct template_data *data,
                       struct err *err)
{
    const char *name = cli_args(c)->v[0];
    const struct receiver *r = config_receiver(config, sv_of(name));
    bool ok = r != NULL || err_set(err, ERR_NOT_FOUND, "receiver \"%s\" not found", name);

    for (size_t i = 0; ok && i < r->n_integrations; i++) {
        struct shown shown = {c, &r->integrations[i], 0};
        struct delivery *d = delivery_of(config, r, shown.i, data);
        ok = notify_preview(d, "http://localhost:9093", c->now, show, &shown, err) ||
             err_wrap(err, "%s[%zu]", shown.i->type->name, shown.i->index);
        delivery_free(d);
    }
    return ok;
}

static bool run(struct cli *c, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    const struct render_options *o = CLI_OPTIONS(c, &cmd_receiver_render);
    struct template_data data;

    if (cli_args(c)->n == 0)
        return err_set(err, ERR_INVALID, "name a receiver");
    if (!read_data(c, o->data, &data, err))
        return false;
    struct config *config = cli_load_config(c, o->config_file, &errors, err);
    if (config == NULL && errors.n != 0)
        cli_warn(c, "%.*s", (int)errors.n - 1, errors.p);
    const bool ok = config != NULL && config_load_templates(config, err) && render_all(c, config, &data, err);
    config_unref(config);
    return ok;
}

const struct command cmd_receiver_render = {
    .name = "render",
    .args = "<name>",
    .max_args = 1,
    .help = "Print what a receiver would send, without sending it and without a server.\n\n"
            "Every integration of the receiver is rendered from the configuration file: the bodies of its "
            "messages, all parts of those that are split, with their length. Addresses and secrets are not "
            "shown.\n\n"
            "  tocsinctl receiver render team-db --config.file=alertmanager.yml --data=webhook.json\n",
    .flags = flags,
    .n_flags = COUNT_OF(flags),
    .options_size = sizeof(struct render_options),
    .run = run,
};
