/* template.Data from a JSON file, for `template render` (templates.md 14). */
#pragma once

#include "api.h"
#include "cli.h"
#include "codec/tmpl.h"

struct template_alert {
    struct sv status, generator_url, fingerprint;
    struct pairs_sv labels, annotations;
    struct api_time starts_at, ends_at;
};
struct template_data {
    struct sv receiver, status, reason, external_url;
    struct template_alert *alerts;
    size_t n_alerts;
    struct pairs_sv group_labels, common_labels, common_annotations, route_labels, actions;
};

/* Keys in any letter case; unknown ones are left out, missing parts are empty. Text is borrowed from `json`.
 */
bool template_data_read(struct sv json, struct arena *mem, struct template_data *out,
                        struct err *err) NODISCARD;
/* The same from a file. */
bool template_data_file(struct cli *c, const char *path, struct template_data *out,
                        struct err *err) NODISCARD;
/* Two made-up alerts, as amtool has them. */
void template_data_sample(struct template_data *out, struct stamp now, struct arena *mem);

struct tval template_data_tval(const struct template_data *data);
