#include "recording.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/event_recorder.h"

static void on_events(struct event_listener *l, struct event *const *v, size_t n)
{
    const struct recording *r = CONTAINER_OF(l, struct recording, listener);
    recorder_take(r->recorder, v, n);
}

bool recording_init(struct recording *r, const struct options *o, struct metrics *metrics,
                    struct engine_host *engine, struct err *err)
{
    char host[256];

    *r = (struct recording){.engine = engine, .listener = {.kinds = RECORDER_EVENTS, .happened = on_events}};
    if (!o->features.event_recorder)
        return true;
    if (gethostname(host, sizeof host) != 0)
        strcpy(host, "localhost");
    host[sizeof host - 1] = '\0';
    r->recorder = recorder_new(&(struct recorder_opts){.instance = host,
                                                       .version = COMPAT_VERSION,
                                                       .build_context = "(tocsin " TOCSIN_VERSION ")",
                                                       .metrics = metrics,
                                                       .stdout_fd = STDOUT_FILENO},
                               err);
    return r->recorder != NULL;
}

static void listen(struct recording *r, bool wanted)
{
    if (wanted && !r->listening)
        engine_host_listen(r->engine, &r->listener);
    if (!wanted && r->listening)
        engine_host_unlisten(r->engine, &r->listener);
    r->listening = wanted;
}

void recording_done(struct recording *r)
{
    listen(r, false);
    recorder_free(r->recorder);
    *r = (struct recording){0};
}

bool recording_prepare(struct recording *r, const struct config *c, struct event_outputs **out,
                       struct err *err)
{
    *out = NULL;
    if (r->recorder == NULL)
        return true;
    *out = recorder_open(r->recorder, c, err);
    return *out != NULL;
}

void recording_apply(struct recording *r, const struct config *c, struct event_outputs *outputs)
{
    if (r->recorder == NULL) {
        if (c->event_recorder != NULL)
            log_warn(
                "event_recorder is configured, but has no effect without --enable-feature=event-recorder");
        return;
    }
    recorder_swap(r->recorder, outputs);
    listen(r, outputs != NULL && c->event_recorder != NULL);
}

bool recording_start(struct recording *r, const struct config *c, struct err *err)
{
    struct event_outputs *outputs;

    if (!recording_prepare(r, c, &outputs, err)) {
        if (err->kind == ERR_INVALID)
            return false;
        log_error("events are not recorded", "err", err->text);
    }
    recording_apply(r, c, outputs);
    return true;
}
