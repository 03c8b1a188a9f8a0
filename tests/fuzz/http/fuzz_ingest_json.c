/* Any body of POST /alerts: no crash, and what is taken is what an independent JSON library sees. */
#include <jansson.h>

#include "http/ingest_json.h"
#include "slices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct ingest *batch)
{
    size_t sum = 0;
    struct strbuf errors = {0};
    ingest_prepare(batch, 300 * NS_PER_S, MATCHER_FALLBACK, (struct stamp){.sec = 1700000000}, &errors);
    for (size_t i = 0; i < batch->n; i++) {
        for (size_t k = 0; k < batch->v[i].n_labels; k++)
            sum += touch(batch->v[i].labels[k].name) + touch(batch->v[i].labels[k].value);
        sum += touch(batch->v[i].generator_url);
    }
    check(sum != SIZE_MAX);
    strbuf_done(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena mem;
    struct ingest batch;
    struct body_fault fault = {0};
    const struct sv body = {(const char *)data, size};
    arena_init(&mem, 1 << 22);
    const bool ok = ingest_read_json(body, &mem, &batch, &fault);
    check(ok == (fault.code == FAULT_NONE));
    if (ok) {
        const size_t n = batch.n;
        use(&batch);
        json_error_t err;
        json_t *root = json_loadb(body.p, body.n, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &err);
        if (root != NULL && json_is_array(root))
            check(json_array_size(root) == n);
        json_decref(root);
    }
    body_fault_done(&fault);
    arena_done(&mem);
    return 0;
}
