/* DingTalk group robots (receivers.md B3). */
#include <stdio.h>

#include "codec/digest.h"
#include "codec/url.h"
#include "dingtalk_message.h"
#include "list.h"
#include "text.h"

#define DEFAULT_URL "https://oapi.dingtalk.com/robot/send"

static const char *const message_types[] = {"markdown", "text", "link", "action_card", "feed_card", NULL};
static const struct im_platform platform = {.name = "dingtalk",
                                            .token_key = "access_token",
                                            .message_types = message_types,
                                            .code_key = "errcode",
                                            .text_key = "errmsg"};

static const struct field rate_fields[] = {IM_RATE_FIELDS("18", "6", "200ms", "600s")};
static const struct schema rate_schema = {.name = "dingtalk rate limit",
                                          .go_type = "config.plain",
                                          .size = sizeof(struct im_rate),
                                          .fields = rate_fields};

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct dingtalk *s = object;

    return im_check(d, node, &s->im, &platform) && dingtalk_check_kinds(d, node, s);
}

/* Which lead where the links of the text would. */
static bool has_own_buttons(const struct dingtalk *s)
{
    return strcmp(s->im.message_type, "action_card") == 0 && s->action_card.built_in;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct dingtalk *own = settings;
    struct im_settings *s = &own->im;

    dingtalk_resolve_kinds(own);
    s->api_url = is_set(global->dingtalk_api_url) ? global->dingtalk_api_url : DEFAULT_URL;
    im_template_resolve(s, global);
    if (s->title == NULL)
        s->title = im_builtin(s, "{{ template \"dingtalk.default.title\" . }}",
                              "{{ template \"dingtalk.default.title.en\" . }}");
    if (own->feed_card.title == NULL)
        own->feed_card.title =
            im_builtin(s, "{{ template \"im.item.title\" . }}", "{{ template \"im.item.title.en\" . }}");
    if (s->text == NULL)
        s->text = has_own_buttons(own) ? im_builtin(s, "{{ template \"dingtalk.card.text\" . }}",
                                                    "{{ template \"dingtalk.card.text.en\" . }}")
                  : dingtalk_is_markdown(s->message_type)
                      ? im_builtin(s, "{{ template \"dingtalk.default.text\" . }}",
                                   "{{ template \"dingtalk.default.text.en\" . }}")
                      : im_builtin(s, "{{ template \"im.default.plain\" . }}",
                                   "{{ template \"im.default.plain.en\" . }}");
    return im_resolve(d, node, s, &platform);
}

#define OWN_BLOCK(member, schema, text)                                                                      \
    {                                                                                                        \
        .key = #member, .kind = FIELD_STRUCT, .offset = offsetof(struct dingtalk, member), .sub = (schema),  \
        .flags = FIELD_OURS, .doc = (text)                                                                   \
    }

static const struct field robot_fields[] = {
    IM_ADDRESS_FIELDS("access_token", 0),
    IM_SECRET_FIELDS(0),
    {0},
};
static const struct schema robot_schema = {.name = "dingtalk robot",
                                           .go_type = "config.plain",
                                           .size = sizeof(struct im_robot),
                                           .fields = robot_fields};

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    IM_ADDRESS_FIELDS("access_token", IM_ROBOT),
    IM_SECRET_FIELDS(IM_ROBOT),
    IM_POOL_FIELDS(&robot_schema),
    IM_MESSAGE_FIELDS("markdown", "markdown, text, link, action_card or feed_card", &rate_schema),
    IM_FIELD("template_compat", FIELD_STRING, template_compat, NULL, 0,
             "prometheus-webhook-dingtalk: its built-in templates, functions and data, and its default title "
             "and text."),
    IM_FIELD("keyword", FIELD_STRING, keyword, NULL, 0, "Added to the message when it is missing there."),
    OWN_BLOCK(link, &dingtalk_link_schema, "The address and picture of message_type link."),
    OWN_BLOCK(action_card, &dingtalk_action_card_schema, "The buttons of message_type action_card."),
    OWN_BLOCK(feed_card, &dingtalk_feed_card_schema,
              "message_type feed_card: a line per alert, at most 10 with the one for the rest."),
    {.key = "open_external",
     .kind = FIELD_BOOL,
     .offset = offsetof(struct dingtalk, open_external),
     .flags = FIELD_OURS,
     .doc = "Whether links open in the browser instead of the client."},
    {0},
};
static const struct schema schema = {.name = "dingtalk config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct dingtalk),
                                     .fields = fields,
                                     .check = check};

/* Codes of B3.5. 310000 has four meanings, told apart by its text. */
static const struct im_code codes[] = {
    {-1, IM_TRANSIENT, NULL},
    {130101, IM_THROTTLED, NULL},
    {410100, IM_THROTTLED, NULL},
    {300001, IM_AUTH, "check the access_token"},
    {300005, IM_AUTH, "check the access_token"},
    {400101, IM_AUTH, "check the access_token"},
    {400013, IM_CONFIG, "the group was dismissed"},
    {400102, IM_CONFIG, "the robot was stopped"},
    {400106, IM_CONFIG, "the robot does not exist"},
    {400105, IM_PAYLOAD, NULL},
    {430101, IM_PAYLOAD, NULL},
    {430102, IM_PAYLOAD, NULL},
    {430103, IM_PAYLOAD, NULL},
    {430104, IM_PAYLOAD, NULL},
    {460101, IM_PAYLOAD, NULL},
    {40035, IM_CONFIG, NULL},
    {43002, IM_CONFIG, NULL},
    {43004, IM_CONFIG, NULL},
};
#define SECURITY_CODE 310000

static const struct {
    const char *text;
    struct im_code code;
} security_codes[] = {
    {"keyword", {SECURITY_CODE, IM_CONFIG, "set keyword to one of the robot's keywords"}},
    {"timestamp", {SECURITY_CODE, IM_REPAIR, "check the clock of this machine"}},
    {"whitelist", {SECURITY_CODE, IM_AUTH, "add this machine's address to the robot's list"}},
    {"sign", {SECURITY_CODE, IM_AUTH, "check the secret"}},
};

static const struct im_code *find_code(const struct im_reply *reply)
{
    if (reply->has_code && reply->code == SECURITY_CODE)
        for (size_t i = 0; i < COUNT_OF(security_codes); i++)
            if (sv_contains(reply->text, sv_of(security_codes[i].text)))
                return &security_codes[i].code;
    return im_code_find(codes, COUNT_OF(codes), reply);
}

/* sign = URL-encode(Base64(HMAC-SHA256(secret, timestamp LF secret))), with the time in milliseconds. */
static bool sign(struct render *r, struct request *out, struct err *err)
{
    const struct im_robot *robot = im_robot(r);
    const struct im_state *state = r->state;
    CLEANUP(strbuf_donep) struct strbuf text = {0}, encoded = {0}, parameters = {0};
    uint8_t digest[32];
    struct sv secret;

    if (!render_secret(r, robot->secret, robot->secret_file, false, &secret, err))
        return err_wrap(err, "read secret_file");
    if (secret.n == 0)
        return true;
    const struct stamp t = stamp_add(r->now.wall, state->clock_offset);
    const int64_t ms = t.sec * 1000 + t.nsec / NS_PER_MS;
    strbuf_addf(&text, "%lld\n", (long long)ms);
    strbuf_addsv(&text, secret);
    hmac_sha256(secret, strbuf_sv(&text), digest);
    base64_add(&encoded, (struct sv){(const char *)digest, sizeof digest});
    strbuf_addf(&parameters, "timestamp=%lld&sign=", (long long)ms);
    url_escape_query(&parameters, strbuf_sv(&encoded));
    out->url = im_url_add(r->mem, out->url, parameters.p);
    return out->url != NULL || err_set(err, ERR_LIMIT, "message needs too much memory");
}

/* Only who is in the text as @name and in the `at` object is notified. */
static void add_missing(struct strbuf *suffix, struct sv text, const struct sv *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(strbuf_donep) struct strbuf token = {0};
        strbuf_addf(&token, "@%.*s", SV_ARG(names[i]));
        if (sv_contains(text, strbuf_sv(&token)))
            continue;
        strbuf_adds(suffix, suffix->n == 0 ? "\n\n" : " ");
        strbuf_addsv(suffix, strbuf_sv(&token));
    }
}

static void add_mentions(struct strbuf *suffix, struct sv text, const struct im_mentions *at)
{
    add_missing(suffix, text, at->mobiles, at->n_mobiles);
    add_missing(suffix, text, at->user_ids, at->n_user_ids);
}

static bool add_suffixes(struct render *r, const struct im_settings *s, const struct dingtalk_message *m,
                         struct im_layout *layout, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf mentions = {0}, keyword = {0}, title = {0};

    if (dingtalk_can_mention(m->type))
        add_mentions(&mentions, layout->text, &m->at);
    if (is_set(s->keyword) && !sv_contains(layout->text, sv_of(s->keyword)))
        strbuf_addf(&keyword, "\n\n%s", s->keyword);
    strbuf_addsv(&title, layout->title);
    if (is_set(s->keyword) && !sv_contains(layout->title, sv_of(s->keyword)))
        strbuf_addf(&title, " %s", s->keyword);
    return im_keep(r, &mentions, &layout->first_suffix, err) && im_keep(r, &keyword, &layout->suffix, err) &&
           im_keep(r, &title, &layout->title, err);
}

static bool render_texts(struct render *r, const struct dingtalk *own, struct dingtalk_message *m,
                         struct im_layout *layout, struct err *err)
{
    const struct im_settings *s = &own->im;

    if (!im_mentions_render(r, s, &m->at, err) || !im_render_clean(r, s->title, &layout->title, err) ||
        !im_render_clean(r, s->text, &layout->text, err))
        return false;
    if (layout->markdown && !dingtalk_open_links(r, own, &layout->text, err))
        return false;
    if (layout->title.n == 0)
        layout->title = SV("Alertmanager"); /* the platform refuses empty ones */
    if (layout->text.n == 0)
        layout->text = layout->title;
    return dingtalk_render_links(r, own, m, err) && add_suffixes(r, s, m, layout, err);
}

/* What the body takes besides the text. */
static size_t frame_size(const struct dingtalk_message *m, struct sv title)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct dingtalk_message empty = *m;

    empty.title = title;
    empty.text = (struct sv){0};
    dingtalk_write(&body, &empty);
    return body.n;
}

/* Links and feeds cannot mention anybody: a short text message does it, behind the parts. */
static bool needs_call(const struct dingtalk_message *m)
{
    return !dingtalk_can_mention(m->type) && (m->at.all || m->at.n_mobiles != 0 || m->at.n_user_ids != 0);
}

/* The title alone, with those who are called. */
static bool make_call(struct render *r, struct dingtalk_message *m, struct sv title, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addsv(&text, title);
    add_mentions(&text, title, &m->at);
    m->type = "text";
    return im_keep(r, &text, &m->text, err);
}

static bool cut_part(struct render *r, const struct dingtalk_message *m, struct im_layout *layout,
                     struct im_part *part, struct err *err)
{
    const struct im_state *state = r->state;
    const size_t frame = frame_size(m, layout->title);

    *part = (struct im_part){.title = layout->title, .n_parts = 1};
    if (strcmp(m->type, "feed_card") == 0) /* its lines are all there is, and they fit */
        return true;
    layout->limit = frame < DINGTALK_REQUEST_LIMIT ? DINGTALK_REQUEST_LIMIT - frame : 0;
    return im_cut(r, layout, state->part, part, err);
}

static bool render_part(struct render *r, const struct dingtalk *own, struct dingtalk_message *m,
                        struct err *err)
{
    const struct im_settings *s = &own->im;
    const bool markdown = dingtalk_is_markdown(m->type);
    struct im_state *state = r->state;
    struct im_layout layout = {
        .markdown = markdown,
        .heading = markdown ? "#### " : "",
        .quoting = markdown ? IMTEXT_DINGTALK : IMTEXT_DINGTALK_PLAIN,
        .number_text = strcmp(m->type, "text") == 0,
        .measure = SPLIT_JSON,
        .max_parts = strcmp(s->overflow, "truncate") == 0 ? 1 : (unsigned)s->max_parts,
    };
    struct im_part part;

    if (!render_texts(r, own, m, &layout, err) || !cut_part(r, m, &layout, &part, err))
        return false;
    state->n_parts = part.n_parts + needs_call(m);
    m->title = part.title;
    m->text = part.text;
    if (state->part >= part.n_parts)
        return make_call(r, m, layout.title, err);
    if (state->part > 0)
        m->at = (struct im_mentions){0};
    return true;
}

static bool render_body(struct render *r, const struct dingtalk *own, struct strbuf *body, struct err *err)
{
    const struct im_settings *s = &own->im;
    struct im_state *state = r->state;
    struct dingtalk_message m = {.type = s->message_type};

    state->n_parts = 1;
    if (state->minimal) {
        m.type = "text";
        if (!im_minimal_text(r, s->keyword, &m.text, err))
            return false;
    } else if (is_set(s->body)) {
        struct sv text;
        if (!im_render_clean(r, s->body, &text, err))
            return false;
        strbuf_addsv(body, text);
        return true;
    } else if (!render_part(r, own, &m, err)) {
        return false;
    }
    dingtalk_write(body, &m);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct dingtalk *s = (const struct dingtalk *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    return im_request(r, &s->im, &platform, out, err) && sign(r, out, err) && render_body(r, s, &body, err) &&
           im_keep(r, &body, &out->body, err);
}

#define DIGEST_FRAME 2000 /* for mentions and keyword, and the JSON around the text */

static bool digest(struct render *r, const struct delivery *const *v, size_t *n, struct request *out,
                   struct err *err)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    const struct im_digest_style style = {.quoting = IMTEXT_DINGTALK,
                                          .heading = "#### ",
                                          .bullet = "- ",
                                          .measure = SPLIT_JSON,
                                          .limit = DINGTALK_REQUEST_LIMIT - DIGEST_FRAME,
                                          .english = strcmp(s->language, "en") == 0};
    CLEANUP(strbuf_donep) struct strbuf text = {0}, mentions = {0}, body = {0};
    struct im_digest all;

    if (!im_digest_render(r, &style, v, n, &all, err) || !im_request(r, s, &platform, out, err) ||
        !sign(r, out, err))
        return false;
    strbuf_addsv(&text, all.text);
    add_mentions(&mentions, all.text, &all.at);
    strbuf_addsv(&text, strbuf_sv(&mentions));
    if (is_set(s->keyword) && !sv_contains(all.text, sv_of(s->keyword)))
        strbuf_addf(&text, "\n\n%s", s->keyword);
    const struct dingtalk_message m = {
        .type = "markdown", .title = all.title, .text = strbuf_sv(&text), .at = all.at};
    dingtalk_write(&body, &m);
    return im_keep(r, &body, &out->body, err);
}

static void learn_clock(struct render *r, const struct reply *reply)
{
    struct im_state *state = r->state;

    if (!stamp_is_unset(reply->date))
        state->clock_offset = stamp_sub(reply->date, r->now.wall);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    struct im_reply code;

    if (!im_reply_read(&platform, reply, sent, r->mem, &code, out))
        return;
    const struct im_code *found = find_code(&code);
    if (found->class == IM_REPAIR)
        learn_clock(r, reply);
    im_verdict(&platform, s, r->state, found, &code, out);
}

static const struct text_limit limits[] = {
    {"text", DINGTALK_REQUEST_LIMIT, LIMIT_JSON, "split"},
    {0},
};

const struct receiver_type dingtalk_receiver = {
    .schema = {.name = "dingtalk",
               .key = "dingtalk_configs",
               .schema = &schema,
               .resolve = resolve,
               .is_chat = true},
    .state_size = sizeof(struct im_state),
    .render = render,
    .classify = classify,
    .digest = digest,
    .limits = limits,
    .destinations = im_destinations,
};
