/* The kinds of messages that a DingTalk robot takes (receivers.md B3.3): their settings, links and JSON. */
#pragma once

#include "im.h"

#define DINGTALK_REQUEST_LIMIT 20000 /* bytes of the whole body */

struct dingtalk_button {
    char *title, *url;
};
struct dingtalk_action_card {
    const char *single_title, *single_url;
    struct list buttons; /* of struct dingtalk_button */
    char *orientation;   /* vertical, horizontal */
    bool built_in;       /* nothing else was said of its buttons */
};

/* The settings struct of the receiver. */
struct dingtalk {
    struct im_settings im;
    struct {
        char *message_url, *pic_url;
    } link;
    struct dingtalk_action_card action_card;
    struct {
        const char *title, *message_url, *pic_url;
    } feed_card;
    bool open_external;
};
extern const struct schema dingtalk_link_schema, dingtalk_action_card_schema, dingtalk_feed_card_schema;

struct dingtalk_link {
    struct sv title, url, picture;
};
struct dingtalk_message {
    const char *type; /* as it is configured: "action_card" */
    struct sv title, text;
    struct dingtalk_link *links; /* of a link: where it leads; the buttons of a card; the lines of a feed */
    size_t n_links;
    bool single, horizontal; /* of a card: one wide button; the buttons side by side */
    struct im_mentions at;
};

/* Whether the platform takes mentions with messages of this type, and whether their text is markdown. */
bool dingtalk_can_mention(const char *type);
bool dingtalk_is_markdown(const char *type);
/* For schema.check. */
bool dingtalk_check_kinds(struct decoder *d, const struct ytree *node, const struct dingtalk *s) NODISCARD;
/* Defaults that depend on other settings; for receiver_schema.resolve. */
void dingtalk_resolve_kinds(struct dingtalk *s);

/* Renders the links of m->type; of a feed one per alert, as many as fit into a request. */
bool dingtalk_render_links(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                           struct err *err) NODISCARD;
/* The links of a markdown text, changed so that they open outside of the client; if that is asked for. */
bool dingtalk_open_links(struct render *r, const struct dingtalk *s, struct sv *text,
                         struct err *err) NODISCARD;
void dingtalk_write(struct strbuf *out, const struct dingtalk_message *m);
