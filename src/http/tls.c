#include "tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <h2o.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/str.h"

static bool is_set(const char *s)
{
    return s != NULL && *s != '\0';
}

/* The last thing that OpenSSL complained of, and an empty queue. */
static bool fail(struct err *err, const char *what)
{
    const unsigned long code = ERR_peek_last_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return err_set(err, ERR_INVALID, "%s: %s", what, reason != NULL ? reason : "not usable");
}

/* ---- certificates ---- */

static BIO *open_pem(const char *text, const char *file, const char *what, struct err *err)
{
    BIO *in = is_set(text) ? BIO_new_mem_buf(text, -1) : BIO_new_file(file, "r");
    if (in == NULL) {
        ERR_clear_error();
        (void)err_errno(err, "failed to read %s (%s)", what, is_set(text) ? "inline" : file);
    }
    return in;
}

/* Encrypted keys are not asked a passphrase for: there is nobody to answer. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return 0;
}

static bool read_chain(SSL_CTX *ctx, BIO *in)
{
    X509 *cert = PEM_read_bio_X509_AUX(in, NULL, no_passphrase, NULL);
    const bool ok = cert != NULL && SSL_CTX_use_certificate(ctx, cert) == 1;
    X509_free(cert);
    while (ok && (cert = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)) != NULL)
        if (SSL_CTX_add0_chain_cert(ctx, cert) != 1) {
            X509_free(cert);
            return false;
        }
    if (ok)
        ERR_clear_error(); /* that there is no other certificate */
    return ok;
}

static bool use_certificate(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    BIO *in = open_pem(t->cert, t->cert_file, "cert_file", err);
    if (in == NULL)
        return false;
    const bool ok = read_chain(ctx, in) || fail(err, "failed to parse the certificate");
    BIO_free(in);
    return ok;
}

static bool use_key(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    BIO *in = open_pem(t->key, t->key_file, "key_file", err);
    if (in == NULL)
        return false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
    bool ok = key != NULL || fail(err, "failed to parse the private key");
    ok = ok && ((SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1) ||
                fail(err, "private key does not match the certificate"));
    EVP_PKEY_free(key);
    BIO_free(in);
    return ok;
}

static bool trust(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    BIO *in = open_pem(t->client_ca, t->client_ca_file, "client_ca_file", err);
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    size_t n = 0;
    if (in == NULL)
        return false;
    for (X509 *cert; (cert = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)) != NULL; X509_free(cert)) {
        n += X509_STORE_add_cert(store, cert) == 1;
        (void)SSL_CTX_add_client_CA(ctx, cert);
    }
    BIO_free(in);
    if (n == 0)
        return fail(err, "no certificates in client_ca_file");
    ERR_clear_error();
    return true;
}

/* ---- clients ---- */

static void print_ip(const ASN1_OCTET_STRING *ip, char text[INET6_ADDRSTRLEN])
{
    const int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
    text[0] = '\0';
    if (ASN1_STRING_length(ip) == 4 || ASN1_STRING_length(ip) == 16)
        (void)inet_ntop(family, ASN1_STRING_get0_data(ip), text, INET6_ADDRSTRLEN);
}

static bool name_is(const GENERAL_NAME *name, struct sv wanted)
{
    char ip[INET6_ADDRSTRLEN];
    switch (name->type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
        return sv_eq(wanted, (struct sv){(const char *)ASN1_STRING_get0_data(name->d.ia5),
                                         (size_t)ASN1_STRING_length(name->d.ia5)});
    case GEN_IPADD:
        print_ip(name->d.iPAddress, ip);
        return sv_eq(wanted, sv_of(ip));
    default:
        return false;
    }
}

static bool has_allowed_name(X509 *cert, const struct strings *allowed)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
        for (size_t k = 0; k < allowed->n && !found; k++)
            found = name_is(sk_GENERAL_NAME_value(names, i), sv_of(allowed->v[k]));
    GENERAL_NAMES_free(names);
    return found;
}

static bool is_verified(const struct web_tls *t)
{
    return strcmp(t->client_auth_type, "VerifyClientCertIfGiven") == 0 ||
           strcmp(t->client_auth_type, "RequireAndVerifyClientCert") == 0;
}

/* Called only when the client sent a certificate. */
static int verify_client(X509_STORE_CTX *ctx, void *arg)
{
    const struct web_tls *t = arg;
    if (is_verified(t) && X509_verify_cert(ctx) != 1)
        return 0;
    if (!t->client_allowed_sans.present ||
        has_allowed_name(X509_STORE_CTX_get0_cert(ctx), &t->client_allowed_sans))
        return 1;
    X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static bool ask_clients(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    if (!is_set(t->client_auth_type) || strcmp(t->client_auth_type, "NoClientCert") == 0)
        return true;
    const bool required = strncmp(t->client_auth_type, "Require", 7) == 0;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    SSL_CTX_set_cert_verify_callback(ctx, verify_client, (void *)(uintptr_t)t);
    return (!is_set(t->client_ca) && !is_set(t->client_ca_file)) || trust(ctx, t, err);
}

/* ---- versions, suites, curves ---- */

static int version_of(const char *name, int def)
{
    static const struct {
        const char *name;
        int version;
    } versions[] = {{"TLS10", TLS1_VERSION},
                    {"TLS11", TLS1_1_VERSION},
                    {"TLS12", TLS1_2_VERSION},
                    {"TLS13", TLS1_3_VERSION}};
    for (size_t i = 0; is_set(name) && i < COUNT_OF(versions); i++)
        if (strcmp(versions[i].name, name) == 0)
            return versions[i].version;
    return def;
}

static bool set_versions(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    const int min = version_of(t->min_version, TLS1_2_VERSION);
    if (min < TLS1_2_VERSION)
        SSL_CTX_set_security_level(ctx, 0); /* the older versions sign with SHA-1 */
    if (SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
        SSL_CTX_set_max_proto_version(ctx, version_of(t->max_version, TLS1_3_VERSION)) == 1)
        return true;
    return fail(err, "TLS versions");
}

/* Only those of TLS 1.2 and older can be chosen; naming some of TLS 1.3 changes nothing. */
static bool set_suites(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf list = {0};
    for (size_t i = 0; i < t->cipher_suites.n; i++) {
        if (strncmp(t->cipher_suites.v[i], "TLS_ECDHE_", 10) == 0)
            strbuf_addf(&list, "%s%s", list.n != 0 ? ":" : "", OPENSSL_cipher_name(t->cipher_suites.v[i]));
    }
    const char *chosen = list.n != 0 ? list.p : "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES";
    if (t->prefer_server_cipher_suites)
        SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
    return SSL_CTX_set_cipher_list(ctx, chosen) == 1 || fail(err, "cipher_suites");
}

static bool set_curves(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf list = {0};
    for (size_t i = 0; i < t->curve_preferences.n; i++) {
        const char *name = t->curve_preferences.v[i];
        const bool nist = strncmp(name, "CurveP", 6) == 0;
        strbuf_addf(&list, "%s%s%s", list.n != 0 ? ":" : "", nist ? "P-" : "", nist ? name + 6 : name);
    }
    return list.n == 0 || SSL_CTX_set1_curves_list(ctx, list.p) == 1 || fail(err, "curve_preferences");
}

static bool configure(SSL_CTX *ctx, const struct web_tls *t, struct err *err)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return set_versions(ctx, t, err) && set_suites(ctx, t, err) && set_curves(ctx, t, err) &&
           use_certificate(ctx, t, err) && use_key(ctx, t, err) && ask_clients(ctx, t, err);
}

SSL_CTX *tls_context_new(const struct web_tls *t, bool http2, struct err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL) {
        (void)fail(err, "TLS");
        return NULL;
    }
    if (!configure(ctx, t, err)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (http2)
        h2o_ssl_register_alpn_protocols(ctx, h2o_http2_alpn_protocols);
    return ctx;
}
