/* A script: everything that happens in one simulated life, as plain data.
 *
 * A seed makes a script, the world plays it, and the shrinker takes parts of it away; therefore every step
 * stands for itself and still means something when the steps around it are gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "core/engine.h"
#include "model/matcher.h"

enum {
    SIM_NAMES = 4,  /* label names, in the order of their bytes */
    SIM_VALUES = 4, /* values of each; 0 is the missing label */
    SIM_ALERTS = 16,
    SIM_ROUTES = 7,
    SIM_RECEIVERS = 3,
    SIM_INTEGRATIONS = 2, /* of one receiver */
    SIM_INTERVALS = 2,
    SIM_RULES = 2,
    SIM_MATCHERS = 2,
    SIM_CONFIGS = 3,
    SIM_SILENCES = 6, /* that a script can talk about at a time */
    SIM_STEPS = 2000,
};

typedef uint32_t alert_set; /* bit i: alert i of the script */

struct sim_alert {
    uint8_t value[SIM_NAMES];
};

struct sim_matcher {
    enum match_op op;
    uint8_t name;
    uint8_t values; /* bit v: value v is named; exactly one for = and != */
};
struct sim_matchers {
    struct sim_matcher v[SIM_MATCHERS];
    size_t n;
};

enum { GROUP_BY_INHERIT = -1, GROUP_BY_ALL = 1 << SIM_NAMES }; /* otherwise bit n: name n */

struct sim_route {
    bool gone; /* taken away by the shrinker, with all below it */
    int parent;
    struct sim_matchers matchers;
    bool continue_;
    unsigned receiver;
    int group_by;
    int group_wait, group_interval, repeat_interval; /* ms; -1: inherited */
    unsigned mute, active;                           /* bit i: interval i */
};

struct sim_rule {
    bool gone;
    struct sim_matchers source, target;
    unsigned equal; /* bit n: name n */
};

struct sim_interval {
    int begin, end; /* minutes of the day */
};

struct sim_receiver {
    size_t n;
    bool send_resolved[SIM_INTEGRATIONS];
};

struct sim_config {
    struct sim_route routes[SIM_ROUTES]; /* depth first */
    size_t n_routes;
    struct sim_rule rules[SIM_RULES];
    size_t n_rules;
    struct sim_interval intervals[SIM_INTERVALS];
    struct sim_receiver receivers[SIM_RECEIVERS];
    int resolve_timeout; /* s */
};

enum step_kind {
    STEP_WAIT,
    STEP_POST,
    STEP_SILENCE,  /* create or edit */
    STEP_EXPIRE,   /* a silence */
    STEP_ACK,      /* what fires and matches is acknowledged */
    STEP_RELOAD,   /* with the same or another configuration */
    STEP_RECEIVER, /* how an integration answers from now on */
    STEP_JUMP,     /* the wall clock does */
    STEP_SLOW,     /* how slow disk and dispatcher are from now on */
    STEP_CRASH,
};

enum start_mode { START_NONE, START_SAME, START_OLD, START_FUTURE };
enum end_mode { END_NONE, END_NOW, END_PAST, END_SKEWED, END_LATER };
enum answer { ANSWER_OK, ANSWER_RETRIED, ANSWER_REFUSED, ANSWER_THROTTLED, ANSWER_LOST };

struct step {
    enum step_kind kind;
    int wait; /* ms, after it */
    union {
        struct {
            alert_set alerts;
            enum start_mode start;
            enum end_mode end;
            int amount; /* ms, for the modes that need one */
            unsigned annotation;
        } post;
        struct {
            unsigned name; /* which of the script's silences */
            bool edit;
            bool keep_matchers; /* when it is edited */
            struct sim_matchers matchers;
            int start, end; /* ms from now */
        } silence;
        struct {
            struct sim_matchers matchers;
        } ack;
        struct {
            unsigned config;
        } reload;
        struct {
            unsigned receiver, integration;
            enum answer answer;
            int latency; /* ms */
        } receiver;
        struct {
            int ms;
        } jump;
        struct {
            int disk, dispatcher; /* ms */
        } slow;
        struct {
            unsigned after;   /* so many batches of effects, if they come before the wait is over */
            unsigned lost;    /* of what is not committed, in 1/16 */
            unsigned reached; /* bit i: delivery i (modulo 16) that is on its way reaches its receiver */
            unsigned given;   /* so many deliveries of the last batch were given away */
            int down;         /* ms */
            int config;       /* the file was changed meanwhile; -1: it was not */
            bool alive_known;
        } crash;
    };
};

struct script {
    uint64_t seed;
    struct sim_alert alerts[SIM_ALERTS];
    size_t n_alerts;
    struct sim_config configs[SIM_CONFIGS];
    size_t n_configs;
    dur_ns retention, gc_interval, maintenance_interval, start_delay;
    size_t n_steps;
    struct step steps[SIM_STEPS];
};

/* From the seed alone. The caller frees it. */
struct script *script_new(uint64_t seed, size_t n_steps);

/* What a person needs to see it happen again; `heading` is put in front of configurations. */
void script_print(FILE *out, const struct script *s);
void sim_config_yaml(struct strbuf *out, const struct sim_config *c);
void sim_matchers_print(struct strbuf *out, const struct sim_matchers *ms); /* as a list in YAML flow style */
void sim_alert_print(struct strbuf *out, const struct sim_alert *a);
void sim_step_print(struct strbuf *out, const struct step *s);

const char *sim_label_name(size_t name);
const char *sim_label_value(size_t name, size_t value); /* "" for 0 */

bool sim_matches(const struct sim_matchers *ms, const struct sim_alert *a);
