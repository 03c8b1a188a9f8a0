/* A small data model for template tests, read from the JSON of a data file (templates.md 12). */
#pragma once

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/rfc3339.h"
#include "codec/tmpl.h"

struct test_kv {
    const struct sv *names, *values; /* sorted by name */
    size_t n;
};

struct test_alert {
    struct sv status, generator_url, fingerprint;
    struct test_kv labels, annotations;
    struct stamp starts_at, ends_at;
};

struct test_alerts {
    const struct test_alert *v;
    size_t n;
};

struct test_data {
    struct sv receiver, status, reason, external_url;
    struct test_alerts alerts;
    struct test_kv group_labels, common_labels, common_annotations, route_labels, actions;
};

/* ---- label sets ---- */

static const struct tmap_type test_kv_type;

static struct tval test_kv_value(const struct test_kv *kv)
{
    return (struct tval){.kind = TVAL_MAP, .map = {&test_kv_type, kv}};
}

static size_t test_kv_len(const void *p)
{
    return ((const struct test_kv *)p)->n;
}

static struct sv test_kv_key(const void *p, size_t i)
{
    return ((const struct test_kv *)p)->names[i];
}

static struct tval test_kv_get(struct tmpl_run *run, const void *p, struct sv key, bool *found)
{
    const struct test_kv *kv = p;
    (void)run;
    *found = false;
    for (size_t i = 0; i < kv->n; i++)
        if (sv_eq(kv->names[i], key)) {
            *found = true;
            return tval_str(kv->values[i]);
        }
    return tval_str(SV(""));
}

/* "alertname" first, then by name: the indexes of a label set in the order templates see. */
static size_t *test_kv_order(struct arena *mem, const struct test_kv *kv)
{
    size_t *order = ARENA_ARRAY(mem, size_t, kv->n + 1);
    size_t n = 0;
    if (order == NULL)
        return NULL;
    for (size_t i = 0; i < kv->n; i++)
        if (sv_eq(kv->names[i], SV("alertname")))
            order[n++] = i;
    for (size_t i = 0; i < kv->n; i++)
        if (!sv_eq(kv->names[i], SV("alertname")))
            order[n++] = i;
    return order;
}

static bool test_out_of_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "out of memory");
}

struct test_pair {
    struct sv name, value;
};

static struct tval test_pair_name(struct tmpl_run *run, const void *p)
{
    (void)run;
    return tval_str(((const struct test_pair *)p)->name);
}

static struct tval test_pair_value(struct tmpl_run *run, const void *p)
{
    (void)run;
    return tval_str(((const struct test_pair *)p)->value);
}

static const struct tfield test_pair_fields[] = {
    {.name = "Name", .get = test_pair_name},
    {.name = "Value", .get = test_pair_value},
    {.name = NULL},
};
static const struct tobj_type test_pair_type = {"template.Pair", test_pair_fields, NULL};

/* Names, Values and String are the same for label sets and pairs; `p` is the label set of both. */
static bool test_kv_column(struct tmpl_run *run, const struct test_kv *kv, bool values, struct tval *ret,
                           struct err *err)
{
    const size_t *order = test_kv_order(tmpl_run_arena(run), kv);
    struct sv *v = ARENA_ARRAY(tmpl_run_arena(run), struct sv, kv->n + 1);
    if (order == NULL || v == NULL)
        return test_out_of_memory(err);
    for (size_t i = 0; i < kv->n; i++)
        v[i] = (values ? kv->values : kv->names)[order[i]];
    *ret = tval_strings(run, v, kv->n);
    return ret->kind != TVAL_NIL || test_out_of_memory(err);
}

static const struct test_kv *test_kv_of(struct tval self)
{
    return self.kind == TVAL_MAP ? self.map.p : self.list.p;
}

static bool test_kv_names(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                          struct tval *ret, struct err *err)
{
    (void)args;
    (void)n_args;
    return test_kv_column(run, test_kv_of(self), false, ret, err);
}

static bool test_kv_values(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                           struct tval *ret, struct err *err)
{
    (void)args;
    (void)n_args;
    return test_kv_column(run, test_kv_of(self), true, ret, err);
}

static bool test_kv_string(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                           struct tval *ret, struct err *err)
{
    const struct test_kv *kv = test_kv_of(self);
    const size_t *order = test_kv_order(tmpl_run_arena(run), kv);
    struct strbuf out CLEANUP(strbuf_donep) = {0};
    (void)args;
    (void)n_args;
    for (size_t i = 0; order != NULL && i < kv->n; i++)
        strbuf_addf(&out, "%s%.*s=%.*s", i != 0 ? ", " : "", SV_ARG(kv->names[order[i]]),
                    SV_ARG(kv->values[order[i]]));
    const char *p = arena_strndup(tmpl_run_arena(run), out.p, out.n);
    *ret = tval_str((struct sv){p, out.n});
    return p != NULL || test_out_of_memory(err);
}

static size_t test_pairs_len(const void *p)
{
    return ((const struct test_kv *)p)->n;
}

static struct tval test_pairs_at(struct tmpl_run *run, const void *p, size_t i)
{
    const struct test_kv *kv = p;
    const size_t *order = test_kv_order(tmpl_run_arena(run), kv);
    struct test_pair *pair = ARENA_NEW(tmpl_run_arena(run), struct test_pair);
    if (order == NULL || pair == NULL)
        return (struct tval){.kind = TVAL_NIL};
    *pair = (struct test_pair){kv->names[order[i]], kv->values[order[i]]};
    return (struct tval){.kind = TVAL_OBJECT, .obj = {&test_pair_type, pair}};
}

static const struct tmethod test_pairs_methods[] = {
    {.name = "Names", .call = test_kv_names},
    {.name = "Values", .call = test_kv_values},
    {.name = "String", .call = test_kv_string},
    {.name = NULL},
};
static const struct tlist_type test_pairs_type = {"template.Pairs", test_pairs_len, test_pairs_at,
                                                  test_pairs_methods};

static bool test_kv_sorted_pairs(struct tmpl_run *run, struct tval self, const struct tval *args,
                                 size_t n_args, struct tval *ret, struct err *err)
{
    (void)run;
    (void)args;
    (void)n_args;
    (void)err;
    *ret = (struct tval){.kind = TVAL_LIST, .list = {&test_pairs_type, self.map.p}};
    return true;
}

static bool test_list_has(struct tmpl_run *run, struct tval list, struct sv s)
{
    for (size_t i = 0; i < list.list.type->len(list.list.p); i++)
        if (sv_eq(list.list.type->at(run, list.list.p, i).s, s))
            return true;
    return false;
}

static bool test_kv_remove(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                           struct tval *ret, struct err *err)
{
    const struct test_kv *kv = self.map.p;
    struct arena *mem = tmpl_run_arena(run);
    struct test_kv *left = ARENA_NEW(mem, struct test_kv);
    struct sv *names = ARENA_ARRAY(mem, struct sv, kv->n + 1),
              *values = ARENA_ARRAY(mem, struct sv, kv->n + 1);
    (void)n_args;
    if (left == NULL || names == NULL || values == NULL)
        return test_out_of_memory(err);
    *left = (struct test_kv){names, values, 0};
    for (size_t i = 0; i < kv->n; i++)
        if (!test_list_has(run, args[0], kv->names[i])) {
            names[left->n] = kv->names[i];
            values[left->n++] = kv->values[i];
        }
    *ret = test_kv_value(left);
    return true;
}

static const struct tmethod test_kv_methods[] = {
    {.name = "SortedPairs", .call = test_kv_sorted_pairs},
    {.name = "Names", .call = test_kv_names},
    {.name = "Values", .call = test_kv_values},
    {.name = "String", .call = test_kv_string},
    {.name = "Remove", .min_args = 1, .max_args = 1, .call = test_kv_remove, .params = "S"},
    {.name = NULL},
};
static const struct tmap_type test_kv_type = {
    .go_type = "template.KV",
    .len = test_kv_len,
    .key = test_kv_key,
    .get = test_kv_get,
    .methods = test_kv_methods,
    .zero = {.kind = TVAL_STR, .s = {"", 0}},
};

/* ---- alerts ---- */

#define TEST_FIELD(type, fn, value)                                                                          \
    static struct tval fn(struct tmpl_run *run, const void *p)                                               \
    {                                                                                                        \
        const struct type *x = p;                                                                            \
        (void)run;                                                                                           \
        return value;                                                                                        \
    }

TEST_FIELD(test_alert, test_alert_status, tval_str(x->status))
TEST_FIELD(test_alert, test_alert_labels, test_kv_value(&x->labels))
TEST_FIELD(test_alert, test_alert_annotations, test_kv_value(&x->annotations))
TEST_FIELD(test_alert, test_alert_starts, tval_time(x->starts_at))
TEST_FIELD(test_alert, test_alert_ends, tval_time(x->ends_at))
TEST_FIELD(test_alert, test_alert_url, tval_str(x->generator_url))
TEST_FIELD(test_alert, test_alert_fingerprint, tval_str(x->fingerprint))

static const struct tfield test_alert_fields[] = {
    {"Status", test_alert_status, "status"},
    {"Labels", test_alert_labels, "labels"},
    {"Annotations", test_alert_annotations, "annotations"},
    {"StartsAt", test_alert_starts, "startsAt"},
    {"EndsAt", test_alert_ends, "endsAt"},
    {"GeneratorURL", test_alert_url, "generatorURL"},
    {"Fingerprint", test_alert_fingerprint, "fingerprint"},
    {.name = NULL},
};
static const struct tobj_type test_alert_type = {"template.Alert", test_alert_fields, NULL};

static size_t test_alerts_len(const void *p)
{
    return ((const struct test_alerts *)p)->n;
}

static struct tval test_alerts_at(struct tmpl_run *run, const void *p, size_t i)
{
    (void)run;
    return (struct tval){.kind = TVAL_OBJECT,
                         .obj = {&test_alert_type, &((const struct test_alerts *)p)->v[i]}};
}

static const struct tlist_type test_alert_list_type = {"[]template.Alert", test_alerts_len, test_alerts_at,
                                                       NULL};

static bool test_alerts_with(struct tmpl_run *run, struct tval self, struct sv status, struct tval *ret,
                             struct err *err)
{
    const struct test_alerts *all = self.list.p;
    struct test_alerts *some = ARENA_NEW(tmpl_run_arena(run), struct test_alerts);
    struct test_alert *v = ARENA_ARRAY(tmpl_run_arena(run), struct test_alert, all->n + 1);
    if (some == NULL || v == NULL)
        return test_out_of_memory(err);
    *some = (struct test_alerts){v, 0};
    for (size_t i = 0; i < all->n; i++)
        if (sv_eq(all->v[i].status, status))
            v[some->n++] = all->v[i];
    *ret = (struct tval){.kind = TVAL_LIST, .list = {&test_alert_list_type, some}};
    return true;
}

static bool test_alerts_firing(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                               struct tval *ret, struct err *err)
{
    (void)args;
    (void)n_args;
    return test_alerts_with(run, self, SV("firing"), ret, err);
}

static bool test_alerts_resolved(struct tmpl_run *run, struct tval self, const struct tval *args,
                                 size_t n_args, struct tval *ret, struct err *err)
{
    (void)args;
    (void)n_args;
    return test_alerts_with(run, self, SV("resolved"), ret, err);
}

static const struct tmethod test_alerts_methods[] = {
    {.name = "Firing", .call = test_alerts_firing},
    {.name = "Resolved", .call = test_alerts_resolved},
    {.name = NULL},
};
static const struct tlist_type test_alerts_type = {"template.Alerts", test_alerts_len, test_alerts_at,
                                                   test_alerts_methods};

/* ---- data ---- */

TEST_FIELD(test_data, test_data_receiver, tval_str(x->receiver))
TEST_FIELD(test_data, test_data_status, tval_str(x->status))
TEST_FIELD(test_data, test_data_alerts,
           ((struct tval){.kind = TVAL_LIST, .list = {&test_alerts_type, &x->alerts}}))
TEST_FIELD(test_data, test_data_reason, tval_str(x->reason))
TEST_FIELD(test_data, test_data_group_labels, test_kv_value(&x->group_labels))
TEST_FIELD(test_data, test_data_common_labels, test_kv_value(&x->common_labels))
TEST_FIELD(test_data, test_data_common_annotations, test_kv_value(&x->common_annotations))
TEST_FIELD(test_data, test_data_route_labels, test_kv_value(&x->route_labels))
TEST_FIELD(test_data, test_data_url, tval_str(x->external_url))
TEST_FIELD(test_data, test_data_actions, test_kv_value(&x->actions))

static const struct tfield test_data_fields[] = {
    {"Receiver", test_data_receiver, "receiver"},
    {"Status", test_data_status, "status"},
    {"Alerts", test_data_alerts, "alerts"},
    {"NotificationReason", test_data_reason, "notification_reason"},
    {"GroupLabels", test_data_group_labels, "groupLabels"},
    {"CommonLabels", test_data_common_labels, "commonLabels"},
    {"CommonAnnotations", test_data_common_annotations, "commonAnnotations"},
    {"RouteLabels", test_data_route_labels, "routeLabels"},
    {"ExternalURL", test_data_url, "externalURL"},
    {"Actions", test_data_actions, .hidden = true},
    {.name = NULL},
};
static const struct tobj_type test_data_type = {"template.Data", test_data_fields, NULL};

/* ---- reading ---- */

static struct sv test_json_text(struct arena *mem, const json_t *value)
{
    const char *s = json_is_string(value) ? json_string_value(value) : "";
    return (struct sv){arena_strndup(mem, s, strlen(s)), strlen(s)};
}

static int test_kv_by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct test_kv test_json_kv(struct arena *mem, json_t *object)
{
    const size_t n = json_object_size(object);
    const char **keys = ARENA_ARRAY(mem, const char *, n + 1);
    struct sv *names = ARENA_ARRAY(mem, struct sv, n + 1), *values = ARENA_ARRAY(mem, struct sv, n + 1);
    size_t i = 0;
    for (void *it = json_object_iter(object); it != NULL; it = json_object_iter_next(object, it))
        keys[i++] = json_object_iter_key(it);
    qsort(keys, n, sizeof *keys, test_kv_by_name);
    for (i = 0; i < n; i++) {
        names[i] = (struct sv){arena_strndup(mem, keys[i], strlen(keys[i])), strlen(keys[i])};
        values[i] = test_json_text(mem, json_object_get(object, keys[i]));
    }
    return (struct test_kv){names, values, n};
}

static struct stamp test_json_time(const json_t *value)
{
    struct stamp t;
    struct err err;
    return json_is_string(value) && stamp_parse_rfc3339(sv_of(json_string_value(value)), &t, &err)
               ? t
               : STAMP_UNSET;
}

static struct test_alerts test_json_alerts(struct arena *mem, const json_t *array)
{
    const size_t n = json_array_size(array);
    struct test_alert *v = ARENA_ARRAY(mem, struct test_alert, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *a = json_array_get(array, i);
        v[i] = (struct test_alert){
            .status = test_json_text(mem, json_object_get(a, "status")),
            .generator_url = test_json_text(mem, json_object_get(a, "generatorURL")),
            .fingerprint = test_json_text(mem, json_object_get(a, "fingerprint")),
            .labels = test_json_kv(mem, json_object_get(a, "labels")),
            .annotations = test_json_kv(mem, json_object_get(a, "annotations")),
            .starts_at = test_json_time(json_object_get(a, "startsAt")),
            .ends_at = test_json_time(json_object_get(a, "endsAt")),
        };
    }
    return (struct test_alerts){v, n};
}

/* The data of a JSON document, in `mem`; it is trusted to have the right shape. */
static inline struct tval test_data_from_json(struct arena *mem, json_t *root)
{
    struct test_data *d = ARENA_NEW(mem, struct test_data);
    *d = (struct test_data){
        .receiver = test_json_text(mem, json_object_get(root, "receiver")),
        .status = test_json_text(mem, json_object_get(root, "status")),
        .reason = test_json_text(mem, json_object_get(root, "notification_reason")),
        .external_url = test_json_text(mem, json_object_get(root, "externalURL")),
        .alerts = test_json_alerts(mem, json_object_get(root, "alerts")),
        .group_labels = test_json_kv(mem, json_object_get(root, "groupLabels")),
        .common_labels = test_json_kv(mem, json_object_get(root, "commonLabels")),
        .common_annotations = test_json_kv(mem, json_object_get(root, "commonAnnotations")),
        .route_labels = test_json_kv(mem, json_object_get(root, "routeLabels")),
        .actions = test_json_kv(mem, json_object_get(root, "actions")),
    };
    return (struct tval){.kind = TVAL_OBJECT, .obj = {&test_data_type, d}};
}
