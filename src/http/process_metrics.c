/* The process_* series that Prometheus' client libraries export, from /proc when somebody asks. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http_metrics.h"

enum { CPU_SECONDS, OPEN_FDS, MAX_FDS, RESIDENT, VIRTUAL, VIRTUAL_MAX, NET_RECEIVED, NET_SENT, SERIES_COUNT };

static const struct {
    const char *name, *help;
    enum metric_kind kind;
} families[SERIES_COUNT] = {
    [CPU_SECONDS] = {"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                     METRIC_COUNTER},
    [OPEN_FDS] = {"process_open_fds", "Number of open file descriptors.", METRIC_GAUGE},
    [MAX_FDS] = {"process_max_fds", "Maximum number of open file descriptors.", METRIC_GAUGE},
    [RESIDENT] = {"process_resident_memory_bytes", "Resident memory size in bytes.", METRIC_GAUGE},
    [VIRTUAL] = {"process_virtual_memory_bytes", "Virtual memory size in bytes.", METRIC_GAUGE},
    [VIRTUAL_MAX] = {"process_virtual_memory_max_bytes",
                     "Maximum amount of virtual memory available in bytes.", METRIC_GAUGE},
    [NET_RECEIVED] = {"process_network_receive_bytes_total",
                      "Number of bytes received by the process over the network.", METRIC_COUNTER},
    [NET_SENT] = {"process_network_transmit_bytes_total",
                  "Number of bytes sent by the process over the network.", METRIC_COUNTER},
};

static void set(struct metrics *registry, int series, double v)
{
    metric_set(metric_one(registry, families[series].kind, families[series].name, families[series].help), v);
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* The start of a small file of /proc; empty when it cannot be read. */
static void read_file(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t n = 0;
    if (f != NULL) {
        n = fread(text, 1, size - 1, f);
        (void)fclose(f);
    }
    text[n] = '\0';
}

static void collect_memory(struct metrics *m)
{
    char text[256];
    char *rest;
    const double page = (double)sysconf(_SC_PAGESIZE);
    read_file("/proc/self/statm", text, sizeof text);
    set(m, VIRTUAL, (double)strtoull(text, &rest, 10) * page);
    set(m, RESIDENT, (double)strtoull(rest, NULL, 10) * page);
}

static void collect_fds(struct metrics *m)
{
    enum { NOT_FDS = 3 }; /* ".", ".." and the descriptor that was needed to look */
    struct dirent **entries;
    const int n = scandir("/proc/self/fd", &entries, NULL, NULL);
    if (n < 0)
        return;
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    set(m, OPEN_FDS, n - NOT_FDS);
}

/* One line per interface: name, colon, eight numbers about what came in, eight about what went out. */
static void collect_network(struct metrics *m)
{
    enum { RECEIVED_COLUMN = 0, SENT_COLUMN = 8 };
    char text[16384];
    double received = 0, sent = 0;
    read_file("/proc/self/net/dev", text, sizeof text);
    for (char *at = text; (at = strchr(at, ':')) != NULL;) {
        at++;
        for (int column = RECEIVED_COLUMN; column <= SENT_COLUMN; column++) {
            const double bytes = (double)strtoull(at, &at, 10);
            received += column == RECEIVED_COLUMN ? bytes : 0;
            sent += column == SENT_COLUMN ? bytes : 0;
        }
    }
    set(m, NET_RECEIVED, received);
    set(m, NET_SENT, sent);
}

static double limit(__rlimit_resource_t which)
{
    struct rlimit l;
    if (getrlimit(which, &l) != 0)
        return 0;
    return l.rlim_cur == RLIM_INFINITY ? 18446744073709551615.0 : (double)l.rlim_cur;
}

static void collect(void *ctx)
{
    struct metrics *m = ctx;
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        set(m, CPU_SECONDS, seconds(usage.ru_utime) + seconds(usage.ru_stime));
    set(m, MAX_FDS, limit(RLIMIT_NOFILE));
    set(m, VIRTUAL_MAX, limit(RLIMIT_AS));
    collect_memory(m);
    collect_fds(m);
    collect_network(m);
}

void process_metrics_add(struct metrics *registry, struct stamp started_at)
{
    metric_set(metric_one(registry, METRIC_GAUGE, "process_start_time_seconds",
                          "Start time of the process since unix epoch in seconds."),
               (double)started_at.sec + (double)started_at.nsec / 1e9);
    metrics_collector(registry, collect, registry);
}
