/* GET /api/v2/status and /api/v2/receivers. */
#include <stdlib.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "codec/jw.h"
#include "codec/rfc3339.h"
#include "core/view.h"
#include "filters.h"
#include "reply.h"

static void write_cluster(struct jw *w, const struct http_opts *opts)
{
    jw_key(w, SV("cluster"));
    jw_object(w);
    jw_key(w, SV("peers"));
    jw_array(w);
    jw_end(w);
    jw_kstr(w, SV("status"), sv_of(opts->cluster_status));
    jw_end(w);
}

static void write_version(struct jw *w, const struct http_opts *opts)
{
    jw_key(w, SV("versionInfo"));
    jw_object(w);
    jw_kstr(w, SV("branch"), sv_of(opts->branch));
    jw_kstr(w, SV("buildDate"), sv_of(opts->build_date));
    jw_kstr(w, SV("buildUser"), sv_of(opts->build_user));
    jw_kstr(w, SV("goVersion"), SV(SERVER_GO_VERSION));
    jw_kstr(w, SV("revision"), sv_of(opts->revision));
    jw_kstr(w, SV("version"), sv_of(opts->version));
    jw_end(w);
}

void api_status_get(struct exchange *x)
{
    const struct http_opts *opts = &server_of(x)->opts;
    const struct config *config = exchange_config(x);
    char uptime[STAMP_TEXT_MAX];
    const size_t n = stamp_print_ms(opts->started_at, uptime);
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    write_cluster(&w, opts);
    jw_key(&w, SV("config"));
    jw_object(&w);
    jw_kstr(&w, SV("original"), sv_of(config->original));
    jw_end(&w);
    jw_kstr(&w, SV("uptime"), (struct sv){uptime, n});
    write_version(&w, opts);
    jw_end(&w);
    config_unref(config);
    reply_json(x, &out);
}

static struct labels *labels_of(const struct receiver *r)
{
    struct label_sv *pairs = xcalloc(r->labels.n, sizeof *pairs);
    for (size_t i = 0; i < r->labels.n; i++)
        pairs[i] = (struct label_sv){sv_of(r->labels.v[i].name), sv_of(r->labels.v[i].value)};
    struct labels *ls = labels_new(pairs, r->labels.n);
    free(pairs);
    return ls;
}

static void write_receiver(struct jw *w, const struct receiver *r, const struct matchers *wanted)
{
    CLEANUP(labels_unrefp) struct labels *ls = labels_of(r);
    if (!matchers_filter(wanted, ls))
        return;
    jw_object(w);
    jw_key(w, SV("labels"));
    labels_write_json(w, ls);
    jw_kstr(w, SV("name"), sv_of(r->name));
    jw_end(w);
}

void api_receivers_get(struct exchange *x)
{
    struct query q;
    struct matchers wanted;
    struct err err;
    if (!query_of(x, &q))
        return;
    if (!filters_read(&q, "receiver_matchers", server_of(x)->opts.matcher_mode, &wanted, &err)) {
        (void)err_wrap(&err, "failed to parse receiver_matchers param");
        reply_error_string(x, 400, sv_of(err.text));
        return;
    }
    const struct config *config = exchange_config(x);
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_array(&w);
    for (size_t i = 0; i < config->n_receivers; i++)
        write_receiver(&w, config->receivers[i], &wanted);
    jw_end(&w);
    config_unref(config);
    matchers_done(&wanted);
    reply_json(x, &out);
}
