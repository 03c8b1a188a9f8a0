#include "tmpl/gosyntax.h"

#include "codec/goquote.h"
#include "codec/tz.h"
#include "tmpl/layout.h"
#include "tmpl/value.h"
#include "tmpl/verb.h"

static void print_inner(struct tmpl_run *run, struct strbuf *out, struct tval v, unsigned depth);

static void print_zone(struct strbuf *out, struct tval time)
{
    const struct tz *zone = time.zone;
    const char *name = zone != NULL || time.t.off_min == 0 ? tz_name(zone) : "";

    if (strcmp(name, "UTC") == 0 || strcmp(name, "Local") == 0) {
        strbuf_addf(out, "time.%s", name);
        return;
    }
    strbuf_adds(out, "time.Location(");
    go_quote(out, sv_of(name));
    strbuf_addc(out, ')');
}

static void print_time(struct strbuf *out, struct tval time)
{
    const struct wall w = wall_of(time);

    strbuf_addf(out, "time.Date(%d, time.%s, %d, %d, %d, %d, %d, ", w.year, month_names[w.month - 1], w.day,
                w.hour, w.minute, w.second, (int)time.t.nsec);
    print_zone(out, time);
    strbuf_addc(out, ')');
}

static void print_map(struct tmpl_run *run, struct strbuf *out, struct tval map, unsigned depth)
{
    const size_t n = tval_len(map);
    bool found;

    for (size_t i = 0; i < n && !out->overflow; i++) {
        const struct sv key = map.map.type->key(map.map.p, i);
        strbuf_adds(out, i != 0 ? ", " : "");
        go_quote(out, key);
        strbuf_addc(out, ':');
        print_inner(run, out, map.map.type->get(run, map.map.p, key, &found), depth);
    }
}

static void print_list(struct tmpl_run *run, struct strbuf *out, struct tval list, unsigned depth)
{
    const size_t n = tval_len(list);

    for (size_t i = 0; i < n && !out->overflow; i++) {
        strbuf_adds(out, i != 0 ? ", " : "");
        print_inner(run, out, list.list.type->at(run, list.list.p, i), depth);
    }
}

static void print_fields(struct tmpl_run *run, struct strbuf *out, struct tval object, unsigned depth)
{
    const struct tfield *first = object.obj.type->fields;

    for (const struct tfield *f = first; f != NULL && f->name != NULL && !out->overflow; f++) {
        const struct tval field = f->get(run, object.obj.p);
        if (!tfield_is_printed(f, field))
            continue;
        strbuf_addf(out, "%s%s:", f != first ? ", " : "", f->name);
        print_inner(run, out, field, depth);
    }
}

static void print_composite(struct tmpl_run *run, struct strbuf *out, struct tval v, unsigned depth)
{
    strbuf_adds(out, tval_type_name(v));
    strbuf_addc(out, '{');
    if (depth == VALUE_DEPTH_MAX)
        strbuf_adds(out, "...");
    else if (v.kind == TVAL_MAP)
        print_map(run, out, v, depth + 1);
    else if (v.kind == TVAL_LIST)
        print_list(run, out, v, depth + 1);
    else
        print_fields(run, out, v, depth + 1);
    strbuf_addc(out, '}');
}

static void print_inner(struct tmpl_run *run, struct strbuf *out, struct tval v, unsigned depth)
{
    switch (v.kind) {
    case TVAL_NIL:
        strbuf_adds(out, depth == 0 ? "<nil>" : "interface {}(nil)");
        break;
    case TVAL_STR:
        go_quote(out, v.s);
        break;
    case TVAL_INT:
    case TVAL_DURATION: /* a month or a duration is the number it is */
        strbuf_addf(out, v.tag == TVAL_BYTE ? "0x%llx" : "%lld", (long long)v.i);
        break;
    case TVAL_TIME:
        print_time(out, v);
        break;
    case TVAL_LIST:
    case TVAL_MAP:
    case TVAL_OBJECT:
        print_composite(run, out, v, depth);
        break;
    default:
        tval_print(run, out, &v);
        break;
    }
}

void gosyntax_print(struct tmpl_run *run, struct strbuf *out, struct tval value)
{
    print_inner(run, out, value, 0);
}
