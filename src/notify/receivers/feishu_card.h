/* The interactive card of a Feishu robot (receivers.md B6): card JSON 1.0. */
#pragma once

#include "codec/jw.h"
#include "im.h"

struct feishu_card {
    const char *colour; /* of the header: red, orange or green */
    struct sv title, text;
    /* Of the buttons; empty: no button. Where there are links to act by, none leads to the form of a silence.
     */
    struct sv all_url, silence_url, runbook_url;
    struct sv ack_url, silence_1h_url, silence_4h_url, silence_resolved_url;
    const struct im_mentions *at; /* NULL: nobody */
    bool english;
};

/* The colour, and where the buttons lead. Texts live in the render's arena. */
bool feishu_card_prepare(struct render *r, struct feishu_card *card, struct err *err) NODISCARD;

/* The same for a message about several groups. */
void feishu_card_digest(const struct render *r, struct feishu_card *card, bool firing);

/* An empty line of the text begins a new element, a line of three dashes is a rule. */
void feishu_card_write(struct jw *w, const struct feishu_card *card);
