#include "method.h"

static const struct {
    const char *name, *label;
} methods[METHOD_COUNT] = {
    [METHOD_GET] = {"GET", "get"},
    [METHOD_HEAD] = {"HEAD", "head"},
    [METHOD_POST] = {"POST", "post"},
    [METHOD_PUT] = {"PUT", "put"},
    [METHOD_PATCH] = {"PATCH", "patch"},
    [METHOD_DELETE] = {"DELETE", "delete"},
    [METHOD_CONNECT] = {"CONNECT", "connect"},
    [METHOD_OPTIONS] = {"OPTIONS", "options"},
    [METHOD_TRACE] = {"TRACE", "trace"},
    [METHOD_NOTIFY] = {"NOTIFY", "notify"},
    [METHOD_OTHER] = {"", "unknown"},
};

static enum http_method find(struct sv s, bool (*equal)(struct sv a, struct sv b))
{
    for (enum http_method m = METHOD_GET; m < METHOD_OTHER; m++)
        if (equal(s, sv_of(methods[m].name)))
            return m;
    return METHOD_OTHER;
}

enum http_method method_parse(struct sv s)
{
    return find(s, sv_eq);
}

enum http_method method_parse_nocase(struct sv s)
{
    return find(s, sv_eq_nocase);
}

const char *method_name(enum http_method m)
{
    return methods[m].name;
}

const char *method_label(enum http_method m)
{
    return methods[m].label;
}
