/* tocsinctl migrate: configurations of other programs, in our words. */
#include <string.h>

#include "cli.h"
#include "codec/yw.h"
#include "commands.h"
#include "config/fields.h"
#include "load.h"
#include "model/duration.h"

#define FILE_MAX ((size_t)16 << 20)

/* ---- what stands in the file of prometheus-webhook-dingtalk ---- */

struct ding_message {
    char *title, *text;
};
struct ding_mention {
    bool all;
    struct strings mobiles;
};
struct ding_target {
    const char *name;
    char *url, *secret;
    struct ding_mention mention;
    struct ding_message message;
};
struct ding_file {
    dur_ns timeout; /* 0: not said */
    bool no_builtin_template;
    char *template; /* the old spelling of templates */
    struct strings templates;
    struct ding_message default_message;
    struct ding_target *targets;
    size_t n_targets;
};

#define ROW(of, name, type, member)                                                                          \
    {                                                                                                        \
        .key = (name), .kind = FIELD_##type, .offset = offsetof(struct of, member)                           \
    }
#define ROW_SUB(of, name, member, schema)                                                                    \
    {                                                                                                        \
        .key = (name), .kind = FIELD_STRUCT, .offset = offsetof(struct of, member), .sub = &(schema)         \
    }
#define SCHEMA(of, title, table)                                                                             \
    {                                                                                                        \
        .name = (title), .go_type = (title), .size = sizeof(struct of), .fields = (table)                    \
    }

static const struct field message_fields[] = {
    ROW(ding_message, "title", STRING, title), ROW(ding_message, "text", STRING, text), {0}};
static const struct schema message_schema = SCHEMA(ding_message, "message", message_fields);

static const struct field mention_fields[] = {
    ROW(ding_mention, "all", BOOL, all), ROW(ding_mention, "mobiles", STRINGS, mobiles), {0}};
static const struct schema mention_schema = SCHEMA(ding_mention, "mention", mention_fields);

static const struct field target_fields[] = {ROW(ding_target, "url", STRING, url),
                                             ROW(ding_target, "secret", STRING, secret),
                                             ROW_SUB(ding_target, "mention", mention, mention_schema),
                                             ROW_SUB(ding_target, "message", message, message_schema),
                                             {0}};
static const struct schema target_schema = SCHEMA(ding_target, "target", target_fields);

/* ^[a-zA-Z][a-zA-Z0-9_-]*$, as there: it is a part of a URL. */
static bool name_ok(const char *s)
{
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *first = s[0] != '\0' ? strchr(all, s[0]) : NULL;

    return first != NULL && first < strchr(all, '0') && s[strspn(s, all)] == '\0';
}

static bool decode_target(struct decoder *d, const struct ytree *key, const struct ytree *node,
                          struct ding_target *t)
{
    if (key->kind != YTREE_SCALAR || !name_ok(key->text.p))
        return decode_fail(d, key, "the name of a target is letters, digits, - and _, a letter first");
    if (!decode_object(d, node, &target_schema, t))
        return false;
    t->name = key->text.p;
    return (t->url != NULL && t->url[0] != '\0') || decode_fail(d, node, "target %s has no url", t->name);
}

static bool decode_targets(struct decoder *d, const struct ytree *node, void *member)
{
    struct ding_file *f = CONTAINER_OF((struct ding_target **)member, struct ding_file, targets);
    bool ok = true;

    if (node->kind != YTREE_MAP)
        return decode_type_error(d, node, "targets");
    f->targets = ARENA_ARRAY(decode_arena(d), struct ding_target, node->n + 1);
    f->n_targets = node->n;
    for (size_t i = 0; i < node->n; i++)
        ok = decode_target(d, node->items[2 * i], node->items[2 * i + 1], &f->targets[i]) && ok;
    return ok;
}

static bool check_file(struct decoder *d, const struct ytree *node, void *object)
{
    const struct ding_file *f = object;
    return f->n_targets != 0 || decode_fail(d, node, "there are no targets");
}

static const struct field file_fields[] = {
    ROW(ding_file, "timeout", DURATION, timeout),
    ROW(ding_file, "no_builtin_template", BOOL, no_builtin_template),
    ROW(ding_file, "template", STRING, template),
    ROW(ding_file, "templates", STRINGS, templates),
    ROW_SUB(ding_file, "default_message", default_message, message_schema),
    {.key = "targets",
     .kind = FIELD_CUSTOM,
     .offset = offsetof(struct ding_file, targets),
     .decode = decode_targets},
    {0},
};
static const struct schema file_schema = {.name = "configuration of prometheus-webhook-dingtalk",
                                          .go_type = "configuration",
                                          .size = sizeof(struct ding_file),
                                          .fields = file_fields,
                                          .check = check_file};

/* ---- what is written ---- */

static void write_pair(struct yw *w, const char *key, const char *value)
{
    if (value == NULL)
        return;
    yw_string(w, sv_of(key));
    yw_string(w, sv_of(value));
}

static void write_plain(struct yw *w, const char *key, const char *value)
{
    yw_string(w, sv_of(key));
    yw_plain(w, sv_of(value));
}

static void begin(struct yw *w, const char *key)
{
    yw_string(w, sv_of(key));
    yw_map_begin(w);
}

static void write_strings(struct yw *w, const char *key, const struct strings *list)
{
    if (list->n == 0)
        return;
    yw_string(w, sv_of(key));
    yw_seq_begin(w, false);
    for (size_t i = 0; i < list->n; i++)
        yw_string(w, sv_of(list->v[i]));
    yw_seq_end(w);
}

static void write_global(struct yw *w, const struct ding_file *f, const struct strings *templates)
{
    begin(w, "global");
    write_strings(w, "im_templates", templates);
    if (f->no_builtin_template)
        write_plain(w, "im_builtin_templates", "false");
    write_pair(w, "dingtalk_title", f->default_message.title);
    write_pair(w, "dingtalk_text", f->default_message.text);
    yw_map_end(w);
}

static void write_mention(struct yw *w, const struct ding_mention *m)
{
    if (!m->all && m->mobiles.n == 0)
        return;
    begin(w, "at");
    if (m->all)
        write_plain(w, "all", "true");
    write_strings(w, "mobiles", &m->mobiles);
    yw_map_end(w);
}

static void write_target(struct yw *w, const struct ding_file *f, const struct ding_target *t)
{
    CLEANUP(strbuf_donep) struct strbuf timeout = {0};

    yw_map_begin(w);
    write_pair(w, "name", t->name);
    yw_string(w, SV("dingtalk_configs"));
    yw_seq_begin(w, false);
    yw_map_begin(w);
    write_pair(w, "webhook_url", t->url);
    write_pair(w, "secret", t->secret);
    write_pair(w, "template_compat", "prometheus-webhook-dingtalk");
    write_mention(w, &t->mention);
    write_pair(w, "title", t->message.title);
    write_pair(w, "text", t->message.text);
    if (f->timeout != 0) {
        duration_print(&timeout, f->timeout);
        write_pair(w, "timeout", timeout.p);
    }
    begin(w, "http_config");
    write_plain(w, "proxy_from_environment", "true");
    yw_map_end(w);
    yw_map_end(w);
    yw_seq_end(w);
    yw_map_end(w);
}

static bool write_config(struct strbuf *out, const struct ding_file *f, const struct strings *templates)
{
    struct yw *w = yw_new(out);

    yw_map_begin(w);
    if (templates->n != 0 || f->no_builtin_template || f->default_message.title != NULL ||
        f->default_message.text != NULL)
        write_global(w, f, templates);
    begin(w, "route");
    write_pair(w, "receiver", f->targets[0].name);
    yw_map_end(w);
    yw_string(w, SV("receivers"));
    yw_seq_begin(w, false);
    for (size_t i = 0; i < f->n_targets; i++)
        write_target(w, f, &f->targets[i]);
    yw_seq_end(w);
    yw_map_end(w);
    return yw_free(w);
}

/* ---- notes ---- */

static void write_notes(struct strbuf *out, const struct ding_file *f, const struct strings *templates,
                        const char *template_error)
{
    strbuf_adds(out, "# From a configuration of prometheus-webhook-dingtalk.\n"
                     "#\n"
                     "# - route: everything goes to the first target. Take the routes of your "
                     "alertmanager.yml; where they\n"
                     "#   name a receiver that posts to http://.../dingtalk/NAME/send, put NAME itself.\n"
                     "# - http_config: that program took its proxy from the environment. Leave it out if "
                     "there is none.\n");
    if (templates->n != 0)
        strbuf_adds(out, "# - im_templates: relative names belong to the directory of this file now. The "
                         "functions env and\n"
                         "#   expandenv are not there.\n");
    if (f->timeout != 0)
        strbuf_adds(
            out,
            "# - timeout: that program accepted it and did not keep it; here it holds for each request.\n");
    if (template_error != NULL)
        strbuf_addf(out, "# - im_templates: %s\n", template_error);
    strbuf_addc(out, '\n');
}

/* Loads what was written, as if it stood beside the file that it comes from. The templates may have an error
 * of their own: that is a note. */
static bool check_result(struct cli *c, const char *path, struct sv yaml, struct err *templates,
                         struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct config *config = cli_load_text(c, yaml, path, &errors, err);

    if (config == NULL)
        return err_wrap(err, "%s cannot be carried over", path);
    if (config_load_templates(config, templates))
        templates->kind = ERR_NONE;
    config_unref(config);
    return true;
}

static void one_line(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\n')
            *text = ' ';
}

static struct strings all_templates(struct cli *c, const struct ding_file *f)
{
    struct strings all = {.v = ARENA_ARRAY(&c->mem, char *, f->templates.n + 1)};

    if (all.v == NULL)
        return all;
    if (f->template != NULL)
        all.v[all.n++] = f->template;
    for (size_t i = 0; i < f->templates.n; i++)
        all.v[all.n++] = f->templates.v[i];
    return all;
}

static bool convert(struct cli *c, const char *path, const struct ding_file *f, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf yaml = {0};
    const struct strings templates = all_templates(c, f);
    struct err broken = {0};

    if (!write_config(&yaml, f, &templates))
        return err_set(err, ERR_INVALID, "%s has texts that YAML cannot hold", path);
    if (!check_result(c, path, strbuf_sv(&yaml), &broken, err))
        return false;
    one_line(broken.text);
    if (broken.kind != ERR_NONE)
        cli_warn(c, "%s", broken.text);
    write_notes(&c->out, f, &templates, broken.kind != ERR_NONE ? broken.text : NULL);
    strbuf_addsv(&c->out, strbuf_sv(&yaml));
    return true;
}

static bool run_dingtalk(struct cli *c, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0}, errors = {0};
    const struct flag_list *files = cli_args(c);
    const struct config_env env = cli_config_env(c);
    struct ding_file f = {0};

    if (files->n != 1)
        return err_set(err, ERR_INVALID, "name the configuration file of prometheus-webhook-dingtalk");
    if (!cli_read_file(files->v[0], FILE_MAX, &text, err))
        return false;
    if (!document_decode(strbuf_sv(&text), files->v[0], &file_schema, &f, &env, &c->mem, &errors, err)) {
        if (errors.n != 0)
            cli_warn(c, "%.*s", (int)errors.n - 1, errors.p);
        return err_set(err, ERR_INVALID, "%s cannot be read", files->v[0]);
    }
    return convert(c, files->v[0], &f, err);
}

static const struct command cmd_dingtalk = {
    .name = "prometheus-webhook-dingtalk",
    .args = "<config.yml>",
    .max_args = 1,
    .args_are_files = true,
    .help = "Print the receivers that do what a configuration of prometheus-webhook-dingtalk does.\n\n"
            "Each target becomes a receiver of the same name, which sends the same messages with the same "
            "templates. "
            "The result is a whole configuration that check-config accepts, secrets included; what to look "
            "at stands in its first lines.\n",
    .run = run_dingtalk,
};

static const struct command *const subs[] = {&cmd_dingtalk, NULL};

const struct command cmd_migrate = {
    .name = "migrate",
    .help = "Print what the configuration of another program would be here.",
    .subs = subs,
};
