/* Hashes and encodings that formats ask for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

void sha256(struct sv in, uint8_t out[32]);
void sha256_hex(struct sv in, char out[65]); /* lower case, NUL-terminated */
void md5(struct sv in, uint8_t out[16]);     /* for alertmanager_config_hash */
void hmac_sha256(struct sv key, struct sv in, uint8_t out[32]);
uint64_t xxh64(struct sv in); /* seed 0 */

void base64_add(struct strbuf *out, struct sv in);              /* standard alphabet, padded */
bool base64_decode(struct strbuf *out, struct sv in) NODISCARD; /* the same, strictly */

bool equal_constant_time(struct sv a, struct sv b);   /* for secrets; the time depends only on the lengths */
bool random_bytes(void *out, size_t n) NODISCARD;     /* cryptographic; false: the system has none */
void uuid_v4(const uint8_t random[16], char out[37]); /* lower case, NUL-terminated */
bool uuid_fresh(char out[37]) NODISCARD;              /* a new one; false: as random_bytes() */
