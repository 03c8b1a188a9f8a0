/* `tracing` and `event_recorder`: config.md 11. Tracing has no effect yet. */
#include <string.h>

#include "config/event_recorder.h"
#include "file.h"
#include "path.h"
#include "table.h"

struct tracing {
    char *client_type, *endpoint, *compression;
    const struct ytree *sampling_fraction;
    bool insecure;
    struct tls_config *tls;
    struct list headers; /* of struct http_header */
    dur_ns timeout;
};

#define AT(member) offsetof(struct tracing, member)
static const struct field tracing_fields[] = {
    ROW_DEF("client_type", STRING, client_type, "grpc", 0, "grpc or http."),
    ROW("endpoint", STRING, endpoint, "Where traces are sent."),
    ROW("sampling_fraction", NODE, sampling_fraction, "The share of traces that is sent."),
    ROW("insecure", BOOL, insecure, "Whether to do without TLS."),
    ROW_SUB("tls_config", STRUCT_PTR, tls, tls_config_schema, "TLS towards the endpoint."),
    ROW_CUSTOM("headers", "map of [header](#header)", headers, decode_headers, print_headers,
               "Further headers."),
    ROW("compression", STRING, compression, "gzip, or nothing."),
    ROW("timeout", DURATION, timeout, "How long sending may take."),
    {0},
};
#undef AT

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text != NULL ? text : "", *words) == 0)
            return true;
    return false;
}

static bool check_tracing(struct decoder *d, const struct ytree *node, void *object)
{
    static const char *const types[] = {"grpc", "http", NULL}, *const compressions[] = {"", "gzip", NULL};
    const struct tracing *t = object;
    double fraction;
    if (t->sampling_fraction != NULL && !ytree_float(t->sampling_fraction, &fraction))
        return decode_type_error(d, t->sampling_fraction, "float64");
    if (!is_one_of(t->client_type, types))
        return decode_fail(d, node, "expected tracing client type to be to be http or grpc, but got %s",
                           t->client_type);
    if (!is_set(t->endpoint))
        return decode_fail(d, node, "tracing endpoint must be set");
    if (!is_one_of(t->compression, compressions))
        return decode_fail(d, node, "invalid compression type %s provided, valid options: gzip",
                           t->compression);
    return true;
}

const struct schema tracing_schema = {
    .name = "tracing",
    .go_type = "config.plain",
    .size = sizeof(struct tracing),
    .fields = tracing_fields,
    .check = check_tracing,
};

#define AT(member) offsetof(struct event_file_output, member)
static const struct field file_output_fields[] = {ROW("path", STRING, path, "The file."), {0}};
#undef AT

static bool check_file_output(struct decoder *d, const struct ytree *node, void *object)
{
    struct event_file_output *o = object;
    if (!is_set(o->path))
        return decode_fail(d, node, "event_recorder file output requires a path");
    o->path = path_join(d->dir, o->path, d->mem);
    return true;
}

static const struct schema file_output_schema = {
    .name = "file output",
    .go_type = "config.plain",
    .size = sizeof(struct event_file_output),
    .fields = file_output_fields,
    .check = check_file_output,
};

#define AT(member) offsetof(struct event_webhook_output, member)
static const struct field webhook_output_fields[] = {
    ROW("url", SECRET_URL, url, "Where events are sent."),
    ROW_SUB("http_config", STRUCT_PTR, http_config, http_config_schema, "How to speak HTTP."),
    ROW("timeout", DURATION, timeout, "How long one request may take (10s)."),
    ROW("workers", INT, workers, "Requests at a time (4)."),
    ROW("max_retries", INT, max_retries, "How often a request is repeated (3)."),
    ROW("retry_backoff", DURATION, retry_backoff, "The first pause before a repetition (500ms)."),
    ROW("batch", BOOL, batch, "Whether a request may carry several events."),
    ROW("batch_max_events", INT, batch_max_events, "Events in one request (100)."),
    ROW("batch_max_bytes", INT, batch_max_bytes, "Bytes in one request (1048576)."),
    ROW("batch_flush_interval", DURATION, batch_flush_interval, "How long a request waits for more (100ms)."),
    {0},
};
#undef AT

static bool check_webhook_output(struct decoder *d, const struct ytree *node, void *object)
{
    const struct event_webhook_output *o = object;
    if (o->url == NULL)
        return decode_fail(d, node, "event_recorder webhook output requires a url");
    if (o->batch_max_events < 0 || o->batch_max_bytes < 0)
        return decode_fail(d, node, "event_recorder webhook batch settings cannot be negative");
    if (!o->batch && (o->batch_max_events != 0 || o->batch_max_bytes != 0 || o->batch_flush_interval != 0))
        return decode_fail(d, node, "event_recorder webhook batch settings require batch: true");
    return true;
}

static const struct schema webhook_output_schema = {
    .name = "webhook output",
    .go_type = "config.plain",
    .size = sizeof(struct event_webhook_output),
    .fields = webhook_output_fields,
    .check = check_webhook_output,
};

struct kafka_output {
    struct strings brokers;
    char *topic, *client_id, *format, *acks, *compression;
    int64_t buffer_size;
    struct tls_config *tls;
};
#define AT(member) offsetof(struct kafka_output, member)
static const struct field kafka_output_fields[] = {
    ROW("brokers", STRINGS, brokers, "The brokers to start with."),
    ROW("topic", STRING, topic, "The topic."),
    ROW("client_id", STRING, client_id, "How to call ourselves."),
    ROW_DEF("format", STRING, format, "json", 0, "json or protobuf."),
    ROW("acks", STRING, acks, "none, leader or all."),
    ROW("compression", STRING, compression, "How messages are compressed."),
    ROW("buffer_size", INT, buffer_size, "Events that may wait."),
    ROW_SUB("tls_config", STRUCT_PTR, tls, tls_config_schema, "TLS towards the brokers."),
    {0},
};
#undef AT
static const struct schema kafka_output_schema = {
    .name = "kafka output",
    .go_type = "config.plain",
    .size = sizeof(struct kafka_output),
    .fields = kafka_output_fields,
};

struct stdout_output {
    char nothing;
};
static const struct field stdout_output_fields[] = {{0}};
static const struct schema stdout_output_schema = {
    .name = "stdout output",
    .go_type = "config.plain",
    .size = sizeof(struct stdout_output),
    .fields = stdout_output_fields,
};

#define AT(member) offsetof(struct event_recorder, member)
static const struct field event_recorder_fields[] = {
    ROW_SUB("file_outputs", LIST, file_outputs, file_output_schema, "Files that events are appended to."),
    ROW_SUB("webhook_outputs", LIST, webhook_outputs, webhook_output_schema,
            "URLs that events are posted to."),
    ROW_SUB("kafka_outputs", LIST, kafka_outputs, kafka_output_schema,
            "Kafka topics that events are produced to."),
    ROW_SUB("stdout_outputs", LIST, stdout_outputs, stdout_output_schema, "Events on standard output."),
    {0},
};
#undef AT
const struct schema event_recorder_schema = {
    .name = "event_recorder",
    .go_type = "config.plain",
    .size = sizeof(struct event_recorder),
    .fields = event_recorder_fields,
};
