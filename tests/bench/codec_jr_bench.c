/* The pull reader against jansson on a batch as Prometheus posts it: 256 alerts with 7 labels, 3 annotations,
 * two times and a URL each. Prints MB/s and alerts/s; an argument sets the number of rounds. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clk.h"
#include "codec/jr.h"
#include "codec/jw.h"

#define ALERTS 256

static void put(struct jw *w, const char *key, const char *fmt, int a, int b)
{
    struct strbuf text = {0};
    const char *slot = strchr(fmt, '@');

    strbuf_add(&text, fmt, slot != NULL ? (size_t)(slot - fmt) : strlen(fmt));
    if (slot != NULL) {
        strbuf_addf(&text, "%d.%d", a, b);
        strbuf_adds(&text, slot + 1);
    }
    jw_kstr(w, sv_of(key), strbuf_sv(&text));
    strbuf_done(&text);
}

static void put_alert(struct jw *w, int i)
{
    jw_object(w);
    jw_key(w, SV("labels"));
    jw_object(w);
    put(w, "alertname", "HighRequestLatency@", i % 7, 0);
    put(w, "instance", "10.0.@:9100", i / 250, i % 250);
    put(w, "job", "node-exporter", 0, 0);
    put(w, "cluster", "eu-west-1a", 0, 0);
    put(w, "severity", i % 3 != 0 ? "critical" : "warning", 0, 0);
    put(w, "namespace", "payments", 0, 0);
    put(w, "pod", "api-server-7d9f8b6c5-@", i, 0);
    jw_end(w);
    jw_key(w, SV("annotations"));
    jw_object(w);
    put(w, "summary", "High request latency on instance 10.0.@", i / 250, i % 250);
    put(w, "description",
        "p99 latency is above 2s for more than 10 minutes (current value: @s). Runbook attached.", i, 173);
    put(w, "runbook_url", "https://runbooks.example.com/HighRequestLatency", 0, 0);
    jw_end(w);
    put(w, "startsAt", "2024-05-01T12:00:00.123Z", 0, 0);
    put(w, "endsAt", "2024-05-01T13:00:00.123Z", 0, 0);
    put(w, "generatorURL",
        "http://prometheus.example.com:9090/"
        "graph?g0.expr=histogram_quantile%280.99%2C+sum%28rate%28http_request_"
        "duration_seconds_bucket%5B5m%5D%29%29+by+%28le%29%29+%3E+2&g0.tab=1",
        i, 0);
    jw_end(w);
}

/* What a handler does: all keys and strings are looked at. Returns their summed length. */
static size_t read_value(struct jr *r)
{
    struct sv s;
    size_t n = 0;

    switch (jr_peek(r)) {
    case JR_OBJECT:
        if (jr_object(r))
            while (jr_key(r, &s))
                n += s.n + read_value(r);
        return n;
    case JR_ARRAY:
        if (jr_array(r))
            while (jr_next(r))
                n += read_value(r);
        return n;
    case JR_STRING:
        return jr_string(r, &s) ? s.n : 0;
    default:
        return 0;
    }
}

static size_t run_jr(struct sv text, struct arena *mem)
{
    struct jr r;

    arena_reset(mem);
    jr_init(&r, text, mem);
    const size_t n = read_value(&r);
    if (r.failed)
        abort();
    return n;
}

static size_t run_jansson(struct sv text, struct arena *mem)
{
    (void)mem;
    json_t *root = json_loadb(text.p, text.n, 0, NULL);
    if (root == NULL)
        abort();
    const size_t n = json_array_size(root);
    json_decref(root);
    return n;
}

static void measure(const char *name, size_t (*run)(struct sv text, struct arena *mem), struct sv text,
                    int rounds)
{
    struct arena mem;
    size_t sum = 0;

    arena_init(&mem, 64 << 20);
    const mono_ns from = clk_now().mono;
    for (int i = 0; i < rounds; i++)
        sum += run(text, &mem);
    const double s = (double)(clk_now().mono - from) / 1e9;
    (void)printf("%-8s %8.1f MB/s %10.0f alerts/s (%zu)\n", name, (double)text.n * rounds / s / 1e6,
                 ALERTS * (double)rounds / s, sum);
    arena_done(&mem);
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 2000;
    struct strbuf text = {0};
    struct jw w;

    jw_init(&w, &text, false);
    jw_array(&w);
    for (int i = 0; i < ALERTS; i++)
        put_alert(&w, i);
    jw_end(&w);
    (void)printf("%d alerts, %zu bytes\n", ALERTS, text.n);
    measure("jr", run_jr, strbuf_sv(&text), rounds);
    measure("jansson", run_jansson, strbuf_sv(&text), rounds / 10);
    strbuf_done(&text);
    return 0;
}
