/* --web.config.file: any text either loads or is refused with an error that says where. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf errors = {0};
    struct err err = {0};
    struct web_config *c = web_config_load((struct sv){(const char *)data, size}, "web.yml", &errors, &err);
    if (c == NULL && (err.text[0] == '\0' || errors.n == 0))
        abort();
    web_config_free(c);
    strbuf_done(&errors);
    return 0;
}
