/* Feishu (Lark) custom robots (receivers.md B6). */
#include "codec/digest.h"
#include "codec/jw.h"
#include "feishu_card.h"
#include "im.h"
#include "list.h"
#include "text.h"

#define REQUEST_LIMIT 20000 /* bytes of the whole body */
#define DEFAULT_URL   "https://open.feishu.cn/open-apis/bot/v2/hook/"
#define OLD_PATH      "/bot/hook/" /* robots of the first version */

static const char *const message_types[] = {"card", "text", "post", "image", "share_chat", NULL};
static const struct im_platform platform = {.name = "feishu",
                                            .token_key = "hook_token",
                                            .message_types = message_types,
                                            .token_in_path = true,
                                            .no_mobiles = true,
                                            .code_with_400 = true,
                                            .code_key = "code",
                                            .text_key = "msg"};

static const struct field rate_fields[] = {IM_RATE_FIELDS("90", "4", "250ms", "60s")};
static const struct schema rate_schema = {.name = "feishu rate limit",
                                          .go_type = "config.plain",
                                          .size = sizeof(struct im_rate),
                                          .fields = rate_fields};

static bool is_type(const struct im_settings *s, const char *type)
{
    return strcmp(s->message_type, type) == 0;
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct im_settings *s = object;

    if (!im_check(d, node, s, &platform))
        return false;
    if (is_type(s, "image") != is_set(s->image_key))
        return decode_fail(d, node, "image_key belongs to message_type image");
    if (is_type(s, "share_chat") != is_set(s->share_chat_id))
        return decode_fail(d, node, "share_chat_id belongs to message_type share_chat");
    return true;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct im_settings *s = settings;

    s->api_url = is_set(global->feishu_api_url) ? global->feishu_api_url : DEFAULT_URL;
    if (s->title == NULL)
        s->title = im_builtin(s, "{{ template \"im.title\" . }}", "{{ template \"im.title.en\" . }}");
    if (s->text == NULL && is_type(s, "card"))
        s->text = im_builtin(s, "{{ template \"feishu.default.text\" . }}",
                             "{{ template \"feishu.default.text.en\" . }}");
    if (s->text == NULL)
        s->text = im_builtin(s, "{{ template \"feishu.default.plain\" . }}",
                             "{{ template \"feishu.default.plain.en\" . }}");
    return im_resolve(d, node, s, &platform);
}

static const struct field robot_fields[] = {
    IM_ADDRESS_FIELDS("hook_token", 0),
    IM_SECRET_FIELDS(0),
    {0},
};
static const struct schema robot_schema = {.name = "feishu robot",
                                           .go_type = "config.plain",
                                           .size = sizeof(struct im_robot),
                                           .fields = robot_fields};

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    IM_ADDRESS_FIELDS("hook_token", IM_ROBOT),
    IM_SECRET_FIELDS(IM_ROBOT),
    IM_POOL_FIELDS(&robot_schema),
    IM_MESSAGE_FIELDS("card", "card, text, post, image or share_chat", &rate_schema),
    IM_FIELD("keyword", FIELD_STRING, keyword, NULL, 0, "Added to the message when it is missing there."),
    IM_FIELD("card", FIELD_STRING, card, NULL, FIELD_TMPL,
             "The whole card, as JSON, instead of the built one."),
    IM_FIELD("image_key", FIELD_STRING, image_key, NULL, 0, "The image of message_type image."),
    IM_FIELD("share_chat_id", FIELD_STRING, share_chat_id, NULL, 0, "The chat of message_type share_chat."),
    {0},
};
static const struct schema schema = {.name = "feishu config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct im_settings),
                                     .fields = fields,
                                     .check = check};

/* ---- replies ---- */

static const struct im_code codes[] = {
    {11232, IM_THROTTLED, NULL},
    {9499, IM_PAYLOAD, NULL}, /* "too many request" is recognised by its words */
    {19001, IM_AUTH, "check the hook_token"},
    {19002, IM_PAYLOAD, NULL},
    {19007, IM_CONFIG, "the robot was stopped"},
    {19021, IM_REPAIR, "check the secret, and the clock of this machine"},
    {19022, IM_AUTH, "add this machine's address to the robot's list"},
    {19024, IM_CONFIG, "set keyword to one of the robot's keywords"},
};

/* A card's content is refused under many codes, which all quote the one inside. */
static const struct im_code *find_code(const struct im_reply *reply)
{
    static const struct im_code content = {.class = IM_CONTENT};
    const struct im_code *found = im_code_find(codes, COUNT_OF(codes), reply);

    return found->class == IM_UNKNOWN && sv_contains(reply->text, SV("ext=ErrCode:")) ? &content : found;
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    struct im_state *state = r->state;
    struct im_reply code;

    if (!im_reply_read(&platform, reply, sent, r->mem, &code, out))
        return;
    const struct im_code *found = find_code(&code);
    if (found->class == IM_REPAIR && !stamp_is_unset(reply->date))
        state->clock_offset = stamp_sub(reply->date, r->now.wall);
    im_verdict(&platform, s, state, found, &code, out);
}

/* ---- the rush hour ---- */

#define RUSH_EVERY (30 * 60) /* seconds: everybody's scheduled messages are sent at :00 and :30 */
#define RUSH_NEAR  5

/* The platform refuses more then (11232), and some news can wait for a few seconds: what is not the first
 * that people hear of an alert. */
static dur_ns hold(const struct delivery *d, struct now now, uint64_t random)
{
    const int64_t after = now.wall.sec % RUSH_EVERY;
    const bool rush = after < RUSH_NEAR || after >= RUSH_EVERY - RUSH_NEAR;
    const bool urgent = d->reason == REASON_FIRST || d->reason == REASON_NEW_ALERTS || d->trial != NULL;

    return rush && !urgent ? (dur_ns)(1 + random % 20) * NS_PER_S : 0;
}

/* ---- messages ---- */

/* The signature stands in the body: Base64(HMAC-SHA256(key: seconds LF secret, message: empty)). */
static bool write_signature(struct render *r, struct jw *w, struct err *err)
{
    const struct im_robot *robot = im_robot(r);
    const struct im_state *state = r->state;
    CLEANUP(strbuf_donep) struct strbuf key = {0}, encoded = {0};
    uint8_t digest[32];
    struct sv secret;

    if (!render_secret(r, robot->secret, robot->secret_file, false, &secret, err))
        return err_wrap(err, "read secret_file");
    if (secret.n == 0)
        return true;
    strbuf_addf(&key, "%lld", (long long)stamp_add(r->now.wall, state->clock_offset).sec);
    jw_kstr(w, SV("timestamp"), strbuf_sv(&key));
    strbuf_addc(&key, '\n');
    strbuf_addsv(&key, secret);
    hmac_sha256(strbuf_sv(&key), SV(""), digest);
    base64_add(&encoded, (struct sv){(const char *)digest, sizeof digest});
    jw_kstr(w, SV("sign"), strbuf_sv(&encoded));
    return true;
}

struct message {
    const char *type;
    bool old; /* for a robot of the first version */
    struct sv title, text, card;
    struct im_mentions at;
    struct feishu_card built;
};

static void write_text(struct jw *w, const struct message *m)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addsv(&text, m->text);
    if (m->at.all)
        strbuf_adds(&text, "\n<at user_id=\"all\"></at>");
    for (size_t i = 0; i < m->at.n_user_ids; i++)
        strbuf_addf(&text, "%s<at user_id=\"%.*s\"></at>", i == 0 ? "\n" : " ", SV_ARG(m->at.user_ids[i]));
    jw_kstr(w, SV("text"), strbuf_sv(&text));
}

static void write_post_tag(struct jw *w, const char *tag, struct sv key, struct sv value)
{
    jw_object(w);
    jw_kstr(w, SV("tag"), sv_of(tag));
    jw_kstr(w, key, value);
    jw_end(w);
}

static void write_post_line(struct jw *w, struct sv line, const struct im_mentions *at)
{
    jw_array(w);
    write_post_tag(w, "text", SV("text"), line);
    if (at != NULL && at->all)
        write_post_tag(w, "at", SV("user_id"), SV("all"));
    for (size_t i = 0; at != NULL && i < at->n_user_ids; i++)
        write_post_tag(w, "at", SV("user_id"), at->user_ids[i]);
    jw_end(w);
}

static void write_post(struct jw *w, const struct message *m)
{
    struct sv rest = m->text;

    jw_key(w, SV("post"));
    jw_object(w);
    jw_key(w, SV("zh_cn"));
    jw_object(w);
    jw_kstr(w, SV("title"), m->title);
    jw_key(w, SV("content"));
    jw_array(w);
    for (bool more = true; more;) {
        const char *newline = memchr(rest.p, '\n', rest.n);
        const size_t n = newline != NULL ? (size_t)(newline - rest.p) : rest.n;
        more = newline != NULL;
        write_post_line(w, (struct sv){rest.p, n}, more ? NULL : &m->at);
        rest = more ? (struct sv){rest.p + n + 1, rest.n - n - 1} : rest;
    }
    jw_end(w);
    jw_end(w);
    jw_end(w);
}

static void write_content(struct jw *w, const struct im_settings *s, const struct message *m)
{
    jw_key(w, SV("content"));
    jw_object(w);
    if (strcmp(m->type, "image") == 0)
        jw_kstr(w, SV("image_key"), sv_of(s->image_key));
    else if (strcmp(m->type, "share_chat") == 0)
        jw_kstr(w, SV("share_chat_id"), sv_of(s->share_chat_id));
    else if (strcmp(m->type, "post") == 0)
        write_post(w, m);
    else
        write_text(w, m);
    jw_end(w);
}

static void write_card(struct jw *w, const struct message *m)
{
    struct feishu_card card = m->built;

    jw_key(w, SV("card"));
    if (m->card.n != 0) {
        jw_raw(w, m->card);
        return;
    }
    card.title = m->title;
    card.text = m->text;
    card.at = &m->at;
    feishu_card_write(w, &card);
}

static bool write_message(struct render *r, const struct im_settings *s, const struct message *m,
                          struct strbuf *out, struct err *err)
{
    const bool card = strcmp(m->type, "card") == 0;
    struct jw w;

    jw_init(&w, out, false);
    jw_object(&w);
    if (m->old) {
        jw_kstr(&w, SV("title"), m->title);
        jw_kstr(&w, SV("text"), m->text);
        jw_end(&w);
        return true;
    }
    if (!write_signature(r, &w, err))
        return false;
    jw_kstr(&w, SV("msg_type"), card ? SV("interactive") : sv_of(m->type));
    if (card)
        write_card(&w, m);
    else
        write_content(&w, s, m);
    jw_end(&w);
    return true;
}

/* ---- rendering ---- */

static bool has_text(const struct message *m)
{
    return m->card.n == 0 && strcmp(m->type, "image") != 0 && strcmp(m->type, "share_chat") != 0;
}

static bool render_texts(struct render *r, const struct im_settings *s, struct message *m,
                         struct im_layout *layout, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf keyword = {0};

    if (!im_mentions_render(r, s, &m->at, err) || !im_render_clean(r, s->title, &layout->title, err) ||
        !im_render_clean(r, s->text, &layout->text, err))
        return false;
    if (strcmp(m->type, "card") == 0 && !feishu_card_prepare(r, &m->built, err))
        return false;
    m->built.english = strcmp(s->language, "en") == 0;
    if (layout->title.n == 0)
        layout->title = SV("Alertmanager");
    if (layout->text.n == 0)
        layout->text = layout->title;
    if (is_set(s->keyword) && !sv_contains(layout->text, sv_of(s->keyword)))
        strbuf_addf(&keyword, "\n\n%s", s->keyword);
    return im_keep(r, &keyword, &layout->suffix, err);
}

/* What the body takes besides the text. */
static bool frame_size(struct render *r, const struct im_settings *s, const struct message *m,
                       struct sv title, size_t *size, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct message empty = *m;

    empty.title = title;
    empty.text = SV("-");
    if (!write_message(r, s, &empty, &body, err))
        return false;
    *size = body.n;
    return true;
}

static bool render_part(struct render *r, const struct im_settings *s, struct message *m, struct err *err)
{
    const bool card = strcmp(m->type, "card") == 0;
    struct im_state *state = r->state;
    struct im_layout layout = {
        .markdown = card,
        .heading = "",
        .bullet = "● ",
        .quoting = card ? IMTEXT_FEISHU : IMTEXT_FEISHU_PLAIN,
        .number_text = strcmp(m->type, "text") == 0,
        .measure = card ? SPLIT_CARD : SPLIT_JSON,
        .max_parts = strcmp(s->overflow, "truncate") == 0 ? 1 : (unsigned)s->max_parts,
    };
    struct im_part part;
    size_t frame;

    if (!render_texts(r, s, m, &layout, err) || !frame_size(r, s, m, layout.title, &frame, err))
        return false;
    layout.limit = frame < REQUEST_LIMIT ? REQUEST_LIMIT - frame : 0;
    if (!im_cut(r, &layout, state->part, &part, err))
        return false;
    state->n_parts = part.n_parts;
    m->title = part.title;
    m->text = part.text;
    if (state->part > 0)
        m->at = (struct im_mentions){0};
    return true;
}

static bool render_body(struct render *r, const struct im_settings *s, const char *url, struct strbuf *body,
                        struct err *err)
{
    struct im_state *state = r->state;
    struct message m = {.type = s->message_type, .old = strstr(url, OLD_PATH) != NULL};

    state->n_parts = 1;
    if (state->minimal) {
        m.type = "text";
        return im_minimal_text(r, s->keyword, &m.text, err) && write_message(r, s, &m, body, err);
    }
    if (is_set(s->body)) {
        struct sv text;
        if (!im_render_clean(r, s->body, &text, err))
            return false;
        strbuf_addsv(body, text);
        return true;
    }
    if (m.old)
        m.type = "text";
    if (is_set(s->card) && !im_render_clean(r, s->card, &m.card, err))
        return false;
    return (!has_text(&m) || render_part(r, s, &m, err)) && write_message(r, s, &m, body, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    return im_request(r, s, &platform, out, err) && render_body(r, s, out->url, &body, err) &&
           im_keep(r, &body, &out->body, err);
}

#define DIGEST_FRAME 3000 /* for mentions, buttons and the JSON around the text */

static bool digest(struct render *r, const struct delivery *const *v, size_t *n, struct request *out,
                   struct err *err)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    const struct im_digest_style style = {.quoting = IMTEXT_FEISHU,
                                          .bullet = "● ",
                                          .measure = SPLIT_CARD,
                                          .limit = REQUEST_LIMIT - DIGEST_FRAME,
                                          .english = strcmp(s->language, "en") == 0};
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct im_digest all;
    struct message m = {.type = "card"};

    if (!im_digest_render(r, &style, v, n, &all, err) || !im_request(r, s, &platform, out, err))
        return false;
    m.title = all.title;
    m.text = all.text;
    m.at = all.at;
    m.built.english = style.english;
    feishu_card_digest(r, &m.built, sv_has_prefix(all.title, SV("🔴")));
    return write_message(r, s, &m, &body, err) && im_keep(r, &body, &out->body, err);
}

static const struct text_limit limits[] = {
    {"text", REQUEST_LIMIT, LIMIT_JSON, "split"},
    {0},
};

const struct receiver_type feishu_receiver = {
    .schema =
        {.name = "feishu", .key = "feishu_configs", .schema = &schema, .resolve = resolve, .is_chat = true},
    .state_size = sizeof(struct im_state),
    .render = render,
    .classify = classify,
    .digest = digest,
    .hold = hold,
    .limits = limits,
    .destinations = im_destinations,
};
