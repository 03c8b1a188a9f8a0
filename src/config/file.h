/* What stands in the file, block by block: these structs are what the tables describe and what is printed as
 * config.original. compile.c makes the public struct config of them.
 */
#pragma once

#include "config/config.h"
#include "decode.h"

extern const struct schema global_schema;
void global_check_pairs(struct decoder *d, const struct global *g); /* config.md 12, step 1 */

struct fallback_file {
    char *receiver;
    dur_ns after;
};
extern const struct schema fallback_schema;

struct route_file {
    char *receiver;
    struct strings group_by;
    struct string_map match;
    struct string_map match_re; /* patterns as written */
    struct matchers matchers;
    struct strings mute, active;
    bool continue_;
    struct list routes; /* of struct route_file */
    struct opt_duration group_wait, group_interval, repeat_interval;
    struct string_map labels;
    struct fallback_file *fallback; /* NULL: none of its own */
};
extern const struct schema route_schema;

struct inhibit_file {
    char *name;
    struct string_map source_match, source_match_re, target_match, target_match_re;
    struct matchers source_matchers, target_matchers;
    struct strings equal;
};
extern const struct schema inhibit_schema;

struct interval_file {
    char *name;
    struct list specs; /* of struct time_spec, in the arena */
    bool used;         /* not in the file: a route or a receiver names it */
};
extern const struct schema interval_schema, mute_interval_schema;

struct receiver_file {
    char *name;
    struct string_map labels;
    struct fallback_file *fallback; /* NULL: none */
    char *muted_resolved;           /* at_once, at_unmute; NULL: the former */
    struct list integrations[];     /* one list per receiver type that can be delivered to, in their order */
};
/* Made for the receiver types at hand; in the arena. */
const struct schema *receiver_schema_new(struct decoder *d);
/* Inherits from global and checks: config.md 12, step 2. */
void receiver_resolve(struct decoder *d, struct receiver_file *r, const struct global *global);
/* Place in the order of instantiation, config.md 10.1. */
size_t receiver_rank(const struct receiver_schema *type);

struct config_file {
    struct strings include; /* joined to the directory of the file */
    struct global *global;
    struct route_file *route;
    struct list inhibit_rules; /* of struct inhibit_file */
    struct list receivers;     /* of struct receiver_file */
    struct strings templates;
    struct list mute_time_intervals, time_intervals; /* of struct interval_file */
    void *tracing, *event_recorder;
};
extern const struct schema tracing_schema, event_recorder_schema;

/* fragment.c: what an included file may hold, and how it becomes part of the configuration. */
struct fragment_file {
    struct list routes, inhibit_rules, receivers, time_intervals;
    struct strings templates;
};
extern const struct schema fragment_schema; /* without receivers: those come from the table at hand */
void fragment_mount(struct decoder *d, const struct fragment_file *from, struct config_file *to);

/* config.c: a table with the receivers at hand in the row `receivers`; in the arena. */
const struct schema *schema_with_receivers(struct decoder *d, const struct schema *s);
extern const struct schema config_schema;

/* A map from names to struct http_header, as in http_headers; the member is a struct list. */
bool decode_headers(struct decoder *d, const struct ytree *node, void *member);
void print_headers(struct printer *p, const void *member);

/* fallback.c: the receivers are known, and nobody stands in for himself. `receivers`: of struct
 * receiver_file, by name. */
void fallback_check(struct decoder *d, const struct config_file *f, const struct strmap *receivers);

/* validate.c: the checks between blocks, in the order of config.md 12. */
void validate(struct decoder *d, struct config_file *f);

/* compile.c: fills everything of `c` but original, hash and tmpl, and the map of receivers by name. The file
 * is without errors; what can still fail is reported to `d`. */
void compile(struct decoder *d, const struct config_file *f, struct config *c, struct strmap *receivers);

/* match and match_re of routes and inhibition rules: names, patterns; config.md 3.8. */
bool check_match_maps(struct decoder *d, const struct ytree *node, const char *key,
                      const struct string_map *match);
bool decode_patterns(struct decoder *d, const struct ytree *node, void *member);
void print_patterns(struct printer *p, const void *member);
bool label_name_valid(const struct decoder *d, struct sv name);
