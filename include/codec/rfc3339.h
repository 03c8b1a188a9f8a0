/* Timestamps as text. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

/* All layouts that the v2 API takes (api.md 1.7): "" is 1970-01-01T00:00:00Z. Error texts as upstream's. */
bool stamp_parse_api(struct sv s, struct stamp *t, struct err *err) NODISCARD;

/* Go's time.RFC3339Nano, strictly: what we write ourselves and what Go's JSON decoder takes. */
bool stamp_parse_rfc3339(struct sv s, struct stamp *t, struct err *err) NODISCARD;

#define STAMP_TEXT_MAX 40

/* Each writes at most STAMP_TEXT_MAX bytes into out, NUL-terminated, and returns the length. */
size_t stamp_print_ms(struct stamp t, char out[STAMP_TEXT_MAX]); /* exactly 3 digits, truncated: the v2 API */
size_t stamp_print_nano(struct stamp t,
                        char out[STAMP_TEXT_MAX]); /* up to 9 digits, no trailing zeros: Go's JSON */

struct civil {
    int year, month, day, hour, minute, second; /* month and day from 1 */
    int weekday;                                /* 0 is Sunday */
    int yearday;                                /* from 1 */
};
struct civil stamp_civil(struct stamp t); /* in the stamp's own offset */
int64_t civil_to_sec(int year, int month, int day, int hour, int minute, int second); /* UTC */
