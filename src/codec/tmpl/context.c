#include "tmpl/context.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const state_names[] = {
    [STATE_TEXT] = "stateText",
    [STATE_TAG] = "stateTag",
    [STATE_ATTR_NAME] = "stateAttrName",
    [STATE_AFTER_NAME] = "stateAfterName",
    [STATE_BEFORE_VALUE] = "stateBeforeValue",
    [STATE_COMMENT] = "stateHTMLCmt",
    [STATE_RCDATA] = "stateRCDATA",
    [STATE_ATTR] = "stateAttr",
    [STATE_URL] = "stateURL",
    [STATE_SRCSET] = "stateSrcset",
    [STATE_JS] = "stateJS",
    [STATE_JS_DOUBLE_QUOTED] = "stateJSDqStr",
    [STATE_JS_SINGLE_QUOTED] = "stateJSSqStr",
    [STATE_JS_TEMPLATE] = "stateJSTmplLit",
    [STATE_JS_REGEXP] = "stateJSRegexp",
    [STATE_JS_BLOCK_COMMENT] = "stateJSBlockCmt",
    [STATE_JS_LINE_COMMENT] = "stateJSLineCmt",
    [STATE_JS_HTML_OPEN_COMMENT] = "stateJSHTMLOpenCmt",
    [STATE_JS_HTML_CLOSE_COMMENT] = "stateJSHTMLCloseCmt",
    [STATE_CSS] = "stateCSS",
    [STATE_CSS_DOUBLE_QUOTED] = "stateCSSDqStr",
    [STATE_CSS_SINGLE_QUOTED] = "stateCSSSqStr",
    [STATE_CSS_DOUBLE_QUOTED_URL] = "stateCSSDqURL",
    [STATE_CSS_SINGLE_QUOTED_URL] = "stateCSSSqURL",
    [STATE_CSS_URL] = "stateCSSURL",
    [STATE_CSS_BLOCK_COMMENT] = "stateCSSBlockCmt",
    [STATE_CSS_LINE_COMMENT] = "stateCSSLineCmt",
    [STATE_META_CONTENT] = "stateMetaContent",
    [STATE_META_CONTENT_URL] = "stateMetaContentURL",
    [STATE_ERROR] = "stateError",
    [STATE_DEAD] = "stateDead",
};
static const char *const delim_names[] = {"delimNone", "delimDoubleQuote", "delimSingleQuote",
                                          "delimSpaceOrTagEnd"};
static const char *const url_names[] = {"urlPartNone", "urlPartPreQuery", "urlPartQueryOrFrag",
                                        "urlPartUnknown"};
static const char *const slash_names[] = {"jsCtxRegexp", "jsCtxDivOp", "jsCtxUnknown"};
static const char *const attr_names[] = {"attrNone", "attrScript", "attrScriptType", "attrStyle",
                                         "attrURL",  "attrSrcset", "attrMetaContent"};
static const char *const element_names[] = {"elementNone",     "elementScript", "elementStyle",
                                            "elementTextarea", "elementTitle",  "elementMeta"};

struct context context_error(struct html_error *error, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(error->text, sizeof error->text, fmt, ap);
    va_end(ap);
    return (struct context){.state = STATE_ERROR};
}

bool context_eq(struct context a, struct context b)
{
    return memcmp(&a, &b, sizeof a) == 0; /* bytes only, no padding */
}

bool state_is_comment(uint8_t state)
{
    switch (state) {
    case STATE_COMMENT:
    case STATE_JS_BLOCK_COMMENT:
    case STATE_JS_LINE_COMMENT:
    case STATE_JS_HTML_OPEN_COMMENT:
    case STATE_JS_HTML_CLOSE_COMMENT:
    case STATE_CSS_BLOCK_COMMENT:
    case STATE_CSS_LINE_COMMENT:
        return true;
    default:
        return false;
    }
}

bool state_is_script_literal(uint8_t state)
{
    return state == STATE_JS_DOUBLE_QUOTED || state == STATE_JS_SINGLE_QUOTED || state == STATE_JS_TEMPLATE ||
           state == STATE_JS_REGEXP;
}

void context_print(struct strbuf *out, struct context c)
{
    strbuf_addf(out, "{%s %s %s %s [", state_names[c.state], delim_names[c.delim], url_names[c.url_part],
                slash_names[c.js_slash]);
    for (size_t i = 0; i < c.n_braces; i++)
        strbuf_addf(out, i != 0 ? " %u" : "%u", (unsigned)c.braces[i]);
    strbuf_addf(out, "] %s %s <nil>}", attr_names[c.attr], element_names[c.element]);
}

static void add_part(struct strbuf *out, uint8_t value, const char *const *names)
{
    if (value != 0)
        strbuf_addf(out, "_%s", names[value]);
}

void context_mangle(struct strbuf *out, struct context c)
{
    if (c.state == STATE_TEXT)
        return;
    strbuf_addf(out, "$htmltemplate_%s", state_names[c.state]);
    add_part(out, c.delim, delim_names);
    add_part(out, c.url_part, url_names);
    add_part(out, c.js_slash, slash_names);
    for (size_t i = 0; i < c.n_braces; i++)
        strbuf_addf(out, "_%u", (unsigned)c.braces[i]);
    add_part(out, c.attr, attr_names);
    add_part(out, c.element, element_names);
}

static uint8_t value_state(uint8_t attr)
{
    static const uint8_t states[] = {
        [ATTR_NONE] = STATE_ATTR,
        [ATTR_SCRIPT] = STATE_JS,
        [ATTR_SCRIPT_TYPE] = STATE_ATTR,
        [ATTR_STYLE] = STATE_CSS,
        [ATTR_URL] = STATE_URL,
        [ATTR_SRCSET] = STATE_SRCSET,
        [ATTR_META_CONTENT] = STATE_META_CONTENT,
    };
    return states[attr];
}

struct context context_enter_value(struct context c, enum html_delim delim)
{
    c.state = value_state(c.attr);
    c.delim = (uint8_t)delim;
    return c;
}

struct context context_nudge(struct context c)
{
    switch (c.state) {
    case STATE_TAG:
        c.state = STATE_ATTR_NAME;
        break;
    case STATE_BEFORE_VALUE:
        c = context_enter_value(c, DELIM_SPACE_OR_TAG_END);
        c.attr = ATTR_NONE;
        break;
    case STATE_AFTER_NAME:
        c.state = STATE_ATTR_NAME;
        c.attr = ATTR_NONE;
        break;
    default:
        break;
    }
    return c;
}

/* Contexts that differ in one uncertainty only; false: in more. */
static bool join_uncertain(struct context a, struct context b, struct context *joined)
{
    struct context c = a;

    c.url_part = b.url_part;
    if (context_eq(c, b)) {
        c.url_part = URL_UNKNOWN;
        *joined = c;
        return true;
    }
    c = a;
    c.js_slash = b.js_slash;
    c.js_slash = context_eq(c, b) ? JS_UNKNOWN : c.js_slash;
    *joined = c;
    return c.js_slash == JS_UNKNOWN;
}

static struct context fail_join(struct context a, struct context b, const char *name,
                                struct html_error *error)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};

    context_print(&text, a);
    strbuf_adds(&text, ", ");
    context_print(&text, b);
    return context_error(error, "{{%s}} branches end in different contexts: %s", name, text.p);
}

struct context context_join(struct context a, struct context b, const char *name, struct html_error *error)
{
    struct context joined;

    if (a.state == STATE_ERROR || b.state == STATE_DEAD)
        return a;
    if (b.state == STATE_ERROR || a.state == STATE_DEAD)
        return b;
    if (context_eq(a, b))
        return a;
    if (join_uncertain(a, b, &joined))
        return joined;
    /* `<p title={{if .C}}{{.}}{{end}}` stands in front of an unquoted value on one way, and inside it on the
     * other */
    const struct context na = context_nudge(a), nb = context_nudge(b);
    if (!context_eq(na, a) || !context_eq(nb, b)) {
        joined = context_join(na, nb, name, error);
        if (joined.state != STATE_ERROR)
            return joined;
    }
    return fail_join(a, b, name, error);
}
