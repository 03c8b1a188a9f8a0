/* Whatever servers of tokens answer: a token is kept whole or not at all, can be used at once when it is, and
 * no error says the secret. */
#include <assert.h>
#include <stdint.h>

#include "notify/aws_credentials.h"
#include "notify/oauth2.h"

#define SECRET "s3cret"

static const struct now NOW = {1000 * NS_PER_S, {.sec = 1700000000}};

static void check_oauth2(const struct reply *reply, struct arena *mem)
{
    static struct oauth2_state state; /* too large for the stack; begins anew each time */
    const struct oauth2 settings = {.client_id = (char[]){"id"}, .token_url = (char[]){"http://x/"}};
    const struct oauth2_login login = {&settings, SV(SECRET)};
    struct err err = {0};

    memset(&state, 0, sizeof state);
    enum oauth2_outcome outcome = oauth2_take(&state, &login, reply, NOW.mono, mem, &err);
    if (outcome == OAUTH2_AGAIN)
        outcome = oauth2_take(&state, &login, reply, NOW.mono, mem, &err);
    assert(outcome != OAUTH2_AGAIN);
    const char *token = oauth2_authorization(&state, NOW.mono);
    assert((token != NULL) == (outcome == OAUTH2_TAKEN));
    assert(token == NULL || (strlen(token) < TOKEN_MAX && token[0] != '\0'));
    assert(outcome == OAUTH2_TAKEN || (err.text[0] != '\0' && strstr(err.text, SECRET) == NULL));
}

static void check_aws(struct sv body)
{
    static struct aws_cache cache;
    const struct aws_role_cache *role = &cache.roles[1];
    struct err err = {0};

    memset(&cache, 0, sizeof cache);
    const bool taken = aws_take(&cache, 1, body, NOW, &err);
    assert(taken == token_fresh(&role->session, NOW.mono));
    assert(memchr(role->access_key, '\0', sizeof role->access_key) != NULL);
    assert(memchr(role->secret_key, '\0', sizeof role->secret_key) != NULL);
    assert(taken == (err.text[0] == '\0'));
}

/* The first two bytes choose the status and the type. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 201, 302, 400, 401, 429, 500};
    static const char *const types[] = {"application/json", "", "application/x-www-form-urlencoded;a",
                                        "text/plain"};
    struct arena mem;

    if (size < 2)
        return 0;
    const struct sv body = {(const char *)data + 2, size - 2};
    const struct reply reply = {.transported = true,
                                .status = statuses[data[0] % COUNT_OF(statuses)],
                                .content_type = sv_of(types[data[1] % COUNT_OF(types)]),
                                .body = body};
    arena_init(&mem, (size_t)1 << 20);
    check_oauth2(&reply, &mem);
    check_aws(body);
    arena_done(&mem);
    return 0;
}
