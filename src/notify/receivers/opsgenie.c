/* OpsGenie: an alert per group, which is created, may be updated, and is closed (receivers.md A7). */
#include "codec/jw.h"
#include "compose.h"
#include "list.h"
#include "notify/data.h"
#include "row.h"
#include "text.h"

#define MESSAGE_MAX   ((size_t)130)
#define DEFAULT(name) "{{ template \"opsgenie.default." name "\" . }}"

struct opsgenie_responder {
    char *id, *name, *username, *type;
};
struct opsgenie {
    struct receiver_common common;
    char *api_key, *api_key_file, *api_url, *message, *description, *source;
    struct string_map details;
    char *entity;
    struct list responders; /* of struct opsgenie_responder */
    char *actions, *tags, *note, *priority;
    bool update_alerts;
};

/* Settings */

#define SETTINGS struct opsgenie_responder
static const struct field responder_fields[] = {
    ROW_TMPL(id, STRING, NULL, "Its id."),
    ROW_TMPL(name, STRING, NULL, "Its name; of type teams, several with commas between."),
    ROW_TMPL(username, STRING, NULL, "The user's name."),
    ROW_TMPL(type, STRING, NULL, "team, teams, user, escalation or schedule."),
    {0},
};
#undef SETTINGS

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static bool fail_responder(struct decoder *d, const struct ytree *node, const struct opsgenie_responder *r,
                           const char *problem)
{
    return decode_fail(d, node, "opsGenieConfig responder {%s %s %s %s} %s", or_empty(r->id),
                       or_empty(r->name), or_empty(r->username), or_empty(r->type), problem);
}

static bool is_known_type(const char *type)
{
    static const char *const types[] = {"team", "teams", "user", "escalation", "schedule"};

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (sv_eq_nocase(sv_of(type), sv_of(types[i])))
            return true;
    return false;
}

static bool check_responder(struct decoder *d, const struct ytree *node, void *object)
{
    const struct opsgenie_responder *r = object;
    const char *type = or_empty(r->type);

    if (!is_set(r->id) && !is_set(r->name) && !is_set(r->username))
        return fail_responder(d, node, r, "has to have at least one of id, username or name specified");
    return strstr(type, "{{") != NULL || is_known_type(type) ||
           fail_responder(d, node, r,
                          "type does not match valid options ^(team|teams|user|escalation|schedule)$");
}

static const struct schema responder_schema = {
    .name = "opsgenie responder",
    .go_type = "config.OpsGenieConfigResponder",
    .size = sizeof(struct opsgenie_responder),
    .fields = responder_fields,
    .check = check_responder,
};

#define SETTINGS struct opsgenie
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW_TMPL(api_key, SECRET, NULL, "The key of the API."),
    ROW(api_key_file, STRING, "A file that holds the key, read for every notification."),
    ROW(api_url, URL, "The API."),
    ROW_TMPL(message, STRING, DEFAULT("message"), "The heading, at most 130 characters."),
    ROW_TMPL(description, STRING, DEFAULT("description"), "The text."),
    ROW_TMPL(source, STRING, DEFAULT("source"), "Where the alert comes from."),
    ROW_TMPL(details, MAP, NULL, "Further facts, besides the common labels."),
    ROW_TMPL(entity, STRING, NULL, "What is affected."),
    ROW_VALUES(responders, responder_schema, "Who is told."),
    ROW_TMPL(actions, STRING, NULL, "Actions at hand, with commas between."),
    ROW_TMPL(tags, STRING, NULL, "Tags, with commas between."),
    ROW_TMPL(note, STRING, NULL, "A note."),
    ROW_TMPL(priority, STRING, NULL, "P1 to P5."),
    ROW(update_alerts, BOOL, "Whether message and description follow changes of the group."),
    {0},
};
#undef SETTINGS

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct opsgenie *s = object;

    return compose_check_pair(d, node, "api_key", s->api_key, s->api_key_file);
}

/* The two of a key are inherited each on its own, as upstream does; a key goes before a file. */
static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct opsgenie *s = settings;

    if (!is_set(s->api_url))
        s->api_url = global->opsgenie_api_url;
    if (!is_set(s->api_url))
        return decode_fail(d, node, "no global OpsGenie URL set");
    compose_add_slash(s->api_url);
    if (!is_set(s->api_key))
        s->api_key = global->opsgenie_api_key;
    if (!is_set(s->api_key_file))
        s->api_key_file = global->opsgenie_api_key_file;
    return is_set(s->api_key) || is_set(s->api_key_file) ||
           decode_fail(d, node, "no global OpsGenie API Key set either inline or in a file");
}

static const struct schema schema = {
    .name = "opsgenie config",
    .go_type = "opsgenie.plain",
    .size = sizeof(struct opsgenie),
    .fields = fields,
    .check = check,
};

/* Requests: one per step */

enum step { CREATE, UPDATE_MESSAGE, UPDATE_DESCRIPTION, CLOSE };

struct state {
    unsigned begun; /* the step that the requests began at: upstream begins again after a failure */
};

static enum step step_of(const struct render *r)
{
    const struct state *state = r->state;
    return delivery_firing(r->delivery) ? (enum step)(r->step - state->begun) : CLOSE;
}

static bool is_last(const struct render *r, const struct opsgenie *s)
{
    return !s->update_alerts || step_of(r) >= UPDATE_DESCRIPTION;
}

/* Common labels, over which come the configured details. */
static bool write_details(struct render *r, const struct opsgenie *s, struct jw *w, struct err *err)
{
    const struct notify_data *data = notify_data_new(r->delivery, 0, r->external_url, r->now, r->mem);
    size_t label = 0, detail = 0;

    if (data == NULL)
        return err_set(err, ERR_LIMIT, "notification data needs too much memory");
    jw_key(w, SV("details"));
    jw_object(w);
    while (label < data->n_common_labels || detail < s->details.n) {
        const struct string_pair *pair = detail < s->details.n ? &s->details.v[detail] : NULL;
        const struct label_sv *l = label < data->n_common_labels ? &data->common_labels[label] : NULL;
        const int order = l == NULL ? 1 : pair == NULL ? -1 : sv_cmp(l->name, sv_of(pair->name));
        struct sv value;
        if (order <= 0)
            label++;
        if (order < 0) {
            jw_kstr(w, l->name, l->value);
            continue;
        }
        detail++;
        if (!render_text(r, pair->value, &value, err))
            return false;
        jw_kstr(w, sv_of(pair->name), value);
    }
    jw_end(w);
    return true;
}

/* The next item of a comma list that is not empty. */
static bool next_item(struct sv *list, struct sv *item)
{
    while (list->n != 0) {
        const char *comma = memchr(list->p, ',', list->n);
        *item = (struct sv){list->p, comma != NULL ? (size_t)(comma - list->p) : list->n};
        const size_t taken = item->n + (comma != NULL ? 1 : 0);
        *list = (struct sv){list->p + taken, list->n - taken};
        if (item->n != 0)
            return true;
    }
    return false;
}

static void write_items(struct jw *w, struct sv key, struct sv list)
{
    struct sv rest = sv_trim(list), item;

    if (!next_item(&rest, &item))
        return;
    jw_key(w, key);
    jw_array(w);
    do
        jw_str(w, item);
    while (next_item(&rest, &item));
    jw_end(w);
}

struct responder {
    struct sv id, name, username, type;
};

static void write_responder(struct jw *w, bool *open, const struct responder *v)
{
    if (!*open) {
        jw_key(w, SV("responders"));
        jw_array(w);
        *open = true;
    }
    jw_object(w);
    compose_optional(w, SV("id"), v->id);
    compose_optional(w, SV("name"), v->name);
    compose_optional(w, SV("username"), v->username);
    jw_kstr(w, SV("type"), v->type);
    jw_end(w);
}

static void write_team_list(struct jw *w, bool *open, struct sv names)
{
    struct sv rest = sv_trim(names), name;

    while (next_item(&rest, &name))
        write_responder(w, open, &(struct responder){.name = name, .type = SV("team")});
}

static bool write_responders(struct render *r, const struct list *responders, struct jw *w, struct err *err)
{
    bool open = false;

    for (size_t i = 0; i < responders->n; i++) {
        const struct opsgenie_responder *c = responders->v[i];
        struct responder v;
        const struct compose_text texts[] = {
            {c->id, &v.id}, {c->name, &v.name}, {c->username, &v.username}, {c->type, &v.type}};
        if (!compose_texts(r, texts, COUNT_OF(texts), err))
            return false;
        if (v.id.n + v.name.n + v.username.n + v.type.n == 0)
            continue;
        if (sv_eq(v.type, SV("teams")))
            write_team_list(w, &open, v.name);
        else
            write_responder(w, &open, &v);
    }
    if (open)
        jw_end(w);
    return true;
}

static bool render_message(struct render *r, const struct opsgenie *s, struct sv *out, struct err *err)
{
    return render_text(r, s->message, out, err) && compose_cut_runes(r, "message", MESSAGE_MAX, out, err);
}

static bool write_create(struct render *r, const struct opsgenie *s, const char *alias, struct jw *w,
                         struct err *err)
{
    struct sv message, description, source, tags, note, priority, entity, actions;
    const struct compose_text texts[] = {
        {s->description, &description}, {s->source, &source}, {s->tags, &tags},      {s->note, &note},
        {s->priority, &priority},       {s->entity, &entity}, {s->actions, &actions}};

    if (!render_message(r, s, &message, err) || !compose_texts(r, texts, COUNT_OF(texts), err))
        return false;
    jw_kstr(w, SV("alias"), sv_of(alias));
    jw_kstr(w, SV("message"), message);
    compose_optional(w, SV("description"), description);
    if (!write_details(r, s, w, err))
        return false;
    jw_kstr(w, SV("source"), source);
    if (!write_responders(r, &s->responders, w, err))
        return false;
    write_items(w, SV("tags"), tags);
    compose_optional(w, SV("note"), note);
    compose_optional(w, SV("priority"), priority);
    compose_optional(w, SV("entity"), entity);
    write_items(w, SV("actions"), actions);
    return true;
}

static bool write_option(struct render *r, const char *key, const char *source, struct jw *w, struct err *err)
{
    struct sv text;

    if (!render_text(r, source, &text, err))
        return false;
    jw_kstr(w, sv_of(key), text);
    return true;
}

static bool write_step(struct render *r, const struct opsgenie *s, const char *alias, struct jw *w,
                       struct err *err)
{
    struct sv message;

    switch (step_of(r)) {
    case CREATE:
        return write_create(r, s, alias, w, err);
    case UPDATE_MESSAGE:
        if (!render_message(r, s, &message, err))
            return false;
        jw_kstr(w, SV("message"), message);
        return true;
    case UPDATE_DESCRIPTION:
        return write_option(r, "description", s->description, w, err);
    case CLOSE:
        break;
    }
    return write_option(r, "source", s->source, w, err);
}

static bool render_body(struct render *r, const struct opsgenie *s, const char *alias, struct request *out,
                        struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct jw w;

    jw_init(&w, &body, true);
    jw_object(&w);
    if (!write_step(r, s, alias, &w, err))
        return err_wrap(err, "templating error");
    jw_end(&w);
    return compose_body(r, &body, out, err);
}

static bool render_url(struct render *r, const struct opsgenie *s, const char *alias, struct request *out,
                       struct err *err)
{
    static const char *const actions[] = {
        [UPDATE_MESSAGE] = "message", [UPDATE_DESCRIPTION] = "description", [CLOSE] = "close"};
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    const enum step step = step_of(r);
    struct sv kept;

    strbuf_addf(&url, "%sv2/alerts", s->api_url);
    if (step != CREATE)
        strbuf_addf(&url, "/%s/%s?identifierType=alias", alias, actions[step]);
    if (!compose_keep(r, "URL", &url, &kept, err))
        return false;
    compose_json(out, kept.p);
    if (step == UPDATE_MESSAGE || step == UPDATE_DESCRIPTION)
        out->method = "PUT";
    return true;
}

static bool render_key(struct render *r, const struct opsgenie *s, struct request *out, struct err *err)
{
    struct sv key;

    if (!compose_secret(r, s->api_key, s->api_key_file, false, &key, err))
        return err_wrap(err, r->tmpl_failed ? "templating error" : "read key_file error");
    return compose_headers(r, &(const struct compose_header){"Authorization: GenieKey ", key}, 1, out, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct opsgenie *s = (const struct opsgenie *)(const void *)r->settings;
    char alias[65];

    compose_group_id(r, alias);
    return render_url(r, s, alias, out, err) && render_body(r, s, alias, out, err) &&
           render_key(r, s, out, err);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct opsgenie *s = (const struct opsgenie *)(const void *)r->settings;
    struct state *state = r->state;

    classify_http(reply, sent, out);
    if (out->kind == VERDICT_DELIVERED && !is_last(r, s)) {
        out->kind = VERDICT_NEXT;
    } else if (out->kind == VERDICT_PERMANENT && reply->status == 429) {
        out->kind = VERDICT_RETRY;
        out->retry_after = reply->retry_after;
    }
    if (out->kind == VERDICT_RETRY && r->compat_strict)
        state->begun = r->step;
}

static const struct text_limit limits[] = {
    {"message", MESSAGE_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type opsgenie_receiver = {
    .schema = {.name = "opsgenie", .key = "opsgenie_configs", .schema = &schema, .resolve = resolve},
    .state_size = sizeof(struct state),
    .render = render,
    .classify = classify,
    .limits = limits,
};
