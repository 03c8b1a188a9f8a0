#include "db/pack.h"

#include "support/test.h"

TEST(pack, gives_the_text_back)
{
    struct packer *p = packer_new();
    const char *const texts[] = {"", "x", "{\"labels\":{\"a\":\"1\"}}\n{\"labels\":{\"a\":\"2\"}}"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct strbuf packed = {0}, text = {0};
        pack(p, &packed, sv_of(texts[i]));
        CHECK(unpack(&text, strbuf_sv(&packed), 1000));
        CHECK_SV(strbuf_sv(&text), texts[i]);
        strbuf_done(&packed);
        strbuf_done(&text);
    }
    packer_free(p);
}

TEST(pack, makes_a_burst_small)
{
    struct packer *p = packer_new();
    struct strbuf text = {0}, packed = {0};

    for (int i = 0; i < 512; i++)
        strbuf_addf(
            &text,
            "{\"labels\":{\"alertname\":\"HighCPU\",\"instance\":\"10.0.0.%d:9100\",\"job\":\"node\"}}\n", i);
    pack(p, &packed, strbuf_sv(&text));
    FAIL_IF(packed.n * 8 > text.n, "%zu bytes from %zu", packed.n, text.n);
    strbuf_done(&text);
    strbuf_done(&packed);
    packer_free(p);
}

TEST(pack, refuses_what_it_did_not_make)
{
    struct packer *p = packer_new();
    struct strbuf packed = {0}, text = {0};

    pack(p, &packed, SV("some text that is long enough"));
    CHECK(!unpack(&text, SV("rubbish"), 1000));
    CHECK(!unpack(&text, SV(""), 1000));
    CHECK(!unpack(&text, (struct sv){packed.p, packed.n - 1}, 1000));
    CHECK(!unpack(&text, strbuf_sv(&packed), 10));
    CHECK_EQ(text.n, 0);
    strbuf_done(&text);
    strbuf_done(&packed);
    packer_free(p);
}
