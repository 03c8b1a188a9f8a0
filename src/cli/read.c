#include "read.h"

#include <stdlib.h>

#include "codec/rfc3339.h"

bool read_object(struct jr *r, member_fn *member, void *object)
{
    struct sv key;

    if (!jr_object(r))
        return false;
    while (jr_key(r, &key))
        if (!member(r, key, object))
            return false;
    return !r->failed;
}

bool read_array(struct jr *r, size_t size, bool (*item)(struct jr *r, void *object), void **out, size_t *n)
{
    char *v = NULL;
    size_t cap = 0;

    *n = 0;
    *out = NULL;
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    if (!jr_array(r))
        return false;
    while (jr_next(r)) {
        v = xgrow(v, &cap, *n + 1, size);
        memset(v + *n * size, 0, size);
        if (!item(r, v + (*n)++ * size))
            break;
    }
    *out = arena_zalloc(r->mem, *n * size);
    const bool kept = *out != NULL || jr_fail(r, "the answer is too large");
    if (kept && v != NULL)
        memcpy(*out, v, *n * size);
    free(v);
    return kept && !r->failed;
}

bool read_text(struct jr *r, struct sv *out)
{
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    return jr_string(r, out);
}

bool read_time(struct jr *r, struct api_time *out)
{
    struct err err;

    if (!read_text(r, &out->text))
        return false;
    return stamp_parse_api(out->text, &out->at, &err) || jr_fail(r, "%s", err.text);
}

static bool text_item(struct jr *r, void *object)
{
    return read_text(r, object);
}

bool read_strings(struct jr *r, struct strings_sv *out)
{
    void *v;

    const bool ok = read_array(r, sizeof(struct sv), text_item, &v, &out->n);
    out->v = v;
    return ok;
}

bool read_pairs(struct jr *r, struct pairs_sv *out)
{
    struct label_sv *v = NULL;
    size_t cap = 0;
    struct sv key;

    out->n = 0;
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key)) {
        v = xgrow(v, &cap, out->n + 1, sizeof *v);
        v[out->n] = (struct label_sv){.name = key};
        if (!read_text(r, &v[out->n++].value))
            break;
    }
    out->n = label_sv_normalize(v, out->n, false);
    out->v = ARENA_ARRAY(r->mem, struct label_sv, out->n);
    const bool kept = out->v != NULL || jr_fail(r, "the answer is too large");
    if (kept && v != NULL)
        memcpy(out->v, v, out->n * sizeof *v);
    free(v);
    return kept && !r->failed;
}

bool read_finish(struct jr *r, bool ok, struct err *err)
{
    if (ok && !jr_at_end(r))
        ok = jr_fail(r, "unexpected text after the JSON document");
    if (!ok)
        *err = r->err;
    return ok;
}
