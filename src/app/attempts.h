/* How the notifications to each integration went since the start, for whoever looks at the receivers.
 *
 * Written by the notifier's thread, read by the HTTP loops. An entry stays when its receiver is gone: there
 * are as many as configurations ever named.
 */
#pragma once

#include "core/delivery.h"
#include "http/host.h"

struct attempts;

struct attempts *attempts_new(void);
void attempts_free(struct attempts *a); /* NULL is fine */

void attempts_note(struct attempts *a, const struct delivery *d); /* a finished one */
void attempts_get(struct attempts *a, const struct receiver *r, const struct integration *i,
                  struct integration_status *out);
