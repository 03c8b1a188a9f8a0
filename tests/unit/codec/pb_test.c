#include "codec/pb.h"

#include "support/test.h"

#define BYTES(text)                                                                                          \
    {                                                                                                        \
        (text), sizeof(text) - 1                                                                             \
    }

TEST(pb, numbers_as_they_are_written)
{
    static const struct {
        uint64_t value;
        const char *bytes;
        size_t n;
    } rows[] = {
        {0, "\x00", 1},
        {127, "\x7f", 1},
        {128, "\x80\x01", 2},
        {300, "\xac\x02", 2},
        {UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        uint64_t back;
        bool ok;
        pb_add_varint(&out, rows[i].value);
        CHECK_EQ(out.n, rows[i].n);
        CHECK(memcmp(out.p, rows[i].bytes, out.n) == 0);
        struct sv run = strbuf_sv(&out);
        CHECK(pb_next_varint(&run, &back, &ok));
        CHECK_EQ(back, rows[i].value);
        CHECK(!pb_next_varint(&run, &back, &ok) && ok);
        strbuf_done(&out);
    }
}

TEST(pb, fields_come_back)
{
    struct strbuf inner = {0}, out = {0};
    struct pb_field f;
    bool ok;

    pb_put_uint(&inner, 1, 0); /* left out */
    pb_put_bytes(&inner, 2, SV(""));
    CHECK_EQ(inner.n, 0);
    pb_put_bytes(&inner, 3, SV("text"));
    pb_put_uint(&out, 5, 300);
    pb_put_message(&out, 16, &inner);
    struct sv message = strbuf_sv(&out);
    CHECK(pb_next(&message, &f, &ok) && !f.is_bytes);
    CHECK_EQ(f.number, 5);
    CHECK_EQ(f.value, 300);
    CHECK(pb_next(&message, &f, &ok) && f.is_bytes);
    CHECK_EQ(f.number, 16);
    struct sv nested = f.bytes;
    CHECK(pb_next(&nested, &f, &ok));
    CHECK_EQ(f.number, 3);
    CHECK_SV(f.bytes, "text");
    CHECK(!pb_next(&message, &f, &ok) && ok);
    strbuf_done(&inner);
    strbuf_done(&out);
}

TEST(pb, what_is_no_message_is_refused)
{
    static const struct {
        const char *name;
        struct sv bytes;
    } rows[] = {
        {"tag without a value", BYTES("\x08")},
        {"number without an end", BYTES("\x08\xff\xff")},
        {"number of eleven bytes", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"bytes longer than the message", BYTES("\x12\x05xy")},
        {"length beyond all memory", BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"field number 0", BYTES("\x00\x01")},
        {"group", BYTES("\x0b\x01")},
        {"short fixed number", BYTES("\x0d\x01\x02")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sv message = rows[i].bytes;
        struct pb_field f;
        bool ok = true;
        while (pb_next(&message, &f, &ok))
            ;
        FAIL_IF(ok, "%s is accepted", rows[i].name);
    }
}

TEST(pb, fixed_numbers_are_passed_over)
{
    struct sv message = BYTES("\x0d\x01\x02\x03\x04\x11\x01\x02\x03\x04\x05\x06\x07\x08\x18\x07");
    struct pb_field f;
    bool ok;

    while (pb_next(&message, &f, &ok) && f.number != 3)
        ;
    CHECK(ok);
    CHECK_EQ(f.value, 7);
}
