/* GET /api/tocsin/v1/openapi.json: the description of API v2 and of our own, openapi.json of this folder. */
#include "api.h"
#include "reply_cached.h"

extern const char embed_openapi_json[];
extern const size_t embed_openapi_json_len;

void api_own_openapi_get(struct exchange *x)
{
    struct strbuf out = {0};
    strbuf_add(&out, embed_openapi_json, embed_openapi_json_len - 1); /* its line feed is added again */
    reply_json_cached(x, &out);
}
