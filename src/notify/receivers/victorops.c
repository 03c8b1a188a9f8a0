/* VictorOps, now Splunk On-Call (receivers.md A8). */
#include <stdlib.h>

#include "codec/url.h"
#include "compose.h"
#include "list.h"
#include "row.h"
#include "text.h"

#define STATE_MESSAGE_MAX ((size_t)20480)
#define DEFAULT(name)     "{{ template \"victorops.default." name "\" . }}"

struct victorops {
    struct receiver_common common;
    char *api_key, *api_key_file, *api_url, *routing_key;
    char *message_type, *state_message, *entity_display_name, *monitoring_tool;
    struct string_map custom_fields;
};

#define SETTINGS struct victorops
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW(api_key, SECRET, "The key of the API."),
    ROW(api_key_file, STRING, "A file that holds the key, read for every notification."),
    ROW_ALWAYS(api_url, URL, "The API; key and routing key are added to its path."),
    ROW_DEF(routing_key, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL | FIELD_REQUIRED, "Who is told."),
    ROW_DEF(message_type, STRING, "CRITICAL", FIELD_ALWAYS | FIELD_TMPL,
            "CRITICAL, WARNING or INFO while alerts fire."),
    ROW_DEF(state_message, STRING, DEFAULT("state_message"), FIELD_ALWAYS | FIELD_TMPL,
            "The message, at most 20480 characters."),
    ROW_DEF(entity_display_name, STRING, DEFAULT("entity_display_name"), FIELD_ALWAYS | FIELD_TMPL,
            "The heading."),
    ROW_DEF(monitoring_tool, STRING, DEFAULT("monitoring_tool"), FIELD_ALWAYS | FIELD_TMPL,
            "Where the message comes from."),
    ROW_TMPL(custom_fields, MAP, NULL, "Further members of the message."),
    {0},
};
#undef SETTINGS

static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {"routing_key",         "message_type",    "state_message",
                                           "entity_display_name", "monitoring_tool", "entity_id",
                                           "entity_state"};
    for (size_t i = 0; i < COUNT_OF(reserved); i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct victorops *s = object;

    if (!is_set(s->routing_key))
        return decode_fail(d, node, "missing Routing key in VictorOps config");
    if (!compose_check_pair(d, node, "api_key", s->api_key, s->api_key_file))
        return false;
    for (size_t i = 0; i < s->custom_fields.n; i++)
        if (is_reserved(s->custom_fields.v[i].name))
            return decode_fail(d, node,
                               "victorOps config contains custom field %s which cannot be used as it "
                               "conflicts with the fixed/static fields",
                               s->custom_fields.v[i].name);
    return true;
}

/* The two of a key are inherited each on its own, as upstream does; a key goes before a file. */
static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct victorops *s = settings;

    if (!is_set(s->api_url))
        s->api_url = global->victorops_api_url;
    if (!is_set(s->api_url))
        return decode_fail(d, node, "no global VictorOps URL set");
    compose_add_slash(s->api_url);
    if (!is_set(s->api_key))
        s->api_key = global->victorops_api_key;
    if (!is_set(s->api_key_file))
        s->api_key_file = global->victorops_api_key_file;
    if (!is_set(s->api_key) && !is_set(s->api_key_file))
        return decode_fail(d, node, "no global VictorOps API Key set");
    return true;
}

static const struct schema schema = {
    .name = "victorops config",
    .go_type = "config.plain",
    .size = sizeof(struct victorops),
    .fields = fields,
    .check = check,
};

struct member {
    struct sv key, value;
};
#define FIXED 5 /* members that are always there */

static int member_cmp(const void *a, const void *b)
{
    return sv_cmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static struct sv message_type(const struct render *r, struct sv configured)
{
    if (!delivery_firing(r->delivery))
        return SV("RECOVERY");
    return sv_eq(configured, SV("INFO")) || sv_eq(configured, SV("WARNING")) ? configured : SV("CRITICAL");
}

/* All members of the message, not yet sorted. */
static bool render_members(struct render *r, const struct victorops *s, struct member *v, struct err *err)
{
    struct sv type, display_name, message, tool;
    const struct compose_text texts[] = {{s->message_type, &type},
                                         {s->entity_display_name, &display_name},
                                         {s->state_message, &message},
                                         {s->monitoring_tool, &tool}};
    char id[65];

    if (!compose_texts(r, texts, COUNT_OF(texts), err) ||
        !compose_cut_runes(r, "state_message", STATE_MESSAGE_MAX, &message, err))
        return false;
    compose_group_id(r, id);
    const char *entity = arena_strndup(r->mem, id, strlen(id));
    *v++ = (struct member){SV("entity_display_name"), display_name};
    *v++ = (struct member){SV("entity_id"), sv_of(entity)};
    *v++ = (struct member){SV("message_type"), message_type(r, type)};
    *v++ = (struct member){SV("monitoring_tool"), tool};
    *v++ = (struct member){SV("state_message"), message};
    for (size_t i = 0; i < s->custom_fields.n; i++, v++) {
        v->key = sv_of(s->custom_fields.v[i].name);
        if (!render_text(r, s->custom_fields.v[i].value, &v->value, err))
            return false;
    }
    return true;
}

static bool render_body(struct render *r, const struct victorops *s, struct request *out, struct err *err)
{
    const size_t n = FIXED + s->custom_fields.n;
    struct member *members = ARENA_ARRAY(r->mem, struct member, n);
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct jw w;

    if (members == NULL)
        return err_set(err, ERR_LIMIT, "message is too large");
    if (!render_members(r, s, members, err)) {
        r->transient = true; /* as upstream has it */
        return err_wrap(err, "templating error");
    }
    qsort(members, n, sizeof *members, member_cmp);
    jw_init(&w, &body, true);
    jw_object(&w);
    for (size_t i = 0; i < n; i++)
        jw_kstr(&w, members[i].key, members[i].value);
    jw_end(&w);
    return compose_body(r, &body, out, err);
}

static bool render_url(struct render *r, const struct victorops *s, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    struct sv api_key, routing_key, kept;

    if (!render_secret(r, s->api_key, s->api_key_file, false, &api_key, err))
        return err_wrap(err, "failed to read API key from file");
    if (!render_text(r, s->routing_key, &routing_key, err))
        return err_wrap(err, "templating error");
    strbuf_adds(&url, s->api_url);
    url_escape_path(&url, api_key);
    strbuf_addc(&url, '/');
    url_escape_path(&url, routing_key);
    if (!compose_keep(r, "URL", &url, &kept, err))
        return false;
    compose_json(out, kept.p);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct victorops *s = (const struct victorops *)(const void *)r->settings;

    return render_url(r, s, out, err) && render_body(r, s, out, err);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    (void)r;
    classify_http(reply, sent, out);
}

static const struct text_limit limits[] = {
    {"state_message", STATE_MESSAGE_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type victorops_receiver = {
    .schema = {.name = "victorops", .key = "victorops_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify,
    .limits = limits,
};
