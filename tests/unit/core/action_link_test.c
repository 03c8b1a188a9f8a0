/* Signed links: what comes back is what was signed, and nothing else does. */
#include "core/action_link.h"

#include "support/test.h"

#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct action_keys keys_of(const char *text)
{
    struct action_keys keys;
    struct err err;

    FAIL_IF(!action_keys_parse(sv_of(text), &keys, &err), "%s", err.text);
    return keys;
}

static const struct action_link sample = {
    ACTION_SILENCE_4H, {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)}, 4000000000};
static const struct stamp before = {.sec = 3999999999}, after = {.sec = 4000000001};

/* With the first of the keys; `out` is for ACTION_TOKEN_LEN characters. */
static void sign(const char *keys, char out[ACTION_TOKEN_LEN + 1])
{
    const struct action_keys k = keys_of(keys);
    CLEANUP(strbuf_donep) struct strbuf token = {0};

    action_link_sign(&k, &sample, &token);
    CHECK_EQ(token.n, ACTION_TOKEN_LEN);
    memcpy(out, token.p, ACTION_TOKEN_LEN + 1);
}

static enum action_verdict read_with(const char *keys, const char *token, struct stamp now)
{
    const struct action_keys k = keys_of(keys);
    struct action_link link;

    return action_link_read(&k, sv_of(token), now, &link);
}

TEST(action_link, comes_back_as_it_was_signed)
{
    const struct action_keys keys = keys_of(KEY_A "\n");
    char token[ACTION_TOKEN_LEN + 1];
    struct action_link link;

    sign(KEY_A, token);
    CHECK_EQ(action_link_read(&keys, sv_of(token), before, &link), ACTION_VALID);
    CHECK_EQ(link.kind, sample.kind);
    CHECK_EQ(link.ends_at, sample.ends_at);
    CHECK_EQ(link.group.route, sample.group.route);
    CHECK_EQ(link.group.labels, sample.group.labels);
}

TEST(action_link, is_made_of_characters_that_urls_keep)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char token[ACTION_TOKEN_LEN + 1];

    sign(KEY_A, token);
    CHECK_EQ(strspn(token, plain), ACTION_TOKEN_LEN);
}

TEST(action_link, ends)
{
    char token[ACTION_TOKEN_LEN + 1];

    sign(KEY_A, token);
    CHECK_EQ(read_with(KEY_A, token, before), ACTION_VALID);
    CHECK_EQ(read_with(KEY_A, token, (struct stamp){.sec = sample.ends_at}), ACTION_VALID);
    CHECK_EQ(read_with(KEY_A, token, after), ACTION_ENDED);
}

TEST(action_link, no_other_character_at_any_place_will_do)
{
    char token[ACTION_TOKEN_LEN + 1];

    sign(KEY_A, token);
    for (size_t i = 0; i < ACTION_TOKEN_LEN; i++) {
        static const char others[] = "AB-_=+/\n %";
        const char right = token[i];
        for (size_t k = 0; k + 1 < sizeof(others); k++) {
            token[i] = others[k];
            const enum action_verdict v = read_with(KEY_A, token, before);
            FAIL_IF(v != (right == others[k] ? ACTION_VALID : ACTION_FORGED), "'%c' at %zu: %d", others[k], i,
                    v);
        }
        token[i] = right;
    }
}

TEST(action_link, a_damaged_one_is_forged_not_ended)
{
    static const struct {
        const char *name, *token;
    } rows[] = {
        {"empty", ""},
        {"short", "AAAA"},
        {"all zero", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"long", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"padding", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(read_with(KEY_A, rows[i].token, after) != ACTION_FORGED, "%s", rows[i].name);
}

/* An unknown kind cannot be pressed, although the signature is right: a newer version made it. */
TEST(action_link, of_a_kind_that_is_not_known_is_refused)
{
    const struct action_keys keys = keys_of(KEY_A);
    struct action_link link = sample;
    CLEANUP(strbuf_donep) struct strbuf token = {0};

    link.kind = (enum action_kind)ACTION_KINDS;
    action_link_sign(&keys, &link, &token);
    CHECK_EQ(action_link_read(&keys, strbuf_sv(&token), before, &link), ACTION_FORGED);
}

TEST(action_keys, the_first_signs_and_all_verify)
{
    char by_a[ACTION_TOKEN_LEN + 1], by_b[ACTION_TOKEN_LEN + 1], rotated[ACTION_TOKEN_LEN + 1];

    sign(KEY_A, by_a);
    sign(KEY_B, by_b);
    sign(KEY_B "\n" KEY_A "\n", rotated);
    CHECK_STR(rotated, by_b);
    CHECK_EQ(read_with(KEY_B "\n" KEY_A "\n", by_a, before), ACTION_VALID);
    CHECK_EQ(read_with(KEY_B "\n" KEY_A "\n", by_b, before), ACTION_VALID);
    CHECK_EQ(read_with(KEY_B "\n", by_a, before), ACTION_FORGED);
}

TEST(action_keys, are_lines_of_a_file)
{
    static const struct {
        const char *name, *text, *error;
        size_t n;
    } rows[] = {
        {"one", KEY_A, NULL, 1},
        {"comments, blanks and Windows", "# new\r\n" KEY_A "\r\n\n  " KEY_B "  \r\n", NULL, 2},
        {"none", "# nothing\n", "there is no key", 0},
        {"empty", "", "there is no key", 0},
        {"too short", "# x\nsecret\n", "line 2: a key has 32 to 128 characters, this has 6", 0},
        {"too many",
         KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n" KEY_A "\n",
         "line 9: more than 8 keys", 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct action_keys keys;
        struct err err = {0};
        const bool ok = action_keys_parse(sv_of(rows[i].text), &keys, &err);
        FAIL_IF(ok != (rows[i].error == NULL), "%s: %s", rows[i].name, err.text);
        FAIL_IF(!ok && strcmp(err.text, rows[i].error) != 0, "%s: \"%s\"", rows[i].name, err.text);
        FAIL_IF(ok && keys.n != rows[i].n, "%s: %zu keys", rows[i].name, keys.n);
    }
}
