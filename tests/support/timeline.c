#include "support/timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "support/test.h"

#define MAX_WORDS 32

struct play {
    const struct timeline *t;
    struct fixture f;
    double killed_at;
    bool over;
};

static bool has_prefix(const char *word, const char *prefix, const char **rest)
{
    const size_t n = strlen(prefix);
    *rest = word + n;
    return strncmp(word, prefix, n) == 0;
}

static void do_post(struct play *p, char **words, size_t n)
{
    const char *alerts[MAX_WORDS], *annotation = NULL, *value;
    double start = NAN, end = NAN;
    size_t n_alerts = 0;

    for (size_t i = 0; i < n; i++) {
        if (has_prefix(words[i], "start=", &value))
            start = atof(value);
        else if (has_prefix(words[i], "end=", &value))
            end = atof(value);
        else if (has_prefix(words[i], "ann=", &value))
            annotation = value;
        else
            alerts[n_alerts++] = words[i];
    }
    fixture_post(&p->f, alerts, n_alerts, start, end, annotation);
}

static void do_silence(struct play *p, char **words, size_t n)
{
    double start, end;
    struct err err = {0};

    FAIL_IF(n != 3 || sscanf(words[1], "%lf..%lf", &start, &end) != 2, "%s: bad silence", p->t->name);
    FAIL_IF(!fixture_silence(&p->f, "", words[0], words[2], start, end, &err), "%s: %s", p->t->name,
            err.text);
}

static void do_expire(struct play *p, char **words, size_t n)
{
    FAIL_IF(n != 1, "%s: bad expire", p->t->name);
    fixture_expire(&p->f, words[0]);
}

/* "ack otto x1": the groups of the alert x1, and there only that; "ack otto": all that fires. */
static void do_ack(struct play *p, char **words, size_t n)
{
    FAIL_IF(n < 1 || n > 2, "%s: bad ack", p->t->name);
    fixture_ack(&p->f, words[0], n == 2 ? words[1] : NULL);
}

/* "hush s1 3600": silences the one group there is, by s1; 0: until resolved. */
static void do_hush(struct play *p, char **words, size_t n)
{
    FAIL_IF(n != 2, "%s: bad hush", p->t->name);
    fixture_hush(&p->f, words[0], atof(words[1]));
}

static void set_names(char *names, char **words, size_t n)
{
    names[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        strcat(names, words[i]);
        strcat(names, " ");
    }
}

static void do_latency(struct play *p, char **words, size_t n)
{
    FAIL_IF(n == 0, "%s: bad latency", p->t->name);
    p->f.latency = (dur_ns)(atof(words[0]) * 1e9);
    set_names(p->f.slow, words + 1, n - 1);
}

static void do_failing(struct play *p, char **words, size_t n)
{
    set_names(p->f.failing, words, n);
}

static void do_reload(struct play *p, char **words, size_t n)
{
    (void)words;
    (void)n;
    fixture_reload(&p->f, p->t->config2);
}

static void do_kill(struct play *p, char **words, size_t n)
{
    (void)words;
    (void)n;
    p->killed_at = fixture_seconds(p->f.now.wall);
    fixture_kill(&p->f);
}

static void do_stop(struct play *p, char **words, size_t n)
{
    (void)words;
    (void)n;
    p->killed_at = fixture_seconds(p->f.now.wall);
    fixture_stop(&p->f);
}

static void do_start(struct play *p, char **words, size_t n)
{
    (void)words;
    (void)n;
    fixture_start(&p->f, p->killed_at);
}

static void do_end(struct play *p, char **words, size_t n)
{
    (void)words;
    (void)n;
    p->over = true;
}

static const struct {
    const char *name;
    void (*run)(struct play *p, char **words, size_t n);
} verbs[] = {
    {"post", do_post},       {"silence", do_silence}, {"expire", do_expire}, {"latency", do_latency},
    {"failing", do_failing}, {"reload", do_reload},   {"kill", do_kill},     {"stop", do_stop},
    {"start", do_start},     {"end", do_end},         {"ack", do_ack},       {"hush", do_hush},
};

static void act(struct play *p, char *line)
{
    char *words[MAX_WORDS], *state;
    size_t n = 0;

    for (char *w = strtok_r(line, " ", &state); w != NULL && n < MAX_WORDS; w = strtok_r(NULL, " ", &state))
        words[n++] = w;
    FAIL_IF(n < 2 || words[0][0] != '@', "%s: bad line %s", p->t->name, line);
    const bool last = strcmp(words[1], "end") == 0;
    fixture_run(&p->f, atof(words[0] + 1), last);
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(verbs[i].name, words[1]) == 0) {
            verbs[i].run(p, words + 2, n - 2);
            return;
        }
    FAIL_IF(true, "%s: no such verb: %s", p->t->name, words[1]);
}

void timeline_run(const struct timeline *t)
{
    struct play p = {.t = t};
    struct engine_opts opts = FIXTURE_OPTS;
    char *script = xstrdup(t->script), *state;

    opts.compat_strict = t->compat_strict;
    opts.per_alertname_limit = t->per_alertname_limit;
    opts.repeat_on_time = t->repeat_on_time;
    opts.resolve_skew = t->resolve_skew;
    opts.jitter = t->jitter;
    opts.start_delay = t->start_delay;
    opts.alerts_gc_interval = t->gc_interval != 0 ? t->gc_interval : opts.alerts_gc_interval;
    opts.retention = t->retention != 0 ? t->retention : opts.retention;
    opts.maintenance_interval = t->maintenance != 0 ? t->maintenance : opts.maintenance_interval;
    fixture_init(&p.f, t->config, &opts);
    p.f.show_times = t->show_times;
    fixture_want(&p.f, t->wanted);
    for (char *line = strtok_r(script, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state))
        act(&p, line);
    FAIL_IF(!p.over, "%s: the script has no end", t->name);
    const char *heard = p.f.heard.n != 0 ? p.f.heard.p : "";
    FAIL_IF(strcmp(heard, t->heard) != 0, "%s\nheard:\n%swant:\n%s", t->name, heard, t->heard);
    const char *happened = p.f.happened.n != 0 ? p.f.happened.p : "";
    FAIL_IF(t->happened != NULL && strcmp(happened, t->happened) != 0, "%s\nhappened:\n%swant:\n%s", t->name,
            happened, t->happened);
    fixture_done(&p.f);
    free(script);
}
