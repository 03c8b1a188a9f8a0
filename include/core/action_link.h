/* Links in messages that let people act on a group without logging in: what such a link says, and how it is
 * signed (demands.md 26).
 *
 * A link holds what to do, which group it is about, and when it ends; no names, no labels and no secrets. The
 * group is named by two hashes, so that a link is short enough for a message with a limit of some kilobytes
 * and shows nothing to who sees it pass. Whoever has a link may do what it says: the signature is the right.
 *
 *   kind (1 byte), end (4, seconds since 1970), route (8), labels (8), HMAC-SHA256 of those (18 of its 32)
 *
 * big-endian, in base64url: ACTION_TOKEN_LEN characters. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

#define ACTION_TOKEN_LEN ((size_t)52)

enum action_kind {
    ACTION_ACK,
    ACTION_SILENCE_1H,
    ACTION_SILENCE_4H,
    ACTION_SILENCE_RESOLVED, /* until nothing fires in the group */
    ACTION_KINDS
};

/* Which group: group_id_of() in core/act.h. */
struct group_id {
    uint64_t route, labels;
};

struct action_link {
    enum action_kind kind;
    struct group_id group;
    int64_t ends_at; /* seconds since 1970 */
};

/* The first key signs, all of them verify: a new key is put in front of the old one, which goes when its
 * links have ended. */
#define ACTION_KEYS_MAX 8
#define ACTION_KEY_MIN  32 /* characters */
struct action_keys {
    struct action_key {
        char text[129];
    } v[ACTION_KEYS_MAX];
    size_t n;
};

/* One key per line, 32 to 128 characters; empty lines and those that start with '#' are skipped. Errors name
 * the line and never show it. */
bool action_keys_parse(struct sv text, struct action_keys *out, struct err *err) NODISCARD;

/* Appends the token. There is at least one key. */
void action_link_sign(const struct action_keys *keys, const struct action_link *link, struct strbuf *out);

enum action_verdict {
    ACTION_VALID,
    ACTION_ENDED,  /* ours, but too old */
    ACTION_FORGED, /* not ours, or damaged; *out is not set */
};
enum action_verdict action_link_read(const struct action_keys *keys, struct sv token, struct stamp now,
                                     struct action_link *out);
