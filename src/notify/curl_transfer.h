/* One exchange with a peer over libcurl, HTTP or SMTP. Only curl_*.c and pool.c include this. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

#include "notify/receiver.h"

#define TRANSFER_BODY_KEPT ((size_t)64 * 1024)

struct transfer {
    CURL *easy;
    const struct request *request; /* borrowed until transfer_done() */
    struct curl_slist *headers, *proxy_headers, *recipients, *connect_to;
    struct strbuf body;
    size_t keep;             /* bytes of the body */
    bool cut;                /* there were more */
    size_t sent;             /* bytes of a mail that libcurl has taken */
    bool limited_by_request; /* request.timeout ends before the delivery's deadline */
    char error[CURL_ERROR_SIZE];
    char refusal[256];    /* the SMTP server's last answer that was an error */
    char mechanisms[256]; /* what it offers after AUTH */
    char cause[1024];     /* what reply.transport_error points to */
};

struct transfer_env {
    const struct http_config *http; /* NULL: defaults */
    const char *authorization;      /* what the header says whatever else would; NULL: nothing special */
    const char *user_agent;
    dur_ns limit; /* until the deadline */
    size_t keep;  /* bytes of the answer's body; 0: TRANSFER_BODY_KEPT */
    struct arena *mem;
};

/* On failure (an unreadable file, a bad URL) `err` is what reply.transport_error would have said. The
 * transfer needs transfer_done() in any case. */
bool transfer_init(struct transfer *t, const struct request *r, const struct transfer_env *env,
                   struct err *err) NODISCARD;
/* Its slices live as long as the transfer. */
void transfer_reply(struct transfer *t, CURLcode code, struct reply *out);
void transfer_done(struct transfer *t);

/* For curl_http.c and curl_smtp.c. */
bool transfer_http(struct transfer *t, const struct transfer_env *env, struct err *err) NODISCARD;
bool transfer_smtp(struct transfer *t, struct err *err) NODISCARD;
/* The whole message for the stage that failed: "send RCPT command: 550 no such user". */
void transfer_smtp_cause(struct transfer *t, CURLcode code, char *out, size_t size);
bool transfer_tls(CURL *easy, const struct tls_config *tls, struct err *err) NODISCARD;
/* Sends to the host of `url`, but checks certificates for, and asks for, tls->server_name. */
bool transfer_server_name(struct transfer *t, const char *url, const char *server_name,
                          struct err *err) NODISCARD;
/* Appends to a list that cannot fail to grow. */
void transfer_slist(struct curl_slist **list, const char *text);
