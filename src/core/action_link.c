#include "core/action_link.h"

#include <string.h>

#include "codec/base64url.h"
#include "codec/digest.h"

enum { BODY_LEN = 1 + 4 + 8 + 8, SIGNATURE_LEN = 18, TOKEN_BYTES = BODY_LEN + SIGNATURE_LEN };
_Static_assert(TOKEN_BYTES % 3 == 0 && TOKEN_BYTES / 3 * 4 == ACTION_TOKEN_LEN, "a token has no padding");

/* Tells these signatures from any other use that somebody may make of the same key. */
#define PURPOSE "tocsin action link 1\n"

/* ---- keys ---- */

static bool add_key(struct action_keys *out, struct sv text, int line, struct err *err)
{
    if (text.n < ACTION_KEY_MIN || text.n >= sizeof(out->v[0].text))
        return err_set(err, ERR_INVALID, "line %d: a key has %d to %zu characters, this has %zu", line,
                       ACTION_KEY_MIN, sizeof(out->v[0].text) - 1, text.n);
    if (out->n == ACTION_KEYS_MAX)
        return err_set(err, ERR_LIMIT, "line %d: more than %d keys", line, ACTION_KEYS_MAX);
    struct action_key *key = &out->v[out->n++];
    memcpy(key->text, text.p, text.n);
    key->text[text.n] = '\0';
    return true;
}

bool action_keys_parse(struct sv text, struct action_keys *out, struct err *err)
{
    struct sv line;

    *out = (struct action_keys){0};
    for (int number = 1; sv_pop_line(&text, &line); number++) {
        line = sv_trim(line);
        if (line.n != 0 && line.p[0] != '#' && !add_key(out, line, number, err))
            return false;
    }
    return out->n != 0 || err_set(err, ERR_INVALID, "there is no key");
}

/* ---- the bytes ---- */

static void put(uint8_t **at, uint64_t v, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        *(*at)++ = (uint8_t)(v >> 8 * i);
}

static uint64_t get(const uint8_t **at, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | *(*at)++;
    return v;
}

static void put_body(const struct action_link *link, uint8_t body[BODY_LEN])
{
    put(&body, (uint64_t)link->kind, 1);
    put(&body, (uint64_t)link->ends_at, 4);
    put(&body, link->group.route, 8);
    put(&body, link->group.labels, 8);
}

static struct action_link get_body(const uint8_t *body)
{
    struct action_link link = {.kind = (enum action_kind)get(&body, 1)};

    link.ends_at = (int64_t)get(&body, 4);
    link.group.route = get(&body, 8);
    link.group.labels = get(&body, 8);
    return link;
}

static void sign(const struct action_key *key, const uint8_t body[BODY_LEN], uint8_t out[SIGNATURE_LEN])
{
    uint8_t text[sizeof(PURPOSE) - 1 + BODY_LEN], digest[32];

    memcpy(text, PURPOSE, sizeof(PURPOSE) - 1);
    memcpy(text + sizeof(PURPOSE) - 1, body, BODY_LEN);
    hmac_sha256(sv_of(key->text), (struct sv){(const char *)text, sizeof(text)}, digest);
    memcpy(out, digest, SIGNATURE_LEN);
}

void action_link_sign(const struct action_keys *keys, const struct action_link *link, struct strbuf *out)
{
    uint8_t bytes[TOKEN_BYTES];

    put_body(link, bytes);
    sign(&keys->v[0], bytes, bytes + BODY_LEN);
    base64url_add(out, (struct sv){(const char *)bytes, sizeof(bytes)});
}

/* All keys are tried, whichever is right. */
static bool is_signed(const struct action_keys *keys, const uint8_t bytes[TOKEN_BYTES])
{
    const struct sv given = {(const char *)bytes + BODY_LEN, SIGNATURE_LEN};
    uint8_t right[SIGNATURE_LEN];
    bool found = false;

    for (size_t i = 0; i < keys->n; i++) {
        sign(&keys->v[i], bytes, right);
        found |= equal_constant_time(given, (struct sv){(const char *)right, sizeof(right)});
    }
    return found;
}

enum action_verdict action_link_read(const struct action_keys *keys, struct sv token, struct stamp now,
                                     struct action_link *out)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    uint8_t bytes[TOKEN_BYTES];
    struct err ignored;

    if (token.n != ACTION_TOKEN_LEN || !base64url_decode(&text, token, &ignored) || text.n != sizeof(bytes))
        return ACTION_FORGED;
    memcpy(bytes, text.p, sizeof(bytes));
    const struct action_link link = get_body(bytes);
    if (!is_signed(keys, bytes) || (size_t)link.kind >= ACTION_KINDS)
        return ACTION_FORGED;
    *out = link;
    return link.ends_at < now.sec ? ACTION_ENDED : ACTION_VALID;
}
