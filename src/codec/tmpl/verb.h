/* One value under one printf verb. */
#pragma once

#include "codec/tmpl.h"

struct verb {
    uint32_t letter; /* the rune behind the flags */
    bool minus, plus, sharp, space, zero;
    bool field_names, go_syntax; /* %+v, %#v: the flags mean something else there, and are not set */
    bool has_width, has_prec;
    int width, prec;
    bool erroring; /* inside %!x(...): String methods are not called */
};

void verb_print(struct tmpl_run *run, struct strbuf *out, struct verb v, struct tval value);
