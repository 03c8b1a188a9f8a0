#include "oauth2_assertion.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/digest.h"
#include "codec/jw.h"
#include "codec/rsa.h"
#include "payload.h"
#include "text.h"

#define ASSERTION_LIFE 600 /* seconds */

static void add_base64url(struct strbuf *out, struct sv in)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    base64_add(&text, in);
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++)
        strbuf_addc(out, text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i]);
}

static void add_jose_header(struct strbuf *out, const struct oauth2 *o)
{
    CLEANUP(strbuf_donep) struct strbuf json = {0};
    struct jw w;

    jw_init(&w, &json, true);
    jw_object(&w);
    jw_kstr(&w, SV("alg"), is_set(o->signature_algorithm) ? sv_of(o->signature_algorithm) : SV("RS256"));
    if (is_set(o->certificate_key_id))
        jw_kstr(&w, SV("kid"), sv_of(o->certificate_key_id));
    jw_kstr(&w, SV("typ"), SV("JWT"));
    jw_end(&w);
    add_base64url(out, strbuf_sv(&json));
}

struct claim {
    struct sv key;
    struct sv json; /* of a configured one; else empty */
    struct sv text;
    int64_t number;
};

static int claim_cmp(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    return sv_cmp(x->key, y->key);
}

static void write_claim(struct jw *w, const struct claim *c)
{
    jw_key(w, c->key);
    if (c->json.n != 0)
        jw_raw(w, c->json);
    else if (c->text.p != NULL)
        jw_str(w, c->text);
    else
        jw_int(w, c->number);
}

/* Sorted by name; what is configured takes the place of ours. */
static void write_claims(struct claim *v, size_t n, struct strbuf *out)
{
    struct jw w;

    qsort(v, n, sizeof *v, claim_cmp);
    jw_init(&w, out, true);
    jw_object(&w);
    for (size_t i = 0; i < n; i++) {
        const bool twice =
            (i != 0 && sv_eq(v[i].key, v[i - 1].key)) || (i + 1 < n && sv_eq(v[i].key, v[i + 1].key));
        if (!twice || v[i].json.n != 0)
            write_claim(&w, &v[i]);
    }
    jw_end(&w);
}

static void new_id(char out[37])
{
    uint8_t bytes[16] = {0};

    if (!random_bytes(bytes, sizeof bytes))
        memset(bytes, 0, sizeof bytes); /* the signature proves who we are, not this */
    uuid_v4(bytes, out);
}

static bool add_claims(struct strbuf *out, const struct oauth2 *o, struct sv scopes, int64_t now,
                       struct arena *mem, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf json = {0};
    struct payload_member *own = NULL;
    size_t n_own = 0, n = 0;
    char id[37];

    if (!payload_plain_members(o->claims, mem, &own, &n_own, err))
        return false;
    struct claim *v = ARENA_ARRAY(mem, struct claim, n_own + 7);
    if (v == NULL)
        return err_set(err, ERR_LIMIT, "oauth2: the claims are too large");
    new_id(id);
    v[n++] = (struct claim){.key = SV("iss"), .text = sv_of(is_set(o->iss) ? o->iss : o->client_id)};
    v[n++] = (struct claim){.key = SV("sub"), .text = sv_of(o->client_id)};
    v[n++] =
        (struct claim){.key = SV("aud"), .text = sv_of(is_set(o->audience) ? o->audience : o->token_url)};
    v[n++] = (struct claim){.key = SV("iat"), .number = now};
    v[n++] = (struct claim){.key = SV("exp"), .number = now + ASSERTION_LIFE};
    v[n++] = (struct claim){.key = SV("jti"), .text = sv_of(id)};
    if (scopes.n != 0)
        v[n++] = (struct claim){.key = SV("scope"), .text = scopes};
    for (size_t i = 0; i < n_own; i++)
        v[n++] = (struct claim){.key = own[i].key, .json = own[i].json};
    write_claims(v, n, &json);
    add_base64url(out, strbuf_sv(&json));
    return true;
}

static unsigned signature_bits(const struct oauth2 *o)
{
    return is_set(o->signature_algorithm) ? (unsigned)strtoul(o->signature_algorithm + 2, NULL, 10) : 256;
}

bool oauth2_assertion(const struct oauth2 *o, struct sv key, struct sv scopes, int64_t now, struct arena *mem,
                      struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0}, signature = {0};

    add_jose_header(&text, o);
    strbuf_addc(&text, '.');
    if (!add_claims(&text, o, scopes, now, mem, err))
        return false;
    if (!rsa_sign(&signature, key, signature_bits(o), strbuf_sv(&text), err))
        return err_wrap(err, "oauth2: client certificate key");
    strbuf_addc(&text, '.');
    add_base64url(&text, strbuf_sv(&signature));
    const char *copy = text.overflow ? NULL : arena_strndup(mem, text.p, text.n);
    *out = (struct sv){copy, text.n};
    return copy != NULL || err_set(err, ERR_LIMIT, "oauth2: the assertion is too large");
}
