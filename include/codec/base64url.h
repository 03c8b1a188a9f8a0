/* base64 with the URL-safe alphabet and padding, and Go's error positions. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

void base64url_add(struct strbuf *out, struct sv in);
bool base64url_decode(struct strbuf *out, struct sv in, struct err *err) NODISCARD;
