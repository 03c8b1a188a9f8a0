/* GET /api/tocsin/v1/events: what happens in the engine, as server-sent events, as it happens (which may be a
 * moment before it is on disk).
 *
 * Parameters: `kind`, repeatable (default: all but alert_silenced, alert_inhibited and group_flushed, which
 * tell of each flush), and `filter`, a matcher on the alert's labels, or on the group's for events without an
 * alert; events that have neither pass. Resume with the header Last-Event-ID, or the parameter `cursor`: the
 * id of the last event that was received. Without it the stream begins now.
 *
 *   id: <16 hex digits>-<number>
 *   event: alert_created
 *   data: {"at": time, "kind": "alert_created", "alert": {"fingerprint", "labels", "annotations", "startsAt",
 *          "endsAt"}, "group": {"key", "labels", "receiver"}, "mute": {"cause", "silence", "source",
 *          "intervals"}, "flush": {"id", "alertCount", "heldCount"}, "notification": {"id", "integration",
 *          "index", "reason", "alertCount", "attempts", "status", "durationMs", "failure", "error"},
 *          "silence": {v2 silence}, "ack": {"by", "comment", "at", "alertCount"},
 *          "by": {"name", "address", "agent", "byLink": true (only then)}}
 * with what the kind has. The event `gap` (data: {}) says that events are missing: the id is of a former
 * process, or too old. A reader who falls behind by more than the server keeps (4096 events) is cut off, and
 * gets that when it comes back. Comments come every 15 s. 503: more than 200 streams.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/mem.h"
#include "event_json.h"
#include "event_ring.h"
#include "filters.h"
#include "reply.h"
#include "stream.h"

#define STREAMS_MAX  200
#define HEARTBEAT    (15 * NS_PER_S)
#define CHUNK        ((size_t)64 * 1024)
#define READ_AT_ONCE 64

#define DEFAULT_KINDS                                                                                        \
    (EVENT_ALL &                                                                                             \
     ~(EVENT_BIT(EVENT_ALERT_SILENCED) | EVENT_BIT(EVENT_ALERT_INHIBITED) | EVENT_BIT(EVENT_GROUP_FLUSHED)))

struct stream {
    h2o_generator_t generator; /* first: h2o hands it back */
    h2o_linklist_t link;
    struct exchange *exchange;
    struct matchers filter;
    event_mask kinds;
    uint64_t at; /* number of the next event to look at */
    struct strbuf out;
    bool sending; /* h2o has not taken `out` yet */
    bool ended;
};

/* ---- writing ---- */

static bool is_wanted(const struct stream *s, const struct event *ev)
{
    if ((s->kinds & EVENT_BIT(ev->kind)) == 0)
        return false;
    const struct event_group *group = ev->group != NULL      ? ev->group
                                      : ev->decision != NULL ? ev->decision->group
                                                             : NULL;
    const struct labels *ls = ev->alert != NULL ? ev->alert->labels : group != NULL ? group->labels : NULL;
    return ls == NULL || matchers_filter(&s->filter, ls);
}

static void write_event(struct stream *s, uint64_t number, const struct event *ev)
{
    const struct event_ring *ring = &server_of(s->exchange)->ring;
    struct jw w;
    strbuf_addf(&s->out, "id: %016llx-%llu\nevent: %s\ndata: ", (unsigned long long)ring->epoch,
                (unsigned long long)number, event_kind_text(ev->kind));
    jw_init(&w, &s->out, false);
    event_write_json(&w, ev);
    strbuf_adds(&s->out, "\n\n");
}

/* Adds what is new, up to a chunk. False: the ring has overtaken the stream. */
static bool fill(struct stream *s)
{
    struct event_ring *ring = &server_of(s->exchange)->ring;
    struct event *events[READ_AT_ONCE];
    bool lost = false;
    size_t n;
    while (s->out.n < CHUNK && (n = event_ring_read(ring, s->at, events, READ_AT_ONCE, &lost)) != 0)
        for (size_t i = 0; i < n; i++, s->at++) {
            if (is_wanted(s, events[i]))
                write_event(s, s->at, events[i]);
            event_unref(events[i]);
        }
    return !lost;
}

static void send_out(struct stream *s)
{
    h2o_iovec_t buf = h2o_iovec_init(s->out.p, s->out.n);
    s->sending = true;
    h2o_send(s->exchange->req, &buf, 1, H2O_SEND_STATE_IN_PROGRESS);
}

static void end(struct stream *s)
{
    s->ended = true;
    if (!s->sending)
        h2o_send(s->exchange->req, NULL, 0, H2O_SEND_STATE_FINAL);
}

/* It is not sending. */
static void feed(struct stream *s)
{
    if (s->ended || !fill(s))
        end(s);
    else if (s->out.n != 0)
        send_out(s);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *req)
{
    struct stream *s = CONTAINER_OF(generator, struct stream, generator);
    (void)req;
    s->sending = false;
    strbuf_reset(&s->out);
    feed(s);
}

/* ---- the streams of a loop ---- */

void streams_init(struct streams *s)
{
    h2o_linklist_init_anchor(&s->all);
}

static void beat(struct stream *s)
{
    if (!s->sending && s->out.n == 0)
        strbuf_adds(&s->out, ":\n\n");
}

void streams_feed(struct loop *loop, mono_ns now)
{
    struct streams *all = &loop->streams;
    const bool heartbeat = now >= all->next_heartbeat;
    if (!atomic_exchange(&all->woken, false) && !heartbeat)
        return;
    if (heartbeat)
        all->next_heartbeat = now + HEARTBEAT;
    for (h2o_linklist_t *at = all->all.next, *next; at != &all->all; at = next) {
        struct stream *s = CONTAINER_OF(at, struct stream, link);
        next = at->next;
        if (heartbeat)
            beat(s);
        if (!s->sending && !s->ended)
            feed(s);
    }
}

void streams_end(struct loop *loop)
{
    h2o_linklist_t *all = &loop->streams.all;
    for (h2o_linklist_t *at = all->next, *next; at != all; at = next) {
        struct stream *s = CONTAINER_OF(at, struct stream, link);
        next = at->next;
        if (!s->ended)
            end(s);
    }
}

void streams_wake(struct loop *loop)
{
    /* Counted first: a loop that ends waits for those it sees, after its last stream is gone. */
    atomic_fetch_add(&loop->server->senders, 1);
    if (atomic_load(&loop->streams.n) != 0 && !atomic_exchange(&loop->streams.woken, true))
        loop_wake(loop);
    atomic_fetch_sub(&loop->server->senders, 1);
}

/* ---- the request ---- */

static void on_dispose(void *p)
{
    struct stream *s = *(struct stream **)p;
    atomic_fetch_sub(&s->exchange->loop->streams.n, 1);
    atomic_fetch_sub(&server_of(s->exchange)->n_streams, 1);
    h2o_linklist_unlink(&s->link);
    matchers_done(&s->filter);
    strbuf_done(&s->out);
    free(s);
}

static bool read_kinds(const struct query *q, event_mask *kinds)
{
    struct sv name;
    *kinds = 0;
    for (size_t it = 0; query_each(q, "kind", &it, &name);) {
        enum event_kind k = EVENT_NONE + 1;
        while (k < EVENT_KINDS && !sv_eq(name, sv_of(event_kind_text(k))))
            k++;
        if (k == EVENT_KINDS)
            return false;
        *kinds |= EVENT_BIT(k);
    }
    if (*kinds == 0)
        *kinds = DEFAULT_KINDS;
    return true;
}

static bool read_id(struct sv id, uint64_t *epoch, uint64_t *number)
{
    char text[64];
    unsigned long long e, n;
    int end = 0;
    if (id.n >= sizeof text)
        return false;
    memcpy(text, id.p, id.n);
    text[id.n] = '\0';
    if (sscanf(text, "%16llx-%19llu%n", &e, &n, &end) != 2 || (size_t)end != id.n)
        return false;
    *epoch = e;
    *number = n;
    return true;
}

/* Where the stream begins. What the client missed and is gone is told as a gap. */
static void take_up(struct stream *s, struct sv last_id)
{
    struct event_ring *ring = &server_of(s->exchange)->ring;
    uint64_t first, next, epoch, number;
    event_ring_bounds(ring, &first, &next);
    strbuf_adds(&s->out, ":\n\n");
    s->at = next;
    if (last_id.n == 0)
        return;
    const bool ours = read_id(last_id, &epoch, &number) && epoch == ring->epoch && number < next;
    s->at = ours && number + 1 >= first ? number + 1 : first;
    if (!ours || number + 1 < first)
        strbuf_adds(&s->out, "event: gap\ndata: {}\n\n");
}

static void start(struct exchange *x, struct stream *s, struct sv last_id)
{
    struct streams *all = &x->loop->streams;
    s->exchange = x;
    s->generator.proceed = on_proceed;
    struct stream **owner = h2o_mem_alloc_shared(&x->req->pool, sizeof(struct stream *), on_dispose);
    *owner = s;
    h2o_linklist_insert(&all->all, &s->link);
    atomic_fetch_add(&all->n, 1);
    event_ring_listen(&server_of(x)->ring);
    take_up(s, last_id);
    exchange_release_get(x); /* it would keep the place of many short ones */
    exchange_measure(x, 200, 0);
    reply_header(x, "X-Accel-Buffering", "no");
    reply_start(x, 200, "text/event-stream", SIZE_MAX, &s->generator);
    send_out(s);
}

static bool read_parameters(struct exchange *x, const struct query *q, struct stream *s)
{
    struct err err;
    if (!read_kinds(q, &s->kinds)) {
        reply_fault(x, 400, SV("kind in query is not a kind of event"));
        return false;
    }
    if (!filters_read(q, "filter", server_of(x)->opts.matcher_mode, &s->filter, &err)) {
        reply_fault(x, 400, sv_of(err.text));
        return false;
    }
    return true;
}

void api_own_events_get(struct exchange *x)
{
    struct query q;
    struct stream asked = {0};
    if (!query_of(x, &q) || !read_parameters(x, &q, &asked))
        return;
    if (atomic_fetch_add(&server_of(x)->n_streams, 1) >= STREAMS_MAX) {
        atomic_fetch_sub(&server_of(x)->n_streams, 1);
        matchers_done(&asked.filter);
        reply_busy(x);
        return;
    }
    struct stream *s = xmalloc(sizeof *s);
    *s = asked;
    const struct sv header = exchange_header(x, "last-event-id");
    start(x, s, header.n != 0 ? header : query_last(&q, "cursor"));
}
