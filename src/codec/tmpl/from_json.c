/* Values from JSON: sprig's fromJson, and the webhook's document as a template's data. */
#include "codec/jr.h"
#include "tmpl/number.h"
#include "tmpl/value.h"

static bool read_value(struct jr *r, struct tval *out);

static bool fail_too_large(struct jr *r)
{
    (void)jr_fail(r, "document needs too much memory");
    r->err.kind = ERR_LIMIT;
    return false;
}

/* Members in a list until their number is known. */
struct member {
    struct member *next;
    struct sv key;
    struct tval value;
};

static bool add_member(struct jr *r, struct sv key, struct member ***end)
{
    struct member *m = ARENA_NEW(r->mem, struct member);

    if (m == NULL)
        return fail_too_large(r);
    m->key = key;
    **end = m;
    *end = &m->next;
    return read_value(r, &m->value);
}

static bool read_object(struct jr *r, struct tval *out)
{
    struct member *first = NULL, **end = &first;
    size_t n = 0, i = 0;
    struct sv key;

    if (!jr_object(r))
        return false;
    for (; jr_key(r, &key); n++)
        if (!add_member(r, key, &end))
            return false;
    if (r->failed)
        return false;
    struct tval_pair *pairs = ARENA_ARRAY(r->mem, struct tval_pair, n);
    if (pairs == NULL)
        return fail_too_large(r);
    for (const struct member *m = first; m != NULL; m = m->next, i++)
        pairs[i] = (struct tval_pair){m->key, m->value, i};
    *out = tval_dict_of(r->mem, pairs, n);
    return out->kind != TVAL_NIL || fail_too_large(r);
}

static bool read_array(struct jr *r, struct tval *out)
{
    struct member *first = NULL, **end = &first;
    size_t n = 0, i = 0;

    if (!jr_array(r))
        return false;
    for (; jr_next(r); n++)
        if (!add_member(r, SV(""), &end))
            return false;
    if (r->failed)
        return false;
    struct tval *v = ARENA_ARRAY(r->mem, struct tval, n);
    if (v == NULL)
        return fail_too_large(r);
    for (const struct member *m = first; m != NULL; m = m->next)
        v[i++] = m->value;
    *out = tval_generic_list(r->mem, v, n);
    return out->kind != TVAL_NIL || fail_too_large(r);
}

static bool read_number(struct jr *r, struct tval *out)
{
    struct sv text;

    *out = (struct tval){.kind = TVAL_FLOAT};
    return jr_number(r, &text) &&
           (float_parse(text, false, &out->f) || jr_fail(r, "number out of range: %.*s", SV_ARG(text)));
}

/* As deep as the reader goes. */
static bool read_value(struct jr *r, struct tval *out)
{
    *out = (struct tval){.kind = TVAL_NIL};
    switch (jr_peek(r)) {
    case JR_NULL:
        return jr_null(r);
    case JR_BOOL:
        out->kind = TVAL_BOOL;
        return jr_bool(r, &out->b);
    case JR_NUMBER:
        return read_number(r, out);
    case JR_STRING:
        out->kind = TVAL_STR;
        return jr_string(r, &out->s);
    case JR_OBJECT:
        return read_object(r, out);
    case JR_ARRAY:
        return read_array(r, out);
    case JR_ERROR:
        break;
    }
    return false;
}

bool tval_from_json(struct arena *mem, struct sv json, struct tval *out, struct err *err)
{
    struct jr r;

    jr_init(&r, json, mem);
    if (read_value(&r, out) && (jr_at_end(&r) || jr_fail(&r, "invalid character after top-level value")))
        return true;
    *err = r.err;
    return false;
}
