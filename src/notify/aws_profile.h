/* One profile of AWS's shared files: `credentials`, whose sections are names, and `config`, whose sections
 * are called `profile NAME`, but for `default`.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* Empty slices: not given. They borrow from the texts. */
struct aws_profile {
    bool found;
    struct sv access_key, secret_key, session_token;
    struct sv region;
    struct sv role_arn, external_id, source_profile;
};

/* Adds what the text says of profile `name`; of a key given twice, in one text or two, the last one counts.
 * Lines that are no `key = value` are passed over, nested settings as well. */
void aws_profile_read(struct sv text, bool is_config, struct sv name, struct aws_profile *out);
