#include "tmpl/json.h"

#include <math.h>

#include "base/attr.h"
#include "codec/jw.h"
#include "codec/rfc3339.h"
#include "codec/tz.h"
#include "tmpl/float.h"
#include "tmpl/value.h"

static bool write_value(struct tmpl_run *run, struct jw *w, struct tval v, unsigned depth, struct err *err);

static bool write_list(struct tmpl_run *run, struct jw *w, struct tval v, unsigned depth, struct err *err)
{
    const size_t n = tval_len(v);

    jw_array(w);
    for (size_t i = 0; i < n && !w->out->overflow; i++)
        if (!write_value(run, w, v.list.type->at(run, v.list.p, i), depth, err))
            return false;
    jw_end(w);
    return true;
}

static bool write_map(struct tmpl_run *run, struct jw *w, struct tval v, unsigned depth, struct err *err)
{
    const size_t n = tval_len(v);
    bool found;

    jw_object(w);
    for (size_t i = 0; i < n && !w->out->overflow; i++) {
        struct sv key = v.map.type->key(v.map.p, i);
        jw_key(w, key);
        if (!write_value(run, w, v.map.type->get(run, v.map.p, key, &found), depth, err))
            return false;
    }
    jw_end(w);
    return true;
}

static bool write_object(struct tmpl_run *run, struct jw *w, struct tval v, unsigned depth, struct err *err)
{
    jw_object(w);
    for (const struct tfield *f = v.obj.type->fields; f != NULL && f->name != NULL; f++) {
        const struct tval field = f->get(run, v.obj.p);
        if (!tfield_is_printed(f, field))
            continue;
        jw_key(w, sv_of(f->json != NULL ? f->json : f->name));
        if (!write_value(run, w, field, depth, err))
            return false;
    }
    jw_end(w);
    return true;
}

static bool write_float(struct jw *w, double f, struct err *err)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};

    if (isnan(f) || isinf(f))
        return err_set(err, ERR_INVALID, "json: unsupported value: %s",
                       isnan(f) ? "NaN"
                       : f > 0  ? "+Inf"
                                : "-Inf");
    float_print_json(&text, f);
    jw_raw(w, strbuf_sv(&text));
    return true;
}

static void write_time(struct jw *w, struct tval v)
{
    char text[STAMP_TEXT_MAX];
    struct stamp t = v.t;

    if (v.zone != NULL)
        t.off_min = (int16_t)(tz_at(v.zone, t.sec).seconds_east / 60);
    size_t n = stamp_print_nano(t, text);
    jw_str(w, (struct sv){text, n});
}

static bool write_value(struct tmpl_run *run, struct jw *w, struct tval v, unsigned depth, struct err *err)
{
    if (depth == VALUE_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "json: value nested too deeply");
    switch (v.kind) {
    case TVAL_NIL:
        jw_null(w);
        return true;
    case TVAL_BOOL:
        jw_bool(w, v.b);
        return true;
    case TVAL_INT:
    case TVAL_DURATION:
        jw_int(w, v.i);
        return true;
    case TVAL_COMPLEX:
        return err_set(err, ERR_INVALID, "json: unsupported type: complex128");
    case TVAL_FLOAT:
        return write_float(w, v.f, err);
    case TVAL_STR:
        jw_str(w, v.s);
        return true;
    case TVAL_TIME:
        write_time(w, v);
        return true;
    case TVAL_LIST:
        return write_list(run, w, v, depth + 1, err);
    case TVAL_MAP:
        return write_map(run, w, v, depth + 1, err);
    case TVAL_OBJECT:
        return write_object(run, w, v, depth + 1, err);
    }
    return true;
}

bool json_print(struct tmpl_run *run, struct strbuf *out, struct tval v, struct err *err)
{
    struct jw w;

    jw_init(&w, out, true);
    return write_value(run, &w, v, 0, err);
}
