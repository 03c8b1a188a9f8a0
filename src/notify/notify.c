/* The notifier: its thread, from the start to the end.
 *
 * Only notify_submit(), notify_stop(), notify_in_flight() and notify_lanes_view() are called by other
 * threads; they touch the mailbox, the atomics and the board. Everything else belongs to the thread.
 */
#include "notify/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/digest.h"
#include "pool.h"

#define DEFAULT_QUEUE    100000
#define MAX_CONNECTIONS  512L
#define IDLE_CONNECTIONS 100L

static void check_stop(struct notify *n)
{
    if (!atomic_load(&n->stopping))
        return;
    n->draining = true;
    pool_abandon_all(n, n->now.mono >= atomic_load(&n->drain_until));
}

static int sleep_ms(struct notify *n)
{
    mono_ns until = timerq_next(&n->timers);

    if (n->draining && atomic_load(&n->drain_until) < until)
        until = atomic_load(&n->drain_until);
    if (until <= n->now.mono)
        return 0;
    const mono_ns ms = (until - n->now.mono + NS_PER_MS - 1) / NS_PER_MS;
    return ms < 60000 ? (int)ms : 60000;
}

static void *run(void *arg)
{
    struct notify *n = arg;

    n->now = clk_now();
    lanes_begin(n);
    for (;;) {
        check_stop(n);
        pool_take_mail(n);
        timerq_run(&n->timers, n->now.mono, n);
        pool_drive_transfers(n);
        if (n->draining && n->jobs == NULL)
            return NULL;
        curl_multi_poll(n->multi, NULL, 0, sleep_ms(n), NULL);
        n->now = clk_now();
    }
}

static void wake(void *ctx)
{
    curl_multi_wakeup(((struct notify *)ctx)->multi);
}

static bool make_multi(struct notify *n, struct err *err)
{
    /* Once per process; libcurl counts the calls and locks. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (n->multi = curl_multi_init()) == NULL)
        return err_set(err, ERR_SYSTEM, "cannot initialise libcurl");
    curl_multi_setopt(n->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MAX_CONNECTIONS);
    curl_multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS);
    return true;
}

static void destroy(struct notify *n)
{
    lanes_done(n);
    memory_done(n);
    board_done(&n->board);
    timerq_done(&n->timers);
    shared_table_done(&n->shared);
    if (n->multi != NULL)
        curl_multi_cleanup(n->multi);
    curl_global_cleanup();
    mailbox_done(&n->inbox);
    free(n->external_url);
    free(n->user_agent);
    free(n->hostname);
    free(n);
}

struct notify *notify_new(const struct notify_opts *opts, struct err *err)
{
    struct notify *n = xcalloc(1, sizeof *n);

    n->opts = *opts;
    n->external_url = xstrdup(opts->external_url);
    n->user_agent = xstrdup(opts->user_agent);
    n->hostname = xstrdup(opts->hostname);
    if (n->opts.queue_limit == 0)
        n->opts.queue_limit = DEFAULT_QUEUE;
    n->env = (struct job_env){.external_url = n->external_url,
                              .user_agent = n->user_agent,
                              .hostname = n->hostname,
                              .action_keys = opts->action_keys,
                              .action_lifetime = opts->action_lifetime,
                              .terminal = isatty(opts->log_fd) == 1,
                              .compat_strict = opts->compat_strict};
    n->opts.memories = NULL; /* borrowed for the time of this call */
    memory_init(n, opts->memories, opts->n_memories);
    timerq_init(&n->timers);
    mailbox_init(&n->inbox, 0, wake, n);
    meter_init(&n->meter, opts->metrics, opts->receiver_name_in_metrics);
    board_init(&n->board, opts->metrics);
    if (!random_bytes(&n->random_state, sizeof n->random_state))
        n->random_state = (uint64_t)clk_now().mono;
    if (!make_multi(n, err)) {
        destroy(n);
        return NULL;
    }
    errno = pthread_create(&n->thread, NULL, run, n);
    if (errno != 0) {
        (void)err_errno(err, "cannot start the notifier");
        destroy(n);
        return NULL;
    }
    pthread_setname_np(n->thread, "notifier");
    return n;
}

void notify_submit(struct notify *n, struct delivery *d)
{
    const size_t before = atomic_fetch_add(&n->in_flight, 1);

    d->failure = before >= n->opts.queue_limit ? FAILURE_OTHER : FAILURE_NONE;
    mailbox_force(&n->inbox, &d->mail);
}

void notify_stop(struct notify *n, dur_ns drain)
{
    atomic_store(&n->drain_until, clk_now().mono + drain);
    atomic_store(&n->stopping, true);
    wake(n);
    pthread_join(n->thread, NULL);
}

void notify_free(struct notify *n)
{
    if (n == NULL)
        return;
    n->now = clk_now();
    pool_take_mail(n); /* what was submitted after the end: given back as canceled */
    destroy(n);
}

size_t notify_in_flight(struct notify *n)
{
    return atomic_load(&n->in_flight);
}

void notify_lanes_view(struct notify *n, struct arena *mem, struct lanes_view *out)
{
    board_view(&n->board, mem, out);
}
