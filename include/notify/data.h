/* template.Data: what templates and the webhook body see of a delivery (templates.md 5, receivers.md A2). */
#pragma once

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/tmpl.h"
#include "core/action_link.h"
#include "core/delivery.h"

struct notify_data {
    const struct delivery *delivery;
    size_t n_alerts;    /* the first n of the delivery (max_alerts); status and common sets are computed from
                           these */
    struct sv receiver; /* regexp-quoted, as upstream has it */
    bool firing;
    enum notify_reason reason;
    struct label_sv *common_labels, *common_annotations, *route_labels; /* sorted by name */
    size_t n_common_labels, n_common_annotations, n_route_labels;
    const char *external_url;
    struct label_sv *actions; /* name and URL of links to act by: notify_data_add_actions() */
    size_t n_actions;
    /* Whom a DingTalk robot calls: only the templates of prometheus-webhook-dingtalk know that. NULL: the
     * data does not say. */
    const struct sv *at_mobiles;
    size_t n_at_mobiles;
};

/* Route labels are rendered here (a failing one is left out). max_alerts 0: all. NULL past the arena's
 * ceiling.
 */
struct notify_data *notify_data_new(const struct delivery *d, size_t max_alerts, const char *external_url,
                                    struct now now, struct arena *mem);
/* A receiver's name as templates see it: quoted for regular expressions. Empty past the arena's ceiling. */
struct sv notify_data_receiver(struct sv name, struct arena *mem);
/* Adds signed links to acknowledge or silence the group, which end after `lifetime`: the template value
 * .Actions, with Ack, Silence1h, Silence4h and SilenceResolved. None for what is resolved, and for samples.
 * False past the arena's ceiling. */
bool notify_data_add_actions(struct notify_data *data, const struct action_keys *keys, dur_ns lifetime,
                             struct now now, struct arena *mem) NODISCARD;
/* The data as a template's dot. */
struct tval notify_data_tval(const struct notify_data *data);

/* The webhook's JSON document, byte-compatible, with the newline; `version` is that of the format, "4". */
void notify_data_webhook(const struct notify_data *data, struct sv version, size_t truncated,
                         struct strbuf *out);
