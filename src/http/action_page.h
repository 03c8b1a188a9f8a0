/* The pages behind links in messages: what the link does, and whether that was done. Plain HTML for a
 * telephone at night: no script, light and dark, one thing to press. English and Chinese.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clk.h"
#include "base/str.h"
#include "core/act.h"

enum page_language { PAGE_EN, PAGE_ZH };

/* `asked` (a parameter of the request) counts when it names one of them, then the first of both that the
 * header Accept-Language has. */
enum page_language page_language_of(struct sv asked, struct sv accept_language);

/* What to press instead. */
struct action_other {
    enum action_kind kind;
    const char *token;
};

struct action_page {
    enum page_language language;
    enum action_kind kind;
    const struct group_card *card;
    struct sv name;            /* of who asks, as far as that is known; empty: it is not */
    size_t n_alerts, n_groups; /* that the silence would mute now */
    const struct action_other *others;
    size_t n_others;
};
/* Appends the page that asks. */
void action_page_ask(struct strbuf *out, const struct action_page *p);

/* How it ended. */
enum action_end {
    ACTION_DONE_ACK,
    ACTION_DONE_SILENCE, /* until a time */
    ACTION_DONE_UNTIL_RESOLVED,
    ACTION_REFUSED,    /* the link is not ours */
    ACTION_TOO_LATE,   /* it was */
    ACTION_NOTHING,    /* nothing fires in the group */
    ACTION_EVERYTHING, /* the silence would match everything */
    ACTION_TOO_MANY,   /* the limit of silences */
    ACTION_NOT_STORED,
};
/* Appends the page that says so; `until` for ACTION_DONE_SILENCE, `by` for what was done. */
void action_page_end(struct strbuf *out, enum page_language language, enum action_end end, struct sv by,
                     struct stamp until);
