#include "notify/preview.h"

#include <stdlib.h>

#include "job.h"

#define STEPS_MAX   64
#define PART_MEMORY ((size_t)64 << 20)

/* A success in the words of every platform. */
static const char success[] = "{\"errcode\":0,\"errmsg\":\"ok\",\"code\":0,\"StatusCode\":0,\"ok\":true,"
                              "\"success\":true,\"access_token\":\"TOKEN\",\"expires_in\":7200}";

/* True: there is another one. */
static bool is_followed(struct job *j)
{
    const struct reply reply = {
        .transported = true, .status = 200, .body = sv_of(success), .date = STAMP_UNSET};
    struct verdict v = {.kind = VERDICT_DELIVERED};

    j->shared->type->classify(&j->render, &j->request, &reply, &v);
    return v.kind == VERDICT_NEXT;
}

static bool run(struct job *j, const struct job_env *env, struct now now,
                void (*seen)(void *ctx, struct sv body), void *ctx, struct err *err)
{
    do {
        if (!job_render(j, env, now, 0, err))
            return false;
        if (j->request.body.n != 0)
            seen(ctx, j->request.body);
    } while (is_followed(j) && ++j->step < STEPS_MAX);
    return true;
}

bool notify_preview(struct delivery *d, const char *external_url, struct now now,
                    void (*seen)(void *ctx, struct sv body), void *ctx, struct err *err)
{
    const struct job_env env = {
        .external_url = external_url, .user_agent = "", .hostname = "localhost", .compat_strict = true};
    const struct receiver_type *type = receiver_type_of(d->integration);
    struct shared shared = {.type = type, .state = xcalloc(1, type->shared_size + 1)};
    struct job j = {.d = d, .shared = &shared, .state = xcalloc(1, type->state_size + 1)};

    arena_init(&j.mem, PART_MEMORY);
    const bool ok = run(&j, &env, now, seen, ctx, err);
    job_discard(&j);
    free(j.state);
    free(shared.state);
    return ok;
}
