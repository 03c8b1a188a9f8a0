#include "codec/pem.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static BIO *reader_of(struct sv text)
{
    return text.n <= INT_MAX ? BIO_new_mem_buf(text.n != 0 ? text.p : "", (int)text.n) : NULL;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
static int no_password(char *buffer, int size, int writing, void *ctx)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static X509 *first_certificate(struct sv text)
{
    BIO *in = reader_of(text);
    X509 *found = in != NULL ? PEM_read_bio_X509(in, NULL, no_password, NULL) : NULL;

    BIO_free(in);
    ERR_clear_error();
    return found;
}

static EVP_PKEY *first_key(struct sv text)
{
    BIO *in = reader_of(text);
    EVP_PKEY *found = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;

    BIO_free(in);
    ERR_clear_error();
    return found;
}

bool pem_has_certificate(struct sv text)
{
    X509 *found = first_certificate(text);

    X509_free(found);
    return found != NULL;
}

static bool check_pair(const X509 *cert, const EVP_PKEY *key, struct err *err)
{
    if (cert == NULL)
        return err_set(err, ERR_INVALID, "tls: failed to find any PEM data in certificate input");
    if (key == NULL)
        return err_set(err, ERR_INVALID, "tls: failed to find any PEM data in key input");
    if (X509_check_private_key(cert, key) != 1)
        return err_set(err, ERR_INVALID, "tls: private key does not match public key");
    return true;
}

bool pem_check_pair(struct sv cert_text, struct sv key_text, struct err *err)
{
    X509 *cert = first_certificate(cert_text);
    EVP_PKEY *key = first_key(key_text);
    const bool ok = check_pair(cert, key, err);

    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok;
}
