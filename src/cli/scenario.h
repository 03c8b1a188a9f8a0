/* Tests of a configuration, as files: what happens, and who has to hear of it (README, "Testing").
 *
 * The tables that read such a file are in scenario.c; what it says is run by scenario_run() on the engine
 * itself with a clock of its own, so that days pass in milliseconds. One thread.
 */
#pragma once

#include "base/mem.h"
#include "config/config.h"
#include "config/fields.h"

/* A time of the test, and the line it stands in. */
struct moment {
    dur_ns at; /* since the start */
    int line;
};

/* Sets of labels: alerts that are told, and patterns of alerts: each label given has to be equal. */
struct label_maps {
    struct string_map *v;
    size_t n;
};

struct scenario_alert {
    struct string_map labels, annotations;
    struct opt_duration lasts; /* `for`; unset: until it is resolved */
};

struct scenario_silence {
    char *name; /* for `expire` */
    struct strings matchers;
    struct opt_duration lasts; /* unset: to the end of the test */
};

struct scenario_step {
    struct moment at;
    struct list alerts; /* of struct scenario_alert: they fire */
    struct label_maps resolve;
    struct list silences;  /* of struct scenario_silence */
    struct strings expire; /* names of silences */
};

struct scenario_expect {
    struct moment at;
    char *receiver;
    struct label_maps firing, resolved;
    struct string_map group;
};

struct scenario_held {
    struct moment at;
    struct string_map labels;
    char *because; /* silence, inhibition, interval, waiting */
};

struct scenario {
    char *name;
    struct stamp start;
    struct opt_duration until; /* unset: the last moment that the scenario names */
    struct list steps;         /* of struct scenario_step */
    struct list expect;        /* of struct scenario_expect */
    struct list held;          /* of struct scenario_held */
};

struct scenario_route {
    struct moment at; /* only its line */
    struct string_map labels;
    struct strings receivers;
};

struct scenario_file {
    char *config;          /* relative to the file; NULL: named on the command line */
    struct list routes;    /* of struct scenario_route */
    struct list scenarios; /* `tests`, of struct scenario */
};

/* The tables, from config/schema.h. */
extern const struct schema scenario_file_schema;

struct scenario_report {
    const char *path; /* of the file, for places */
    bool verbose;     /* print what was told also when all is well */
    enum matcher_mode mode;
    struct strbuf *out; /* lines for people */
    size_t passed, failed;
};

/* False: the scenario itself makes no sense (a silence that cannot be created, say). */
bool scenario_run(const struct scenario *s, const struct config *c, struct scenario_report *r,
                  struct err *err) NODISCARD;
/* Routing alone: which receivers an alert with these labels comes to. */
void scenario_check_route(const struct scenario_route *t, const struct config *c, struct scenario_report *r);
