#include "codec/rsa.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base/mem.h"

/* Never asks the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static EVP_PKEY *read_key(struct sv pem)
{
    BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    if (key == NULL || EVP_PKEY_base_id(key) == EVP_PKEY_RSA)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bool sign(EVP_MD_CTX *ctx, EVP_PKEY *key, const EVP_MD *digest, struct sv in, struct strbuf *out)
{
    const unsigned char *data = (const unsigned char *)in.p;
    size_t n;

    if (EVP_DigestSignInit(ctx, NULL, digest, NULL, key) != 1 ||
        EVP_DigestSign(ctx, NULL, &n, data, in.n) != 1)
        return false;
    unsigned char *signature = xmalloc(n);
    const bool ok = EVP_DigestSign(ctx, signature, &n, data, in.n) == 1;
    if (ok)
        strbuf_add(out, (const char *)signature, n);
    free(signature);
    return ok;
}

bool rsa_sign(struct strbuf *out, struct sv pem, unsigned bits, struct sv in, struct err *err)
{
    const EVP_MD *digest = bits == 512 ? EVP_sha512() : bits == 384 ? EVP_sha384() : EVP_sha256();
    EVP_PKEY *key = read_key(pem);

    if (key == NULL)
        return err_set(err, ERR_INVALID, "not an RSA private key in PEM without a passphrase");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool ok = ctx != NULL && sign(ctx, key, digest, in, out);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok || err_set(err, ERR_INVALID, "the RSA key cannot sign");
}
