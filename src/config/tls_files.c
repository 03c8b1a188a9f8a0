/* The certificates that receivers in use need are read when a configuration is put in force, so that a wrong
 * path refuses the configuration instead of failing notifications. Like upstream it is only http_config's own
 * tls_config that counts: those of e-mail and OAuth 2 are read when they are needed. */
#include "codec/pem.h"
#include "config/config.h"
#include "decode.h"
#include "slurp.h"

/* A file, or the text in the configuration. */
struct piece {
    const char *text, *file;
};

static bool piece_set(struct piece p)
{
    return is_set(p.text) || is_set(p.file);
}

static bool read_piece(struct piece p, const char *what, struct strbuf *out, struct err *err)
{
    if (is_set(p.text)) {
        strbuf_adds(out, p.text);
        return true;
    }
    return slurp(p.file, out, err) ||
           err_wrap(err, "unable to read %s: unable to read file %s", what, p.file);
}

static void describe(struct piece p, struct strbuf *out)
{
    if (is_set(p.text))
        strbuf_adds(out, "inline");
    else
        strbuf_addf(out, "file %s", p.file);
}

static bool check_ca(struct piece ca, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf pem = {0}, name = {0};

    if (!piece_set(ca))
        return true;
    if (!read_piece(ca, "CA cert", &pem, err))
        return false;
    describe(ca, &name);
    return pem_has_certificate(strbuf_sv(&pem)) ||
           err_set(err, ERR_INVALID, "unable to use specified CA cert %s", name.p);
}

static bool check_client(struct piece cert, struct piece key, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf cert_pem = {0}, key_pem = {0}, names = {0};

    if (!piece_set(cert))
        return true;
    if (!read_piece(cert, "specified client cert", &cert_pem, err) ||
        !read_piece(key, "specified client key", &key_pem, err))
        return false;
    strbuf_addc(&names, '(');
    describe(cert, &names);
    strbuf_adds(&names, ") & key (");
    describe(key, &names);
    strbuf_addc(&names, ')');
    return pem_check_pair(strbuf_sv(&cert_pem), strbuf_sv(&key_pem), err) ||
           err_wrap(err, "unable to use specified client cert %s", names.p);
}

static bool check_integration(const struct integration *i, struct err *err)
{
    const struct http_config *http = i->settings->http_config;
    const struct tls_config *t = http != NULL ? http->tls : NULL;

    return t == NULL ||
           (check_ca((struct piece){t->ca, t->ca_file}, err) &&
            check_client((struct piece){t->cert, t->cert_file}, (struct piece){t->key, t->key_file}, err));
}

bool config_check_tls_files(const struct config *c, struct err *err)
{
    for (size_t i = 0; i < c->n_receivers; i++)
        for (size_t k = 0; c->receivers[i]->used && k < c->receivers[i]->n_integrations; k++)
            if (!check_integration(&c->receivers[i]->integrations[k], err))
                return err_wrap(err, "receiver %s", c->receivers[i]->name);
    return true;
}
