/* Requests to the server that --alertmanager.url names. */
#pragma once

#include "api.h"
#include "cli.h"

/* One operation of the API, named as amtool's error texts name it. */
struct operation {
    const char *method;
    const char *path; /* below /api/v2, as in the API's description: "/silence/{silenceID}" */
    const char *name; /* "getSilence": errors read "[GET /silence/{silenceID}][404] getSilenceNotFound" */
    bool own;         /* below /api/tocsin/v1 */
};

/* `tail` replaces the path from its first '{' on, or follows it ("?filter=..."); may be NULL. The answer's
 * body is in the command's memory. Any status but 2xx is an error; *status may be NULL. */
bool client_call(struct cli *c, const struct operation *op, const char *tail, struct sv body,
                 struct sv *answer, int *status, struct err *err) NODISCARD;

/* The server's URL: without user and password, without a slash at the end. NULL with `err` filled. */
const char *client_base(struct cli *c, struct err *err);

/* For an answer that does not end: `piece` takes it bit by bit, until it returns false. --timeout does not
 * apply. */
struct client_stream {
    bool (*piece)(void *ctx, struct sv data);
    void *ctx;
};
bool client_stream(struct cli *c, const struct operation *op, const char *tail,
                   const struct client_stream *stream, struct err *err) NODISCARD;

/* A path element as a tail. */
void client_tail(struct strbuf *tail, struct sv element);

bool client_alerts(struct cli *c, const char *query, struct api_alerts *out, struct err *err) NODISCARD;
bool client_groups(struct cli *c, struct api_groups *out, struct err *err) NODISCARD;
bool client_silences(struct cli *c, const char *query, struct api_silences *out, struct err *err) NODISCARD;
bool client_silence(struct cli *c, struct sv id, struct api_silence *out, struct err *err) NODISCARD;
/* `id` is that of the silence now in force. *status: as client_call(). */
bool client_post_silence(struct cli *c, const struct api_silence *s, bool with_id, struct sv *id, int *status,
                         struct err *err) NODISCARD;
bool client_status(struct cli *c, struct api_status *out, struct err *err) NODISCARD;
