/* A receiver type: a table of config fields, a `render` (alerts + templates -> request) and a `classify`
 * (reply -> verdict). Sockets, retries, rate limits and metrics are the pool's business. One file per
 * receiver under src/notify/receivers/, one line in src/notify/receivers/list.c.
 *
 * Receivers are pure: no clock, no socket, no file. Secrets kept in files are read by the pool
 * (secret_file()).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/tmpl.h"
#include "config/config.h"
#include "core/delivery.h"

/* Everything render may look at. Results are allocated in `mem`. */
struct render {
    const struct delivery *delivery;
    const struct receiver_common *settings; /* cast to the receiver's own settings struct */
    struct tval data;                       /* template.Data of the delivery */
    const struct tmpl_set *tmpl;            /* NULL: the one that all receivers share */
    const char *external_url;
    const char *user_agent;
    struct now now;
    const char *hostname; /* of this machine, for Message-Id */
    uint64_t random;      /* fresh for each call */
    bool terminal;        /* log receivers write to a terminal */
    bool compat_strict;   /* Alertmanager's behaviour where ours is better (--compat.strict) */
    struct arena *mem;    /* of this step: rendered anew for the next one */
    unsigned step;        /* 0, then one more after each VERDICT_NEXT: multi-part messages, token fetches */
    unsigned destination; /* below destinations.n: which of them this request goes to */
    void *state;  /* receiver_type.state_size bytes, zeroed at the start of each attempt series, kept over
                     steps */
    void *shared; /* receiver_type.shared_size bytes per integration, kept over deliveries (token caches) */
    struct labels **kept; /* delivery.receiver_data: classify may replace it */
    bool tmpl_failed;     /* sticky: set by render_text() */
    bool stand_in;        /* what fails is replaced by a plain text, and is no failure */
    bool transient;       /* set by a render that fails, when trying again may help */
};

/* Renders a templated option; an empty option gives "". After a failure further options render empty, and the
 * error of the first stays in `err` (receivers.md A1.4): returns false then. The one that failed gives what
 * it had written before. */
bool render_text(struct render *r, const char *text, struct sv *out, struct err *err) NODISCARD;
bool render_html(struct render *r, const char *text, struct sv *out, struct err *err) NODISCARD;
/* `value` if set, else the trimmed (raw: untrimmed) content of `file`. Not templated. */
bool render_secret(struct render *r, const char *value, const char *file, bool raw, struct sv *out,
                   struct err *err) NODISCARD;
/* The content of a file, at most `max` bytes of it. */
bool render_file(struct render *r, const char *path, size_t max, struct sv *out, struct err *err) NODISCARD;

/* A token bucket: at most `requests` starts in any `window`, `burst` of them at once, `min_gap` apart. Zero
 * `requests`: no limit. */
struct rate_limit {
    unsigned requests, burst;
    dur_ns window, min_gap;
    bool merge; /* what waits may be told in one message: receiver_type.digest */
};

enum request_kind { REQUEST_HTTP, REQUEST_SMTP, REQUEST_LOG };

struct request {
    enum request_kind kind;
    /* HTTP */
    const char *method; /* "POST" */
    const char *url;    /* secret: never logged */
    const char *content_type;
    const char **headers;     /* "Name: value", NULL-terminated; may be NULL */
    dur_ns timeout;           /* 0: only the delivery's deadline */
    const char *timeout_name; /* "webhook": for "configured webhook timeout reached (5s)" */
    struct sv body;
    /* SMTP */
    const char *smtp_host, *smtp_port, *smtp_hello;
    bool smtp_implicit_tls, smtp_require_tls;
    const struct tls_config *smtp_tls;
    const char *smtp_username, *smtp_password, *smtp_identity, *smtp_secret;
    const char *smtp_from;
    const char **smtp_to; /* NULL-terminated */
    /* LOG: body is the text */

    /* The lane: requests with the same key share connections, order and rate. Default: scheme, host and port.
     */
    const char *lane;
    const char *lane_tag; /* tells lanes of one host apart for people, without secrets; may be NULL */
    bool lane_varies;     /* the destination depends on the delivery: its URL is a template */
    bool exclusive; /* one of an integration at a time, as for tokens: who else wants to send such a request
                       waits for its answer, is rendered anew when it was VERDICT_NEXT, and shares it else */
    unsigned parallel;      /* how many of the lane may run at once; 0: 20 for HTTP, 2 for SMTP */
    struct rate_limit rate; /* of the lane */
};

struct reply {
    bool transported;            /* a complete answer came back */
    const char *transport_error; /* else why not, without URL or secrets */
    bool timed_out;              /* by request.timeout */
    int status;                  /* HTTP status, or the SMTP code */
    struct sv body;              /* at most 64 KiB are kept */
    struct sv content_type;
    dur_ns retry_after; /* from the header; 0: none */
    struct stamp date;  /* from the header; unset: none */
};

enum verdict_kind {
    VERDICT_DELIVERED,
    VERDICT_NEXT,      /* this step is done: render the next one at once */
    VERDICT_RETRY,     /* transient */
    VERDICT_THROTTLED, /* the platform asks for patience: retry_after applies to the whole lane */
    VERDICT_PERMANENT, /* retrying cannot help */
};
struct verdict {
    enum verdict_kind kind;
    enum failure failure;
    dur_ns retry_after; /* asked for, by Retry-After or the platform; 0: the usual backoff */
    bool elsewhere;     /* PERMANENT, but another destination of the same integration may take it */
    unsigned parts;     /* DELIVERED in so many messages; 0: in one */
    char text[512];     /* what a user reads: "unexpected status code 500: body" */
};

/* How much of a rendered option a platform takes. */
enum limit_unit {
    LIMIT_RUNES,
    LIMIT_BYTES,
    LIMIT_JSON, /* bytes of the whole request, which holds the text as JSON */
};
struct text_limit {
    const char *option;
    size_t max;
    enum limit_unit unit;
    const char *beyond; /* what becomes of a longer text: "cut", "split" */
};

/* Destinations of one integration that stand in for each other: a pool of robots. */
enum destination_strategy {
    DESTINATIONS_FAILOVER,    /* the first that can send now */
    DESTINATIONS_ROUND_ROBIN, /* in turns; what is sticky goes to the one that its group has */
    DESTINATIONS_BROADCAST,   /* all of them: it is delivered when each has it */
};
#define DESTINATIONS_MAX 20
struct destinations {
    unsigned n; /* 1 to DESTINATIONS_MAX */
    enum destination_strategy strategy;
    bool sticky;
};

struct receiver_type {
    struct receiver_schema schema;
    size_t state_size, shared_size;
    /* False: permanent unless r->transient; `err` says why (template errors, unreadable files). */
    bool (*render)(struct render *r, struct request *out, struct err *err);
    void (*classify)(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out);
    /* NULL: there is no such thing. One message that tells the notifications of several groups in short, in
     * the order given; r->delivery is the first of them. *n: how many there are, and then how many fitted in.
     * False: it cannot be done, and they go one by one. */
    bool (*digest)(struct render *r, const struct delivery *const *v, size_t *n, struct request *out,
                   struct err *err);
    /* NULL: never. For how long a delivery that has just come is better not sent, 0: it is fine now. */
    dur_ns (*hold)(const struct delivery *d, struct now now, uint64_t random);
    const struct text_limit *limits; /* what render() keeps to; ends with {0}; NULL: none */
    /* NULL: there is one. How many there are depends on the settings alone. */
    struct destinations (*destinations)(const struct delivery *d);
};

/* What a receiver's classify starts with. The text is cut at a rune's boundary. */
void verdict_set(struct verdict *v, enum verdict_kind kind, enum failure failure, const char *fmt, ...)
    PRINTF(4, 5);
enum failure failure_of_status(int status); /* 401 and 403: auth, 429: rate limited, 4xx, 5xx, else other */

/* Default rule D of pipeline.md 5.3 and the texts of receivers.md A1.2. */
void classify_http(const struct reply *reply, const struct request *sent, struct verdict *out);
/* The same, for receivers that add nothing to it. */
void classify_plain(struct render *r, const struct request *sent, const struct reply *reply,
                    struct verdict *out);

/* All receiver types, NULL-terminated; and their schemas, for the config loader. */
extern const struct receiver_type *const receiver_types[];
const struct receiver_schema *const *receiver_schemas(void);
const struct receiver_type *receiver_type_of(const struct integration *i);
