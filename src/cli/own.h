/* Tocsin's own API (/api/tocsin/v1) and how its answers are told to a person: short lines that fit a phone,
 * times as "2h ago (14:02)". Documents are jansson's; with -o json they are printed as they came.
 */
#pragma once

#include <jansson.h>

#include "cli.h"
#include "client.h"

/* For a json_auto_t. An error has the server's own words; that the server is no Tocsin is said.
 */
json_t *own_call(struct cli *c, const struct operation *op, const char *tail, struct sv body,
                 struct err *err) NODISCARD;
/* True when -o json was given: the document has been printed. */
bool own_print_json(struct cli *c, const json_t *doc);

/* A member's text, or "" when it is absent, null or something else. */
const char *own_text(const json_t *object, const char *key);
bool own_true(const json_t *object, const char *key);
long own_int(const json_t *object, const char *key);
/* An array's length; 0 for anything else. */
size_t own_count(const json_t *object, const char *key);

/* {"alertname": "Disk", "node": "a b"} as Disk node="a b"; nothing for an empty set. */
void own_add_labels(struct strbuf *out, json_t *labels);
/* ["a=\"b\"", ...] as {a="b", ...}. */
void own_add_matchers(struct strbuf *out, const json_t *matchers);
/* "14:02:11", or "Nov 20 14:02" when it is not today; UTC. "-" for no time. */
void own_add_clock(struct strbuf *out, const struct cli *c, const char *time);
/* "2h5m ago (14:02:11)", "in 3m (17:10:00)", "never". */
void own_add_when(struct strbuf *out, const struct cli *c, const char *time);
