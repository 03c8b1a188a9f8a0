/* What one alert costs in the model layer: reading its label set, and matching it. Usage: model_labels_bench
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clk.h"
#include "model/labels.h"
#include "model/matcher.h"

#define ROUNDS 200000
#define LABELS 8

/* In a sender's order, not sorted. */
static const char *const as_sent[LABELS][2] = {
    {"alertname", "HighRequestLatency"},
    {"severity", "critical"},
    {"job", "api-server"},
    {"instance", "10.20.30.40:9090"},
    {"cluster", "eu-west-1-production"},
    {"namespace", "payments"},
    {"pod", "payments-api-7c9fd8b6d4-x2x7k"},
    {"team", "payments-backend"},
};

static const char *const matcher_texts[20] = {
    "severity=critical",
    "severity=warning",
    "team=payments-backend",
    "team!=platform",
    "job=~\"api-.*\"",
    "job=~\"db|cache|queue\"",
    "namespace=~\"pay.*|web\"",
    "cluster=~\"eu-.*\"",
    "cluster!~\"us-.*\"",
    "alertname=~\".*Latency\"",
    "alertname=~\"High.+\"",
    "pod=~\"payments-.+\"",
    "pod=~\".*-api-.*\"",
    "instance=~\"10\\\\..*\"",
    "missing=\"\"",
    "missing=~\".+\"",
    "severity=~\"critical|page\"",
    "team=~\"a|b|c|d|e|f\"",
    "namespace!=kube-system",
    "pod=~\"[a-z]+-api-[0-9a-f]+-.*\"",
};

static void read_labels(struct label_sv pairs[LABELS])
{
    for (size_t i = 0; i < LABELS; i++)
        pairs[i] = (struct label_sv){sv_of(as_sent[i][0]), sv_of(as_sent[i][1])};
}

static double ns_each(struct now from, double n)
{
    return (double)(clk_now().mono - from.mono) / n;
}

static uint64_t bench_sets(bool sorted)
{
    struct label_sv pairs[LABELS], start[LABELS];
    uint64_t sum = 0;

    read_labels(start);
    if (sorted)
        (void)label_sv_normalize(start, LABELS, true);
    struct now from = clk_now();
    for (int i = 0; i < ROUNDS; i++) {
        memcpy(pairs, start, sizeof pairs);
        sum += label_sv_normalize(pairs, LABELS, true);
    }
    const double normalize = ns_each(from, ROUNDS);
    from = clk_now();
    for (int i = 0; i < ROUNDS; i++)
        sum += label_sv_fingerprint(pairs, LABELS);
    const double fingerprint = ns_each(from, ROUNDS);
    struct labels *kept = labels_new(pairs, LABELS); /* as in a server that has seen these texts before */
    from = clk_now();
    for (int i = 0; i < ROUNDS; i++)
        labels_unref(labels_new(pairs, LABELS));
    const double new_and_unref = ns_each(from, ROUNDS);
    labels_unref(kept);
    printf("%s labels: normalize %.0f ns, fingerprint %.0f ns, new + unref %.0f ns\n",
           sorted ? "sorted  " : "unsorted", normalize, fingerprint, new_and_unref);
    return sum;
}

static uint64_t bench_matchers(void)
{
    struct label_sv pairs[LABELS];
    uint64_t matched = 0;

    read_labels(pairs);
    struct labels *ls = labels_new(pairs, label_sv_normalize(pairs, LABELS, true));
    for (size_t k = 0; k < COUNT_OF(matcher_texts); k++) {
        struct matchers ms = {0};
        struct err err;
        if (!matchers_parse(sv_of(matcher_texts[k]), MATCHER_UTF8_STRICT, &ms, NULL, &err)) {
            printf("%s: %s\n", matcher_texts[k], err.text);
            exit(1);
        }
        const struct now from = clk_now();
        for (int i = 0; i < ROUNDS; i++)
            matched += matchers_match(&ms, ls);
        printf("%-38s %6.1f ns\n", matcher_texts[k], ns_each(from, ROUNDS));
        matchers_done(&ms);
    }
    labels_unref(ls);
    return matched;
}

int main(void)
{
    const uint64_t used = bench_sets(true) + bench_sets(false) + bench_matchers();
    printf("(checksum %llu)\n", (unsigned long long)used);
    return 0;
}
