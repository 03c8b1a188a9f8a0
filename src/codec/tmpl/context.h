/* Where in an HTML document some text ends: what the escaping of a value depends on (templates.md 11). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

enum html_state {
    STATE_TEXT,
    STATE_TAG,        /* between the attributes of a tag */
    STATE_ATTR_NAME,  /* in an attribute's name */
    STATE_AFTER_NAME, /* behind it */
    STATE_BEFORE_VALUE,
    STATE_COMMENT,
    STATE_RCDATA, /* <title>, <textarea>: text in which there are no tags */
    STATE_ATTR,   /* in an ordinary attribute's value */
    STATE_URL,
    STATE_SRCSET,
    STATE_JS,
    STATE_JS_DOUBLE_QUOTED,
    STATE_JS_SINGLE_QUOTED,
    STATE_JS_TEMPLATE, /* `...` */
    STATE_JS_REGEXP,
    STATE_JS_BLOCK_COMMENT,
    STATE_JS_LINE_COMMENT,
    STATE_JS_HTML_OPEN_COMMENT,  /* <!-- in a script: to the end of the line */
    STATE_JS_HTML_CLOSE_COMMENT, /* --> likewise */
    STATE_CSS,
    STATE_CSS_DOUBLE_QUOTED,
    STATE_CSS_SINGLE_QUOTED,
    STATE_CSS_DOUBLE_QUOTED_URL, /* url("...") */
    STATE_CSS_SINGLE_QUOTED_URL,
    STATE_CSS_URL,
    STATE_CSS_BLOCK_COMMENT,
    STATE_CSS_LINE_COMMENT,
    STATE_META_CONTENT,
    STATE_META_CONTENT_URL,
    STATE_ERROR,
    STATE_DEAD, /* behind a break or continue */
};

enum html_delim { DELIM_NONE, DELIM_DOUBLE_QUOTE, DELIM_SINGLE_QUOTE, DELIM_SPACE_OR_TAG_END };
enum url_part { URL_NONE, URL_PRE_QUERY, URL_QUERY_OR_FRAG, URL_UNKNOWN };
enum js_slash { JS_REGEXP, JS_DIVISION, JS_UNKNOWN }; /* what a slash would begin */
enum html_attr {
    ATTR_NONE,
    ATTR_SCRIPT,
    ATTR_SCRIPT_TYPE,
    ATTR_STYLE,
    ATTR_URL,
    ATTR_SRCSET,
    ATTR_META_CONTENT
};
enum html_element {
    ELEMENT_NONE,
    ELEMENT_SCRIPT,
    ELEMENT_STYLE,
    ELEMENT_TEXTAREA,
    ELEMENT_TITLE,
    ELEMENT_META
};

#define JS_NESTING_MAX 4 /* of ${...} in template literals */

struct context {
    uint8_t state, delim, url_part, js_slash, attr, element;
    uint8_t n_braces;               /* how many ${ we are in */
    uint8_t braces[JS_NESTING_MAX]; /* open { in each of them */
};

/* Why a context is STATE_ERROR. */
struct html_error {
    char text[512];
};
struct context context_error(struct html_error *error, const char *fmt, ...) PRINTF(2, 3);

bool context_eq(struct context a, struct context b);
bool state_is_comment(uint8_t state);
bool state_is_script_literal(uint8_t state);

/* As errors show it, and as part of the name of a template that was escaped for this context. */
void context_print(struct strbuf *out, struct context c);
void context_mangle(struct strbuf *out, struct context c);

/* Where a value written at c would stand: in `<a {{.}}` it begins a name, in `<a b={{.}}` an unquoted value.
 */
struct context context_nudge(struct context c);

/* At the first character of an attribute's value. */
struct context context_enter_value(struct context c, enum html_delim delim);

/* The context behind both branches of a statement called `name`. */
struct context context_join(struct context a, struct context b, const char *name, struct html_error *error);

/* The context after a prefix of non-empty `s`, and the prefix's length in *n (0 only together with a new
 * state). */
struct context context_after(struct context c, struct sv s, size_t *n, struct html_error *error);

/* One step inside a state, without regard to delimiters and end tags. */
struct context html_step(struct context c, struct sv s, size_t *n, struct html_error *error);
struct context js_step(struct context c, struct sv s, size_t *n, struct html_error *error);
struct context css_step(struct context c, struct sv s, size_t *n, struct html_error *error);
struct context url_step(struct context c, struct sv s, size_t *n);

/* What kind of value an attribute has, by its lower-case name. */
enum attr_type {
    ATTR_TYPE_PLAIN,
    ATTR_TYPE_URL,
    ATTR_TYPE_CSS,
    ATTR_TYPE_JS,
    ATTR_TYPE_SRCSET,
    ATTR_TYPE_UNSAFE
};
enum attr_type attr_type(struct sv name);

bool html_is_space(char c);
size_t sv_find_any(struct sv s, size_t from, const char *set); /* s.n when there is none */
void css_decode(struct strbuf *out, struct sv s);              /* backslash escapes */
bool js_is_ident(char c);
