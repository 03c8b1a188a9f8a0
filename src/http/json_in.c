#include "json_in.h"

#include <string.h>

#include "base/utf8.h"
#include "codec/rfc3339.h"

/* The two runes outside of ASCII that Unicode folds into it. */
#define LONG_S      0x017F
#define KELVIN_SIGN 0x212A

static uint32_t fold(uint32_t rune)
{
    if (rune >= 'A' && rune <= 'Z')
        return rune - 'A' + 'a';
    if (rune == LONG_S)
        return 's';
    return rune == KELVIN_SIGN ? 'k' : rune;
}

static bool same_in_any_case(struct sv key, const char *name)
{
    for (; *name != '\0' && key.n != 0; name++) {
        uint32_t rune;
        const size_t n = utf8_decode(key, &rune, NULL);
        if (fold(rune) != fold((unsigned char)*name))
            return false;
        key = (struct sv){key.p + n, key.n - n};
    }
    return *name == '\0' && key.n == 0;
}

int json_field(struct sv key, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++)
        if (sv_eq(key, sv_of(names[i])))
            return i;
    for (int i = 0; names[i] != NULL; i++)
        if (same_in_any_case(key, names[i]))
            return i;
    return -1;
}

bool json_wrong_type(struct jr *r, const char *wanted)
{
    static const char *const kinds[] = {
        [JR_NULL] = "null",     [JR_BOOL] = "bool",     [JR_NUMBER] = "number",
        [JR_STRING] = "string", [JR_OBJECT] = "object", [JR_ARRAY] = "array"};
    const enum jr_kind kind = jr_peek(r);
    if (!jr_skip(r))
        return false;
    return jr_fail(r, "json: cannot unmarshal %s into Go value of type %s", kinds[kind], wanted);
}

bool json_too_large(struct jr *r)
{
    if (r->failed)
        return false;
    (void)jr_fail(r, "document too large");
    r->err.kind = ERR_LIMIT;
    return false;
}

bool json_string(struct jr *r, struct sv *s)
{
    const enum jr_kind kind = jr_peek(r);

    if (kind == JR_STRING)
        return jr_string(r, s);
    return kind == JR_NULL ? jr_null(r) : json_wrong_type(r, "string");
}

bool json_bool(struct jr *r, bool *v, bool *present)
{
    *present = jr_peek(r) != JR_NULL;
    if (!*present)
        return jr_null(r);
    return jr_peek(r) == JR_BOOL ? jr_bool(r, v) : json_wrong_type(r, "bool");
}

bool json_stamp(struct jr *r, struct stamp *t, bool *present)
{
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    struct sv text;
    if (jr_peek(r) != JR_STRING)
        return json_wrong_type(r, "string");
    if (!jr_string(r, &text))
        return false;
    struct err err;
    if (!stamp_parse_api(text, t, &err))
        return jr_fail(r, "%s", err.text);
    *present = true;
    return true;
}

bool json_grow(struct jr *r, void *v, size_t n, size_t *cap, size_t size)
{
    void *old, *grown;

    if (n < *cap)
        return true;
    *cap = *cap == 0 ? 16 : *cap * 2;
    grown = arena_alloc(r->mem, *cap * size);
    if (grown == NULL)
        return json_too_large(r);
    memcpy(&old, v, sizeof old);
    if (n != 0)
        memcpy(grown, old, n * size);
    memcpy(v, &grown, sizeof grown);
    return true;
}

static bool map_push(struct jr *r, struct json_map *map, size_t *cap, struct label_sv pair)
{
    if (map->n == JSON_MAP_MAX)
        return jr_fail(r, "more than %d entries in one map", JSON_MAP_MAX);
    if (!json_grow(r, &map->v, map->n, cap, sizeof pair))
        return false;
    map->v[map->n++] = pair;
    return true;
}

bool json_map(struct jr *r, struct json_map *map)
{
    if (jr_peek(r) == JR_NULL) {
        *map = (struct json_map){0};
        return jr_null(r);
    }
    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "map[string]string");
    if (!jr_object(r))
        return false;
    map->present = true;
    size_t cap = map->n; /* what an earlier object of the same name left is full by definition */
    struct label_sv pair;
    while (jr_key(r, &pair.name)) {
        pair.value = (struct sv){"", 0};
        if (!json_string(r, &pair.value) || !map_push(r, map, &cap, pair))
            return false;
    }
    return !r->failed;
}

bool json_is_blank(struct sv text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '\t' && text.p[i] != '\r' && text.p[i] != '\n')
            return false;
    return true;
}
