#include "core/history.h"

void history_page_done(struct history_page *p)
{
    strbuf_done(&p->lines);
    *p = (struct history_page){0};
}
