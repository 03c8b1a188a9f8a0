#include "tmpl/html.h"

const struct definition *html_escape(struct tmpl_run *run, const struct definition *root)
{
    (void)run;
    return root;
}

bool html_print(struct tmpl_run *run, const struct escape_chain *chain, struct tval value)
{
    (void)chain;
    (void)value;
    return run != NULL;
}
