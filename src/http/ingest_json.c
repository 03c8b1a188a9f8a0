#include "ingest_json.h"

#include <stdio.h>
#include <string.h>

#include "codec/goquote.h"
#include "codec/jr.h"
#include "codec/url.h"
#include "json_in.h"

enum { ANNOTATIONS, ENDS_AT, STARTS_AT, GENERATOR_URL, LABELS };
static const char *const fields[] = {"annotations", "endsAt", "startsAt", "generatorURL", "labels", NULL};

static bool read_field(struct jr *r, int field, struct ingest_alert *a, struct json_map *labels,
                       struct json_map *annotations)
{
    bool present;
    switch (field) {
    case ANNOTATIONS:
        return json_map(r, annotations);
    case ENDS_AT:
        return json_stamp(r, &a->ends_at, &present);
    case STARTS_AT:
        return json_stamp(r, &a->starts_at, &present);
    case GENERATOR_URL:
        return json_string(r, &a->generator_url);
    case LABELS:
        return json_map(r, labels);
    default:
        return jr_skip(r);
    }
}

static void check_url(const struct ingest_alert *a, size_t index, struct body_fault *fault)
{
    if (fault->code != FAULT_NONE || a->generator_url.n == 0 || url_is_request_uri(a->generator_url))
        return;
    fault->code = FAULT_TYPE;
    strbuf_addf(&fault->text, "%zu.generatorURL in body must be of type uri: ", index);
    go_quote(&fault->text, a->generator_url);
}

static bool read_alert(struct jr *r, size_t index, struct ingest_alert *a, struct body_fault *fault)
{
    char name[40];
    *a = (struct ingest_alert){.starts_at = STAMP_UNSET, .ends_at = STAMP_UNSET};
    if (jr_peek(r) == JR_NULL) {
        (void)snprintf(name, sizeof name, "%zu", index);
        body_fault_field(fault, FAULT_REQUIRED, name, "is required");
        return jr_null(r);
    }
    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "models.PostableAlert");
    struct json_map labels = {0}, annotations = {0};
    struct sv key;
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key))
        if (!read_field(r, json_field(key, fields), a, &labels, &annotations))
            return false;
    a->labels = labels.v;
    a->n_labels = labels.n;
    a->annotations = annotations.v;
    a->n_annotations = annotations.n;
    check_url(a, index, fault);
    if (!labels.present) {
        (void)snprintf(name, sizeof name, "%zu.labels", index);
        body_fault_field(fault, FAULT_REQUIRED, name, "is required");
    }
    return !r->failed;
}

static bool read_batch(struct jr *r, struct ingest *batch, struct body_fault *fault)
{
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    if (jr_peek(r) != JR_ARRAY)
        return json_wrong_type(r, "models.PostableAlerts");
    if (!jr_array(r))
        return false;
    size_t cap = 0;
    while (jr_next(r)) {
        if (!json_grow(r, &batch->v, batch->n, &cap, sizeof *batch->v))
            return false;
        if (!read_alert(r, batch->n, &batch->v[batch->n], fault))
            return false;
        batch->n++;
    }
    return !r->failed;
}

bool ingest_read_json(struct sv body, struct arena *mem, struct ingest *batch, struct body_fault *fault)
{
    *batch = (struct ingest){0};
    if (json_is_blank(body)) {
        body_fault_field(fault, FAULT_REQUIRED, "alerts", "is required");
        return false;
    }
    struct jr r;
    jr_init(&r, body, mem);
    if (!read_batch(&r, batch, fault))
        return body_fault_parse(fault, "alerts", &r.err);
    return fault->code == FAULT_NONE;
}
