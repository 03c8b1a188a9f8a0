#include "codec/pb.h"

#define VARINT_MAX 10 /* bytes of 64 bits, seven at a time */

static bool fail(struct pb *in)
{
    in->failed = true;
    return false;
}

static struct sv take(struct pb *in, size_t n)
{
    const struct sv taken = {in->rest.p, n};

    in->rest.p += n;
    in->rest.n -= n;
    return taken;
}

bool pb_varint(struct pb *in, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < VARINT_MAX && i < in->rest.n; i++) {
        const uint64_t byte = (unsigned char)in->rest.p[i];
        *value |= (byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            (void)take(in, i + 1);
            return true;
        }
    }
    return fail(in);
}

bool pb_framed(struct pb *in, struct sv *message)
{
    uint64_t n;

    if (!pb_varint(in, &n) || n > in->rest.n)
        return fail(in);
    *message = take(in, (size_t)n);
    return true;
}

static bool fixed(struct pb *in, size_t n, uint64_t *value)
{
    if (in->rest.n < n)
        return fail(in);
    const struct sv bytes = take(in, n);
    *value = 0;
    for (size_t i = n; i-- > 0;)
        *value = *value << 8 | (unsigned char)bytes.p[i];
    return true;
}

bool pb_next(struct pb *in, struct pb_field *f)
{
    uint64_t tag;

    if (in->failed || in->rest.n == 0 || !pb_varint(in, &tag))
        return false;
    if (tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
        return fail(in);
    *f = (struct pb_field){.number = (uint32_t)(tag >> 3), .type = (enum pb_type)(tag & 7)};
    switch (f->type) {
    case PB_VARINT:
        return pb_varint(in, &f->value);
    case PB_FIXED64:
        return fixed(in, 8, &f->value);
    case PB_BYTES:
        return pb_framed(in, &f->bytes);
    case PB_FIXED32:
        return fixed(in, 4, &f->value);
    }
    return fail(in);
}
