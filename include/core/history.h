/* Questions to the history: what http asks and db answers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clk.h"
#include "base/str.h"
#include "model/matcher.h"

enum history_list { HISTORY_ALERTS, HISTORY_NOTIFICATIONS, HISTORY_MUTINGS, HISTORY_AUDIT, HISTORY_LISTS };

/* What an item must be to be listed. Zeroed memory but for `limit`: everything. All is borrowed. */
struct history_query {
    enum history_list list;
    struct stamp from, to;         /* both included; `.sec` 0: open */
    int64_t before;                /* the cursor: only older ones than this id; 0: from the newest on */
    size_t limit;                  /* at most so many */
    const struct matchers *filter; /* NULL: none; see http/api_own_history.c for whose labels */
    struct sv kind, receiver;      /* empty: any */
    uint64_t fp;
    bool has_fp;
};

/* JSON objects, one per line, newest first. */
struct history_page {
    struct strbuf lines;
    size_t n;
    int64_t
        next; /* cursor of the next page; 0: there is nothing older. A page may hold fewer items than asked
                 for, even none, and have a next one: a question looks at a limited number of rows */
};
void history_page_done(struct history_page *p);
