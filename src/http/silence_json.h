/* Silences as JSON: the body of POST /api/v2/silences and the objects of the answers (api.md 2.7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "body_fault.h"
#include "codec/jw.h"
#include "core/silence.h"
#include "model/labels.h"
#include "model/matcher.h"

struct postable_matcher {
    struct sv name, value;
    bool is_regex, is_equal;
    bool has_name, has_value, has_is_regex;
};

struct postable_silence {
    struct sv id, created_by, comment;
    struct stamp starts_at, ends_at;
    struct postable_matcher *matchers;
    size_t n_matchers;
    struct label_sv *annotations;
    size_t n_annotations;
};

/* Slices point into `body` and `mem`. */
bool silence_read_json(struct sv body, struct arena *mem, struct postable_silence *out,
                       struct body_fault *fault) NODISCARD;

/* The same for a document of which only `matchers` counts: what a silence would mute. */
bool silence_read_matchers(struct sv body, struct arena *mem, struct postable_silence *out,
                           struct body_fault *fault) NODISCARD;
bool silence_compile_matchers(const struct postable_silence *in, enum matcher_mode mode,
                              struct matchers *matchers, struct err *err) NODISCARD;

/* The checks on times and the compilation of matchers, in upstream's order and words: what the engine does
 * not see of a request. On success the caller owns `matchers`. */
bool silence_compile(const struct postable_silence *in, struct stamp now, enum matcher_mode mode,
                     struct matchers *matchers, struct err *err) NODISCARD;

bool silence_id_is_uuid(struct sv id); /* in any of the forms that google/uuid parses */

void silence_write_json(struct jw *w, const struct silence *s, struct stamp now);
