#include "lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "secret.h"

void lint_say(struct linter *l, const struct lint_rule *rule, const struct ytree *at, const char *hint,
              const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    decode_warn(l->d, at, rule->severity, rule->name, text, hint);
}

/* ---- inhibition ---- */

static void inhibit_all(struct linter *l, const struct lint_rule *rule, const struct inhibit_rule *r,
                        const struct ytree *at)
{
    if (r->n_equal != 0 || !lint_takes_all(&r->target))
        return;
    lint_say(
        l, rule, at, "narrow target_matchers, or name the labels that have to be equal",
        "one alert that matches the source mutes every other alert: no equal, and every alert is a target");
}

static void inhibit_self(struct linter *l, const struct lint_rule *rule, const struct inhibit_rule *r,
                         const struct ytree *at)
{
    if (lint_implies(&r->source, &r->target) && lint_implies(&r->target, &r->source))
        lint_say(
            l, rule, at, NULL,
            "this rule inhibits nothing: its sources are its targets, and those do not inhibit each other");
}

static void inhibit_never(struct linter *l, const struct lint_rule *rule, const struct inhibit_rule *r,
                          const struct ytree *at)
{
    for (size_t i = 0; i < r->n_equal; i++) {
        const struct istr *source = lint_pinned(&r->source, r->equal[i]);
        const struct istr *target = lint_pinned(&r->target, r->equal[i]);
        if (source != NULL && target != NULL && source != target)
            lint_say(l, rule, at, "take the label out of `equal`",
                     "this rule inhibits nothing: label %.*s has to be equal, but is \"%.*s\" in the source "
                     "and \"%.*s\" in the target",
                     SV_ARG(istr_sv(r->equal[i])), SV_ARG(istr_sv(source)), SV_ARG(istr_sv(target)));
    }
}

/* ---- time intervals ---- */

static bool day_matches(const struct time_spec *spec, int64_t day)
{
    const struct stamp noon = {.sec = day * 86400 + 43200};
    return time_spec_contains(spec, noon);
}

/* Every combination of weekday, month and leap year comes up within 28 years. */
static bool some_day_from(const struct time_spec *days, int year)
{
    const int64_t first = (int64_t)(year - 1970) * 365 + (year - 1969) / 4;
    for (int64_t day = first - 31; day < first + 28 * 366; day++)
        if (day_matches(days, day))
            return true;
    return false;
}

static bool has_empty_list(const struct time_spec *s)
{
    const struct range_list *const lists[] = {&s->times, &s->weekdays, &s->days_of_month, &s->months,
                                              &s->years};
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (lists[i]->present && lists[i]->n == 0)
            return true;
    return false;
}

static bool spec_never(const struct time_spec *s)
{
    struct time_spec days = *s;
    days.times = (struct range_list){0};
    days.location = NULL;
    if (has_empty_list(s))
        return true;
    if (!s->years.present)
        return !some_day_from(&days, 2000);
    for (size_t i = 0; i < s->years.n; i++)
        if (some_day_from(&days, s->years.v[i].begin))
            return false;
    return true;
}

static void interval_never(struct linter *l, const struct lint_rule *rule, const struct time_interval *t,
                           const struct ytree *at)
{
    for (size_t i = 0; i < t->n; i++)
        if (!spec_never(&t->v[i]))
            return;
    lint_say(l, rule, at, NULL, "time interval `%s` never matches", t->name);
}

static void interval_unused(struct linter *l, const struct lint_rule *rule, const struct time_interval *t,
                            const struct ytree *at)
{
    if (!t->used)
        lint_say(l, rule, at, NULL, "nothing uses time interval `%s`", t->name);
}

/* ---- receivers ---- */

static void receiver_unused(struct linter *l, const struct lint_rule *rule, const struct receiver *r,
                            const struct ytree *at)
{
    if (!r->used)
        lint_say(l, rule, at, NULL, "no route uses receiver `%s`", r->name);
}

static bool is_url_kind(enum field_kind kind)
{
    return kind == FIELD_URL || kind == FIELD_SECRET_URL || kind == FIELD_TEMPLATE_URL;
}

static bool is_local(const char *host)
{
    static const char *const names[] = {"localhost", "127.", "[::1]"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strncmp(host, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* http:// to another machine. */
static bool is_plain_http(const char *url)
{
    if (url == NULL || strncmp(url, "http://", 7) != 0)
        return false;
    const char *at = memchr(url, '@', strcspn(url + 7, "/?#") + 7);
    return !is_local(at != NULL ? at + 1 : url + 7);
}

static bool has_user(const char *url)
{
    return memchr(url + 7, '@', strcspn(url + 7, "/?#")) != NULL;
}

static bool has_credentials(const struct http_config *h)
{
    return h != NULL && (h->has_basic_auth || h->has_authorization || h->oauth2 != NULL);
}

static void check_plain_http(struct linter *l, const struct lint_rule *rule, const struct integration *i)
{
    for (const struct field *f = i->type->schema->fields; f->key != NULL; f++) {
        if (!is_url_kind(f->kind))
            continue;
        const char *url = *(char *const *)(const void *)((const char *)i->settings + f->offset);
        if (is_plain_http(url) && (has_user(url) || has_credentials(i->settings->http_config)))
            lint_say(l, rule, decode_at(l->d, i->settings, f->key), "use https://",
                     "credentials go over the network in clear: %s of %s is an http:// URL", f->key,
                     i->type->name);
    }
}

static void plain_http(struct linter *l, const struct lint_rule *rule, const struct receiver *r,
                       const struct ytree *at)
{
    (void)at;
    for (size_t i = 0; i < r->n_integrations; i++)
        check_plain_http(l, rule, &r->integrations[i]);
}

/* ---- keys ---- */

static const struct field *file_variant(const struct schema *s, const char *key)
{
    const size_t n = strlen(key);
    for (const struct field *f = s->fields; f->key != NULL; f++)
        if (strncmp(f->key, key, n) == 0 && strcmp(f->key + n, "_file") == 0)
            return f;
    return NULL;
}

static void secret_inline(struct linter *l, const struct lint_rule *rule, const struct schema *s,
                          const struct field *f, const struct ytree *value)
{
    const bool secret =
        f->kind == FIELD_SECRET || f->kind == FIELD_SECRET_URL || f->kind == FIELD_TEMPLATE_URL;
    const struct field *file = secret ? file_variant(s, f->key) : NULL;
    if (file == NULL || value->kind != YTREE_SCALAR || value->text.n == 0 || decode_is_null(value) ||
        secret_is_reference(value->text))
        return;
    CLEANUP(strbuf_donep) struct strbuf hint = {0};
    strbuf_addf(&hint, "use %s, ${env:NAME} or ${credential:NAME}", file->key);
    lint_say(l, rule, value, hint.p, "%s stands in the file itself", f->key);
}

static void deprecated(struct linter *l, const struct lint_rule *rule, const struct schema *s,
                       const struct field *f, const struct ytree *value)
{
    (void)s;
    if (f->doc != NULL && strncmp(f->doc, "Deprecated: ", 12) == 0)
        lint_say(l, rule, value, f->doc + 12, "%s is deprecated", f->key);
}

static void insecure_tls(struct linter *l, const struct lint_rule *rule, const struct schema *s,
                         const struct field *f, const struct ytree *value)
{
    bool on;
    (void)s;
    if (strcmp(f->key, "insecure_skip_verify") == 0 && ytree_bool(value, &on) && on)
        lint_say(l, rule, value, "set ca_file instead", "any certificate is accepted here");
}

/* ---- all rules ---- */

static const struct lint_rule rules[] = {
    {.name = "repeat-interval",
     .severity = CONFIG_WARNING,
     .doc = "repeat_interval is not above group_interval.",
     .route = lint_repeat},
    {.name = "group-wait",
     .severity = CONFIG_WARNING,
     .doc = "group_wait is above group_interval.",
     .route = lint_group_wait},
    {.name = "route-swallows",
     .severity = CONFIG_WARNING,
     .doc = "A route without continue takes every alert, and others stand behind it.",
     .route = lint_swallows},
    {.name = "route-unreachable",
     .severity = CONFIG_WARNING,
     .doc = "An earlier sibling without continue takes all alerts of this route.",
     .route = lint_unreachable},
    {.name = "route-never",
     .severity = CONFIG_WARNING,
     .doc = "The matchers of a route and its ancestors exclude each other.",
     .route = lint_never},
    {.name = "continue-last",
     .severity = CONFIG_INFO,
     .doc = "continue on the last of its siblings has no effect.",
     .route = lint_continue},
    {.name = "interval-conflict",
     .severity = CONFIG_WARNING,
     .doc = "A route names one interval as active and as mute.",
     .route = lint_same_interval},
    {.name = "inhibit-all",
     .severity = CONFIG_WARNING,
     .doc = "An inhibition without equal has every alert as target.",
     .inhibit = inhibit_all},
    {.name = "inhibit-self",
     .severity = CONFIG_WARNING,
     .doc = "Source and target of an inhibition are the same alerts.",
     .inhibit = inhibit_self},
    {.name = "inhibit-never",
     .severity = CONFIG_WARNING,
     .doc = "A label that has to be equal has different values in source and target.",
     .inhibit = inhibit_never},
    {.name = "interval-never",
     .severity = CONFIG_WARNING,
     .doc = "A time interval contains no time at all.",
     .interval = interval_never},
    {.name = "interval-unused",
     .severity = CONFIG_WARNING,
     .doc = "No route and no receiver names the time interval.",
     .interval = interval_unused},
    {.name = "receiver-unused",
     .severity = CONFIG_WARNING,
     .doc = "No route names the receiver.",
     .receiver = receiver_unused},
    {.name = "plain-http",
     .severity = CONFIG_WARNING,
     .doc = "Credentials are sent to an http:// URL of another machine.",
     .receiver = plain_http},
    {.name = "matcher-grammar", /* told by the decoder, who sees both readings */
     .severity = CONFIG_WARNING,
     .doc = "A matcher means something else, or nothing, in the UTF-8 grammar."},
    {.name = "secret-inline",
     .severity = CONFIG_INFO,
     .doc = "A secret stands in the file although there is a key for a file with it.",
     .node = secret_inline},
    {.name = "deprecated", .severity = CONFIG_INFO, .doc = "The key has a successor.", .node = deprecated},
    {.name = "insecure-tls",
     .severity = CONFIG_INFO,
     .doc = "Certificates are not verified.",
     .node = insecure_tls},
};

static void lint_routes(struct linter *l, const struct route *r, const struct route_file *f)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (rules[i].route != NULL)
            rules[i].route(l, &rules[i], r, f);
    for (size_t i = 0; i < r->n_routes; i++)
        lint_routes(l, r->routes[i], f->routes.v[i]);
}

static void lint_inhibits(struct linter *l)
{
    for (size_t i = 0; i < l->config->n_inhibit_rules; i++) {
        const void *file = l->file->inhibit_rules.v[i];
        for (size_t k = 0; file != NULL && k < COUNT_OF(rules); k++)
            if (rules[k].inhibit != NULL)
                rules[k].inhibit(l, &rules[k], &l->config->inhibit_rules[i],
                                 decode_object_of(l->d, file)->node);
    }
}

/* Compiled, the mute_time_intervals come first. */
static const void *interval_at(const struct linter *l, size_t i)
{
    const size_t mutes = l->file->mute_time_intervals.n;
    return i < mutes ? l->file->mute_time_intervals.v[i] : l->file->time_intervals.v[i - mutes];
}

static void lint_intervals(struct linter *l)
{
    for (size_t i = 0; i < l->config->n_intervals; i++)
        for (size_t k = 0; k < COUNT_OF(rules); k++)
            if (rules[k].interval != NULL)
                rules[k].interval(l, &rules[k], &l->config->intervals[i],
                                  decode_at(l->d, interval_at(l, i), "name"));
}

static void lint_receivers(struct linter *l)
{
    for (size_t i = 0; i < l->config->n_receivers; i++)
        for (size_t k = 0; k < COUNT_OF(rules); k++)
            if (rules[k].receiver != NULL)
                rules[k].receiver(l, &rules[k], l->config->receivers[i],
                                  decode_at(l->d, l->file->receivers.v[i], "name"));
}

static void lint_node(struct linter *l, const struct schema *s, const struct ytree *node);

static void lint_value(struct linter *l, const struct schema *s, const struct field *f,
                       const struct ytree *value)
{
    for (size_t k = 0; k < COUNT_OF(rules); k++)
        if (rules[k].node != NULL)
            rules[k].node(l, &rules[k], s, f, value);
    if (f->sub == NULL)
        return;
    lint_node(l, f->sub, value);
    for (size_t i = 0; value->kind == YTREE_SEQ && i < value->n; i++)
        lint_node(l, f->sub, value->items[i]);
}

static void lint_node(struct linter *l, const struct schema *s, const struct ytree *node)
{
    if (node->kind != YTREE_MAP)
        return;
    for (const struct field *f = s->fields; f->key != NULL; f++) {
        const struct ytree *value = ytree_get(node, f->key);
        if (value != NULL)
            lint_value(l, s, f, value);
    }
}

void lint(struct decoder *d, const struct config_file *f, const struct config *c)
{
    struct linter l = {.d = d, .file = f, .config = c};
    lint_routes(&l, c->root, f->route);
    lint_inhibits(&l);
    lint_intervals(&l);
    lint_receivers(&l);
}

void lint_keys(struct decoder *d, const struct schema *schema, const void *object)
{
    struct linter l = {.d = d};
    const struct object *o = decode_object_of(d, object);
    if (o != NULL) /* an included file may be empty */
        lint_node(&l, schema, o->node);
}

bool config_lint_rule(size_t i, struct config_lint_rule *out)
{
    if (i >= COUNT_OF(rules))
        return false;
    *out = (struct config_lint_rule){rules[i].name, rules[i].doc, rules[i].severity};
    return true;
}
