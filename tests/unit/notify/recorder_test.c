/* The event recorder's queue (P-129): whoever has events never waits, and what does not fit is counted. The
 * rest is tested with the real program: tests/integration/recorder_test.py. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clk.h"
#include "config/event_recorder.h"
#include "notify/recorder.h"
#include "support/test.h"

#define FLOOD 40000

static struct event *shutdown_event(void)
{
    return event_new(EVENT_SHUTDOWN, (struct stamp){.sec = 1767225600});
}

static struct recorder *recorder_to(int fd, struct metrics *m)
{
    struct err err;
    struct recorder *r = recorder_new(
        &(struct recorder_opts){
            .instance = "host", .version = "1", .build_context = "", .metrics = m, .stdout_fd = fd},
        &err);
    FAIL_IF(r == NULL, "%s", err.text);
    return r;
}

static void open_stdout(struct recorder *r)
{
    void *one[] = {NULL};
    const struct event_recorder block = {.stdout_outputs = {.v = one, .n = 1}};
    const struct config c = {.event_recorder = &block};
    struct err err;
    struct event_outputs *o = recorder_open(r, &c, &err);

    FAIL_IF(o == NULL, "%s", err.text);
    recorder_swap(r, o);
}

struct reader {
    int fd;
    size_t lines;
};

static void *read_lines(void *arg)
{
    struct reader *reader = arg;
    char text[4096];
    ssize_t n;

    while ((n = read(reader->fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < n; i++)
            reader->lines += text[i] == '\n';
    return NULL;
}

/* Nobody reads the pipe until all was handed over: the writer stands still, those who have events do not. */
TEST(recorder, a_full_queue_drops_and_counts_and_keeps_nobody)
{
    int ends[2];
    struct metrics *m = metrics_new();
    pthread_t thread;

    FAIL_IF(pipe(ends) != 0, "pipe");
    struct recorder *r = recorder_to(ends[1], m);
    open_stdout(r);
    struct event *ev = shutdown_event();
    for (int i = 0; i < FLOOD; i++)
        recorder_take(r, &ev, 1);
    event_unref(ev);

    struct reader reader = {.fd = ends[0]};
    FAIL_IF(pthread_create(&thread, NULL, read_lines, &reader) != 0, "thread");
    recorder_free(r); /* writes what is queued */
    close(ends[1]);
    pthread_join(thread, NULL);
    close(ends[0]);

    static const char *const labels[] = {"event_type", NULL};
    struct metric_family *f =
        metric_family(m, METRIC_COUNTER, "alertmanager_events_dropped_total", "", labels);
    const double dropped = metric_value(metric_with(f, (const char *const[]){"alertmanager_shutdown_event"}));
    CHECK_EQ((double)reader.lines + dropped, FLOOD);
    FAIL_IF(dropped < FLOOD - 2 * 8192 - 4096, "only %g dropped", dropped); /* the thread holds as many */
    metrics_free(m);
}

TEST(recorder, other_events_are_not_written)
{
    int ends[2];
    char text[8];
    struct metrics *m = metrics_new();

    FAIL_IF(pipe(ends) != 0, "pipe");
    struct recorder *r = recorder_to(ends[1], m);
    open_stdout(r);
    struct event *ev = event_new(EVENT_GROUP_OPENED, (struct stamp){0});
    recorder_take(r, &ev, 1);
    event_unref(ev);
    recorder_free(r);
    close(ends[1]);
    CHECK_EQ(read(ends[0], text, sizeof text), 0);
    close(ends[0]);
    metrics_free(m);
}
