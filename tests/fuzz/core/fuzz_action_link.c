/* No token is taken that the key did not make, and what was taken signs to the same token again. The first
 * line of the input is a key file, when it is one. */
#include <assert.h>
#include <stdint.h>

#include "core/action_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the fuzzer says about a link, signed: has to come back. */
static void check_signed(const struct action_keys *keys, struct sv seed)
{
    struct action_link link = {.ends_at = (int64_t)seed.n}, back;
    struct strbuf token = {0};

    link.kind = seed.n != 0 ? (enum action_kind)((unsigned char)seed.p[0] % ACTION_KINDS) : ACTION_ACK;
    memcpy(&link.group, seed.p, seed.n < sizeof(link.group) ? seed.n : sizeof(link.group));
    action_link_sign(keys, &link, &token);
    assert(action_link_read(keys, strbuf_sv(&token), (struct stamp){0}, &back) == ACTION_VALID);
    assert(back.kind == link.kind && back.ends_at == link.ends_at && back.group.route == link.group.route &&
           back.group.labels == link.group.labels);
    strbuf_done(&token);
}

static void check_read(const struct action_keys *keys, struct sv text)
{
    struct action_link link;
    struct strbuf again = {0};

    if (action_link_read(keys, text, (struct stamp){0}, &link) == ACTION_FORGED)
        return;
    struct action_keys one = {.n = 1};
    bool same = false;
    for (size_t i = 0; i < keys->n && !same; i++) {
        one.v[0] = keys->v[i];
        strbuf_reset(&again);
        action_link_sign(&one, &link, &again);
        same = sv_eq(strbuf_sv(&again), text);
    }
    assert(same);
    strbuf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sv key = {"0123456789abcdef0123456789abcdef", 32};
    const struct sv text = {size != 0 ? (const char *)data : "", size};
    struct action_keys keys;
    struct err err;

    if (!action_keys_parse(text, &keys, &err) && !action_keys_parse(key, &keys, &err))
        return 0;
    check_read(&keys, text);
    check_signed(&keys, text);
    return 0;
}
