/* Secrets in the words of others. */
#pragma once

#include "notify/receiver.h"

/* A service may quote the request that it refuses, as web servers do with a path that they do not have; and
 * the path of a webhook is its secret. What the verdict's text has of the request's URL behind the host, and
 * of its headers, becomes <redacted>. Words that are shorter than any secret stay. */
void redact_verdict(struct verdict *v, const struct request *sent);
