/* Alertmanager's state files are decoded without a crash, whatever is in them. The first byte tells which. */
#include <stddef.h>
#include <stdint.h>

#include "db/upstream.h"

static void drop(void *ctx, const struct record *r)
{
    struct record mine = *r;
    (void)ctx;
    record_done(&mine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct upstream_file found;

    if (size == 0)
        return 0;
    const struct sv content = {(const char *)data + 1, size - 1};
    if (data[0] == 's')
        upstream_silences(content, drop, NULL, &found);
    else
        upstream_nflog(content, drop, NULL, &found);
    return 0;
}
