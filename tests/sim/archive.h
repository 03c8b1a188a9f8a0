/* What stands for the database: records become durable in batches, in order, some time after they were
 * written. A crash takes what is not durable yet, or the end of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/record.h"

struct archive_row {
    uint64_t key; /* a hash of what names it */
    struct record r;
};
struct archive_rows {
    struct archive_row *v;
    size_t n, cap;
};

struct archive_batch {
    struct record *records;
    size_t n;
    mono_ns at;
};

struct archive {
    struct archive_rows latest, disk; /* as the engine believes, and as a crash would find it */
    struct archive_batch *waiting;    /* between the two, oldest first */
    size_t n_waiting, cap_waiting;
    size_t n_batches, n_durable; /* so far */
};

void archive_done(struct archive *s);
/* Takes the records over. False: one deletes what is not there. An empty batch counts, too. */
bool archive_write(struct archive *s, struct record *records, size_t n, mono_ns now) NODISCARD;
/* What was written until then is durable. */
void archive_commit(struct archive *s, mono_ns until);
/* The last `lost` of the waiting batches were not. */
void archive_crash(struct archive *s, size_t lost);

const struct record *archive_alert(const struct archive *s, uint64_t fp); /* the latest row, or NULL */
const struct record *archive_silence(const struct archive *s, const char *id);
const struct record *archive_ledger(const struct archive *s, const char *key);
const struct record *archive_group(const struct archive *s, const char *route_id,
                                   const struct labels *labels);
const struct record *archive_owed(const struct archive *s, const char *key);
