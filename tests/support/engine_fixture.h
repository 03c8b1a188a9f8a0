/* An engine in fake time, with a stand-in for everything around it: a table of what it persists, receivers
 * that answer when and how they are told, and a log of what they heard.
 *
 * Include engine_fixture.c once per test program. Times are seconds since the start of the fixture.
 */
#pragma once

#include "codec/re.h"
#include "core/act.h"
#include "core/engine.h"
#include "core/view.h"

/* Rows as db would keep them. */
struct fixture_rows {
    struct record *v;
    size_t n, cap;
    size_t writes; /* puts and deletes so far */
};

struct fixture_flying {
    struct delivery *d;
    mono_ns back;
    bool ok;
};

struct fixture {
    struct engine *engine; /* NULL: the process is down */
    const struct config *config;
    struct engine_opts opts;
    struct now now;
    struct fixture_rows rows;
    struct fixture_flying *flying;
    size_t n_flying, cap_flying;
    dur_ns latency;         /* of the deliveries that start from now on */
    char slow[128];         /* names of those who have that latency; empty: all. Each followed by a space */
    char failing[128];      /* names of failing integrations: "d/0 d/1 " */
    struct strbuf heard;    /* "@2 d/0 +x -y first notification", one line per notification */
    bool show_times;        /* "+x(1..)" instead of "+x" */
    struct strbuf rejected; /* error texts of the last post */
    event_mask wanted;      /* events that are written down: fixture_want() */
    struct strbuf happened; /* "@2 alert_created x", one line per event */
    /* May be set to look at each delivery that was made, and at what notify leaves in it, before the engine
     * gets it back. */
    void (*on_told)(struct fixture *f, struct delivery *d);
    void *ctx;
};

#define FIXTURE_OPTS                                                                                         \
    {                                                                                                        \
        .retention = 120 * 3600 * NS_PER_S, .alerts_gc_interval = 1800 * NS_PER_S,                           \
        .maintenance_interval = 900 * NS_PER_S                                                               \
    }

const struct config *fixture_config(const char *yaml);
void fixture_init(struct fixture *f, const char *yaml, const struct engine_opts *opts);
void fixture_done(struct fixture *f);

struct stamp fixture_stamp(double at);
double fixture_seconds(struct stamp t);

void fixture_want(struct fixture *f, event_mask kinds);

/* Lets everything happen that is due before `at`; with `inclusive` also what is due right then. */
void fixture_run(struct fixture *f, double at, bool inclusive);

/* "x" is {alertname="x"}; "x{zone=aa,job=j}" has more labels, "{a=b}" no name. NAN: the time is not given. */
void fixture_post(struct fixture *f, const char *const *alerts, size_t n, double start, double end,
                  const char *annotation);
void fixture_post_one(struct fixture *f, const char *alert, double start, double end);
bool fixture_silence(struct fixture *f, const char *id, const char *fresh_id, const char *matchers,
                     double start, double end, struct err *err);
void fixture_expire(struct fixture *f, const char *id);
/* Acknowledges what fires: everything, or the alert {alertname=NAME} (NULL: everything). */
void fixture_ack(struct fixture *f, const char *by, const char *alertname);
/* Silences the one group there is, for so many seconds; 0: until resolved. */
void fixture_hush(struct fixture *f, const char *id, double seconds);
struct group_id fixture_only_group(const struct fixture *f); /* fails if there are none, or more */
void fixture_reload(struct fixture *f, const char *yaml);
void fixture_kill(struct fixture *f); /* deliveries that are on their way are forgotten */
void fixture_stop(struct fixture *f); /* the same, but what is on its way comes back cancelled before */
void fixture_start(struct fixture *f, double last_alive); /* from the rows; NAN: unknown */

/* How an alert is written: the inverse of fixture_post(). */
void fixture_name(struct strbuf *out, const struct labels *ls);
