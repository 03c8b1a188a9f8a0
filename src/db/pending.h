/* Records whose transaction failed, kept until the disk takes them: of each key the latest.
 *
 * The writer empties it before it writes anything newer, so memory and disk agree again as soon as writing
 * works. What bounds it is the number of distinct keys changed while it does not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "base/str.h"
#include "core/record.h"

struct pending_item {
    struct pending_item *next;
    struct record record;
    size_t n_key;
    char key[];
};

struct pending {
    struct pending_item *head, **tail; /* in the order in which the keys first failed */
    struct strmap by_key;
    size_t n;
    struct strbuf key; /* scratch */
};

void pending_init(struct pending *p);
void pending_done(struct pending *p);

void pending_add(struct pending *p, const struct record *r); /* takes a reference of its own */
void pending_drop(struct pending *p, size_t n);              /* the first n are written */
