#include "board.h"

#include <stdlib.h>
#include <string.h>

struct board_entry {
    struct board_entry *next;
    char *name;
    char **receivers;
    size_t n_receivers; /* at most LANE_RECEIVERS */
    struct notice notice;
};

/* ---- metrics ---- */

static double unix_seconds(struct stamp t)
{
    return stamp_is_unset(t) ? 0 : (double)t.sec + (double)t.nsec / 1e9;
}

/* Nobody tells when a pause is over. */
static struct stamp retry_at(const struct notice *n, struct stamp now)
{
    return stamp_before(now, n->retry_at) ? n->retry_at : STAMP_UNSET;
}

/* Lanes come and go, so the series are made anew for each scrape. */
static void collect(void *ctx)
{
    struct board *b = ctx;
    const struct stamp now = clk_now().wall;

    pthread_mutex_lock(&b->mu);
    for (const struct board_entry *e = b->first; e != NULL; e = e->next) {
        const char *values[] = {e->name};
        const struct notice *n = &e->notice;
        const double age = stamp_is_unset(n->waiting_since)
                               ? 0
                               : (double)stamp_sub(now, n->waiting_since) / (double)NS_PER_S;
        metric_set(metric_with(b->state, values), n->state);
        metric_set(metric_with(b->queue, values), (double)n->waiting);
        metric_set(metric_with(b->age, values), age);
        metric_set(metric_with(b->success, values), unix_seconds(n->last_success));
        metric_set(metric_with(b->error, values), unix_seconds(n->last_error_at));
        metric_set(metric_with(b->retry, values), unix_seconds(retry_at(n, now)));
    }
    pthread_mutex_unlock(&b->mu);
}

static void clear_metrics(struct board *b)
{
    struct metric_family *const all[] = {b->state, b->queue, b->age, b->success, b->error, b->retry};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        metric_family_clear(all[i]);
}

static struct metric_family *by_lane(struct metrics *m, const char *name, const char *help)
{
    return metric_family(m, METRIC_GAUGE, name, help, (const char *const[]){"lane", NULL});
}

void board_init(struct board *b, struct metrics *m)
{
    *b = (struct board){
        .state = by_lane(m, "tocsin_lane_state", "0: closed, 1: open (nothing is sent), 2: half-open."),
        .queue = by_lane(m, "tocsin_lane_queue_length", "Deliveries that wait for their turn."),
        .age = by_lane(m, "tocsin_lane_oldest_seconds", "How long the oldest of them has been waiting."),
        .success = by_lane(m, "tocsin_lane_last_success_timestamp_seconds",
                           "When the destination last took a notification; 0: not yet."),
        .error = by_lane(m, "tocsin_lane_last_error_timestamp_seconds",
                         "When an attempt last failed; 0: not yet."),
        .retry = by_lane(m, "tocsin_lane_blocked_until_timestamp_seconds",
                         "Until when nothing is sent: the destination does not answer, or asked for that; 0: "
                         "neither."),
    };
    pthread_mutex_init(&b->mu, NULL);
    metrics_collector(m, collect, b);
}

/* ---- entries ---- */

static struct board_entry *find(const struct board *b, const char *name)
{
    struct board_entry *e = b->first;
    while (e != NULL && strcmp(e->name, name) != 0)
        e = e->next;
    return e;
}

static char *unique_name(const struct board *b, const char *name)
{
    struct strbuf s = {0};

    strbuf_adds(&s, name);
    for (unsigned i = 2; find(b, s.p) != NULL; i++) {
        strbuf_reset(&s);
        strbuf_addf(&s, "%s#%u", name, i);
    }
    return strbuf_take(&s);
}

struct board_entry *board_add(struct board *b, const char *name)
{
    struct board_entry *e = xcalloc(1, sizeof(*e));

    e->notice = (struct notice){.waiting_since = STAMP_UNSET,
                                .retry_at = STAMP_UNSET,
                                .last_success = STAMP_UNSET,
                                .last_error_at = STAMP_UNSET};
    pthread_mutex_lock(&b->mu);
    e->name = unique_name(b, name);
    struct board_entry **at = &b->first;
    while (*at != NULL && strcmp((*at)->name, e->name) < 0)
        at = &(*at)->next;
    e->next = *at;
    *at = e;
    pthread_mutex_unlock(&b->mu);
    return e;
}

static void entry_free(struct board_entry *e)
{
    for (size_t i = 0; i < e->n_receivers; i++)
        free(e->receivers[i]);
    free(e->receivers);
    free(e->name);
    free(e);
}

void board_remove(struct board *b, struct board_entry *e)
{
    struct board_entry **at = &b->first;

    pthread_mutex_lock(&b->mu);
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    clear_metrics(b);
    pthread_mutex_unlock(&b->mu);
    entry_free(e);
}

void board_add_receiver(struct board *b, struct board_entry *e, const char *who)
{
    for (size_t i = 0; i < e->n_receivers; i++)
        if (strcmp(e->receivers[i], who) == 0)
            return;
    pthread_mutex_lock(&b->mu);
    if (e->n_receivers < LANE_RECEIVERS) {
        e->receivers = xrealloc(e->receivers, (e->n_receivers + 1) * sizeof *e->receivers);
        e->receivers[e->n_receivers++] = xstrdup(who);
    }
    pthread_mutex_unlock(&b->mu);
}

void board_post(struct board *b, struct board_entry *e, const struct notice *n)
{
    pthread_mutex_lock(&b->mu);
    e->notice = *n;
    pthread_mutex_unlock(&b->mu);
}

const char *board_name(const struct board_entry *e)
{
    return e->name;
}

void board_done(struct board *b)
{
    for (struct board_entry *e; (e = b->first) != NULL;) {
        b->first = e->next;
        entry_free(e);
    }
    pthread_mutex_destroy(&b->mu);
}

/* ---- seen ---- */

static const char *keep(struct arena *mem, const char *text)
{
    const char *copy = arena_strndup(mem, text, strlen(text));
    return copy != NULL ? copy : "";
}

static struct lane_view view_of(const struct board_entry *e, struct arena *mem)
{
    const struct notice *n = &e->notice;
    const char **receivers = ARENA_ARRAY(mem, const char *, e->n_receivers);

    for (size_t i = 0; receivers != NULL && i < e->n_receivers; i++)
        receivers[i] = keep(mem, e->receivers[i]);
    return (struct lane_view){
        .name = keep(mem, e->name),
        .receivers = receivers,
        .n_receivers = receivers != NULL ? e->n_receivers : 0,
        .state = n->state,
        .waiting = n->waiting,
        .running = n->running,
        .waiting_since = n->waiting_since,
        .retry_at = retry_at(n, clk_now().wall),
        .last_success = n->last_success,
        .last_error_at = n->last_error_at,
        .last_error = keep(mem, n->last_error),
        .latency = n->latency,
    };
}

void board_view(struct board *b, struct arena *mem, struct lanes_view *out)
{
    size_t n = 0;

    *out = (struct lanes_view){0};
    pthread_mutex_lock(&b->mu);
    for (const struct board_entry *e = b->first; e != NULL; e = e->next)
        n++;
    out->v = ARENA_ARRAY(mem, struct lane_view, n);
    for (const struct board_entry *e = b->first; e != NULL && out->v != NULL; e = e->next)
        out->v[out->n++] = view_of(e, mem);
    pthread_mutex_unlock(&b->mu);
}
