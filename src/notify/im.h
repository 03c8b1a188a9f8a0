/* What the group robots of chat platforms share: settings, mentions, sizes, reply codes (receivers.md B1,
 * B2).
 */
#pragma once

#include "codec/imtext.h"
#include "config/fields.h"
#include "notify/receiver.h"
#include "split.h"

struct im_at {
    bool all;
    struct strings mobiles, user_ids;
};
/* Mentions that depend on the message; the first rule that holds adds its own, and ends the search unless it
 * says `continue`. */
struct im_at_rule {
    struct matchers matchers;
    struct strings on, reasons;
    struct im_at at;
    char *rotate;
    struct strings active; /* names of time intervals */
    bool continue_;
};
struct im_rate {
    uint64_t requests, burst;
    dur_ns window, min_gap, penalty;
    char *merge; /* auto, never */
};

/* Where a message goes, and what signs it. */
struct im_robot {
    char *webhook_url, *webhook_url_file;
    char *token, *token_file; /* instead of a URL; named by the platform */
    char *secret, *secret_file;
};

/* The settings struct of a robot is this one, or begins with it. */
struct im_settings {
    struct receiver_common common;
    struct im_robot robot;
    struct list robots; /* of struct im_robot: a pool, instead of the one above */
    char *robot_strategy;
    char *message_type, *language, *body;
    const char *title, *text;
    struct im_at at;
    struct list at_rules; /* of struct im_at_rule */
    char *keyword, *overflow;
    uint64_t max_parts;
    struct im_rate rate;
    dur_ns timeout;
    char *template_data, *template_compat;  /* what templates see, and which there are: im_template.c */
    char *card, *image_key, *share_chat_id; /* feishu */
    char *at_fallback;                      /* wecom: text, drop */
    const char *api_url;                    /* what the token belongs to */
};

/* How a platform differs, for the checks of the settings. */
struct im_platform {
    const char *name;                 /* "dingtalk" */
    const char *token_key;            /* "access_token" */
    const char *const *message_types; /* NULL-terminated, the default first */
    bool token_in_path;               /* the token ends the URL, instead of being a parameter */
    bool no_mobiles;                  /* people cannot be mentioned by their numbers */
    bool code_with_400;               /* HTTP 400 comes with a code that tells more */
    const char *code_key, *text_key;  /* of the reply */
};

extern const struct schema im_at_schema, im_at_rule_schema;

#define IM_RATE_FIELDS(requests_text, burst_text, gap_text, penalty_text)                                    \
    {.key = "requests",                                                                                      \
     .kind = FIELD_UINT,                                                                                     \
     .offset = offsetof(struct im_rate, requests),                                                           \
     .def = (requests_text),                                                                                 \
     .doc = "At most this many requests in any window."},                                                    \
        {.key = "window",                                                                                    \
         .kind = FIELD_DURATION,                                                                             \
         .offset = offsetof(struct im_rate, window),                                                         \
         .def = "60s",                                                                                       \
         .doc = "The length of the window."},                                                                \
        {.key = "burst",                                                                                     \
         .kind = FIELD_UINT,                                                                                 \
         .offset = offsetof(struct im_rate, burst),                                                          \
         .def = (burst_text),                                                                                \
         .doc = "How many of them may be sent at once."},                                                    \
        {.key = "min_gap",                                                                                   \
         .kind = FIELD_DURATION,                                                                             \
         .offset = offsetof(struct im_rate, min_gap),                                                        \
         .def = (gap_text),                                                                                  \
         .doc = "The shortest time between two requests."},                                                  \
        {.key = "penalty",                                                                                   \
         .kind = FIELD_DURATION,                                                                             \
         .offset = offsetof(struct im_rate, penalty),                                                        \
         .def = (penalty_text),                                                                              \
         .doc = "How long nothing is sent after the platform refused for sending too fast."},                \
        {.key = "merge",                                                                                     \
         .kind = FIELD_STRING,                                                                               \
         .offset = offsetof(struct im_rate, merge),                                                          \
         .def = "auto",                                                                                      \
         .doc = "auto: what has to wait is told in one short message for all groups; never: one by one."},   \
    {                                                                                                        \
        0                                                                                                    \
    }

/* The fields of all robots. */
#define IM_FIELD(field_key, field_kind, member, field_def, field_flags, field_doc)                           \
    {                                                                                                        \
        .key = (field_key), .kind = (field_kind), .offset = offsetof(struct im_settings, member),            \
        .def = (field_def), .flags = (field_flags) | FIELD_OURS, .doc = (field_doc)                          \
    }
#define IM_STRUCT(field_key, member, field_sub, field_doc)                                                   \
    {                                                                                                        \
        .key = (field_key), .kind = FIELD_STRUCT, .offset = offsetof(struct im_settings, member),            \
        .sub = (field_sub), .flags = FIELD_OURS, .doc = (field_doc)                                          \
    }
#define IM_ROBOT_FIELD(field_key, field_kind, where, field_flags, field_doc)                                 \
    {                                                                                                        \
        .key = (field_key), .kind = (field_kind), .offset = (where), .flags = (field_flags) | FIELD_OURS,    \
        .doc = (field_doc)                                                                                   \
    }
/* Of one robot, whose struct begins at offset `at`: of the settings, or of an item of `robots`. */
#define IM_ADDRESS_FIELDS(token_key, at)                                                                     \
    IM_ROBOT_FIELD("webhook_url", FIELD_TEMPLATE_URL, (at) + offsetof(struct im_robot, webhook_url),         \
                   FIELD_TMPL, "The robot's URL; may be a template."),                                       \
        IM_ROBOT_FIELD("webhook_url_file", FIELD_STRING, (at) + offsetof(struct im_robot, webhook_url_file), \
                       0, "A file that holds the URL."),                                                     \
        IM_ROBOT_FIELD(token_key, FIELD_SECRET, (at) + offsetof(struct im_robot, token), 0,                  \
                       "The robot's token, instead of the whole URL."),                                      \
        IM_ROBOT_FIELD(token_key "_file", FIELD_STRING, (at) + offsetof(struct im_robot, token_file), 0,     \
                       "A file that holds the token.")
#define IM_SECRET_FIELDS(at)                                                                                 \
    IM_ROBOT_FIELD("secret", FIELD_SECRET, (at) + offsetof(struct im_robot, secret), 0,                      \
                   "Signs the requests (security setting \"sign\")."),                                       \
        IM_ROBOT_FIELD("secret_file", FIELD_STRING, (at) + offsetof(struct im_robot, secret_file), 0,        \
                       "A file that holds the secret.")
#define IM_ROBOT offsetof(struct im_settings, robot)
#define IM_POOL_FIELDS(robot_schema)                                                                         \
    {.key = "robots",                                                                                        \
     .kind = FIELD_LIST,                                                                                     \
     .offset = offsetof(struct im_settings, robots),                                                         \
     .sub = (robot_schema),                                                                                  \
     .flags = FIELD_OURS,                                                                                    \
     .doc = "Several robots that stand in for each other, instead of one."},                                 \
        IM_FIELD(                                                                                            \
            "robot_strategy", FIELD_STRING, robot_strategy, "failover", 0,                                   \
            "failover: the first one that can send now; round_robin: in turns; broadcast: all of them.")
#define IM_MESSAGE_FIELDS(type, types, rate_schema)                                                          \
    IM_FIELD("message_type", FIELD_STRING, message_type, type, 0, "The kind of message: " types "."),        \
        IM_FIELD("language", FIELD_STRING, language, "zh", 0,                                                \
                 "The language of the built-in layouts: zh or en."),                                         \
        IM_FIELD("title", FIELD_STRING, title, NULL, FIELD_TMPL, "The title."),                              \
        IM_FIELD("text", FIELD_STRING, text, NULL, FIELD_TMPL, "The text."),                                 \
        IM_FIELD("template_data", FIELD_STRING, template_data, "alertmanager", 0,                            \
                 "What templates see: alertmanager, or webhook_json for the document that a webhook gets."), \
        IM_FIELD("body", FIELD_STRING, body, NULL, FIELD_TMPL, "The whole request body, as JSON."),          \
        IM_STRUCT("at", at, &im_at_schema, "Who is always mentioned."),                                      \
        {.key = "at_rules",                                                                                  \
         .kind = FIELD_LIST,                                                                                 \
         .offset = offsetof(struct im_settings, at_rules),                                                   \
         .sub = &im_at_rule_schema,                                                                          \
         .flags = FIELD_OURS,                                                                                \
         .doc = "Who else is mentioned, by what the message is about; the first that holds."},               \
        IM_FIELD(                                                                                            \
            "overflow", FIELD_STRING, overflow, "split", 0,                                                  \
            "What to do with a message that is too long. split: send it in parts; truncate: leave out what " \
            "matters least; digest: shorten every alert to a line."),                                        \
        IM_FIELD("max_parts", FIELD_UINT, max_parts, "3", 0, "Into how many messages it may be split."),     \
        IM_STRUCT("rate_limit", rate, rate_schema, "How fast the platform takes messages."),                 \
        IM_FIELD("timeout", FIELD_DURATION, timeout, "10s", 0, "How long one request may take.")

/* ---- im_template.c: what the texts are rendered with ---- */

/* For schema.check. */
bool im_template_check(struct decoder *d, const struct ytree *node, const struct im_settings *s) NODISCARD;
/* For DingTalk's resolve: title and text that others than the settings give. Both stay NULL if none does. */
void im_template_resolve(struct im_settings *s, const struct global *global);
/* Gives the render the set of templates and the data that the settings ask for. Before the first text. */
bool im_template_begin(struct render *r, const struct im_settings *s, struct err *err) NODISCARD;

/* The built-in template `name` in the language of the settings: the default of a title or text. */
const char *im_builtin(const struct im_settings *s, const char *zh, const char *en);

/* For schema.check and receiver_schema.resolve. */
bool im_check(struct decoder *d, const struct ytree *node, const struct im_settings *s,
              const struct im_platform *p) NODISCARD;
bool im_resolve(struct decoder *d, const struct ytree *node, const struct im_settings *s,
                const struct im_platform *p) NODISCARD;

/* As receiver_type.destinations: the pool. */
struct destinations im_destinations(const struct delivery *d);
/* The one that this request goes to. */
const struct im_robot *im_robot(const struct render *r);

/* What a robot remembers while one delivery is tried. */
struct im_state {
    unsigned part;    /* the next one to send */
    unsigned n_parts; /* as the last rendering made it */
    unsigned unknown; /* replies with a code that nobody knows */
    bool unmentioned; /* nobody is mentioned: that may have been why the payload was refused */
    bool minimal;     /* the payload was refused: send a plain text without user text */
    bool repaired;    /* the one immediate repeat has been used */
    dur_ns clock_offset;
};

/* ---- mentions: im_mention.c ---- */

bool im_mentions_check(struct decoder *d, const struct ytree *node, const struct im_settings *s,
                       const struct im_platform *p) NODISCARD;

/* Mentions, rendered, without duplicates; `all` leaves no others. */
struct im_mentions {
    bool all;
    struct sv *mobiles, *user_ids;
    size_t n_mobiles, n_user_ids;
};
bool im_mentions_render(struct render *r, const struct im_settings *s, struct im_mentions *out,
                        struct err *err) NODISCARD;
bool im_mentions_anybody(const struct im_settings *s); /* there is something to render */

/* The robot's URL, and from it the lane, its rate and the other parts of a request that all robots share. */
bool im_request(struct render *r, const struct im_settings *s, const struct im_platform *p,
                struct request *out, struct err *err) NODISCARD;
/* url + "?" or "&" + parameters. NULL past the arena's ceiling. */
const char *im_url_add(struct arena *mem, const char *url, const char *parameters);

struct im_layout {
    struct sv title, text;
    struct sv first_suffix, suffix; /* ends of the first part, and of every part */
    const char *heading;            /* before the title that starts later parts: "### " */
    enum imtext quoting;            /* how alert text is made harmless inside a message */
    bool markdown;
    bool number_text;   /* the platform shows no title: the first part is numbered in its first line */
    const char *bullet; /* of a line per alert; NULL: "- " */
    enum split_measure measure;
    size_t limit; /* of text and suffixes */
    unsigned max_parts;
    bool line_per_alert; /* set by im_cut() for overflow: digest */
};
struct im_part {
    struct sv title, text;
    unsigned n_parts;
};
/* A copy in the render's arena. */
bool im_keep(struct render *r, const struct strbuf *text, struct sv *out, struct err *err) NODISCARD;
/* Part `index`, or the last one if there are fewer. With overflow: digest a text that is too long becomes one
 * line for each alert before it is cut. */
bool im_cut(struct render *r, const struct im_layout *layout, unsigned index, struct im_part *out,
            struct err *err) NODISCARD;

/* "counts and a link", for class P. */
bool im_minimal_text(struct render *r, const char *keyword, struct sv *out, struct err *err) NODISCARD;

/* ---- several groups in one message (receivers.md B1.5): im_digest.c ---- */

struct im_digest_style {
    enum imtext quoting;
    const char *heading, *bullet; /* "#### ", "- " */
    bool plain;                   /* no markdown */
    enum split_measure measure;
    size_t limit; /* of the text */
    bool english;
};
struct im_digest {
    struct sv title, text; /* the text begins with the title if the style has a heading */
    struct im_mentions at; /* of all groups, without duplicates; at most IM_DIGEST_MENTIONS people */
};
#define IM_DIGEST_MENTIONS 20
/* A line for each alert, those that fire first; cut to valid UTF-8. */
void im_digest_lines(const struct delivery *d, const struct im_digest_style *style, struct strbuf *out);
/* As receiver_type.digest. */
bool im_digest_render(struct render *r, const struct im_digest_style *style, const struct delivery *const *v,
                      size_t *n, struct im_digest *out, struct err *err) NODISCARD;

/* Lets the render see the alerts in the order in which they are worth to be told: im_order.c. Before anything
 * is rendered. */
bool im_order(struct render *r, struct err *err) NODISCARD;

/* ---- a message with a line or an article per alert: im_items.c ---- */

/* Each of `v` renders one alert as if it were the only one of the notification, firing ones first. `rest`
 * alerts have none: the caller adds one item that stands for them. */
struct im_items {
    struct render *v;
    size_t n, rest;
};
/* At most `max` items, the one for the rest included. */
bool im_items(struct render *r, const struct im_settings *s, size_t max, struct im_items *out,
              struct err *err) NODISCARD;
/* "… 其余 N 条" */
bool im_items_rest(struct render *r, const struct im_settings *s, size_t n, struct sv *out,
                   struct err *err) NODISCARD;

/* Alert text for the inside of a message. */
bool im_quote(struct render *r, enum imtext quoting, struct sv text, struct sv *out,
              struct err *err) NODISCARD;

/* render_text(), made valid UTF-8. */
bool im_render_clean(struct render *r, const char *text, struct sv *out, struct err *err) NODISCARD;

/* Classes of B1.6; IM_CONTENT is IM_PAYLOAD for what the mentions may have caused. */
enum im_class {
    IM_OK,
    IM_THROTTLED,
    IM_TRANSIENT,
    IM_REPAIR,
    IM_CONTENT,
    IM_PAYLOAD,
    IM_CONFIG,
    IM_AUTH,
    IM_UNKNOWN
};

struct im_code {
    int64_t code;
    enum im_class class;
    const char *advice; /* may be NULL */
};

struct im_reply {
    bool has_code;
    int64_t code;
    struct sv text;
    int64_t wait; /* of a gateway's refusal, in seconds; -1: none */
};

/* HTTP status and JSON. False: *out is the verdict already. */
bool im_reply_read(const struct im_platform *p, const struct reply *reply, const struct request *sent,
                   struct arena *mem, struct im_reply *code, struct verdict *out) NODISCARD;
/* The class of a code: the table's, or what the words say, or unknown. */
const struct im_code *im_code_find(const struct im_code *table, size_t n, const struct im_reply *code);
/* The verdict for a class, with the state moved on. */
void im_verdict(const struct im_platform *p, const struct im_settings *s, struct im_state *state,
                const struct im_code *known, const struct im_reply *code, struct verdict *out);
