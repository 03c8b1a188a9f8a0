/* Who a request to AWS comes from: keys of the configuration, a profile of the shared files, the environment,
 * the default profile, in this order; and the roles that these may take on (receivers.md A10).
 *
 * A role costs a signed request to STS, whose answer is kept until shortly before it expires. Shared files
 * are read each time, because keys are rotated. The notifier's thread.
 */
#pragma once

#include "notify/receiver.h"
#include "sigv4.h"
#include "token.h"

#define AWS_ROLES 3 /* one after the other: those of profiles, and that of the configuration */

/* What the configuration and the environment say; read when the file is loaded. NULL: nothing. */
struct aws_settings {
    const char *region, *profile, *role_arn, *external_id;
    bool fips; /* the STS endpoint */
    struct sigv4_credentials keys, environment;
    const char *environment_region, *environment_profile;
    const char *credentials_file, *config_file;
    const char *sts_url;
};

/* Fills in what comes from the environment. */
void aws_environment(struct decoder *d, struct aws_settings *s);

/* Zeroed memory is an empty one. */
struct aws_role_cache {
    char access_key[256], secret_key[256];
    struct token_cache session;
};
struct aws_cache {
    struct aws_role_cache roles[AWS_ROLES];
};

enum aws_outcome {
    AWS_READY,  /* region and credentials are there */
    AWS_ASK,    /* the request is one to STS, whose answer is for aws_take() */
    AWS_FAILED, /* `err` says why */
};
struct aws_identity {
    const char *region;
    struct sigv4_credentials credentials;
};

/* Credentials live in the render's arena. `asked` says which role a request is about. */
enum aws_outcome aws_identify(struct render *r, const struct aws_settings *s, struct aws_cache *c,
                              struct aws_identity *out, size_t *asked, struct request *request,
                              struct err *err);
/* The answer of STS to the request about that role, when it is a good one. */
bool aws_take(struct aws_cache *c, size_t asked, struct sv body, struct now now, struct err *err) NODISCARD;
void aws_forget_roles(struct aws_cache *c); /* AWS does not take them any more */

/* A signed POST of a form, with `out->url` and `out->body` given. */
bool aws_sign(struct render *r, const struct aws_identity *who, const char *service, struct request *out,
              struct err *err) NODISCARD;

/* The text of the first element of that name, as it is written; empty when there is none. */
struct sv aws_xml_text(struct sv xml, const char *name);
