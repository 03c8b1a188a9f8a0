/* Request methods, as far as anything here tells them apart. */
#pragma once

#include "base/str.h"

enum http_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_CONNECT,
    METHOD_OPTIONS,
    METHOD_TRACE,
    METHOD_NOTIFY,
    METHOD_OTHER,
    METHOD_COUNT
};

enum http_method method_parse(struct sv s);        /* as written: upper case */
enum http_method method_parse_nocase(struct sv s); /* the API's router upper-cases first */
const char *method_name(enum http_method m);       /* "GET" */
const char *method_label(enum http_method m);      /* of metrics: "get", "unknown" */
