#include "json_fields.h"

#include "compose.h"

bool json_text(struct render *r, struct jw *w, struct sv key, const char *text, struct err *err)
{
    struct sv value;

    if (!render_text(r, text, &value, err))
        return false;
    jw_kstr(w, key, value);
    return true;
}

bool json_fields(struct render *r, struct jw *w, const struct json_field *fields, const void *object,
                 struct err *err)
{
    for (const struct json_field *f = fields; f->key != NULL; f++) {
        const char *text = *(char *const *)(const void *)((const char *)object + f->offset);
        struct sv value;
        if (!render_text(r, text, &value, err))
            return false;
        compose_optional(w, sv_of(f->key), value);
    }
    return true;
}
