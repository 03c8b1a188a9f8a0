/* The HTTP server: h2o, one event loop per core, the v2 API, management endpoints and metrics (api.md).
 *
 * Guards from style.md 4.2: body and header budgets, connection limit, slow and stalled peers, reset floods,
 * request smuggling shapes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/metric.h"
#include "core/action_link.h"
#include "http/host.h"
#include "model/matcher.h"

struct http_server;

/* Everything it points to must live as long as the server. */
struct http_opts {
    const char *const
        *listen; /* --web.listen-address, NULL-terminated: ":9093", "[::1]:9093", "unix:/run/tocsin" */
    bool systemd_socket;         /* --web.systemd-socket: the sockets that systemd passed, instead */
    const char *web_config_file; /* --web.config.file; NULL or "": none */
    const char *route_prefix;    /* "" or "/am/x" */
    const char *bridge_listen;   /* --compat.dingtalk-listen: one more address; NULL: none */
    const struct action_keys *action_keys; /* of the links in messages; NULL: there are none */
    bool secure_cookies;                   /* people come by https */
    const struct host *host;
    struct metrics *metrics;
    enum matcher_mode matcher_mode;
    const char *version;                                     /* of the API promised: "0.34.0" */
    const char *revision, *branch, *build_user, *build_date; /* for /status and alertmanager_build_info */
    const char *cluster_status;                              /* "disabled" until there is a cluster */
    size_t loops;                                            /* 0: one per core */
    bool log_silences;                                       /* --log.silences */
    size_t get_concurrency;                                  /* --web.get-concurrency; 0: max(cores, 8) */
    dur_ns timeout;                                          /* --web.timeout; 0: none */
    size_t max_body;                                         /* bytes of one request; 0: 128 MiB */
    size_t max_bodies;                                       /* bytes of all bodies in flight; 0: 512 MiB */
    size_t max_connections;                                  /* 0: 20000 */
    dur_ns arrival_limit; /* from a request's first bytes to its last; 0: a minute */
    dur_ns stall_limit;   /* an answer of which nothing is read ends; 0: 30 s */
    struct stamp started_at;
};

/* Binds all addresses (errors name the address), then starts the loops. */
struct http_server *http_server_start(const struct http_opts *opts, struct err *err) NODISCARD;

/* The addresses really bound (port 0 resolved), "127.0.0.1:40123"; i from 0; NULL past the end. */
const char *http_server_address(const struct http_server *s, size_t i);

/* Stops accepting, lets requests in flight finish for up to `drain`, tears down. NULL is fine. */
void http_server_stop(struct http_server *s, dur_ns drain);
