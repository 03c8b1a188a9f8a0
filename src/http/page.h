/* What the small pages for telephones share: the frame, light and dark, and how a time reads. */
#pragma once

#include "base/clk.h"
#include "base/str.h"

/* `language` is its tag, "en"; `title` is HTML. */
void page_head(struct strbuf *out, const char *language, const char *title);
void page_foot(struct strbuf *out);
void page_time(struct strbuf *out, struct stamp t); /* "11-21 03:04" where the server is */
