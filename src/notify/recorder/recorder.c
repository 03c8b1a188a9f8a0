#include "notify/recorder.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "config/event_recorder.h"
#include "event_json.h"
#include "output.h"

#define QUEUE_MAX 8192

struct event_outputs {
    struct event_output **v;
    size_t n;
};

/* A message to the thread: an event, or other outputs. */
struct note {
    struct mail mail;
    struct event *event;           /* a reference; NULL: `outputs` take over */
    struct event_outputs *outputs; /* NULL: none */
};

struct recorder {
    char *instance, *version, *build_context;
    int stdout_fd;
    struct metric_family *recorded, *bytes, *dropped, *unserialized, *output_dropped;
    struct metric *queue;
    struct mailbox in;
    pthread_t thread;
    struct event_outputs *outputs; /* the thread's */
    struct strbuf json;            /* the thread's */
};

/* ---- outputs ---- */

static void outputs_close(struct event_outputs *o)
{
    for (size_t i = 0; o != NULL && i < o->n; i++)
        o->v[i]->close(o->v[i]);
    if (o != NULL)
        free(o->v);
    free(o);
}

/* NULL, with `err` set, is not added. */
static bool add(struct event_outputs *o, struct event_output *output)
{
    if (output != NULL)
        o->v[o->n++] = output;
    return output != NULL;
}

static bool open_all(struct recorder *r, const struct config *c, struct event_outputs *o, struct err *err)
{
    const struct event_recorder *er = c->event_recorder;

    if (er->kafka_outputs.n != 0)
        return err_set(err, ERR_INVALID,
                       "event_recorder: kafka_outputs are not supported; use webhook_outputs with a bridge, "
                       "or file_outputs with a shipper");
    for (size_t i = 0; i < er->file_outputs.n; i++)
        if (!add(o, file_output_open(er->file_outputs.v[i], err)))
            return false;
    for (size_t i = 0; i < er->webhook_outputs.n; i++)
        if (!add(o, webhook_output_open(er->webhook_outputs.v[i], c, r->output_dropped, err)))
            return false;
    for (size_t i = 0; i < er->stdout_outputs.n; i++)
        if (!add(o, stdout_output_open(r->stdout_fd)))
            return false;
    return true;
}

static size_t count(const struct event_recorder *er)
{
    return er->file_outputs.n + er->webhook_outputs.n + er->stdout_outputs.n;
}

struct event_outputs *recorder_open(struct recorder *r, const struct config *c, struct err *err)
{
    struct event_outputs *o = xcalloc(1, sizeof *o);

    if (c->event_recorder == NULL)
        return o;
    o->v = xcalloc(count(c->event_recorder) + 1, sizeof(struct event_output *));
    if (open_all(r, c, o, err))
        return o;
    outputs_close(o);
    (void)err_wrap(err, "event recorder");
    return NULL;
}

/* ---- the thread ---- */

static void write_to(struct recorder *r, struct event_output *o, const char *type)
{
    const bool ok = o->put(o, strbuf_sv(&r->json));

    metric_inc(metric_with(r->recorded, (const char *const[]){type, o->name, ok ? "success" : "error"}));
    if (ok)
        metric_add(metric_with(r->bytes, (const char *const[]){type, o->name}),
                   (double)(r->json.n + o->newline));
}

static void record(struct recorder *r, const struct event *ev)
{
    const struct event_envelope env = {r->instance, r->version, r->build_context};
    const char *type = event_json_type(ev);

    if (type == NULL || r->outputs == NULL)
        return;
    strbuf_reset(&r->json);
    event_json(&r->json, &env, ev);
    if (r->json.overflow) {
        metric_inc(metric_with(r->unserialized, (const char *const[]){type}));
        return;
    }
    for (size_t i = 0; i < r->outputs->n; i++)
        write_to(r, r->outputs->v[i], type);
}

static void open_note(struct recorder *r, struct note *note)
{
    if (note->event != NULL) {
        record(r, note->event);
    } else {
        outputs_close(r->outputs);
        r->outputs = note->outputs;
    }
    event_unref(note->event);
    free(note);
}

static void *run(void *arg)
{
    struct recorder *r = arg;

    for (;;) {
        struct mail *m = mailbox_wait(&r->in, MONO_NEVER);
        if (m == NULL && mailbox_closed(&r->in) && (m = mailbox_take(&r->in)) == NULL)
            return NULL;
        for (struct mail *next; m != NULL; m = next) {
            next = m->next;
            open_note(r, CONTAINER_OF(m, struct note, mail));
        }
    }
}

/* ---- the others ---- */

static void collect(void *ctx)
{
    struct recorder *r = ctx;
    metric_set(r->queue, (double)mailbox_depth(&r->in));
}

static void register_metrics(struct recorder *r, struct metrics *m)
{
    static const char *const recorded[] = {"event_type", "output", "result", NULL};
    static const char *const bytes[] = {"event_type", "output", NULL};
    static const char *const type[] = {"event_type", NULL}, *const output[] = {"output", NULL};

    r->recorded = metric_family(m, METRIC_COUNTER, "alertmanager_events_recorded_total",
                                "The total number of events recorded by the event recorder.", recorded);
    r->bytes = metric_family(m, METRIC_COUNTER, "alertmanager_event_recorder_bytes_written_total",
                             "The total number of bytes written to the event recorder.", bytes);
    r->dropped = metric_family(m, METRIC_COUNTER, "alertmanager_events_dropped_total",
                               "The total number of events dropped because the queue was full.", type);
    r->unserialized = metric_family(m, METRIC_COUNTER, "alertmanager_event_serialize_errors_total",
                                    "The total number of events that could not be serialized.", type);
    r->output_dropped =
        metric_family(m, METRIC_COUNTER, "alertmanager_event_output_drops_total",
                      "The total number of events dropped by an output due to a full local buffer.", output);
    r->queue = metric_one(m, METRIC_GAUGE, "alertmanager_event_recorder_queue_length",
                          "Current number of events waiting in the event recorder write queue.");
    metrics_collector(m, collect, r);
}

struct recorder *recorder_new(const struct recorder_opts *opts, struct err *err)
{
    struct recorder *r = xcalloc(1, sizeof *r);

    r->instance = xstrdup(opts->instance);
    r->version = xstrdup(opts->version);
    r->build_context = xstrdup(opts->build_context);
    r->stdout_fd = opts->stdout_fd;
    mailbox_init(&r->in, QUEUE_MAX, NULL, NULL);
    register_metrics(r, opts->metrics);
    const int rc = pthread_create(&r->thread, NULL, run, r);
    if (rc == 0) {
        pthread_setname_np(r->thread, "event-recorder");
        return r;
    }
    (void)err_set(err, ERR_SYSTEM, "start the event recorder's thread: %s", strerrordesc_np(rc));
    mailbox_close(&r->in);
    mailbox_done(&r->in);
    free(r->instance);
    free(r->version);
    free(r->build_context);
    free(r);
    return NULL;
}

static struct note *note_new(struct event *event, struct event_outputs *outputs)
{
    struct note *note = xmalloc(sizeof *note);

    *note = (struct note){.event = event, .outputs = outputs};
    return note;
}

void recorder_swap(struct recorder *r, struct event_outputs *outputs)
{
    mailbox_force(&r->in, &note_new(NULL, outputs)->mail);
}

void recorder_take(struct recorder *r, struct event *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *type = event_json_type(v[i]);
        if (type == NULL)
            continue;
        struct note *note = note_new(event_ref(v[i]), NULL);
        if (mailbox_send(&r->in, &note->mail))
            continue;
        metric_inc(metric_with(r->dropped, (const char *const[]){type}));
        event_unref(note->event);
        free(note);
    }
}

void recorder_free(struct recorder *r)
{
    if (r == NULL)
        return;
    mailbox_close(&r->in);
    pthread_join(r->thread, NULL);
    outputs_close(r->outputs);
    mailbox_done(&r->in);
    strbuf_done(&r->json);
    free(r->instance);
    free(r->version);
    free(r->build_context);
    free(r);
}
