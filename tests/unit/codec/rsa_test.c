/* Against signatures made by openssl(1). */
#include "codec/rsa.h"

#include <stdio.h>

#include "support/test.h"

static struct sv read_key(char *buf, size_t size)
{
    FILE *f = fopen(TEST_DATA "/keys/rsa.pem", "re");
    CHECK(f != NULL);
    const size_t n = fread(buf, 1, size, f);
    (void)fclose(f);
    return (struct sv){buf, n};
}

/* C-070 */
TEST(rsa, signs_with_each_digest)
{
    static const struct {
        unsigned bits;
        const char *hex;
    } rows[] = {
        {256, "2c1c47534517a8ec4197de5e1c3fc3210995c7e44917dd07c09d0a8f3f4ca2b8d813d204975d96a0e48e5df2b50e41"
              "185f2b97b2a36bb5228e5b5136408a2891"
              "6bbcb16eefcf89d39492774006a79f362b975e304f54a2f8e67ec77ef325b2eb706ad517c8d171baf3fb6255e4d2ec"
              "a4a183df83ee433c26d454f5a6d46f29c8"},
        {384, "acb59863d34688889162a7ff9d6c3aede8caeb89352fc7f7f941bfa5dea58be8bff78b6b2cf4db48a5fcfc7af6463b"
              "ffc8a27bf94145d779936d7cd7451b5a47"
              "342a2f70205e3cd63c4ed58a6720b3628d8210f71b6d155113f10b8c3f3ffd11681cafc2d278fb04896037d3888181"
              "4966ae845a9d79f547869c7c2f5bdfcb98"},
        {512, "0e58897b9fbab9449060e27c04e47099c02d8c737ae997e77cd657d0ad4d29ec0ba8442bca710fcedf4cc2c7eaadf5"
              "67ec03295cab155b38f5913cd33c346c5d"
              "920b8136e8ca48af21a5a50741b028a208552bc7c200617232ad062e20d3a74817c90a5817cd9edbfeede428c6f324"
              "ae456e87e76c29624b57faddea66424960"},
    };
    char pem[4096];
    const struct sv key = read_key(pem, sizeof pem);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf signature = {0}, hex = {0};
        struct err err = {0};
        FAIL_IF(!rsa_sign(&signature, key, rows[i].bits, SV("abc"), &err), "%s", err.text);
        for (size_t k = 0; k < signature.n; k++)
            strbuf_addf(&hex, "%02x", (unsigned char)signature.p[k]);
        CHECK_STR(hex.p, rows[i].hex);
        strbuf_done(&signature);
        strbuf_done(&hex);
    }
}

TEST(rsa, refuses_what_is_no_key)
{
    static const char *const keys[] = {"", "nonsense",
                                       "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                       /* one on an elliptic curve */
                                       "-----BEGIN PRIVATE KEY-----\n"
                                       "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgll9QY5vz6Fif65XJ\n"
                                       "hLw4efsXxYj2uVHZ3Gzz48z9QTuhRANCAARxSnmDbI7YxT4IdN25o8jWPDLE+jBC\n"
                                       "KvjvZFwc3yloorIPHHXz6SuEmbs3ZrOAzYuch/kDcsfDz4a2vlv34+aO\n"
                                       "-----END PRIVATE KEY-----\n"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct strbuf signature = {0};
        struct err err = {0};
        FAIL_IF(rsa_sign(&signature, sv_of(keys[i]), 256, SV("abc"), &err), "%s", keys[i]);
        CHECK_STR(err.text, "not an RSA private key in PEM without a passphrase");
        strbuf_done(&signature);
    }
}
