/* GET /: a plain page that says what runs here and where to look. */
#include "api.h"
#include "codec/htmlesc.h"
#include "codec/rfc3339.h"
#include "reply.h"

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Alertmanager</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark; }\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }\n"
    "h1 { font-size: 1.5rem; margin-bottom: 0; }\n"
    "h2 { font-size: 1rem; margin-top: 2rem; }\n"
    "dl { display: grid; grid-template-columns: 10rem 1fr; gap: .25rem 1rem; }\n"
    "dt { opacity: .7; }\n"
    "dd { margin: 0; font-variant-numeric: tabular-nums; }\n"
    "li { margin: .25rem 0; }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>Tocsin</h1>\n"
    "<p>An alert router that speaks Alertmanager's language.</p>\n";

static const char links[] = "<h2>Now</h2>\n"
                            "<ul>\n"
                            "<li><a href=\"api/v2/alerts/groups\">Alert groups</a></li>\n"
                            "<li><a href=\"api/v2/alerts\">Alerts</a></li>\n"
                            "<li><a href=\"api/v2/silences\">Silences</a></li>\n"
                            "<li><a href=\"api/v2/receivers\">Receivers</a></li>\n"
                            "<li><a href=\"api/v2/status\">Status and configuration</a></li>\n"
                            "</ul>\n"
                            "<h2>Operation</h2>\n"
                            "<ul>\n"
                            "<li><a href=\"metrics\">Metrics</a></li>\n"
                            "<li><a href=\"-/healthy\">Healthy</a>, <a href=\"-/ready\">ready</a></li>\n"
                            "</ul>\n"
                            "</body>\n"
                            "</html>\n";

static void add_text(struct strbuf *out, const char *term, const char *text)
{
    strbuf_addf(out, "<dt>%s</dt><dd>", term);
    htmlesc_add(out, sv_of(text));
    strbuf_adds(out, "</dd>\n");
}

static void add_count(struct strbuf *out, const char *term, size_t n)
{
    strbuf_addf(out, "<dt>%s</dt><dd>%zu</dd>\n", term, n);
}

static void add_state(struct strbuf *out, const struct exchange *x)
{
    const struct host *host = host_of(x);
    struct engine_stats stats;
    engine_stats(host->read_begin(host->ctx), host->now(host->ctx), &stats);
    host->read_end(host->ctx);
    add_count(out, "Alerts", stats.alerts);
    add_count(out, "Alert groups", stats.groups);
    add_count(out, "Active silences", stats.silences_active);
    add_count(out, "Receivers in use", stats.receivers);
}

void manage_index(struct exchange *x)
{
    const struct http_opts *opts = &server_of(x)->opts;
    char started[STAMP_TEXT_MAX];
    stamp_print_ms(opts->started_at, started);
    struct strbuf page = {0};
    strbuf_adds(&page, head);
    strbuf_adds(&page, "<dl>\n");
    add_text(&page, "API version", opts->version);
    add_text(&page, "Revision", opts->revision);
    add_text(&page, "Running since", started);
    add_text(&page, "Cluster", opts->cluster_status);
    add_state(&page, x);
    strbuf_adds(&page, "</dl>\n");
    strbuf_adds(&page, links);
    reply_header(x, "Cache-Control", "no-cache, no-store, must-revalidate");
    reply_header(x, "Pragma", "no-cache");
    reply_header(x, "Expires", "0");
    reply_buffer(x, 200, "text/html; charset=utf-8", &page);
}
