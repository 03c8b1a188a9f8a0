/* A token for those who may wait for it: they are not the notifier's thread. */
#include "base/mem.h"
#include "curl_transfer.h"
#include "oauth2.h"

static enum oauth2_outcome ask(struct oauth2_state *s, const struct oauth2_login *l,
                               const struct transfer_env *env, struct err *err)
{
    enum oauth2_outcome outcome = OAUTH2_FAILED;
    struct request request;
    struct transfer t;
    struct reply reply;

    if (!oauth2_request(s, l, clk_now(), env->mem, &request, err))
        return OAUTH2_FAILED;
    if (transfer_init(&t, &request, env, err)) {
        transfer_reply(&t, curl_easy_perform(t.easy), &reply);
        outcome = oauth2_take(s, l, &reply, clk_now().mono, env->mem, err);
    }
    transfer_done(&t);
    return outcome;
}

const char *oauth2_obtain(struct oauth2_state *s, const struct http_config *http, const char *user_agent,
                          dur_ns limit, struct arena *mem, struct err *err)
{
    const struct http_config own = oauth2_http(http);
    const struct transfer_env env = {.http = &own, .user_agent = user_agent, .limit = limit, .mem = mem};
    enum oauth2_outcome outcome;
    struct oauth2_login l;

    if (!oauth2_login(s, http->oauth2, mem, &l, err))
        return NULL;
    const char *authorization = oauth2_authorization(s, clk_now().mono);
    if (authorization != NULL)
        return authorization;
    do
        outcome = ask(s, &l, &env, err);
    while (outcome == OAUTH2_AGAIN);
    return outcome == OAUTH2_TAKEN ? oauth2_authorization(s, clk_now().mono) : NULL;
}
