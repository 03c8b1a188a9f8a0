/* The kinds of messages that a WeCom group robot takes (receivers.md B4): their settings and JSON. */
#pragma once

#include "im.h"
#include "wecom_card.h"

/* The settings struct of the receiver. */
struct wecom {
    struct im_settings im;
    struct {
        const char *title, *description;
        char *url, *pic_url;
    } news;
    char *image_file;
    struct wecom_card template_card;
};
extern const struct schema wecom_news_schema;

/* For schema.check. */
bool wecom_check_kinds(struct decoder *d, const struct ytree *node, const struct wecom *s) NODISCARD;
/* Defaults that depend on other settings; for receiver_schema.resolve. */
void wecom_resolve_kinds(struct wecom *s);

/* The kinds whose message is text that may be split: text, markdown, markdown_v2. */
bool wecom_is_textual(const char *type);
void wecom_write_text(struct strbuf *out, const char *type, struct sv content, const struct im_mentions *at);
/* Another kind. `title` and `text` are rendered; only a card shows them. */
bool wecom_write_other(struct render *r, const struct wecom *s, struct sv title, struct sv text,
                       struct strbuf *out, struct err *err) NODISCARD;
