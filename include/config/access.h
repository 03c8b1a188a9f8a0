/* The `access:` block of --web.config.file: who may do what. Ours; without it whoever gets in may do
 * everything, as in Alertmanager. It stands there, and not in the configuration file, because it belongs to
 * the passwords, is read again with them, and must not be part of the configuration that the API shows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clk.h"
#include "config/schema.h"
#include "model/matcher.h"

/* What a role gives, as bits. */
enum access_right {
    RIGHT_VIEW = 1,    /* read everything that is not secret */
    RIGHT_SEND = 2,    /* post alerts */
    RIGHT_OPERATE = 4, /* silences, receiver tests */
    RIGHT_ADMIN = 8,   /* reload, dry runs */
    RIGHT_ALL = 15,
};

/* A user or a token. */
struct access_user {
    char *name;
    char *secret; /* bcrypt hash of a password, or the SHA-256 of a token in hex */
    char *role;   /* viewer, sender, operator, admin */
    unsigned rights;
    struct matchers silence_scope; /* every silence must be at least as narrow */
    dur_ns max_silence_duration;   /* 0: no limit */
    int64_t max_muted_groups;      /* more than that need force; -1: no limit */
};

struct access_config {
    char *anonymous; /* the role of requests without credentials; NULL: they are refused */
    unsigned anonymous_rights;
    struct list users, tokens; /* of struct access_user */
};

extern const struct schema access_schema;

unsigned access_rights_of(const char *role); /* 0: there is no such role */
