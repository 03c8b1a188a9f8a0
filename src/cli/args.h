/* Arguments that are matchers, labels, times and durations, with amtool's rules (config.md 18.1, 18.2). */
#pragma once

#include "api.h"
#include "cli.h"

/* Arguments as matchers. With `may_be_name` the first may be a bare alertname: what does not parse becomes
 * alertname="<arg>". Fallbacks to the classic grammar are told on standard error. The caller drops *ms, also
 * after an error. */
bool args_matchers(struct cli *c, const struct flag_list *list, bool may_be_name, struct matchers *ms,
                   struct err *err) NODISCARD;

/* The same for name=value only: "labels must be specified as key=value pairs", with `what` in front. Lives in
 * the command's memory; a name given twice has its last value. */
bool args_pairs(struct cli *c, const struct flag_list *list, bool may_be_name, const char *what,
                struct pairs_sv *out, struct err *err) NODISCARD;

/* Of matchers that are there already. */
bool args_pairs_of(struct cli *c, const struct matchers *ms, const char *what, struct pairs_sv *out,
                   struct err *err) NODISCARD;

/* RFC 3339. NULL leaves *t as it is. */
bool args_time(const char *text, struct stamp *t, struct err *err) NODISCARD;
/* The form of the API, in the command's memory. */
struct api_time args_api_time(struct cli *c, struct stamp t);

/* Who runs the program; in the command's memory, "" when that is not known. */
struct sv args_user_name(struct cli *c);

/* "?name=value&..." */
void args_query(struct strbuf *out, const char *name, struct sv value);
/* The arguments as filters, as they were written; the server parses them. Only the first is looked at: it may
 * be a bare alertname. */
void args_query_filters(struct cli *c, struct strbuf *out);
void args_query_matchers(struct strbuf *out, const char *name, const struct matchers *ms);
