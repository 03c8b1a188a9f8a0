/* template.Data from a group that a running server has, for `template render`. */
#pragma once

#include "cli.h"
#include "template_data.h"

/* The one group whose labels match `labels` (as arguments of a query: the first may be a bare alertname), of
 * the receiver named, if one is. As the server's next notification would have it, but that its reason is
 * "unknown", and that links lead to the server as --alertmanager.url names it. More than one group is an
 * error that names some of them. */
bool template_group(struct cli *c, const struct flag_list *labels, const char *receiver,
                    struct template_data *out, struct err *err) NODISCARD;
