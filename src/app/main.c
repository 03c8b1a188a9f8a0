#include <stdio.h>
#include <unistd.h>

#include "app.h"

int main(int argc, char **argv)
{
    struct options o;
    struct strbuf out = {0};
    struct err err;

    const bool parsed = options_parse(argc, argv, &o, &out, &err);
    if (parsed && out.n != 0) {
        (void)fputs(out.p, stdout);
        strbuf_done(&out);
        options_done(&o);
        return 0;
    }
    if (!parsed || !options_check(&o, &err)) {
        (void)fprintf(stderr, "tocsin: error: %s, try --help\n", err.text);
        options_done(&o);
        return 1;
    }
    log_setup(o.level, o.format);
    int status = app_run(&o);
    options_done(&o);
    return status;
}
