#include "loader.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "notify/receiver.h"

#define MAX_WARNINGS 20 /* of one load: tocsinctl config lint shows the rest */

struct loader {
    const struct options *o;
    char *include_store;
};

struct loader *loader_new(const struct options *o)
{
    struct loader *l = xcalloc(1, sizeof(*l));
    struct strbuf path = {0};
    strbuf_addf(&path, "%s/include", o->storage_path);
    *l = (struct loader){o, strbuf_take(&path)};
    return l;
}

void loader_free(struct loader *l)
{
    if (l == NULL)
        return;
    free(l->include_store);
    free(l);
}

static void log_finding(void *ctx, const struct config_finding *f)
{
    size_t *warnings = ctx;
    CLEANUP(strbuf_donep) struct strbuf at = {0}, line = {0};
    const char *hint = f->hint != NULL ? f->hint : "";
    strbuf_addf(&at, "%s:%d:%d", f->file, f->line, f->col);
    config_finding_line(f, &line);
    if (f->severity == CONFIG_ERROR)
        log_error("Configuration error", "at", at.p, "err", f->text, "line", line.p != NULL ? line.p : "",
                  "hint", hint);
    else if (f->severity == CONFIG_WARNING && (*warnings)++ < MAX_WARNINGS)
        log_warn("Configuration warning", "at", at.p, "rule", f->rule, "text", f->text, "hint", hint);
}

static void log_rest(size_t warnings)
{
    CLEANUP(strbuf_donep) struct strbuf rest = {0};
    if (warnings <= MAX_WARNINGS)
        return;
    strbuf_addf(&rest, "%zu", warnings - MAX_WARNINGS);
    log_warn("More configuration warnings: tocsinctl config lint shows them", "more", rest.p);
}

const struct config *loader_load(struct loader *l, struct err *err)
{
    size_t warnings = 0;
    const struct config_env env = {
        .receivers = receiver_schemas(),
        .matcher_mode = l->o->features.matcher_mode,
        .expand_secrets = true,
        .lint = true,
        .follow_includes = true,
        .include_store = l->include_store,
        .report = log_finding,
        .ctx = &warnings,
    };
    struct config *c = config_load_file(l->o->config_file, &env, NULL, err);
    log_rest(warnings);
    if (c != NULL && (!config_load_templates(c, err) || !config_check_tls_files(c, err))) {
        config_unref(c);
        return NULL;
    }
    return c;
}

static void log_receivers(const struct config *c)
{
    for (size_t i = 0; i < c->n_receivers; i++)
        if (!c->receivers[i]->used)
            log_info("skipping creation of receiver not referenced by any route", "receiver",
                     c->receivers[i]->name);
}

static void warn_retention(const struct config *c, dur_ns retention)
{
    for (size_t i = 0; i < c->n_routes; i++)
        if (c->routes[i]->repeat_interval > retention)
            log_warn("repeat_interval is greater than the data retention period. It can lead to "
                     "notifications being repeated more often than expected.",
                     "route", c->routes[i]->key);
}

static const char *state_text(enum include_state s)
{
    static const char *const texts[] = {"current", "last_good", "left_out"};
    return texts[s];
}

static void log_includes(const struct config *c)
{
    for (size_t i = 0; i < c->n_includes; i++)
        if (c->includes[i].state != INCLUDE_CURRENT)
            log_error("Included file is broken", "file", c->includes[i].path, "in_force",
                      state_text(c->includes[i].state), "err", c->includes[i].why);
}

static void count_includes(const struct config *c, struct metrics *m)
{
    static const char *const labels[] = {"state", NULL};
    struct metric_family *family = metric_family(
        m, METRIC_GAUGE, "tocsin_config_included_files",
        "Included configuration files, by which version is in force: current, last_good, left_out "
        "(of a broken file that has no good version).",
        labels);
    double n[INCLUDE_LEFT_OUT + 1] = {0};
    for (size_t i = 0; i < c->n_includes; i++)
        n[c->includes[i].state]++;
    for (enum include_state s = INCLUDE_CURRENT; s <= INCLUDE_LEFT_OUT; s++)
        metric_set(metric_with(family, &(const char *){state_text(s)}), n[s]);
}

void loader_announce(struct loader *l, const struct config *c, struct metrics *metrics)
{
    struct err err;
    log_receivers(c);
    warn_retention(c, l->o->data_retention);
    log_includes(c);
    if (!config_store_includes(c, l->include_store, &err))
        log_error("Cannot keep the included files as last good versions", "err", err.text);
    count_includes(c, metrics);
}

void loader_explain(const struct config *c, struct strbuf *out)
{
    for (size_t i = 0; i < c->n_includes; i++)
        if (c->includes[i].state != INCLUDE_CURRENT)
            strbuf_addf(out, "%s: %s; %s\n", c->includes[i].path,
                        c->includes[i].state == INCLUDE_LAST_GOOD ? "its last good version stays in force"
                                                                  : "left out",
                        c->includes[i].why);
}
