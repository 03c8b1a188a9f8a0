/* h2o/http2_internal.h includes klib's khash.h, which Debian's package does not bring along. Nothing here
 * uses that table (http2_streams.c walks the streams by h2o's own callback): the names only have to exist,
 * and the one inline function that looks something up in it must not be called.
 */
#pragma once

#include <stdint.h>

typedef uint32_t khiter_t;
#define KHASH_MAP_INIT_INT64(name, type) struct kh_##name;
#define khash_t(name)                    struct kh_##name
#define kh_get(name, t, k)               ((void)(t), (void)(k), (khiter_t)0)
#define kh_end(t)                        ((void)(t), (khiter_t)0)
#define kh_val(t, i)                     ((void)(t), (void)(i), NULL)
