/* Contextual escaping of the HTML engine (templates.md 11). */
#pragma once

#include "tmpl/run.h"

enum escaper {
    ESCAPE_HTML,
    ESCAPE_RCDATA,
    ESCAPE_ATTR,
    ESCAPE_UNQUOTED_ATTR,
    ESCAPE_ATTR_NAME,
    ESCAPE_COMMENT,
    ESCAPE_URL_FILTER, /* only harmless schemes */
    ESCAPE_URL_NORMALIZE,
    ESCAPE_URL,
    ESCAPE_SRCSET,
    ESCAPE_JS_VALUE,
    ESCAPE_JS_STRING,
    ESCAPE_JS_TEMPLATE,
    ESCAPE_JS_REGEXP,
    ESCAPE_CSS_VALUE,
    ESCAPE_CSS_STRING,
    ESCAPE_OWN_HTML,  /* the template's own `html`, in place of one of ours */
    ESCAPE_OWN_QUERY, /* `urlquery` */
};

#define ESCAPES_MAX 4

/* What an action's value goes through before it is printed. */
struct escape_chain {
    enum escaper v[ESCAPES_MAX];
    size_t n;
};

/* A copy of the definition, and of all it calls, in which every action knows how to escape its output. NULL:
 * the text around the actions is not sound HTML, and the error is set. */
const struct definition *html_escape(struct tmpl_run *run, const struct definition *root) NODISCARD;

/* Prints a value, prepared for the place where its action stands. */
bool html_print(struct tmpl_run *run, const struct escape_chain *chain, struct tval value) NODISCARD;

/* The single escapers: each appends `s`, a value of type `tag`. */
void escape_html_text(struct strbuf *out, struct sv s, enum tval_tag tag);
void escape_rcdata(struct strbuf *out, struct sv s, enum tval_tag tag);
void escape_attr(struct strbuf *out, struct sv s, enum tval_tag tag);
void escape_unquoted_attr(struct strbuf *out, struct sv s, enum tval_tag tag);
void escape_attr_name(struct strbuf *out, struct sv s);
void escape_url_filter(struct strbuf *out, struct sv s, enum tval_tag tag);
void escape_url(struct strbuf *out, struct sv s, bool normalize);
void escape_srcset(struct strbuf *out, struct sv s, enum tval_tag tag);
void escape_js_value(struct tmpl_run *run, struct strbuf *out, struct tval value);
void escape_js_string(struct strbuf *out, struct sv s, enum escaper kind);
void escape_css_value(struct strbuf *out, struct sv s);
void escape_css_string(struct strbuf *out, struct sv s);

#define ZGOTMPLZ "ZgotmplZ" /* stands where a value was not safe */
