/* The objects of Alertmanager's v2 API, as this client reads and prints them (api.md 2).
 *
 * Text is borrowed from the answer, which lives in the arena given. Keys that are not known are left out, as
 * amtool does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/jr.h"
#include "codec/jw.h"
#include "model/labels.h"
#include "model/matcher.h"

struct strings_sv {
    struct sv *v;
    size_t n;
};
struct pairs_sv { /* sorted by name */
    struct label_sv *v;
    size_t n;
};
struct api_time {
    struct sv text; /* as it came */
    struct stamp at;
};

struct api_alert {
    struct pairs_sv labels, annotations;
    struct api_time starts_at, ends_at, updated_at;
    struct sv fingerprint, generator_url, state;
    struct strings_sv receivers, inhibited_by, muted_by, silenced_by;
};
struct api_alerts {
    struct api_alert *v;
    size_t n;
};

struct api_group {
    struct pairs_sv labels, route_labels;
    struct sv receiver;
    struct api_alerts alerts;
};
struct api_groups {
    struct api_group *v;
    size_t n;
};

struct api_matcher {
    struct sv name, value;
    bool is_regex, is_equal;
};
struct api_silence {
    struct sv id, state, created_by, comment;
    struct api_time starts_at, ends_at, updated_at;
    struct api_matcher *matchers;
    size_t n_matchers;
    struct pairs_sv annotations;
    bool has_annotations;
};
struct api_silences {
    struct api_silence *v;
    size_t n;
};

struct api_peer {
    struct sv address, name;
};
struct api_status {
    struct sv cluster_status, cluster_name, original, uptime;
    bool has_cluster_name;
    struct api_peer *peers;
    size_t n_peers;
    struct pairs_sv version; /* keys as in the answer */
};

/* Each reads one whole document. Errors say what was expected, and where. */
bool api_read_alerts(struct sv json, struct arena *mem, struct api_alerts *out, struct err *err) NODISCARD;
bool api_read_groups(struct sv json, struct arena *mem, struct api_groups *out, struct err *err) NODISCARD;
bool api_read_silences(struct sv json, struct arena *mem, struct api_silences *out,
                       struct err *err) NODISCARD;
bool api_read_silence(struct sv json, struct arena *mem, struct api_silence *out, struct err *err) NODISCARD;
bool api_read_status(struct sv json, struct arena *mem, struct api_status *out, struct err *err) NODISCARD;
/* An object of strings: {"silenceID": "..."}. */
bool api_read_pairs(struct sv json, struct arena *mem, struct pairs_sv *out, struct err *err) NODISCARD;

/* As Go prints the same objects: key order, escapes. */
void api_write_alert(struct jw *w, const struct api_alert *a);
void api_write_silence(struct jw *w, const struct api_silence *s);
void api_write_cluster(struct jw *w, const struct api_status *s);
void api_write_status(struct jw *w, const struct api_status *s);
/* The body of POST /silences: without what only the server knows. */
void api_write_postable(struct jw *w, const struct api_silence *s, bool with_id);
void api_write_matcher(struct jw *w, const struct api_matcher *m);
void api_write_pairs(struct jw *w, const struct pairs_sv *pairs);

/* a=~"b"; the value as it is, only quoted. */
void api_matcher_print(struct strbuf *out, const struct api_matcher *m);
struct api_matcher api_matcher_of(const struct matcher *m);
struct sv pairs_get(const struct pairs_sv *pairs, struct sv name); /* empty when absent */
