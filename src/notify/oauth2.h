/* Tokens for http_config.oauth2 (config.md 9.3): client credentials, or assertions of our own (RFC 7523).
 *
 * A request that needs a token, where none is fresh, is preceded by one to the token endpoint. Who keeps the
 * state asks oauth2_authorization(); on NULL sends what oauth2_request() makes, by the rules of
 * oauth2_http(), and hands the reply to oauth2_take(). As Alertmanager does, the client names itself by basic
 * auth first and, when that gives no token, by parameters; what worked is remembered.
 *
 * No sockets; files of secrets are read. One thread at a time for each state. Errors never hold the secret.
 */
#pragma once

#include "notify/receiver.h"
#include "token.h"

/* Zeroed memory is a state that has no token yet. */
struct oauth2_state {
    struct token_cache cache; /* of the whole value of the header: "Bearer TOKEN" */
    bool in_params;           /* the client names itself by parameters */
    bool settled;             /* that has worked, or the other way has */
};

/* What one request is about. */
struct oauth2_login {
    const struct oauth2 *settings;
    struct sv secret; /* of the client, or its key; borrowed from the settings or the arena */
};

/* Reads the secret. A token that was given for another one is forgotten. */
bool oauth2_login(struct oauth2_state *s, const struct oauth2 *settings, struct arena *mem,
                  struct oauth2_login *out, struct err *err) NODISCARD;
/* The value for the header; NULL when a token has to be asked for. Valid until the next oauth2_take(). */
const char *oauth2_authorization(const struct oauth2_state *s, mono_ns now);
/* The server did not take it. */
void oauth2_refused(struct oauth2_state *s, const char *authorization);

bool oauth2_request(const struct oauth2_state *s, const struct oauth2_login *l, struct now now,
                    struct arena *mem, struct request *out, struct err *err) NODISCARD;
/* How that request is sent: the block's own TLS and proxy. Borrows from it. */
struct http_config oauth2_http(const struct http_config *around);

enum oauth2_outcome {
    OAUTH2_TAKEN,   /* there is a token */
    OAUTH2_AGAIN,   /* another request follows: the next oauth2_request() */
    OAUTH2_FAILED,  /* `err` says why; later it may work */
    OAUTH2_REFUSED, /* `err` says why; the endpoint does not want this client */
};
enum oauth2_outcome oauth2_take(struct oauth2_state *s, const struct oauth2_login *l,
                                const struct reply *reply, mono_ns now, struct arena *mem, struct err *err);

/* All of it at once, blocking: a token that can be used now. Borrowed from the state. */
const char *oauth2_obtain(struct oauth2_state *s, const struct http_config *http, const char *user_agent,
                          dur_ns limit, struct arena *mem, struct err *err);
