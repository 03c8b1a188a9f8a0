#include "codec/pb.h"

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

static bool take(struct sv *from, size_t n, struct sv *out)
{
    if (n > from->n)
        return false;
    *out = (struct sv){from->p, n};
    *from = (struct sv){from->p + n, from->n - n};
    return true;
}

static bool take_varint(struct sv *from, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && from->n != 0; shift += 7) {
        const uint8_t byte = (uint8_t)from->p[0];
        *from = (struct sv){from->p + 1, from->n - 1};
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

static bool take_record(struct sv *from, struct sv *record)
{
    uint64_t n;
    return take_varint(from, &n) && n <= from->n && take(from, (size_t)n, record);
}

/* Numbers of fixed width are skipped: nothing that is read here has any. */
static bool take_value(struct sv *from, uint64_t wire, struct pb_field *f)
{
    struct sv skipped;

    switch (wire) {
    case WIRE_VARINT:
        return take_varint(from, &f->value);
    case WIRE_BYTES:
        f->is_bytes = true;
        return take_record(from, &f->bytes);
    case WIRE_FIXED64:
        return take(from, 8, &skipped);
    case WIRE_FIXED32:
        return take(from, 4, &skipped);
    default:
        return false;
    }
}

bool pb_next(struct sv *message, struct pb_field *f, bool *ok)
{
    uint64_t tag;

    *f = (struct pb_field){0};
    *ok = true;
    if (message->n == 0)
        return false;
    *ok = take_varint(message, &tag) && tag >> 3 != 0 && tag >> 3 <= UINT32_MAX &&
          take_value(message, tag & 7, f);
    f->number = (uint32_t)(tag >> 3);
    return *ok;
}

bool pb_next_varint(struct sv *run, uint64_t *value, bool *ok)
{
    *ok = true;
    if (run->n == 0)
        return false;
    *ok = take_varint(run, value);
    return *ok;
}

bool pb_next_record(struct sv *run, struct sv *record, bool *ok)
{
    *ok = true;
    if (run->n == 0)
        return false;
    *ok = take_record(run, record);
    return *ok;
}

void pb_add_varint(struct strbuf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        strbuf_addc(out, (char)(uint8_t)(value | 0x80));
    strbuf_addc(out, (char)(uint8_t)value);
}

static void add_tag(struct strbuf *out, uint32_t number, enum wire wire)
{
    pb_add_varint(out, (uint64_t)number << 3 | wire);
}

void pb_put_uint(struct strbuf *out, uint32_t number, uint64_t value)
{
    if (value == 0)
        return;
    add_tag(out, number, WIRE_VARINT);
    pb_add_varint(out, value);
}

void pb_put_record(struct strbuf *out, const struct strbuf *message)
{
    pb_add_varint(out, message->n);
    strbuf_addsv(out, strbuf_sv(message));
}

void pb_put_message(struct strbuf *out, uint32_t number, const struct strbuf *message)
{
    add_tag(out, number, WIRE_BYTES);
    pb_put_record(out, message);
}

void pb_put_bytes(struct strbuf *out, uint32_t number, struct sv bytes)
{
    if (bytes.n == 0)
        return;
    add_tag(out, number, WIRE_BYTES);
    pb_add_varint(out, bytes.n);
    strbuf_addsv(out, bytes);
}
