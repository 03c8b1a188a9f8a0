#include "config/access.h"

#include <string.h>

#include "decode.h"
#include "table.h"
#include "web_check.h"

unsigned access_rights_of(const char *role)
{
    static const struct {
        const char *name;
        unsigned rights;
    } roles[] = {
        {"viewer", RIGHT_VIEW},
        {"sender", RIGHT_SEND},
        {"operator", RIGHT_VIEW | RIGHT_SEND | RIGHT_OPERATE},
        {"admin", RIGHT_ALL},
    };
    for (size_t i = 0; role != NULL && i < COUNT_OF(roles); i++)
        if (strcmp(roles[i].name, role) == 0)
            return roles[i].rights;
    return 0;
}

/* ---- users and tokens ---- */

#define AT(member) offsetof(struct access_user, member)
#define COMMON_FIELDS                                                                                        \
    ROW("name", STRING, name, "Who it is, for the audit trail."),                                            \
        ROW("role", STRING, role,                                                                            \
            "viewer (reads), sender (posts alerts), operator (both, silences, receiver tests), admin."),     \
        ROW("silence_scope", MATCHERS, silence_scope,                                                        \
            "Matchers, each of which every silence must have, too, or one that allows less."),               \
        ROW("max_silence_duration", DURATION, max_silence_duration, "How long a silence may last."),         \
        ROW_DEF("max_muted_groups", INT, max_muted_groups, "-1", 0,                                          \
                "A silence that mutes alerts of more groups than that needs ?force=true.")
static const struct field user_fields[] = {
    COMMON_FIELDS,
    ROW("password", SECRET, secret, "The bcrypt hash of the password."),
    {0},
};
static const struct field token_fields[] = {
    COMMON_FIELDS,
    ROW("sha256", SECRET, secret, "The SHA-256 of the token, in hex."),
    {0},
};
#undef AT
#undef COMMON_FIELDS

static bool check_common(struct decoder *d, const struct ytree *node, struct access_user *u)
{
    if (!is_set(u->name))
        return decode_fail(d, node, "missing name");
    u->rights = access_rights_of(u->role);
    if (u->rights == 0)
        return decode_fail(d, node, "%s: role must be one of viewer, sender, operator, admin", u->name);
    return true;
}

static bool check_user(struct decoder *d, const struct ytree *node, void *object)
{
    struct access_user *u = object;
    return check_common(d, node, u) && web_check_hash(d, node, u->name, is_set(u->secret) ? u->secret : "");
}

static bool check_token(struct decoder *d, const struct ytree *node, void *object)
{
    struct access_user *u = object;
    if (!check_common(d, node, u))
        return false;
    if (!is_set(u->secret) || strlen(u->secret) != 64 || strspn(u->secret, "0123456789abcdef") != 64)
        return decode_fail(d, node, "%s: sha256 must be 64 hexadecimal digits in lower case", u->name);
    return true;
}

static const struct schema user_schema = {
    .name = "user",
    .go_type = "access.User",
    .size = sizeof(struct access_user),
    .fields = user_fields,
    .check = check_user,
};
static const struct schema token_schema = {
    .name = "token",
    .go_type = "access.Token",
    .size = sizeof(struct access_user),
    .fields = token_fields,
    .check = check_token,
};

/* ---- the block ---- */

#define AT(member) offsetof(struct access_config, member)
static const struct field fields[] = {
    ROW("anonymous", STRING, anonymous, "The role of requests without credentials; without it: none."),
    ROW_SUB("users", LIST, users, user_schema, "Users with passwords."),
    ROW_SUB("tokens", LIST, tokens, token_schema, "Bearer tokens."),
    {0},
};
#undef AT

static bool check_unique(struct decoder *d, const struct ytree *node, const struct list *users)
{
    for (size_t i = 0; i < users->n; i++)
        for (size_t k = 0; k < i; k++) {
            const struct access_user *a = users->v[i], *b = users->v[k];
            if (strcmp(a->name, b->name) == 0)
                return decode_fail(d, node, "%s is there twice", a->name);
        }
    return true;
}

static bool check_access(struct decoder *d, const struct ytree *node, void *object)
{
    struct access_config *c = object;
    c->anonymous_rights = access_rights_of(c->anonymous);
    if (is_set(c->anonymous) && c->anonymous_rights == 0)
        return decode_fail(d, ytree_get(node, "anonymous"),
                           "anonymous must be one of viewer, sender, operator, admin");
    return check_unique(d, node, &c->users) && check_unique(d, node, &c->tokens);
}

const struct schema access_schema = {
    .name = "access",
    .go_type = "access.Config",
    .size = sizeof(struct access_config),
    .fields = fields,
    .check = check_access,
};
