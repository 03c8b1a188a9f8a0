/* toJson: values as Go's encoding/json writes them. */
#pragma once

#include "codec/tmpl.h"

bool json_print(struct tmpl_run *run, struct strbuf *out, struct tval v, struct err *err) NODISCARD;
