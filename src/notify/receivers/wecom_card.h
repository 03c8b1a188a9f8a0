/* Cards of WeCom group robots: a summary of a group on one screen (receivers.md B4, template_card). */
#pragma once

#include "codec/jw.h"
#include "config/fields.h"
#include "notify/receiver.h"

struct wecom_pair { /* a fact, or a link */
    const char *title, *value;
};
struct wecom_card {
    char *card_type; /* text_notice, news_notice */
    char *source, *description, *emphasis_title, *image_url, *url;
    const char *emphasis_text;
    struct list fields, jumps; /* of struct wecom_pair */
    bool english;              /* the built-in fields and jumps */
};
extern const struct schema wecom_card_schema;

bool wecom_card_check(struct decoder *d, const struct ytree *node, const struct wecom_card *card) NODISCARD;

/* The members of the object "template_card". Texts are cut to what clients show; empty ones are left out. */
bool wecom_card_write(struct render *r, const struct wecom_card *card, struct sv title, struct sv text,
                      struct jw *w, struct err *err) NODISCARD;
