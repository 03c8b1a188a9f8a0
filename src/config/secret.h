/* Secrets that stand elsewhere: a secret value that is, as a whole, ${env:NAME} or ${credential:NAME} (a file
 * of systemd's $CREDENTIALS_DIRECTORY). Anything else is the secret itself; a reference is never part of a
 * longer value, so that no secret that is in use today can be taken for one. */
#pragma once

#include "decode.h"

bool secret_is_reference(struct sv text); /* begins like one; it may still be malformed */

/* `text` is the value of a secret at `node`. A reference becomes what it stands for, or an error that says
 * what is missing; without config_env.expand_secrets it is only checked and stays. In the arena, or `text`.
 */
bool secret_resolve(struct decoder *d, const struct ytree *node, struct sv text, struct sv *out) NODISCARD;

/* The text of an error about a secret URL: what it quotes of the URL is masked. In the arena. */
const char *secret_mask_quotes(struct decoder *d, const char *text);
