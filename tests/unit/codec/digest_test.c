#include "codec/digest.h"

#include <stdio.h>

#include "support/test.h"

static const char *hex(const uint8_t *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        (void)sprintf(out + 2 * i, "%02x", p[i]);
    return out;
}

TEST(digest, agrees_with_published_vectors)
{
    char text[65];
    uint8_t sum[32];

    sha256_hex(SV("abc"), text);
    CHECK_STR(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex((struct sv){NULL, 0}, text);
    CHECK_STR(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    md5(SV("abc"), sum);
    CHECK_STR(hex(sum, 16, text), "900150983cd24fb0d6963f7d28e17f72");
    hmac_sha256(SV("Jefe"), SV("what do ya want for nothing?"), sum); /* RFC 4231, case 2 */
    CHECK_STR(hex(sum, 32, text), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hmac_sha256((struct sv){NULL, 0}, (struct sv){NULL, 0}, sum);
    CHECK_STR(hex(sum, 32, text), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    CHECK(xxh64((struct sv){NULL, 0}) == UINT64_C(0xef46db3751d8e999));
    CHECK(xxh64(SV("a")) == UINT64_C(0xd24ec4f1a98c6e5b));
}

TEST(digest, base64_is_rfc_4648)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFB\xFF", "+/8="},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0}, back = {0};
        base64_add(&out, sv_of(rows[i].plain));
        CHECK_STR(out.p != NULL ? out.p : "", rows[i].text);
        CHECK(base64_decode(&back, strbuf_sv(&out)));
        CHECK_SV(strbuf_sv(&back), rows[i].plain);
        strbuf_done(&out);
        strbuf_done(&back);
    }
}

TEST(digest, base64_refuses_all_but_the_canonical_form)
{
    static const char *const rows[] = {"Z",    "Zg",   "Zg=",    "Zg=g",     "Z===", "====",     "Zh==",
                                       "Zm9=", " Zg=", "Zg==\n", "Zg==Zg==", "Zg-_", "Zm9vZ\n=="};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        CHECK_ROW(rows[i], !base64_decode(&out, sv_of(rows[i])));
        strbuf_done(&out);
    }
}

TEST(digest, long_base64_is_one_piece)
{
    struct strbuf in = {0}, out = {0}, back = {0};
    for (size_t i = 0; i < 500000; i++)
        strbuf_addc(&in, (char)(i * 7));
    base64_add(&out, strbuf_sv(&in));
    CHECK_EQ(out.n, (in.n + 2) / 3 * 4);
    CHECK(base64_decode(&back, strbuf_sv(&out)));
    CHECK(sv_eq(strbuf_sv(&in), strbuf_sv(&back)));
    strbuf_done(&in);
    strbuf_done(&out);
    strbuf_done(&back);
}

TEST(digest, constant_time_equality_and_uuids)
{
    CHECK(equal_constant_time(SV("secret"), SV("secret")));
    CHECK(!equal_constant_time(SV("secret"), SV("Secret")));
    CHECK(!equal_constant_time(SV("secret"), SV("secre")));
    CHECK(equal_constant_time(SV(""), (struct sv){NULL, 0}));

    char uuid[37];
    uint8_t zero[16] = {0}, ones[16], random[16];
    memset(ones, 0xFF, sizeof ones);
    uuid_v4(zero, uuid);
    CHECK_STR(uuid, "00000000-0000-4000-8000-000000000000");
    uuid_v4(ones, uuid);
    CHECK_STR(uuid, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    CHECK(random_bytes(random, sizeof random));
}
