/* Tags, attributes and comments of HTML. */
#include "codec/goquote.h"
#include "tmpl/chars.h"
#include "tmpl/context.h"

#define TAG_SPACE " \t\n\f\r"

bool html_is_space(char c)
{
    return char_is_one_of(c, TAG_SPACE);
}

size_t sv_find_any(struct sv s, size_t from, const char *set)
{
    while (from < s.n && !char_is_one_of(s.p[from], set))
        from++;
    return from;
}

static bool has_prefix_nocase(struct sv s, struct sv prefix)
{
    return s.n >= prefix.n && sv_eq_nocase((struct sv){s.p, prefix.n}, prefix);
}

static size_t skip_space(struct sv s, size_t at)
{
    while (at < s.n && html_is_space(s.p[at]))
        at++;
    return at;
}

/* ---- names ---- */

static const struct element_name {
    struct sv name;
    enum html_element element;
    uint8_t content; /* the state behind its tag */
} element_names[] = {
    {{"script", 6}, ELEMENT_SCRIPT, STATE_JS},         {{"style", 5}, ELEMENT_STYLE, STATE_CSS},
    {{"textarea", 8}, ELEMENT_TEXTAREA, STATE_RCDATA}, {{"title", 5}, ELEMENT_TITLE, STATE_RCDATA},
    {{"meta", 4}, ELEMENT_META, STATE_TEXT},
};

static uint8_t content_state(uint8_t element)
{
    for (size_t i = 0; i < COUNT_OF(element_names); i++)
        if (element_names[i].element == element)
            return element_names[i].content;
    return STATE_TEXT;
}

static uint8_t element_named(struct sv name)
{
    for (size_t i = 0; i < COUNT_OF(element_names); i++)
        if (sv_eq_nocase(name, element_names[i].name))
            return (uint8_t)element_names[i].element;
    return ELEMENT_NONE;
}

static bool is_listed(struct sv name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (sv_eq(name, sv_of(*list)))
            return true;
    return false;
}

static bool contains(struct sv s, const char *part)
{
    return s.n != 0 && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

enum attr_type attr_type(struct sv name)
{
    static const char *const urls[] = {"action", "archive",    "background", "cite",   "classid",  "codebase",
                                       "data",   "formaction", "href",       "icon",   "longdesc", "manifest",
                                       "poster", "profile",    "src",        "usemap", "xmlns",    NULL};
    static const char *const unsafe[] = {
        "async",          "challenge",  "charset", "content",     "crossorigin",
        "defer",          "enctype",    "form",    "formenctype", "formmethod",
        "formnovalidate", "http-equiv", "keytype", "language",    "method",
        "novalidate",     "pattern",    "rel",     "sandbox",     "srcdoc",
        "type",           "value",      NULL};
    const char *colon;

    if (sv_has_prefix(name, SV("data-"))) {
        name = sv_from(name, 5); /* data-href is most likely used like href */
    } else if (name.n != 0 && (colon = memchr(name.p, ':', name.n)) != NULL) {
        if (sv_has_prefix(name, SV("xmlns:")))
            return ATTR_TYPE_URL;
        name = sv_from(name, (size_t)(colon - name.p) + 1);
    }
    if (is_listed(name, urls))
        return ATTR_TYPE_URL;
    if (is_listed(name, unsafe))
        return ATTR_TYPE_UNSAFE;
    if (sv_eq(name, SV("style")))
        return ATTR_TYPE_CSS;
    if (sv_eq(name, SV("srcset")))
        return ATTR_TYPE_SRCSET;
    if (sv_has_prefix(name, SV("on")))
        return ATTR_TYPE_JS;
    bool looks_url = contains(name, "src") || contains(name, "uri") || contains(name, "url");
    return looks_url ? ATTR_TYPE_URL : ATTR_TYPE_PLAIN;
}

static uint8_t attr_named(struct sv written, uint8_t element)
{
    char lower[64];
    const size_t n = written.n < sizeof lower ? written.n : sizeof lower;

    for (size_t i = 0; i < n; i++)
        lower[i] = written.p[i] >= 'A' && written.p[i] <= 'Z' ? (char)(written.p[i] | 0x20) : written.p[i];
    const struct sv name = {lower, n};
    if (element == ELEMENT_SCRIPT && sv_eq(name, SV("type")))
        return ATTR_SCRIPT_TYPE;
    if (element == ELEMENT_META && sv_eq(name, SV("content")))
        return ATTR_META_CONTENT;
    switch (attr_type(name)) {
    case ATTR_TYPE_URL:
        return ATTR_URL;
    case ATTR_TYPE_CSS:
        return ATTR_STYLE;
    case ATTR_TYPE_JS:
        return ATTR_SCRIPT;
    case ATTR_TYPE_SRCSET:
        return ATTR_SRCSET;
    default:
        return ATTR_NONE;
    }
}

/* ---- steps ---- */

static size_t tag_name_end(struct sv s, size_t at)
{
    if (at == s.n || !char_is_alpha(s.p[at]))
        return at;
    for (at++; at < s.n; at++) {
        bool joint = (s.p[at] == ':' || s.p[at] == '-') && at + 1 < s.n && char_is_alnum(s.p[at + 1]);
        if (!char_is_alnum(s.p[at]) && !joint)
            break;
    }
    return at;
}

static struct context text_step(struct context c, struct sv s, size_t *n)
{
    for (size_t at = 0;;) {
        size_t i = sv_find_any(s, at, "<");
        *n = s.n;
        if (i + 1 >= s.n)
            return c;
        if (sv_has_prefix(sv_from(s, i), SV("<!--"))) {
            *n = i + 4;
            return (struct context){.state = STATE_COMMENT};
        }
        bool closing = s.p[i + 1] == '/';
        size_t name = i + (closing ? 2 : 1);
        if (name == s.n)
            return c;
        size_t end = tag_name_end(s, name);
        if (end != name) {
            *n = end;
            uint8_t element = closing ? ELEMENT_NONE : element_named((struct sv){s.p + name, end - name});
            return (struct context){.state = STATE_TAG, .element = element};
        }
        at = end;
    }
}

static struct context fail_quoted(struct html_error *error, struct sv what, const char *where, struct sv in)
{
    struct strbuf a CLEANUP(strbuf_donep) = {0}, b CLEANUP(strbuf_donep) = {0};
    if (in.n > 32)
        in.n = 32;
    go_quote(&a, what);
    go_quote(&b, in);
    return context_error(error, "%s in %s: %s", a.p, where, b.p);
}

/* The end of the name at `at`; false: it has characters that names must not have. */
static bool attr_name_end(struct sv s, size_t at, size_t *end, struct context *c, struct html_error *error)
{
    *end = sv_find_any(s, at, TAG_SPACE "=>'\"<");
    if (*end == s.n || strchr("'\"<", s.p[*end]) == NULL)
        return true;
    *c = fail_quoted(error, (struct sv){s.p + *end, 1}, "attribute name", s);
    *end = s.n;
    return false;
}

static struct context tag_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    const size_t start = skip_space(s, 0);
    struct strbuf rest CLEANUP(strbuf_donep) = {0};

    *n = s.n;
    if (start == s.n)
        return c;
    if (s.p[start] == '>') {
        *n = start + 1;
        return (struct context){.state = content_state(c.element), .element = c.element};
    }
    if (!attr_name_end(s, start, n, &c, error))
        return c;
    if (*n == start) {
        go_quote(&rest, sv_from(s, start));
        *n = s.n;
        return context_error(error, "expected space, attr name, or end of tag, but got %s", rest.p);
    }
    return (struct context){
        .state = *n == s.n ? STATE_ATTR_NAME : STATE_AFTER_NAME,
        .element = c.element,
        .attr = attr_named((struct sv){s.p + start, *n - start}, c.element),
    };
}

static struct context attr_name_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    if (attr_name_end(s, 0, n, &c, error) && *n != s.n)
        c.state = STATE_AFTER_NAME;
    return c;
}

static struct context after_name_step(struct context c, struct sv s, size_t *n)
{
    *n = skip_space(s, 0);
    if (*n == s.n)
        return c;
    if (s.p[*n] != '=') {
        c.state = STATE_TAG; /* an attribute without value */
        return c;
    }
    ++*n;
    c.state = STATE_BEFORE_VALUE;
    return c;
}

static struct context before_value_step(struct context c, struct sv s, size_t *n)
{
    *n = skip_space(s, 0);
    if (*n == s.n)
        return c;
    if (s.p[*n] != '"' && s.p[*n] != '\'')
        return context_enter_value(c, DELIM_SPACE_OR_TAG_END);
    return context_enter_value(c, s.p[(*n)++] == '"' ? DELIM_DOUBLE_QUOTE : DELIM_SINGLE_QUOTE);
}

static struct context comment_step(struct context c, struct sv s, size_t *n)
{
    const char *end = memmem(s.p, s.n, "-->", 3);
    *n = end != NULL ? (size_t)(end + 3 - s.p) : s.n;
    return end != NULL ? (struct context){.state = STATE_TEXT} : c;
}

struct context url_step(struct context c, struct sv s, size_t *n)
{
    *n = s.n;
    if (sv_find_any(s, 0, "#?") != s.n)
        c.url_part = URL_QUERY_OR_FRAG;
    else if (skip_space(s, 0) != s.n && c.url_part == URL_NONE)
        c.url_part = URL_PRE_QUERY;
    return c;
}

/* <meta http-equiv="refresh" content="5; url=...">: the value behind url= is an address. */
static struct context meta_step(struct context c, struct sv s, size_t *n)
{
    for (*n = 0; *n < s.n; ++*n) {
        if (c.state == STATE_META_CONTENT_URL && s.p[*n] == ';') {
            ++*n;
            c.state = STATE_META_CONTENT;
            return c;
        }
        if (c.state == STATE_META_CONTENT && has_prefix_nocase(sv_from(s, *n), SV("url="))) {
            *n += 4;
            c.state = STATE_META_CONTENT_URL;
            return c;
        }
    }
    return c;
}

struct context html_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    switch (c.state) {
    case STATE_TEXT:
        return text_step(c, s, n);
    case STATE_TAG:
        return tag_step(c, s, n, error);
    case STATE_ATTR_NAME:
        return attr_name_step(c, s, n, error);
    case STATE_AFTER_NAME:
        return after_name_step(c, s, n);
    case STATE_BEFORE_VALUE:
        return before_value_step(c, s, n);
    case STATE_COMMENT:
        return comment_step(c, s, n);
    case STATE_URL:
        return url_step(c, s, n);
    case STATE_META_CONTENT:
    case STATE_META_CONTENT_URL:
        return meta_step(c, s, n);
    default: /* ordinary values and RCDATA go on to their end; errors are final */
        *n = s.n;
        return c;
    }
}

static struct context step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    if (c.state >= STATE_JS && c.state <= STATE_JS_HTML_CLOSE_COMMENT)
        return js_step(c, s, n, error);
    if (c.state >= STATE_CSS && c.state <= STATE_CSS_LINE_COMMENT)
        return css_step(c, s, n, error);
    return html_step(c, s, n, error);
}

/* ---- elements with text of their own, and attribute values ---- */

/* Where the end tag of the element begins; s.n: it is not in s. */
static size_t find_end_tag(struct context c, struct sv s)
{
    struct sv name = {NULL, 0};

    for (size_t i = 0; i < COUNT_OF(element_names); i++)
        if (element_names[i].element == c.element && element_names[i].content != STATE_TEXT)
            name = element_names[i].name;
    if (name.p == NULL || c.state == STATE_TAG || c.state == STATE_ATTR_NAME || c.state == STATE_AFTER_NAME ||
        c.state == STATE_BEFORE_VALUE)
        return s.n;
    /* in literals and comments of scripts it is text, and gets escaped */
    if (c.element == ELEMENT_SCRIPT && (state_is_script_literal(c.state) || state_is_comment(c.state)))
        return s.n;
    for (size_t i = 0; i + 2 + name.n < s.n; i++) {
        const char end = s.p[i + 2 + name.n];
        if (s.p[i] == '<' && s.p[i + 1] == '/' && has_prefix_nocase(sv_from(s, i + 2), name) &&
            (html_is_space(end) || end == '/' || end == '>'))
            return i;
    }
    return s.n;
}

/* &#39; or &#x27;: its length, and the character, if it is ASCII; 0: there is none. */
static size_t numeric_entity(struct sv s, struct strbuf *out)
{
    int value = 0;
    size_t i = 2;

    if (!sv_has_prefix(s, SV("&#")))
        return 0;
    const bool hex = i < s.n && (s.p[i] | 0x20) == 'x';
    const size_t first = i += hex ? 1 : 0;
    const int base = hex ? 16 : 10;
    for (; i < s.n && value < 0x80; i++) {
        const int digit = char_hex(s.p[i]);
        if (digit < 0 || digit >= base)
            break;
        value = value * base + digit;
    }
    if (i == first || value >= 0x80)
        return 0;
    strbuf_addc(out, (char)value);
    return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

/* Character references that can change what follows: quotes, slashes and such. */
static void decode_entities(struct strbuf *out, struct sv s)
{
    static const struct {
        struct sv name;
        char c;
    } entities[] = {{{"&quot;", 6}, '"'},  {{"&amp;", 5}, '&'},   {{"&lt;", 4}, '<'},
                    {{"&gt;", 4}, '>'},    {{"&apos;", 6}, '\''}, {{"&sol;", 5}, '/'},
                    {{"&bsol;", 6}, '\\'}, {{"&num;", 5}, '#'},   {{"&quest;", 7}, '?'},
                    {{"&lpar;", 6}, '('},  {{"&rpar;", 6}, ')'},  {{"&colon;", 7}, ':'}};

    for (size_t i = 0; i < s.n;) {
        size_t known = 0;
        while (known < COUNT_OF(entities) && !sv_has_prefix(sv_from(s, i), entities[known].name))
            known++;
        if (known < COUNT_OF(entities)) {
            strbuf_addc(out, entities[known].c);
            i += entities[known].name.n;
            continue;
        }
        const size_t numeric = numeric_entity(sv_from(s, i), out);
        if (numeric == 0)
            strbuf_addc(out, s.p[i]);
        i += numeric != 0 ? numeric : 1;
    }
}

static bool is_js_type(struct sv type)
{
    static const char *const types[] = {"application/ecmascript",
                                        "application/javascript",
                                        "application/json",
                                        "application/ld+json",
                                        "application/x-ecmascript",
                                        "application/x-javascript",
                                        "module",
                                        "text/ecmascript",
                                        "text/javascript",
                                        "text/javascript1.0",
                                        "text/javascript1.1",
                                        "text/javascript1.2",
                                        "text/javascript1.3",
                                        "text/javascript1.4",
                                        "text/javascript1.5",
                                        "text/jscript",
                                        "text/livescript",
                                        "text/x-ecmascript",
                                        "text/x-javascript"};
    const size_t end = sv_find_any(type, 0, ";");

    type = sv_trim((struct sv){type.p, end});
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (sv_eq_nocase(type, sv_of(types[i])))
            return true;
    return false;
}

/* Text that goes on to its end inside an attribute value. */
static struct context in_value(struct context c, struct sv s, struct html_error *error)
{
    struct strbuf text CLEANUP(strbuf_donep) = {.ceiling = s.n + 1};
    size_t n;

    decode_entities(&text, s);
    for (struct sv rest = strbuf_sv(&text); rest.n != 0; rest = sv_from(rest, n))
        c = step(c, rest, &n, error);
    return c;
}

static struct context after_value(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    static const char *const ends[] = {
        [DELIM_DOUBLE_QUOTE] = "\"", [DELIM_SINGLE_QUOTE] = "'", [DELIM_SPACE_OR_TAG_END] = TAG_SPACE ">"};
    const size_t end = sv_find_any(s, 0, ends[c.delim]);
    const struct sv value = {s.p, end};

    *n = s.n;
    if (c.delim == DELIM_SPACE_OR_TAG_END) {
        const size_t bad = sv_find_any(value, 0, "\"'<=`");
        if (bad != end)
            return fail_quoted(error, (struct sv){s.p + bad, 1}, "unquoted attr", value);
    }
    if (end == s.n)
        return in_value(c, s, error);
    if (c.state == STATE_ATTR && c.element == ELEMENT_SCRIPT && c.attr == ATTR_SCRIPT_TYPE &&
        !is_js_type(value))
        c.element = ELEMENT_NONE;
    *n = end + (c.delim != DELIM_SPACE_OR_TAG_END ? 1 : 0);
    return (struct context){.state = STATE_TAG, .element = c.element};
}

struct context context_after(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    if (c.delim != DELIM_NONE)
        return after_value(c, s, n, error);
    const size_t end = find_end_tag(c, s);
    if (end == 0) {
        *n = 0;
        return (struct context){.state = STATE_TEXT};
    }
    return step(c, (struct sv){s.p, end}, n, error);
}
