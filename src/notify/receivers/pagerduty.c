/* PagerDuty: Events API v2, and v1 for service keys (receivers.md A6). */
#include "codec/jr.h"
#include "compose.h"
#include "list.h"
#include "payload.h"
#include "row.h"
#include "text.h"

#define V1_URL         "https://events.pagerduty.com/generic/2010-04-15/create_event.json"
#define EVENT_MAX      ((size_t)512000)
#define SUMMARY_MAX    ((size_t)1024)
#define DEFAULT_CLIENT "{{ template \"pagerduty.default.client\" . }}"

struct pagerduty_image {
    char *src, *alt, *href;
};
struct pagerduty_link {
    char *href, *text;
};
struct pagerduty {
    struct receiver_common common;
    char *service_key, *service_key_file, *routing_key, *routing_key_file, *url;
    char *client, *client_url, *description;
    const struct ytree *details;
    struct list images, links; /* of struct pagerduty_image, struct pagerduty_link */
    char *source, *severity, *class, *component, *group;
    dur_ns timeout;
};

/* Settings */

#define SETTINGS struct pagerduty_image
static const struct field image_fields[] = {
    ROW_TMPL(src, STRING, NULL, "The picture."),
    ROW_TMPL(alt, STRING, NULL, "What stands for it."),
    ROW_TMPL(href, STRING, NULL, "Where it leads."),
    {0},
};
#undef SETTINGS
static const struct schema image_schema = {.name = "pagerduty image",
                                           .go_type = "config.PagerdutyImage",
                                           .size = sizeof(struct pagerduty_image),
                                           .fields = image_fields};

#define SETTINGS struct pagerduty_link
static const struct field link_fields[] = {
    ROW_TMPL(href, STRING, NULL, "Where it leads."),
    ROW_TMPL(text, STRING, NULL, "What is written on it."),
    {0},
};
#undef SETTINGS
static const struct schema link_schema = {.name = "pagerduty link",
                                          .go_type = "config.PagerdutyLink",
                                          .size = sizeof(struct pagerduty_link),
                                          .fields = link_fields};

#define SETTINGS struct pagerduty
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW_TMPL(service_key, SECRET, NULL, "The integration key of the Events API v1."),
    ROW(service_key_file, STRING, "A file that holds it, read for every notification."),
    ROW_TMPL(routing_key, SECRET, NULL, "The integration key of the Events API v2."),
    ROW(routing_key_file, STRING, "A file that holds it, read for every notification."),
    ROW(url, URL, "The Events API v2."),
    ROW_TMPL(client, STRING, DEFAULT_CLIENT, "Where the event comes from."),
    ROW_TMPL(client_url, STRING, "{{ template \"pagerduty.default.clientURL\" . }}", "A link to it."),
    ROW_TMPL(description, STRING, "{{ template \"pagerduty.default.description\" .}}",
             "The summary, at most 1024 characters."),
    ROW_TMPL(details, ANY_MAP, NULL,
             "Further facts: every string is a template, its result is read as YAML."),
    ROW_VALUES(images, image_schema, "Pictures."),
    ROW_VALUES(links, link_schema, "Links."),
    ROW_TMPL(source, STRING, NULL, "What is affected; the client by default."),
    ROW_TMPL(severity, STRING, NULL, "critical, error, warning or info; error by default."),
    ROW_TMPL(class, STRING, NULL, "The kind of event."),
    ROW_TMPL(component, STRING, NULL, "The part that is affected."),
    ROW_TMPL(group, STRING, NULL, "What the parts are grouped by."),
    ROW_ALWAYS(timeout, GO_DURATION, "How long one request may take; 0 leaves it to the group interval."),
    {0},
};
#undef SETTINGS

static struct ytree *text_node(struct decoder *d, const struct ytree *at, const char *text)
{
    struct ytree *n = ARENA_NEW(decode_arena(d), struct ytree);

    *n = (struct ytree){
        .kind = YTREE_SCALAR, .line = at->line, .col = at->col, .quoted = true, .text = sv_of(text)};
    return n;
}

/* The details, with those that every event has. */
static const struct ytree *complete_details(struct decoder *d, const struct ytree *at,
                                            const struct ytree *own)
{
    static const struct {
        const char *key, *value;
    } always[] = {
        {"firing", "{{ .Alerts.Firing | toJson }}"},
        {"resolved", "{{ .Alerts.Resolved | toJson }}"},
        {"num_firing", "{{ .Alerts.Firing | len }}"},
        {"num_resolved", "{{ .Alerts.Resolved | len }}"},
    };
    const size_t n_own = own != NULL ? own->n : 0;
    struct ytree *all = ARENA_NEW(decode_arena(d), struct ytree);

    *all = (struct ytree){.kind = YTREE_MAP, .line = at->line, .col = at->col, .n = n_own};
    all->items = ARENA_ARRAY(decode_arena(d), struct ytree *, 2 * (n_own + COUNT_OF(always)));
    if (n_own != 0)
        memcpy(all->items, own->items, 2 * n_own * sizeof *all->items);
    for (size_t i = 0; i < COUNT_OF(always); i++) {
        if (own != NULL && ytree_get(own, always[i].key) != NULL)
            continue;
        all->items[2 * all->n] = text_node(d, at, always[i].key);
        all->items[2 * all->n + 1] = text_node(d, at, always[i].value);
        all->n++;
    }
    return all;
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    struct pagerduty *s = object;

    if (!is_set(s->routing_key) && !is_set(s->routing_key_file) && !is_set(s->service_key) &&
        !is_set(s->service_key_file))
        return decode_fail(d, node, "missing service or routing key in PagerDuty config");
    if (!compose_check_pair(d, node, "routing_key", s->routing_key, s->routing_key_file) ||
        !compose_check_pair(d, node, "service_key", s->service_key, s->service_key_file))
        return false;
    s->details = complete_details(d, node, s->details);
    if (!is_set(s->source))
        s->source = s->client;
    return true;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct pagerduty *s = settings;

    if (!is_set(s->url))
        s->url = global->pagerduty_url;
    return is_set(s->url) || decode_fail(d, node, "no global PagerDuty URL set");
}

static const struct schema schema = {
    .name = "pagerduty config",
    .go_type = "pagerduty.plain",
    .size = sizeof(struct pagerduty),
    .fields = fields,
    .check = check,
};

/* Events */

static bool is_v1(const struct pagerduty *s)
{
    return is_set(s->service_key) || is_set(s->service_key_file);
}

struct event {
    struct sv key, description, client, client_url;
    struct sv details; /* JSON */
    char id[65];
    bool firing;
};

static bool render_details(struct render *r, const struct pagerduty *s, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf json = {0};
    struct payload_member *members = NULL;
    size_t n;
    struct jw w;

    if (!payload_members(r, s->details, &members, &n, err))
        return err_wrap(err, "failed to render details");
    jw_init(&w, &json, true);
    jw_object(&w);
    for (size_t i = 0; i < n; i++) {
        jw_key(&w, members[i].key);
        jw_raw(&w, members[i].json);
    }
    jw_end(&w);
    return compose_keep(r, "details", &json, out, err);
}

static bool render_common(struct render *r, const struct pagerduty *s, struct event *e, struct err *err)
{
    compose_group_id(r, e->id);
    e->firing = delivery_firing(r->delivery);
    return render_details(r, s, &e->details, err) && render_text(r, s->description, &e->description, err) &&
           compose_cut_runes(r, "description", SUMMARY_MAX, &e->description, err);
}

static void write_raw(struct jw *w, struct sv key, struct sv json)
{
    jw_key(w, key);
    jw_raw(w, json);
}

static bool render_v1(struct render *r, const struct pagerduty *s, struct event *e, struct strbuf *out,
                      struct err *err)
{
    struct jw w;

    if (e->firing &&
        (!render_text(r, s->client, &e->client, err) || !render_text(r, s->client_url, &e->client_url, err)))
        return err_wrap(err, "failed to template PagerDuty v1 message");
    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("service_key"), e->key);
    jw_kstr(&w, SV("incident_key"), sv_of(e->id));
    jw_kstr(&w, SV("event_type"), e->firing ? SV("trigger") : SV("resolve"));
    jw_kstr(&w, SV("description"), e->description);
    jw_kstr(&w, SV("event_action"), SV(""));
    write_raw(&w, SV("payload"), SV("null"));
    compose_optional(&w, SV("client"), e->client);
    compose_optional(&w, SV("client_url"), e->client_url);
    write_raw(&w, SV("details"), e->details);
    jw_end(&w);
    return true;
}

static bool write_payload(struct render *r, const struct pagerduty *s, const struct event *e, struct jw *w,
                          struct err *err)
{
    struct sv source, severity, class, component, group;
    const struct compose_text texts[] = {{s->source, &source},
                                         {is_set(s->severity) ? s->severity : "error", &severity},
                                         {s->class, &class},
                                         {s->component, &component},
                                         {s->group, &group}};

    if (!compose_texts(r, texts, COUNT_OF(texts), err))
        return false;
    jw_key(w, SV("payload"));
    jw_object(w);
    jw_kstr(w, SV("summary"), e->description);
    jw_kstr(w, SV("source"), source);
    jw_kstr(w, SV("severity"), severity);
    compose_optional(w, SV("class"), class);
    compose_optional(w, SV("component"), component);
    compose_optional(w, SV("group"), group);
    write_raw(w, SV("custom_details"), e->details);
    jw_end(w);
    return true;
}

/* A list whose items may all drop out is written when its first item is. */
static void open_list(struct jw *w, struct sv key, bool *open)
{
    if (!*open) {
        jw_key(w, key);
        jw_array(w);
    }
    *open = true;
}

static bool write_images(struct render *r, const struct list *images, struct jw *w, struct err *err)
{
    bool open = false;

    for (size_t i = 0; i < images->n; i++) {
        const struct pagerduty_image *image = images->v[i];
        struct sv src, alt, href;
        const struct compose_text texts[] = {{image->src, &src}, {image->alt, &alt}, {image->href, &href}};
        if (!compose_texts(r, texts, COUNT_OF(texts), err))
            return false;
        if (src.n == 0)
            continue;
        open_list(w, SV("images"), &open);
        jw_object(w);
        jw_kstr(w, SV("src"), src);
        jw_kstr(w, SV("alt"), alt);
        jw_kstr(w, SV("href"), href);
        jw_end(w);
    }
    if (open)
        jw_end(w);
    return true;
}

static bool write_links(struct render *r, const struct list *links, struct jw *w, struct err *err)
{
    bool open = false;

    for (size_t i = 0; i < links->n; i++) {
        const struct pagerduty_link *link = links->v[i];
        struct sv href, text;
        if (!render_text(r, link->href, &href, err) || !render_text(r, link->text, &text, err))
            return false;
        if (href.n == 0)
            continue;
        open_list(w, SV("links"), &open);
        jw_object(w);
        jw_kstr(w, SV("href"), href);
        jw_kstr(w, SV("text"), text);
        jw_end(w);
    }
    if (open)
        jw_end(w);
    return true;
}

static bool write_v2(struct render *r, const struct pagerduty *s, const struct event *e, struct strbuf *out,
                     struct err *err)
{
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("routing_key"), e->key);
    jw_kstr(&w, SV("dedup_key"), sv_of(e->id));
    jw_kstr(&w, SV("event_action"), e->firing ? SV("trigger") : SV("resolve"));
    if (!write_payload(r, s, e, &w, err))
        return false;
    compose_optional(&w, SV("client"), e->client);
    compose_optional(&w, SV("client_url"), e->client_url);
    if (!write_images(r, &s->images, &w, err) || !write_links(r, &s->links, &w, err))
        return false;
    jw_end(&w);
    return true;
}

static bool render_v2(struct render *r, const struct pagerduty *s, struct event *e, struct strbuf *out,
                      struct err *err)
{
    return (render_text(r, s->client, &e->client, err) &&
            render_text(r, s->client_url, &e->client_url, err) && write_v2(r, s, e, out, err)) ||
           err_wrap(err, "failed to template PagerDuty v2 message");
}

static bool render_event(struct render *r, const struct pagerduty *s, struct event *e, struct strbuf *out,
                         struct err *err)
{
    return is_v1(s) ? render_v1(r, s, e, out, err) : render_v2(r, s, e, out, err);
}

/* An event that is too large goes without its details: it is they that grow with the number of alerts. */
static bool render_limited(struct render *r, const struct pagerduty *s, struct event *e, struct strbuf *out,
                           struct err *err)
{
    static const char note[] = "{\"error\":\"Custom details have been removed because the original event "
                               "exceeds the maximum size of 512KB\"}";

    if (!render_event(r, s, e, out, err))
        return false;
    if (out->n < EVENT_MAX) /* and the newline */
        return true;
    strbuf_reset(out);
    e->details = sv_of(note);
    return render_event(r, s, e, out, err);
}

static bool render_key(struct render *r, const struct pagerduty *s, struct sv *key, struct err *err)
{
    const bool v1 = is_v1(s);
    const char *name = v1 ? "service" : "routing";

    if (!compose_secret(r, v1 ? s->service_key : s->routing_key,
                        v1 ? s->service_key_file : s->routing_key_file, false, key, err))
        return err_wrap(err, "failed to get %s key", name);
    return key->n != 0 || err_set(err, ERR_INVALID, "%s key cannot be empty", name);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct pagerduty *s = (const struct pagerduty *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct event event = {0};

    if (!render_common(r, s, &event, err) || !render_key(r, s, &event.key, err) ||
        !render_limited(r, s, &event, &body, err))
        return false;
    compose_json(out, is_v1(s) ? V1_URL : s->url);
    out->timeout = s->timeout;
    out->timeout_name = "pagerduty";
    return compose_body(r, &body, out, err);
}

/* Replies */

static bool read_errors(struct jr *j, struct strbuf *out)
{
    struct sv text;
    const char *separator = "";

    if (!jr_array(j))
        return false;
    while (jr_next(j)) {
        if (!jr_string(j, &text))
            return false;
        strbuf_adds(out, separator);
        strbuf_addsv(out, text);
        separator = ",";
    }
    return !j->failed;
}

/* {"message": "Event object is invalid", "errors": ["..."]} */
static bool read_refusal(struct sv body, struct arena *mem, struct sv *message, struct strbuf *errors)
{
    struct jr j;
    struct sv key;

    jr_init(&j, body, mem);
    if (!jr_object(&j))
        return false;
    while (jr_key(&j, &key)) {
        const bool ok = sv_eq(key, SV("message"))  ? jr_string(&j, message)
                        : sv_eq(key, SV("errors")) ? read_errors(&j, errors)
                                                   : jr_skip(&j);
        if (!ok)
            return false;
    }
    return !j.failed;
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct pagerduty *s = (const struct pagerduty *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct sv message = {0};

    classify_http(reply, sent, out);
    if (!reply->transported || out->kind == VERDICT_DELIVERED)
        return;
    const bool retry = out->kind == VERDICT_RETRY || reply->status == (is_v1(s) ? 403 : 429);
    const enum failure failure = is_v1(s) ? FAILURE_OTHER : out->failure;
    if (reply->status == 400 && read_refusal(reply->body, r->mem, &message, &errors))
        verdict_set(out, VERDICT_PERMANENT, failure, "unexpected status code 400: %.*s: %.*s",
                    SV_ARG(message), SV_ARG(strbuf_sv(&errors)));
    else
        verdict_set(out, retry ? VERDICT_RETRY : VERDICT_PERMANENT, failure, "unexpected status code %d",
                    reply->status);
    out->retry_after = retry ? reply->retry_after : 0;
}

static const struct text_limit limits[] = {
    {"description", SUMMARY_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type pagerduty_receiver = {
    .schema = {.name = "pagerduty", .key = "pagerduty_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify,
    .limits = limits,
};
