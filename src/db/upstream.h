/* Alertmanager's own state: the files `silences` and `nflog` that it keeps in --storage.path. Whoever starts
 * Tocsin in the directory of an Alertmanager goes on with its silences, and tells nobody again what it told.
 */
#pragma once

#include <stddef.h>

#include "base/str.h"
#include "core/record.h"

/* What was found in a file. */
struct upstream_file {
    size_t taken, skipped;
    char why[160]; /* of the first that was skipped; "" when all were taken */
};

/* Decodes a file's content and gives each record to `each`, which takes it over. A record that makes no sense
 * costs only itself, a file that was cut short only its end. */
void upstream_silences(struct sv content, void (*each)(void *ctx, const struct record *r), void *ctx,
                       struct upstream_file *found);
void upstream_nflog(struct sv content, void (*each)(void *ctx, const struct record *r), void *ctx,
                    struct upstream_file *found);

/* Both files of the directory, if they are there; the log says what was taken over. */
void upstream_import(const char *dir, void (*each)(void *ctx, const struct record *r), void *ctx);
