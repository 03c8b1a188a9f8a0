/* The pull reader against jansson: both accept or both refuse, and then they see the same values. The
 * reader's event stream is rebuilt into a jansson tree, and trees are compared. Where we differ on purpose is
 * listed in comparable(). */
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "codec/jr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *build(struct jr *r);

static json_t *build_object(struct jr *r)
{
    json_t *o = json_object();
    struct sv key;

    if (jr_object(r))
        while (jr_key(r, &key)) {
            assert(utf8_valid(key));
            json_t *v = build(r);
            if (v != NULL)
                json_object_setn_new(o, key.p, key.n, v); /* the last one wins, as in jansson */
        }
    return o;
}

static json_t *build_array(struct jr *r)
{
    json_t *a = json_array();

    if (jr_array(r))
        while (jr_next(r)) {
            json_t *v = build(r);
            if (v != NULL)
                json_array_append_new(a, v);
        }
    return a;
}

static json_t *build_number(struct jr *r)
{
    struct sv text;
    char buf[512];

    if (!jr_number(r, &text) || text.n >= sizeof buf)
        return NULL;
    memcpy(buf, text.p, text.n);
    buf[text.n] = '\0';
    if (strpbrk(buf, ".eE") != NULL) {
        const double d = strtod(buf, NULL);
        return isinf(d) ? NULL : json_real(d);
    }
    return json_integer(strtoll(buf, NULL, 10));
}

static json_t *build_string(struct jr *r)
{
    struct sv s;

    if (!jr_string(r, &s))
        return NULL;
    assert(utf8_valid(s));
    return json_stringn(s.p, s.n);
}

static json_t *build(struct jr *r)
{
    bool b;

    switch (jr_peek(r)) {
    case JR_NULL:
        return jr_null(r) ? json_null() : NULL;
    case JR_BOOL:
        return jr_bool(r, &b) ? json_boolean(b) : NULL;
    case JR_NUMBER:
        return build_number(r);
    case JR_STRING:
        return build_string(r);
    case JR_OBJECT:
        return build_object(r);
    case JR_ARRAY:
        return build_array(r);
    case JR_ERROR:
        break;
    }
    return NULL;
}

/* jansson 2.14 overlooks a NUL byte between a number and what follows it. */
static bool has_nul(struct sv text)
{
    return text.n != 0 && memchr(text.p, '\0', text.n) != NULL;
}

/* Whether jansson's verdict on this input counts: it refuses text that is not UTF-8, half surrogate pairs,
 * \u0000 in keys and numbers too big for its types, all of which the reader takes; and it nests deeper. */
static bool comparable(struct sv text, const json_error_t *error, const struct jr *r)
{
    const enum json_error_code code = json_error_code(error);

    if (!utf8_valid(text) || code == json_error_numeric_overflow || code == json_error_null_byte_in_key)
        return false;
    if (strstr(error->text, "invalid Unicode") != NULL)
        return false;
    return !r->failed || strcmp(r->err.text, "exceeded max depth") != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv text = {(const char *)data, size};
    struct arena mem;
    struct jr r, skipper;
    json_error_t error = {0};

    arena_init(&mem, 64 << 20);
    jr_init(&r, text, &mem);
    json_t *ours = build(&r);
    jr_init(&skipper, text, &mem);
    assert(jr_skip(&skipper) != r.failed && skipper.p == r.p); /* skipping checks as much as reading does */

    /* jansson looks one word further than the value, so it gets to see no more than what was read. */
    const struct sv seen = {text.p, r.failed ? size : (size_t)(r.p - r.start)};
    json_t *theirs =
        json_loadb(seen.p, seen.n, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &error);
    if (theirs != NULL && !(r.failed && has_nul(seen))) {
        assert(!r.failed || strcmp(r.err.text, "exceeded max depth") == 0);
        assert(r.failed || json_equal(ours, theirs));
    } else if (theirs == NULL && comparable(seen, &error, &r)) {
        assert(r.failed);
    }
    json_decref(ours);
    json_decref(theirs);
    arena_done(&mem);
    return 0;
}
