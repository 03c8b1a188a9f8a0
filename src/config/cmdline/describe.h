/* Pieces of help texts, shared by the terminal's help and the manual page. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/cmdline.h"

/* Paragraphs filled to the width; lines that start with a blank stay as they are. */
void describe_text(const char *text, size_t indent, size_t width, struct strbuf *out);
/* "-o, --output=simple"; with_no: "--[no-]quiet" for booleans. */
void describe_flag(const struct flag *f, bool with_no, struct strbuf *out);
/* " --text=TEXT [<flags>] [<labels>...]": what follows the name in a usage line. */
void describe_usage(const struct command *c, struct strbuf *out);
