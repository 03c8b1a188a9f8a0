#include "engine_host.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "db/history.h"
#include "departures.h"

/* Batches waiting for their commit. Past this the API answers 503: the disk does not keep up. */
#define PENDING_MAX 4096

struct engine_host {
    pthread_rwlock_t lock; /* guards engine, listeners, wake_at, quiet */
    struct engine *engine;
    struct event_listener *listeners;
    event_mask history; /* what goes to the database, whoever listens */
    mono_ns wake_at;    /* when the dispatcher looks next */
    bool quiet;
    struct db *db;
    struct departures departures;
    struct mailbox inbox;  /* finished deliveries, for the dispatcher */
    atomic_size_t pending; /* batches given to db and not yet answered */
    pthread_t dispatcher;
    bool running;
    struct metric *held; /* NULL: nobody measures */
};

void engine_host_measure(struct engine_host *h, struct metric *held)
{
    h->held = held;
}

/* The write lock was taken at `since`. */
static void unlock(struct engine_host *h, mono_ns since)
{
    const dur_ns held = clk_now().mono - since;

    pthread_rwlock_unlock(&h->lock);
    if (h->held != NULL)
        metric_observe(h->held, (double)held / (double)NS_PER_S);
}

/* ---- listeners ---- */

static void tell_listeners(const struct engine_host *h, const struct effects *fx)
{
    for (struct event_listener *l = h->listeners; l != NULL && fx->n_events != 0; l = l->next)
        l->happened(l, fx->events, fx->n_events);
}

static void want_events(struct engine_host *h)
{
    event_mask wanted = h->history;

    for (const struct event_listener *l = h->listeners; l != NULL; l = l->next)
        wanted |= l->kinds;
    engine_want_events(h->engine, wanted);
}

void engine_host_listen(struct engine_host *h, struct event_listener *l)
{
    pthread_rwlock_wrlock(&h->lock);
    l->next = h->listeners;
    h->listeners = l;
    want_events(h);
    pthread_rwlock_unlock(&h->lock);
}

void engine_host_unlisten(struct engine_host *h, struct event_listener *l)
{
    pthread_rwlock_wrlock(&h->lock);
    struct event_listener **at = &h->listeners;
    while (*at != NULL && *at != l)
        at = &(*at)->next;
    if (*at != NULL)
        *at = l->next;
    want_events(h);
    pthread_rwlock_unlock(&h->lock);
}

/* ---- effects ---- */

struct commit {
    struct engine_host *host;
    struct commit_wait *wait; /* NULL: nobody waits */
    struct parcel *parcel;    /* what may leave then; NULL: nothing */
};

static void committed(struct db_batch *b, bool ok)
{
    struct commit *c = b->ctx;

    atomic_fetch_sub(&c->host->pending, 1);
    if (c->wait != NULL)
        c->wait->done(c->wait, ok);
    departures_release(&c->host->departures, c->parcel);
    free(c);
    db_batch_free(b);
}

/* Those that the history keeps. */
static size_t take_history(const struct engine_host *h, const struct effects *fx, struct event ***out)
{
    size_t n = 0;

    *out = NULL;
    for (size_t i = 0; i < fx->n_events; i++) {
        if ((h->history & EVENT_BIT(fx->events[i]->kind)) == 0)
            continue;
        if (n == 0)
            *out = xmalloc(fx->n_events * sizeof(struct event *));
        (*out)[n++] = event_ref(fx->events[i]);
    }
    return n;
}

/* What a person did, and what is about to be told to one, outlives a power cut; alerts are sent again. */
static bool wants_sync(const struct effects *fx, const struct parcel *parcel)
{
    if (parcel != NULL || fx->by != NULL)
        return true;
    for (size_t i = 0; i < fx->n_records; i++)
        if (fx->records[i].kind == RECORD_SILENCE)
            return true;
    return false;
}

/* False: there is nothing to write. */
static bool write_effects(struct engine_host *h, struct effects *fx, struct commit_wait *wait,
                          struct parcel *parcel)
{
    struct event **events;
    const size_t n_events = take_history(h, fx, &events);

    if (fx->n_records == 0 && n_events == 0)
        return false;
    struct commit *c = xmalloc(sizeof(*c));
    *c = (struct commit){h, wait, parcel};
    struct db_batch *b = db_batch_new(fx->records, fx->n_records, committed, c);
    b->events = events;
    b->n_events = n_events;
    b->synced = wants_sync(fx, parcel);
    fx->records = NULL;
    fx->n_records = fx->cap_records = 0;
    atomic_fetch_add(&h->pending, 1);
    bool taken = db_write(h->db, b, true);
    if (!taken)
        committed(b, false);
    return true;
}

/* Under the write lock. True: `wait` will be called. */
static bool publish(struct engine_host *h, struct effects *fx, struct commit_wait *wait)
{
    struct parcel *parcel = departures_hold(&h->departures, fx, clk_now().mono);

    tell_listeners(h, fx);
    const bool writes = write_effects(h, fx, wait, parcel);
    if (!writes)
        departures_release(&h->departures, parcel);
    effects_done(fx);
    return writes;
}

void engine_host_note(struct engine_host *h, enum event_kind kind)
{
    struct effects fx = {0};

    pthread_rwlock_wrlock(&h->lock);
    struct event *ev = event_new(kind, clk_now().wall);
    fx.events = xmalloc(sizeof(struct event *));
    fx.events[0] = ev;
    fx.n_events = fx.cap_events = 1;
    (void)publish(h, &fx, NULL);
    pthread_rwlock_unlock(&h->lock);
}

static void restore_one(void *ctx, struct record *r)
{
    struct engine_host *h = ctx;
    engine_restore(h->engine, r, clk_now());
}

static void init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    /* Readers come in crowds; the dispatcher must not wait behind them. */
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

struct engine_host *engine_host_new(const struct engine_opts *opts, const struct config *config,
                                    struct db *db, bool history, struct err *err)
{
    struct engine_host *h = xcalloc(1, sizeof(*h));
    struct stamp last_alive = STAMP_UNSET;

    init_lock(&h->lock);
    mailbox_init(&h->inbox, 0, NULL, NULL);
    departures_init(&h->departures);
    h->db = db;
    h->wake_at = MONO_NEVER;
    h->engine = engine_new(opts, config, clk_now());
    h->history = history ? HISTORY_EVENTS : 0;
    want_events(h);
    if (!db_load(db, restore_one, h, &last_alive, err) || !db_start(db, err)) {
        engine_host_free(h);
        return NULL;
    }
    struct effects fx = {0};
    engine_restored(h->engine, last_alive, clk_now(), &fx);
    (void)publish(h, &fx, NULL);
    return h;
}

static void take_delivered(struct engine_host *h, struct mail *m, struct now now, struct effects *fx)
{
    for (struct mail *next; m != NULL; m = next) {
        next = m->next;
        engine_delivered(h->engine, CONTAINER_OF(m, struct delivery, mail), now, fx);
    }
}

static mono_ns next_wake(struct engine_host *h, mono_ns now)
{
    const mono_ns overdue = departures_overdue(&h->departures, now);
    const mono_ns next = h->quiet ? MONO_NEVER : engine_next(h->engine);
    return overdue < next ? overdue : next;
}

static mono_ns dispatch_step(struct engine_host *h, struct mail *delivered)
{
    struct effects fx = {0};

    pthread_rwlock_wrlock(&h->lock);
    struct now now = clk_now();
    take_delivered(h, delivered, now, &fx);
    if (!h->quiet)
        engine_tick(h->engine, now, &fx);
    (void)publish(h, &fx, NULL);
    const mono_ns wake_at = h->wake_at = next_wake(h, now.mono);
    unlock(h, now.mono);
    return wake_at;
}

static void *dispatcher(void *arg)
{
    struct engine_host *h = arg;
    mono_ns wake_at = dispatch_step(h, NULL);

    for (;;) {
        struct mail *delivered = mailbox_wait(&h->inbox, wake_at);
        if (delivered == NULL && mailbox_closed(&h->inbox))
            return NULL;
        wake_at = dispatch_step(h, delivered);
    }
}

bool engine_host_start(struct engine_host *h, struct notify *notify, struct err *err)
{
    h->departures.notify = notify;
    if (pthread_create(&h->dispatcher, NULL, dispatcher, h) != 0)
        return err_errno(err, "start the dispatcher thread");
    pthread_setname_np(h->dispatcher, "dispatcher");
    h->running = true;
    return true;
}

void engine_host_delivered(void *host, struct delivery *d)
{
    struct engine_host *h = host;
    mailbox_force(&h->inbox, &d->mail);
}

enum host_result engine_host_apply(struct engine_host *h,
                                   void (*fn)(struct engine *e, struct now now, struct effects *fx,
                                              void *arg),
                                   void *arg, struct commit_wait *wait)
{
    struct effects fx = {0};

    if (atomic_load(&h->pending) >= PENDING_MAX)
        return HOST_BUSY;
    pthread_rwlock_wrlock(&h->lock);
    const struct now now = clk_now();
    fn(h->engine, now, &fx, arg);
    bool waits = publish(h, &fx, wait);
    mono_ns next = h->quiet ? MONO_NEVER : engine_next(h->engine);
    bool sooner = next < h->wake_at;
    if (sooner)
        h->wake_at = next;
    unlock(h, now.mono);
    if (sooner)
        mailbox_nudge(&h->inbox);
    return waits && wait != NULL ? HOST_PENDING : HOST_DURABLE;
}

const struct engine *engine_host_read_begin(struct engine_host *h)
{
    pthread_rwlock_rdlock(&h->lock);
    return h->engine;
}

void engine_host_read_end(struct engine_host *h)
{
    pthread_rwlock_unlock(&h->lock);
}

void engine_host_quiesce(struct engine_host *h)
{
    pthread_rwlock_wrlock(&h->lock);
    h->quiet = true;
    departures_close(&h->departures);
    pthread_rwlock_unlock(&h->lock);
}

void engine_host_stop(struct engine_host *h)
{
    if (!h->running)
        return;
    mailbox_close(&h->inbox);
    pthread_join(h->dispatcher, NULL);
    h->running = false;
}

void engine_host_free(struct engine_host *h)
{
    if (h == NULL)
        return;
    engine_host_stop(h);
    engine_free(h->engine);
    mailbox_done(&h->inbox);
    departures_done(&h->departures);
    pthread_rwlock_destroy(&h->lock);
    free(h);
}
