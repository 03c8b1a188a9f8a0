#include "codec/digest.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* OpenSSL fails here only when it is out of memory or has been stripped of the algorithm: nothing to go on
 * with. */
static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "OpenSSL cannot compute %s\n", what);
        abort();
    }
}

void sha256(struct sv in, uint8_t out[32])
{
    must(EVP_Digest(in.p, in.n, out, NULL, EVP_sha256(), NULL) == 1, "SHA-256");
}

void sha256_hex(struct sv in, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[32];

    sha256(in, sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        out[2 * i] = digits[sum[i] >> 4];
        out[2 * i + 1] = digits[sum[i] & 15];
    }
    out[64] = '\0';
}

void md5(struct sv in, uint8_t out[16])
{
    must(EVP_Digest(in.p, in.n, out, NULL, EVP_md5(), NULL) == 1, "MD5");
}

void hmac_sha256(struct sv key, struct sv in, uint8_t out[32])
{
    assert(key.n <= INT_MAX);
    const char *k = key.n != 0 ? key.p : ""; /* a NULL key would mean "the one of the last call" */
    must(HMAC(EVP_sha256(), k, (int)key.n, (const unsigned char *)in.p, in.n, out, NULL) != NULL, "HMAC");
}

uint64_t xxh64(struct sv in)
{
    return XXH64(in.p, in.n, 0);
}

/* A multiple of 3, so that only the last piece is padded; well within EVP's int. */
#define BASE64_PIECE ((size_t)3 << 16)

void base64_add(struct strbuf *out, struct sv in)
{
    for (size_t n; in.n != 0; in.p += n, in.n -= n) {
        n = in.n < BASE64_PIECE ? in.n : BASE64_PIECE;
        strbuf_reserve(out, (n + 2) / 3 * 4);
        if (out->overflow)
            return;
        out->n +=
            (size_t)EVP_EncodeBlock((unsigned char *)out->p + out->n, (const unsigned char *)in.p, (int)n);
    }
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

static bool is_canonical_quad(const char *quad, const uint8_t *decoded, int n)
{
    unsigned char again[5];

    EVP_EncodeBlock(again, decoded, n);
    return memcmp(again, quad, 4) == 0;
}

/* EVP_DecodeBlock() trims, and takes padding anywhere; so everything is checked before and after it. */
bool base64_decode(struct strbuf *out, struct sv in)
{
    size_t padding = 0;

    if (in.n % 4 != 0 || in.n > INT_MAX)
        return false;
    while (padding < 2 && padding < in.n && in.p[in.n - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < in.n - padding; i++)
        if (!is_base64(in.p[i]))
            return false;
    strbuf_reserve(out, in.n / 4 * 3);
    if (out->overflow)
        return false;
    if (in.n == 0)
        return true;
    uint8_t *bytes = (uint8_t *)out->p + out->n;
    const size_t n = (size_t)EVP_DecodeBlock(bytes, (const unsigned char *)in.p, (int)in.n) - padding;
    if (!is_canonical_quad(in.p + in.n - 4, bytes + in.n / 4 * 3 - 3, 3 - (int)padding))
        return false;
    out->n += n;
    out->p[out->n] = '\0';
    return true;
}

bool equal_constant_time(struct sv a, struct sv b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

bool random_bytes(void *out, size_t n)
{
    assert(n <= INT_MAX);
    return RAND_bytes(out, (int)n) == 1;
}

void uuid_v4(const uint8_t random[16], char out[37])
{
    (void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", random[0],
                   random[1], random[2], random[3], random[4], random[5], 0x40 | (random[6] & 0x0F),
                   random[7], 0x80 | (random[8] & 0x3F), random[9], random[10], random[11], random[12],
                   random[13], random[14], random[15]);
}

bool uuid_fresh(char out[37])
{
    uint8_t random[16];

    if (!random_bytes(random, sizeof random))
        return false;
    uuid_v4(random, out);
    return true;
}
